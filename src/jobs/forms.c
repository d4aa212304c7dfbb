/* forms.c - a result as a page, a table, a bundle. The worker keeps those of analyses that took long (jobs.h says why not all), or an empty value
 * where a form was too large to keep; what has no value is made again from the stored request by whoever asks, which gives the same answer as long as
 * program and background are the same. That is checked. */
#include <math.h>
#include <stdio.h>

#include "jobs/analyse.h"
#include "jobs/answer.h"
#include "workflow/workflow.h"

enum { FORM_KEY_MOST = STORE_ID_LEN + 16 };

static const size_t form_most = (size_t)64 << 20;

typedef enum coord_err form_writer(
    const struct report_input *in, struct buf *out, struct coord_error *err);

static const struct form {
	const char *name;
	form_writer *write;
} forms[] = {
	[JOBS_HTML] = { "html", report_html },
	[JOBS_CSV] = { "csv", report_csv },
	[JOBS_STIX] = { "stix", report_stix },
};

enum { N_FORMS = sizeof(forms) / sizeof(forms[0]) };

static struct sv
form_key(struct sv id, size_t form, char ret[FORM_KEY_MOST])
{
	int n = snprintf(
	    ret, FORM_KEY_MOST, "%.*s/%s", SV_ARG(sv_first(id, STORE_ID_LEN)), forms[form].name);

	return (struct sv){ ret, (size_t)n };
}

static int64_t
form_end(const struct jobs_world *world)
{
	int64_t keep = config_now(world->config)->keep_results;

	return keep == 0 ? 0 : clock_wall() + keep;
}

static enum coord_err
put(const struct jobs_world *world, struct sv id, size_t form, struct sv text, struct arena *arena,
    struct coord_error *err)
{
	char key[FORM_KEY_MOST];
	struct sv packed = SV("");

	if (text.data != NULL)
		TRY(request_pack(text, arena, &packed, err));
	return store_value_put(
	    world->store, JOBS_FORMS, form_key(id, form, key), packed, form_end(world), false, err);
}

enum coord_err
run_keep_forms(const struct jobs_world *world, const struct run *run,
    const struct store_analysis *analysis, struct arena *arena, struct coord_error *err)
{
	for (size_t form = 0; form < N_FORMS; form++) {
		CLEANUP(buf_clear) struct buf text = BUF_INIT(form_most);
		enum coord_err rc = forms[form].write(&run->report, &text, err);
		bool too_large = rc == COORD_ELIMIT || text.failed;

		if (rc != COORD_OK && !too_large)
			return rc;
		TRY(put(world, sv_from(analysis->id), form, too_large ? SV_NONE : buf_sv(&text),
		    arena, err));
	}
	return COORD_OK;
}

/* The stored answer and the repeated one: what a reader of the form would see differ. */
static bool
is_same(const struct store_analysis *stored, const struct detect_result *again)
{
	return sv_eq(stored->verdict, sv_from(detect_verdict_name(again->verdict))) &&
	       fabs(stored->confidence - answer_confidence(again)) < 1e-6;
}

static enum coord_err
make_again(const struct jobs_world *world, const struct store_analysis *stored, size_t form,
    struct arena *arena, struct buf *out, struct coord_error *err)
{
	CLEANUP(run_clear) struct run run = { .result = { .arena = NULL } };
	struct store_workflow kept;

	TRY(run_request(world, stored, NULL, NULL, arena, &run, err));
	if (!is_same(stored, &run.result))
		return error_set(err, COORD_ENODATA,
		    "the engine or its background has changed since and gives another answer now: "
		    "submit the sessions again");
	/* the story is not made again: a model told it */
	if (store_workflow_get(world->store, sv_from(stored->id), arena, &kept, NULL) == COORD_OK)
		run.report.narrative = workflow_saved(&kept, "narrative", UINT32_MAX);
	TRY(forms[form].write(&run.report, out, err));
	return put(world, sv_from(stored->id), form, buf_sv(out), arena, err);
}

static enum coord_err
find_or_make(const struct jobs_world *world, struct sv id, size_t form, struct arena *arena,
    struct buf *out, struct coord_error *err)
{
	struct store_analysis stored;
	char key[FORM_KEY_MOST];
	struct sv packed;
	enum coord_err rc;

	TRY(store_get(world->store, id, SV_NONE, 0, arena, &stored, err));
	if (stored.status != ANALYSIS_COMPLETED)
		return error_set(err, COORD_ENODATA, "the analysis is not completed");
	rc = store_value_get(
	    world->store, JOBS_FORMS, form_key(id, form, key), clock_wall(), arena, &packed, err);
	if (rc == COORD_OK && packed.len == 0)
		return error_set(
		    err, COORD_ENODATA, "this form of the result was too large to be kept");
	if (rc == COORD_OK)
		return request_unpack(packed, out, err);
	if (rc != COORD_ENODATA)
		return rc;
	TRY(store_get(world->store, id, SV_NONE, PART_REQUEST, arena, &stored, err));
	if (stored.request.len == 0)
		return error_set(err, COORD_ENODATA, "its sessions are no longer kept");
	return make_again(world, &stored, form, arena, out, err);
}

enum coord_err
jobs_render(const struct jobs_world *world, struct sv id, enum jobs_rendering what, struct buf *out,
    struct coord_error *err)
{
	CLEANUP(arena_release) struct arena *arena = arena_new(0);

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for a form of the result");
	return find_or_make(world, id, (size_t)what, arena, out, err);
}

enum coord_err
jobs_forget(const struct jobs_world *world, struct sv id, int64_t at_us, struct coord_error *err)
{
	for (size_t form = 0; form < N_FORMS; form++) {
		char key[FORM_KEY_MOST];

		TRY(store_value_put(world->store, JOBS_FORMS, form_key(id, form, key), SV(""),
		    at_us > 1 ? at_us - 1 : 1, false, err));
	}
	return COORD_OK;
}
