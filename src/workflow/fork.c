/* fork.c - time travel: another run that shares the first steps, and has other values in some fields from there on. Waves are kept whole: a step of the wave in which
 * the fork lies is run again with its neighbours, as what they read is what was before the wave. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

/** The first step of the wave in which `step` lies, by walking what was kept. UINT32_MAX: there is no such step. */
static enum coord_err
wave_of(struct run *run, uint32_t step, uint32_t *ret, struct coord_error *err)
{
	const struct slot *stopped;

	*ret = UINT32_MAX;
	run->paused = true;
	run->fork_at = step;
	TRY(run_walk(run, &stopped, err));
	if (run->fork_wave == 0)
		return error_set(
		    err, COORD_EINVALID, "workflow: run %s has no step %u", run->options->id, step);
	*ret = run->fork_wave;
	return COORD_OK;
}

static enum coord_err
write_change(const struct workflow_graph *g, const struct workflow_fork *fork, struct sv id,
    uint32_t wave, struct buf *outputs, struct buf *text, struct coord_error *err)
{
	struct record_value values[WORKFLOW_MOST];
	struct value *held[WORKFLOW_MOST];
	struct record record = { .step = wave, .node = SV("fork"), .visit = 1, .outputs = values };
	CLEANUP(buf_clear) struct buf decision = BUF_INIT(4096);
	struct jsonw w = jsonw_init(text, false);
	enum coord_err rc = COORD_OK;

	buf_printf(&decision, "forked from %.*s before step %u", SV_ARG(id), fork->step);
	record.decision = buf_sv(&decision);
	for (size_t i = 0; i < fork->n_changes && i < WORKFLOW_MOST && rc == COORD_OK; i++) {
		const struct workflow_input *in = &fork->changes[i];
		int f = plan_field(g, sv_from(in->field));

		if (f == NONE || in->value.data == NULL)
			rc = error_set(err, COORD_EINVALID, "workflow %s: there is no field %s",
			    g->name, in->field);
		else
			rc = value_check(&g->fields[f], in->value, err);
		if (rc != COORD_OK || (held[record.n_outputs] = value_new(in->value)) == NULL)
			break;
		output_put(
		    outputs, sv_from(g->fields[f].name), field_version(&g->fields[f]), in->value);
		values[record.n_outputs] = (struct record_value){ sv_from(g->fields[f].name),
			{ held[record.n_outputs]->hex, 64 } };
		record.n_outputs++;
	}
	record_write(&record, &w);
	for (size_t i = 0; i < record.n_outputs; i++)
		value_drop(held[i]);
	if (rc == COORD_OK &&
	    (record.n_outputs != fork->n_changes || text->failed || outputs->failed))
		rc = error_set(err, COORD_ENOMEM, "workflow: no memory for a fork");
	return rc;
}

static enum coord_err
fork_at(struct run *run, struct workflow_checkpointer *checkpointer,
    const struct workflow_fork *fork, struct coord_error *err)
{
	const struct workflow_graph *g = run->plan.graph;
	CLEANUP(buf_clear) struct buf outputs = BUF_INIT(VALUE_MOST), text = BUF_INIT(VALUE_MOST);
	struct store_workflow_fork f = { .from = sv_from(run->options->id),
		.to = sv_from(fork->to),
		.ask_again = fork->ask_again,
		.submission = fork->submission,
		.now_us = fork->now_us };
	uint32_t wave;

	TRY(run_resume(run, err));
	TRY(wave_of(run, fork->step, &wave, err));
	TRY(write_change(g, fork, f.from, wave, &outputs, &text, err));
	f.keep = wave;
	f.change = (struct store_workflow_step){ .step = wave,
		.visit = 1,
		.node = SV("fork"),
		.started_us = fork->now_us,
		.record = buf_sv(&text),
		.outputs = outputs.len > 0 ? buf_sv(&outputs) : SV("") };
	return checkpointer->ops->fork(checkpointer->self, &f, err);
}

enum coord_err
workflow_fork(const struct workflow_graph *graph, struct workflow_checkpointer *checkpointer,
    struct sv id, const struct workflow_fork *fork, struct coord_error *err)
{
	struct workflow_options o = { .id = NULL };
	struct arena *arena = arena_new(0);
	struct run *run = NULL;
	enum coord_err rc = COORD_ENOMEM;

	if (arena == NULL || (o.id = arena_strdup(arena, id)) == NULL)
		(void)error_set(err, COORD_ENOMEM, "workflow: no memory for a fork");
	else if ((run = run_new(graph, &o, arena, err)) == NULL)
		rc = COORD_EINVALID;
	else
		rc = checkpointer->ops->get(checkpointer->self, id, arena, &run->saved, err);
	if (rc == COORD_OK)
		rc = fork_at(run, checkpointer, fork, err);
	run_free(run);
	arena_free(arena);
	return rc;
}
