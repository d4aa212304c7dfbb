/* replay.c - a finished run, run again: every node, with the answers that were recorded, and what it writes, decides and takes next compared with what was kept. A step
 * that differs does not spoil the ones behind it: they start from what was kept. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

/* a record with the parser and the arena that it lives in */
struct opened {
	struct json_parser *parser;
	struct arena *arena;
	struct record record;
};

static void
opened_clear(struct opened *o)
{
	json_parser_free(o->parser);
	arena_free(o->arena);
}

static enum coord_err
open_record(struct sv text, struct opened *ret, struct coord_error *err)
{
	struct json_value v;

	ret->parser = json_parser_new(text.len + 1, 16);
	ret->arena = arena_new(0);
	if (ret->parser == NULL || ret->arena == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a record");
	TRY(json_parse(ret->parser, text.data, text.len, false, &v, err));
	return record_read(v, false, ret->arena, &ret->record, err);
}

enum coord_err
replay_executor(struct run *run, struct slot *slot, struct coord_error *err)
{
	CLEANUP(opened_clear) struct opened was = { 0 };

	if (slot->saved == NULL)
		return error_set(err, COORD_EINVALID,
		    "workflow: run %s has no step %u, where this program's graph has one",
		    run->options->id, slot->step);
	TRY(open_record(slot->saved->record, &was, err));
	if (was.record.by.data == NULL)
		return COORD_OK;
	slot->executor = plan_node(run->plan.graph, was.record.by);
	if (slot->executor == NONE)
		return error_set(err, COORD_EINVALID,
		    "workflow: run %s, step %u: this program has no node %.*s", run->options->id,
		    slot->step, SV_ARG(sv_first(was.record.by, 64)));
	return COORD_OK;
}

static enum coord_err
differ(struct run *run, const struct slot *slot, struct sv what, const char *how,
    struct coord_error *err)
{
	struct workflow_replay *r = run->replayed->result;

	if (r->n_differences == run->replayed->room) {
		size_t room = run->replayed->room == 0 ? 8 : 2 * run->replayed->room;
		const char **lines = ARENA_ARRAY(run->arena, room, const char *);

		if (lines == NULL)
			return error_set(err, COORD_ELIMIT, "workflow: no room for differences");
		if (r->n_differences > 0)
			memcpy(lines, r->differences, r->n_differences * sizeof(*lines));
		r->differences = lines;
		run->replayed->room = room;
	}
	r->differences[r->n_differences] = arena_printf(run->arena, "step %u (%s): %.*s %s",
	    slot->step, run->plan.graph->nodes[slot->node].name, SV_ARG(what), how);
	return r->differences[r->n_differences++] != NULL
		   ? COORD_OK
		   : error_set(err, COORD_ELIMIT, "workflow: no room for differences");
}

static struct sv
hash_of(const struct record_value *values, size_t n, struct sv field)
{
	for (size_t i = 0; i < n; i++)
		if (sv_eq(values[i].field, field))
			return values[i].sha256;
	return SV_NONE;
}

static enum coord_err
compare_values(struct run *run, const struct slot *slot, const struct record_value *was,
    size_t n_was, const struct record_value *is, size_t n_is, const char *changed,
    struct coord_error *err)
{
	for (size_t i = 0; i < n_was; i++) {
		struct sv hash = hash_of(is, n_is, was[i].field);

		if (hash.data == NULL || !sv_eq(hash, was[i].sha256))
			TRY(differ(run, slot, was[i].field,
			    hash.data == NULL ? "is missing now" : changed, err));
	}
	for (size_t i = 0; i < n_is; i++)
		if (hash_of(was, n_was, is[i].field).data == NULL)
			TRY(differ(run, slot, is[i].field, "was not there", err));
	return COORD_OK;
}

static bool
same_text(struct sv a, struct sv b)
{
	return (a.data == NULL) == (b.data == NULL) && (a.data == NULL || sv_eq(a, b));
}

static bool
same_next(const struct record *a, const struct record *b)
{
	for (size_t i = 0; i < a->n_next && i < b->n_next; i++)
		if (!sv_eq(a->next[i], b->next[i]))
			return false;
	return a->n_next == b->n_next;
}

static bool
same_answers(const struct record *a, const struct record *b)
{
	for (size_t i = 0; i < a->n_answers && i < b->n_answers; i++)
		if (!sv_eq(a->answers[i].sha256, b->answers[i].sha256) ||
		    !sv_eq(a->answers[i].key, b->answers[i].key))
			return false;
	return a->n_answers == b->n_answers;
}

enum coord_err
replay_compare(struct run *run, struct slot *slot, struct coord_error *err)
{
	CLEANUP(opened_clear) struct opened was = { 0 }, is = { 0 };

	TRY(open_record(slot->saved->record, &was, err));
	TRY(open_record(buf_sv(&slot->record), &is, err));
	run->replayed->result->steps++;
	run->replayed->result->answers += is.record.n_answers;
	TRY(compare_values(run, slot, was.record.inputs, was.record.n_inputs, is.record.inputs,
	    is.record.n_inputs, "comes in with other bytes", err));
	TRY(compare_values(run, slot, was.record.outputs, was.record.n_outputs, is.record.outputs,
	    is.record.n_outputs, "comes out with other bytes", err));
	if (!same_text(was.record.decision, is.record.decision))
		TRY(differ(run, slot, SV("the decision"), "is another one", err));
	if (!same_next(&was.record, &is.record))
		TRY(differ(run, slot, SV("what comes next"), "is something else", err));
	if (!same_answers(&was.record, &is.record))
		TRY(differ(run, slot, SV("the answers used"), "are others", err));
	return COORD_OK;
}

static enum coord_err
replay_all(struct run *run, struct coord_error *err)
{
	const struct slot *stopped;

	TRY(run_resume(run, err));
	TRY(run_walk(run, &stopped, err));
	if (stopped != NULL && stopped->ended == ENDED_FAILED)
		return differ(run, stopped, SV("it fails now:"), stopped->error.what, err);
	if (stopped != NULL || !run->ended)
		return error_set(err, COORD_ECANCELLED, "workflow: the replay was cancelled");
	return COORD_OK;
}

enum coord_err
workflow_replay(const struct workflow_graph *graph, struct workflow_checkpointer *checkpointer,
    struct sv id, const struct workflow_options *options, struct arena *arena,
    struct workflow_replay *ret, struct coord_error *err)
{
	struct workflow_options o = *options;
	struct workflow_replay result = { 0 };
	struct replayed replayed = { .result = &result };
	struct run *run;
	enum coord_err rc;

	o.id = arena_strdup(arena, id);
	o.checkpointer = NULL;
	if (o.id == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for a replay");
	run = run_new(graph, &o, arena, err);
	if (run == NULL)
		return err != NULL && err->code != COORD_OK ? err->code : COORD_EINVALID;
	run->replays = true;
	run->replayed = &replayed;
	rc = checkpointer->ops->get(checkpointer->self, id, arena, &run->saved, err);
	if (rc == COORD_OK && run->saved.status != WORKFLOW_DONE)
		rc = error_set(err, COORD_EINVALID,
		    "workflow: run %s is %s: only one that is done can be replayed", o.id,
		    workflow_status_name(run->saved.status));
	if (rc == COORD_OK)
		rc = replay_all(run, err);
	run_free(run);
	if (rc == COORD_OK)
		*ret = result;
	return rc;
}
