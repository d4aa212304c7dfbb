/* run.c - a run from its start, or from what was kept of it, to its end: wave after wave. What earlier processes finished is walked again without running it: the order of
 * steps follows from the graph and from what each step decided, so that a checkpoint need not say where the run is. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

enum { STEPS_MOST = 10000 };

const char *
workflow_status_name(enum workflow_status status)
{
	static const char *const names[] = { "running", "done", "paused", "cancelled", "failed" };

	return names[status];
}

enum coord_err
run_broken(
    struct run *run, enum coord_err rc, const struct coord_error *why, struct coord_error *err)
{
	(void)pthread_mutex_lock(&run->lock);
	if (run->broken == COORD_OK) {
		run->broken = rc;
		run->broken_error = *why;
	}
	(void)pthread_mutex_unlock(&run->lock);
	atomic_store(&run->stop, true);
	if (err != NULL)
		*err = *why;
	return rc;
}

struct run *
run_new(const struct workflow_graph *graph, const struct workflow_options *options,
    struct arena *arena, struct coord_error *err)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL || (run->effects.arena = arena_new(0)) == NULL) {
		(void)error_set(err, COORD_ENOMEM, "workflow: no memory for a run");
		free(run);
		return NULL;
	}
	(void)pthread_mutex_init(&run->lock, NULL);
	(void)pthread_mutex_init(&run->telling, NULL);
	(void)pthread_cond_init(&run->moved, NULL);
	run->options = options;
	run->arena = arena;
	chain_init(&run->chain);
	if (plan_init(graph, &run->plan, err) != COORD_OK) {
		run_free(run);
		return NULL;
	}
	schedule_init(&run->schedule, &run->plan);
	return run;
}

void
run_free(struct run *run)
{
	if (run == NULL)
		return;
	run_join_late(run, NONE);
	for (size_t f = 0; f < WORKFLOW_MOST; f++)
		value_drop(run->fields[f]);
	effects_clear(&run->effects);
	arena_free(run->effects.arena);
	buf_clear(&run->chain.text);
	(void)pthread_cond_destroy(&run->moved);
	(void)pthread_mutex_destroy(&run->telling);
	(void)pthread_mutex_destroy(&run->lock);
	free(run);
}

/* --- taking up what was kept ----------------------------------------------------------------------------------------------------- */

static enum coord_err
misfit(const struct run *run, size_t step, const char *why, struct coord_error *err)
{
	return error_set(
	    err, COORD_EINVALID, "workflow: run %s, step %zu: %s", run->options->id, step, why);
}

enum coord_err
run_resume(struct run *run, struct coord_error *err)
{
	const struct store_workflow *saved = &run->saved;
	const struct workflow_graph *g = run->plan.graph;
	struct effect *added;

	if (!sv_eq(saved->graph, sv_from(g->name)))
		return error_set(err, COORD_EINVALID, "workflow: run %s is one of %.*s, not of %s",
		    run->options->id, SV_ARG(saved->graph), g->name);
	if (saved->version > g->version)
		return error_set(err, COORD_EINVALID,
		    "workflow: run %s is of version %u of %s, this program knows %u",
		    run->options->id, saved->version, g->name, g->version);
	for (size_t i = 0; i < saved->n_effects; i++)
		TRY(effects_add(&run->effects, &saved->effects[i], &added, err));
	return COORD_OK;
}

/** The saved step of this number, or NULL. A wave's may come in any order, so that some of it may be missing. */
static const struct store_workflow_step *
saved_step(const struct run *run, uint32_t step)
{
	for (size_t i = run->cursor; i < run->saved.n_steps; i++)
		if (run->saved.steps[i].step == step)
			return &run->saved.steps[i];
	return NULL;
}

static enum coord_err
check_inputs(const struct run *run, struct coord_error *err)
{
	const struct workflow_graph *g = run->plan.graph;

	for (size_t i = 0; i < run->options->n_inputs; i++) {
		const struct workflow_input *in = &run->options->inputs[i];
		int f = plan_field(g, sv_from(in->field));

		if (f == NONE || in->value.data == NULL)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: %s is no field, or has no value", g->name, in->field);
		TRY(value_check(&g->fields[f], in->value, err));
	}
	return COORD_OK;
}

/** Inputs are a step too: the first one. */
static enum coord_err
begin(struct run *run, struct coord_error *err)
{
	const struct workflow_graph *g = run->plan.graph;
	CLEANUP(buf_clear) struct buf outputs = BUF_INIT(VALUE_MOST), text = BUF_INIT(VALUE_MOST);
	struct jsonw w = jsonw_init(&text, false);
	struct record_value values[WORKFLOW_MOST];
	struct record record = { .node = SV("start"), .visit = 1, .outputs = values };
	struct store_workflow_step row = { .node = SV("start"), .visit = 1 };

	TRY(check_inputs(run, err));
	for (size_t i = 0; i < run->options->n_inputs; i++) {
		int f = plan_field(g, sv_from(run->options->inputs[i].field));
		struct value *value = value_new(run->options->inputs[i].value);
		enum coord_err rc;

		if (value == NULL)
			return error_set(err, COORD_ENOMEM, "workflow: no memory for inputs");
		rc = state_put(run, f, value, err);
		output_put(&outputs, sv_from(g->fields[f].name), field_version(&g->fields[f]),
		    value_sv(value));
		value_drop(value);
		TRY(rc);
	}
	for (size_t f = 0; f < g->n_fields; f++)
		if (run->fields[f] != NULL)
			values[record.n_outputs++] =
			    (struct record_value){ sv_from(g->fields[f].name),
				    { run->fields[f]->hex, 64 } };
	record_write(&record, &w);
	if (text.failed || outputs.failed)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for inputs");
	chain_add(&run->chain, buf_sv(&text));
	run->steps = 1;
	if (!run->keeps)
		return COORD_OK;
	row.started_us = run_now(run);
	row.record = buf_sv(&text);
	row.outputs = outputs.len > 0 ? buf_sv(&outputs) : SV("");
	return run->options->checkpointer->ops->step(
	    run->options->checkpointer->self, run->saved.seq, run->saved.fence, &row, err);
}

/** A row that is no node's: where it started, or was forked. */
static enum coord_err
pass(struct run *run, const struct store_workflow_step *row, struct coord_error *err)
{
	if (row->record.len < 2)
		return misfit(run, row->step, "it is damaged", err);
	TRY(state_apply(run, row->outputs, err));
	chain_add(&run->chain, row->record);
	run->steps = row->step + 1;
	run->cursor++;
	return COORD_OK;
}

/* --- a wave ------------------------------------------------------------------------------------------------------------------------ */

static struct slot *
slot_new(struct run *run, int node, struct coord_error *err)
{
	/* in the arena: a thread whose time was over may still look at it when the wave has gone by */
	struct slot *slot = ARENA_NEW(run->arena, struct slot);

	if (slot == NULL) {
		(void)error_set(err, COORD_ELIMIT, "workflow: no room for a step");
		return NULL;
	}
	slot->run = run;
	slot->node = slot->executor = node;
	slot->ended = run->paused ? ENDED_ASKS : ENDED_WELL;
	slot->step = run->steps++;
	slot->visit = run->schedule.visits[node];
	slot->record = BUF_INIT(1);
	slot->saved = saved_step(run, slot->step);
	return slot;
}

static enum coord_err
fits(const struct run *run, const struct slot *slot, struct coord_error *err)
{
	const struct store_workflow_step *row = slot->saved;
	const char *name = run->plan.graph->nodes[slot->node].name;

	if (row == NULL)
		return COORD_OK;
	if (!sv_eq(row->node, sv_from(name)) || row->visit != slot->visit)
		return error_set(err, COORD_EINVALID,
		    "workflow: run %s, step %u: it was %.*s, and is %s in this program's graph",
		    run->options->id, slot->step, SV_ARG(row->node), name);
	return row->record.len < 2 ? misfit(run, row->step, "it is damaged", err) : COORD_OK;
}

/** The edges that a recalled step took, by the names in its record. */
static enum coord_err
recall_choice(struct run *run, struct slot *slot, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(slot->saved->record.len + 1, 16);
	struct arena *arena = arena_new(0);
	struct coord_error why = { .what = "no memory" };
	struct json_value v = JSON_MISSING;
	struct record record = { 0 };
	enum coord_err rc = COORD_ENOMEM;

	if (parser != NULL && arena != NULL)
		rc = json_parse(
		    parser, slot->saved->record.data, slot->saved->record.len, false, &v, &why);
	if (rc == COORD_OK)
		rc = record_read(v, false, arena, &record, &why);
	for (size_t i = 0; rc == COORD_OK && i < record.n_next; i++) {
		int to = plan_node(run->plan.graph, record.next[i]);
		bool found = false;

		for (size_t e = 0; e < run->plan.graph->n_edges; e++)
			if (run->plan.edges[e].from == slot->node && run->plan.edges[e].to == to)
				slot->taken[e] = found = true;
		if (!found) {
			(void)snprintf(why.what, sizeof(why.what),
			    "this program's graph does not lead from it to %.*s",
			    SV_ARG(sv_first(record.next[i], 64)));
			rc = COORD_EINVALID;
		}
	}
	arena_free(arena);
	json_parser_free(parser);
	return rc == COORD_OK ? rc : misfit(run, slot->step, why.what, err);
}

/** The step is part of the run now. */
static enum coord_err
settle(struct run *run, struct slot *slot, struct coord_error *err)
{
	const bool recalled = slot->saved != NULL;

	if (recalled && !run->replays)
		run_tell(run, slot, slot->executor, slot->saved->attempts, WORKFLOW_RECALLED, NULL,
		    1, slot->saved->elapsed_us, NULL);
	if (recalled) {
		memset(slot->taken, 0, sizeof(slot->taken));
		TRY(recall_choice(run, slot, err));
		TRY(state_apply(run, slot->saved->outputs, err));
		chain_add(&run->chain, slot->saved->record);
		run->recalled++;
	} else {
		TRY(state_merge(run, slot->won, err));
		chain_add(&run->chain, buf_sv(&slot->record));
	}
	schedule_done(&run->schedule, slot->node, slot->taken);
	return run->chain.text.failed
		   ? error_set(err, COORD_ENOMEM, "workflow: no memory for the chain")
		   : COORD_OK;
}

static void
forget(struct slot **slots, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		slot_clear(slots[i]);
		buf_clear(&slots[i]->record);
	}
}

/** A failure is worse than a question, a question than being cancelled: that is what the run is then. */
static const struct slot *
worst(const struct run *run, struct slot *const *slots, size_t n)
{
	static const enum ended order[] = { ENDED_BROKEN, ENDED_FAILED, ENDED_ASKS,
		ENDED_CANCELLED };

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (size_t i = 0; i < n; i++)
			if ((slots[i]->saved == NULL || run->replays) &&
			    slots[i]->ended == order[k])
				return slots[i];
	return NULL;
}

static enum coord_err
take_wave(struct run *run, uint64_t wave, struct slot **slots, size_t *n, struct coord_error *err)
{
	*n = 0;
	for (int i = 0; i < (int)run->plan.graph->n_nodes; i++) {
		if ((wave & bit(i)) == 0)
			continue;
		slots[*n] = slot_new(run, i, err);
		if (slots[*n] == NULL)
			return COORD_ELIMIT;
		TRY(fits(run, slots[*n], err));
		if (run->replays)
			TRY(replay_executor(run, slots[*n], err));
		(*n)++;
	}
	return COORD_OK;
}

static enum coord_err
do_wave(struct run *run, uint64_t wave, const struct slot **ret_stopped, struct coord_error *err)
{
	struct slot *slots[WORKFLOW_MOST];
	enum coord_err rc;
	size_t n;

	rc = take_wave(run, wave, slots, &n, err);
	if (rc == COORD_OK && !run->paused)
		rc = wave_run(run, slots, n, err);
	if (rc == COORD_OK && (*ret_stopped = worst(run, slots, n)) == NULL) {
		for (size_t i = 0; i < n && rc == COORD_OK; i++)
			rc = settle(run, slots[i], err);
		while (run->cursor < run->saved.n_steps &&
		       run->saved.steps[run->cursor].step < run->steps)
			run->cursor++;
		schedule_turn(&run->schedule);
	}
	forget(slots, n);
	return rc;
}

/** Steps that were kept, and that the graph has no place for. */
static enum coord_err
check_spent(const struct run *run, struct coord_error *err)
{
	return run->cursor == run->saved.n_steps
		   ? COORD_OK
		   : misfit(run, run->saved.steps[run->cursor].step,
			 "this program's graph has ended before it", err);
}

enum coord_err
run_walk(struct run *run, const struct slot **ret_stopped, struct coord_error *err)
{
	const size_t most = run->options->steps_most != 0 ? run->options->steps_most : STEPS_MOST;
	uint64_t wave;
	uint32_t first;

	*ret_stopped = NULL;
	if (run->saved.n_steps == 0 && !run->paused)
		TRY(begin(run, err));
	for (;;) {
		while (run->cursor < run->saved.n_steps &&
		       run->saved.steps[run->cursor].step == run->steps &&
		       (run->steps == 0 || sv_eq(run->saved.steps[run->cursor].node, SV("fork"))))
			TRY(pass(run, &run->saved.steps[run->cursor], err));
		if (run_cancelled(run))
			return COORD_OK;
		wave = schedule_wave(&run->schedule);
		run->ended = wave == 0;
		if (run->ended)
			return check_spent(run, err);
		if (run->steps > most)
			return error_set(err, COORD_ELIMIT,
			    "workflow: run %s took more than %zu steps", run->options->id, most);
		first = run->steps;
		TRY(do_wave(run, wave, ret_stopped, err));
		if (run->fork_at >= first && run->fork_at < run->steps)
			run->fork_wave = first;
		if (*ret_stopped != NULL || run->fork_wave != 0)
			return COORD_OK;
	}
}
