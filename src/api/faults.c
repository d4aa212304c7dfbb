/* faults.c - see faults.h. */
#include "api/faults.h"

void
faults_begin(struct faults *f)
{
	*f = (struct faults){ .json = BUF_INIT(1 << 20) };
}

static void
write_loc(struct jsonw *w, const struct fault_at *at)
{
	jsonw_key(w, "loc");
	jsonw_array(w);
	jsonw_str(w, "body");
	for (unsigned i = 0; i < at->n; i++) {
		if (at->steps[i].name != NULL)
			jsonw_str(w, at->steps[i].name);
		else
			jsonw_u64(w, at->steps[i].index);
	}
	jsonw_end(w);
}

static void
write_input(struct jsonw *w, const struct fault *fault)
{
	jsonw_key(w, "input");
	if (fault->shown_object) {
		jsonw_object(w);
		jsonw_end(w);
	} else if (fault->shown_raw) {
		jsonw_raw(w, fault->shown);
	} else {
		jsonw_sv(w, sv_first(fault->shown, FAULT_INPUT_MOST));
	}
}

void
faults_add(struct faults *f, const struct fault_at *at, const struct fault *fault)
{
	f->n++;
	if (f->n > FAULTS_SHOWN)
		return;
	if (f->n == 1) {
		f->w = jsonw_init(&f->json, false);
		jsonw_array(&f->w);
	}
	jsonw_object(&f->w);
	jsonw_key(&f->w, "type");
	jsonw_str(&f->w, fault->type);
	write_loc(&f->w, at);
	jsonw_key(&f->w, "msg");
	jsonw_str(&f->w, fault->msg);
	write_input(&f->w, fault);
	if (fault->ctx != NULL) {
		jsonw_key(&f->w, "ctx");
		jsonw_raw(&f->w, sv_from(fault->ctx));
	}
	jsonw_end(&f->w);
}

struct sv
faults_end(struct faults *f)
{
	if (f->n == 0)
		return SV("[]");
	if (f->w.depth > 0)
		jsonw_end(&f->w);
	return f->json.failed ? SV("[]") : buf_sv(&f->json);
}

void
faults_clear(struct faults *f)
{
	buf_clear(&f->json);
	f->n = 0;
}

struct fault_at
fault_step_name(struct fault_at at, const char *name)
{
	if (at.n < FAULT_LOC_MOST)
		at.steps[at.n++] = (struct fault_step){ .name = name };
	return at;
}

struct fault_at
fault_step_index(struct fault_at at, uint64_t index)
{
	if (at.n < FAULT_LOC_MOST)
		at.steps[at.n++] = (struct fault_step){ .index = index };
	return at;
}
