/* step.c - what a node's function can do. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

enum { DECISION_MOST = 4096, NUMBER_MOST = 64 };

struct workflow_step *
step_new(struct slot *slot, int executor, uint32_t attempt)
{
	struct workflow_step *step = calloc(1, sizeof(*step));
	struct run *run = slot->run;
	/* the conditions of the edges are asked about the node whose edges they are */
	const uint64_t reads = run->plan.nodes[executor].reads | run->plan.nodes[slot->node].reads;

	if (step == NULL)
		return NULL;
	step->run = run;
	step->slot = slot;
	step->node = executor;
	step->step = slot->step;
	step->visit = slot->visit;
	step->attempt = attempt;
	step->decision = BUF_INIT(DECISION_MOST);
	for (size_t f = 0; f < run->plan.graph->n_fields; f++)
		if ((reads & bit((int)f)) != 0)
			step->inputs[f] = value_hold(run->fields[f]);
	return step;
}

void
step_free(struct workflow_step *step)
{
	if (step == NULL)
		return;
	for (size_t f = 0; f < step->run->plan.graph->n_fields; f++) {
		value_drop(step->inputs[f]);
		value_drop(step->writes[f]);
	}
	buf_clear(&step->decision);
	free(step);
}

/* --- fields ----------------------------------------------------------------------------------------------------------- */

static int
declared(const struct workflow_step *step, const char *name, uint64_t among)
{
	int field = plan_field(step->run->plan.graph, sv_from(name));

	assert(field != NONE && (among & bit(field)) != 0);
	return field;
}

static uint64_t
writes_of(const struct workflow_step *step)
{
	return step->run->plan.nodes[step->node].writes;
}

static uint64_t
fields_of(const struct workflow_step *step)
{
	const struct plan_node *executor = &step->run->plan.nodes[step->node],
			       *node = &step->run->plan.nodes[step->slot->node];

	return executor->reads | executor->writes | node->reads | node->writes;
}

static const struct value *
value_of(const struct workflow_step *step, const char *name, int type)
{
	int f = declared(step, name, fields_of(step));

	assert(type == NONE || step->run->plan.graph->fields[f].type == (enum workflow_type)type);
	(void)type;
	return step->writes[f] != NULL ? step->writes[f] : step->inputs[f];
}

struct sv
workflow_get(const struct workflow_step *step, const char *field)
{
	return value_sv(value_of(step, field, NONE));
}

bool
workflow_get_int(const struct workflow_step *step, const char *field, int64_t *ret)
{
	const struct value *v = value_of(step, field, WORKFLOW_INT);

	return v != NULL && sv_to_i64(value_sv(v), ret);
}

bool
workflow_get_real(const struct workflow_step *step, const char *field, double *ret)
{
	const struct value *v = value_of(step, field, WORKFLOW_REAL);

	return v != NULL && sv_to_f64(value_sv(v), ret);
}

bool
workflow_get_bool(const struct workflow_step *step, const char *field, bool *ret)
{
	const struct value *v = value_of(step, field, WORKFLOW_BOOL);

	if (v == NULL)
		return false;
	*ret = sv_eq(value_sv(v), SV("true"));
	return true;
}

static enum coord_err
set(struct workflow_step *step, const char *name, int type, struct sv value,
    struct coord_error *err)
{
	int f = declared(step, name, writes_of(step));
	struct value *v;

	assert(type == NONE || step->run->plan.graph->fields[f].type == (enum workflow_type)type);
	assert(type != NONE || step->run->plan.graph->fields[f].type <= WORKFLOW_JSON);
	(void)type;
	v = value_new(value);
	if (v == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for %s", name);
	value_drop(step->writes[f]);
	step->writes[f] = v;
	return COORD_OK;
}

enum coord_err
workflow_set(
    struct workflow_step *step, const char *field, struct sv value, struct coord_error *err)
{
	return set(step, field, NONE, value, err);
}

enum coord_err
workflow_set_int(
    struct workflow_step *step, const char *field, int64_t value, struct coord_error *err)
{
	char text[NUMBER_MOST];

	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	return set(step, field, WORKFLOW_INT, sv_from(text), err);
}

enum coord_err
workflow_set_real(
    struct workflow_step *step, const char *field, double value, struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(NUMBER_MOST);
	struct jsonw w = jsonw_init(&text, false);

	jsonw_f64(&w, value);
	return set(step, field, WORKFLOW_REAL, buf_sv(&text), err);
}

enum coord_err
workflow_set_bool(
    struct workflow_step *step, const char *field, bool value, struct coord_error *err)
{
	return set(step, field, WORKFLOW_BOOL, value ? SV("true") : SV("false"), err);
}

/* --- what it is, and what it says ---------------------------------------------------------------------------------------- */

void *
workflow_context(const struct workflow_step *step)
{
	return step->run->options->context;
}

struct sv
workflow_id(const struct workflow_step *step)
{
	return sv_from(step->run->options->id);
}

const char *
workflow_node_name(const struct workflow_step *step)
{
	return step->run->plan.graph->nodes[step->node].name;
}

uint32_t
workflow_attempt(const struct workflow_step *step)
{
	return step->attempt;
}

bool
workflow_cancelled(const struct workflow_step *step)
{
	return atomic_load_explicit(&step->cancel, memory_order_relaxed) ||
	       run_cancelled(step->run);
}

void
workflow_progress(struct workflow_step *step, const char *stage, double share)
{
	if (!atomic_load_explicit(&step->cancel, memory_order_relaxed))
		run_tell(step->run, step->slot, step->node, step->attempt, WORKFLOW_PROGRESS, stage,
		    share, 0, NULL);
}

void
workflow_decide(struct workflow_step *step, const char *format, ...)
{
	char text[DECISION_MOST];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	step->decision.len = 0;
	buf_add_str(&step->decision, text);
}

/* --- the world outside ------------------------------------------------------------------------------------------------------ */

/** As the step's link of the chain knows it: whose effect it is, by name. */
static struct sv
place(const struct workflow_step *step)
{
	return sv_from(workflow_node_name(step));
}

static void
take(const struct workflow_step *step, struct effect *found, struct workflow_effect *ret)
{
	found->used = step->step + 1;
	*ret = (struct workflow_effect){ .provider = found->row.provider,
		.key = found->row.key,
		.time_us = found->row.time_us,
		.value = found->row.value };
}

enum coord_err
workflow_recall(struct workflow_step *step, struct sv provider, struct sv key,
    struct workflow_effect *ret, struct coord_error *err)
{
	struct run *run = step->run;
	struct effect *found;

	(void)pthread_mutex_lock(&run->lock);
	found = effects_find(&run->effects, place(step), step->visit, provider, key);
	if (found != NULL && found->row.value.data != NULL)
		take(step, found, ret);
	else
		found = NULL;
	(void)pthread_mutex_unlock(&run->lock);
	if (found != NULL)
		return COORD_OK;
	return run->replays
		   ? error_set(err, COORD_EUNAVAIL,
			 "workflow: a replay asks nobody, and %.*s was not asked about %.*s",
			 SV_ARG(provider), SV_ARG(sv_first(key, 100)))
		   : COORD_ENODATA;
}

/** The row is durable before anybody can act on it. */
static enum coord_err
keep_effect(struct run *run, const struct store_workflow_effect *row, struct coord_error *err)
{
	struct coord_error why = { .what = "" };
	enum coord_err rc;

	if (!run->keeps)
		return COORD_OK;
	rc = run->options->checkpointer->ops->effect(
	    run->options->checkpointer->self, run->saved.seq, run->saved.fence, row, &why);
	return rc == COORD_OK ? rc : run_broken(run, rc, &why, err);
}

static enum coord_err
add_effect(
    struct workflow_step *step, const struct store_workflow_effect *row, struct coord_error *err)
{
	struct run *run = step->run;
	struct effect *at = NULL;
	enum coord_err rc = COORD_OK;

	(void)pthread_mutex_lock(&run->lock);
	at = effects_find(&run->effects, row->node, row->visit, row->provider, row->key);
	if (at == NULL)
		rc = effects_add(&run->effects, row, &at, err);
	if (rc == COORD_OK)
		at->used = step->step + 1;
	(void)pthread_mutex_unlock(&run->lock);
	return rc;
}

enum coord_err
workflow_record(
    struct workflow_step *step, const struct workflow_effect *effect, struct coord_error *err)
{
	struct store_workflow_effect row = { .node = place(step),
		.visit = step->visit,
		.provider = effect->provider,
		.key = effect->key,
		.time_us = effect->time_us != 0 ? effect->time_us : run_now(step->run),
		.value = effect->value.data != NULL ? effect->value : SV("") };

	assert(effect->provider.data != NULL && effect->key.data != NULL && !step->run->replays);
	TRY(keep_effect(step->run, &row, err));
	return add_effect(step, &row, err);
}

enum coord_err
workflow_interrupt(struct workflow_step *step, struct sv key, struct sv question, struct sv *ret,
    struct coord_error *err)
{
	struct run *run = step->run;
	struct store_workflow_effect row = { .node = place(step),
		.visit = step->visit,
		.provider = SV("person"),
		.key = key,
		.time_us = run_now(run),
		.question = question };
	struct workflow_effect answer;
	enum coord_err rc = workflow_recall(step, row.provider, key, &answer, err);
	const struct effect *open;
	const char *text = NULL;

	if (rc == COORD_OK)
		*ret = answer.value;
	if (rc != COORD_ENODATA)
		return rc;
	(void)pthread_mutex_lock(&run->lock);
	open = effects_find(&run->effects, row.node, row.visit, row.provider, key);
	(void)pthread_mutex_unlock(&run->lock);
	if (open == NULL) {
		TRY(keep_effect(run, &row, err));
		TRY(add_effect(step, &row, err));
	}
	(void)pthread_mutex_lock(&run->lock);
	open = effects_find(&run->effects, row.node, row.visit, row.provider, key);
	if (open != NULL)
		text = open->row.question.data;
	(void)pthread_mutex_unlock(&run->lock);
	atomic_store(&step->asks, true);
	run_tell(run, step->slot, step->node, step->attempt, WORKFLOW_ASKED, text, 0, 0, NULL);
	return error_set(err, COORD_ENODATA, "waits for an answer to %.*s", SV_ARG(key));
}
