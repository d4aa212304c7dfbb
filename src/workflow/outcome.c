/* outcome.c - workflow_run, and what its caller gets. */
#include <string.h>

#include "workflow/inside.h"

static void
drop(void *value)
{
	value_drop(value);
}

/** The fields' bytes are not copied: the arena holds them from now on. */
static enum coord_err
give_fields(const struct run *run, struct arena *arena, struct workflow_outcome *ret,
    struct coord_error *err)
{
	const struct workflow_graph *g = run->plan.graph;
	struct workflow_input *fields = ARENA_ARRAY(arena, g->n_fields, struct workflow_input);

	if (fields == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for the outcome");
	ret->fields = fields;
	for (size_t f = 0; f < g->n_fields; f++) {
		struct value *value = value_hold(run->fields[f]);

		if (value == NULL)
			continue;
		if (arena_on_free(arena, drop, value) != 0) {
			value_drop(value);
			return error_set(err, COORD_ELIMIT, "workflow: no room for the outcome");
		}
		fields[ret->n_fields++] =
		    (struct workflow_input){ g->fields[f].name, value_sv(value) };
	}
	return COORD_OK;
}

static enum coord_err
give_chain(const struct run *run, struct arena *arena, struct workflow_outcome *ret,
    struct coord_error *err)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(run->chain.text.max);
	char *copy;

	chain_end(&run->chain, &text);
	copy = text.failed ? NULL : arena_strdup(arena, buf_sv(&text));
	if (copy == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for the chain");
	ret->chain = (struct sv){ copy, text.len };
	ret->steps = run->chain.n;
	ret->recalled = run->recalled;
	memcpy(ret->head, run->chain.head, sizeof(ret->head));
	return COORD_OK;
}

static enum coord_err
give_origin(const struct run *run, struct arena *arena, struct workflow_outcome *ret,
    struct coord_error *err)
{
	const char *copy;

	if (run->saved.origin.data == NULL)
		return COORD_OK;
	if ((copy = arena_strdup(arena, run->saved.origin)) == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for the outcome");
	ret->origin = (struct sv){ copy, run->saved.origin.len };
	for (size_t i = 0; i < run->saved.n_steps; i++)
		if (sv_eq(run->saved.steps[i].node, SV("fork")))
			ret->forked_at = run->saved.steps[i].step;
	return COORD_OK;
}

static void
give_status(const struct run *run, const struct slot *stopped, struct workflow_outcome *ret)
{
	static const enum workflow_status statuses[] = {
		[ENDED_FAILED] = WORKFLOW_FAILED,
		[ENDED_ASKS] = WORKFLOW_PAUSED,
		[ENDED_CANCELLED] = WORKFLOW_CANCELLED,
	};

	if (stopped == NULL) {
		ret->status = run->ended ? WORKFLOW_DONE : WORKFLOW_CANCELLED;
		return;
	}
	ret->status = statuses[stopped->ended];
	ret->node = run->plan.graph->nodes[stopped->node].name;
	if (stopped->ended == ENDED_FAILED)
		ret->error = stopped->error;
}

static enum coord_err
keep_end(const struct run *run, const struct workflow_outcome *outcome, struct coord_error *err)
{
	struct keeper_end end = { .status = outcome->status,
		.node = sv_from(outcome->node),
		.error =
		    outcome->status == WORKFLOW_FAILED ? sv_from(outcome->error.what) : SV_NONE,
		.now_us = run_now(run) };

	if (!run->keeps ||
	    (run->saved.status == outcome->status && run->saved.status != WORKFLOW_RUNNING))
		return COORD_OK;
	return run->options->checkpointer->ops->end(
	    run->options->checkpointer->self, run->saved.seq, run->saved.fence, &end, err);
}

static bool
has_open_question(const struct store_workflow *run)
{
	for (size_t i = 0; i < run->n_effects; i++)
		if (run->effects[i].question.data != NULL && run->effects[i].value.data == NULL)
			return true;
	return false;
}

static enum coord_err
take_up(struct run *run, struct coord_error *err)
{
	const struct workflow_options *o = run->options;
	struct store_workflow_begin begin = { .id = sv_from(o->id),
		.analysis = sv_from(o->analysis),
		.graph = sv_from(run->plan.graph->name),
		.version = run->plan.graph->version,
		.job_fence = o->fence,
		.now_us = run_now(run) };

	run->keeps = o->checkpointer != NULL;
	if (!run->keeps)
		return COORD_OK;
	TRY(o->checkpointer->ops->begin(
	    o->checkpointer->self, &begin, run->arena, &run->saved, err));
	run->paused = run->saved.status == WORKFLOW_PAUSED && has_open_question(&run->saved);
	return run_resume(run, err);
}

static enum coord_err
walk(struct run *run, struct workflow_outcome *ret, struct coord_error *err)
{
	struct workflow_outcome outcome = { .status = WORKFLOW_RUNNING };
	const struct slot *stopped;

	TRY(take_up(run, err));
	TRY(run_walk(run, &stopped, err));
	if (run->broken != COORD_OK) {
		if (err != NULL)
			*err = run->broken_error;
		return run->broken;
	}
	give_status(run, stopped, &outcome);
	TRY(keep_end(run, &outcome, err));
	TRY(give_chain(run, run->arena, &outcome, err));
	TRY(give_fields(run, run->arena, &outcome, err));
	TRY(give_origin(run, run->arena, &outcome, err));
	*ret = outcome;
	return COORD_OK;
}

static bool
is_id(const char *id)
{
	size_t len = id == NULL ? 0 : strlen(id);

	for (size_t i = 0; i < len; i++)
		if (id[i] <= ' ' || id[i] > '~')
			return false;
	return len > 0 && len <= WORKFLOW_NAME_MOST;
}

enum coord_err
workflow_run(const struct workflow_graph *graph, const struct workflow_options *options,
    struct arena *arena, struct workflow_outcome *ret, struct coord_error *err)
{
	struct run *run;
	enum coord_err rc;

	if (!is_id(options->id))
		return error_set(err, COORD_EINVALID,
		    "workflow: a run's id has 1 to %d printable characters",
		    (int)WORKFLOW_NAME_MOST);
	run = run_new(graph, options, arena, err);
	if (run == NULL)
		return err != NULL && err->code != COORD_OK ? err->code : COORD_EINVALID;
	rc = walk(run, ret, err);
	run_free(run);
	return rc;
}

struct sv
workflow_outcome_get(const struct workflow_outcome *outcome, const char *field)
{
	for (size_t i = 0; i < outcome->n_fields; i++)
		if (strcmp(outcome->fields[i].field, field) == 0)
			return outcome->fields[i].value;
	return SV_NONE;
}
