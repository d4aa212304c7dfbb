/* wave.c - the nodes that are ready at the same time: run in threads, committed as they end. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

enum { RECORD_MOST = 1 << 24 };

void
slot_choose(struct slot *slot)
{
	const struct run *run = slot->run;

	for (size_t i = 0; i < run->plan.graph->n_edges; i++) {
		workflow_condition *when = run->plan.graph->edges[i].when;

		if (run->plan.edges[i].from == slot->node)
			slot->taken[i] =
			    schedule_open(&run->schedule, i) && (when == NULL || when(slot->won));
	}
}

/* --- the record ---------------------------------------------------------------------------------------------------------------- */

struct lists {
	struct record_value inputs[WORKFLOW_MOST], outputs[WORKFLOW_MOST];
	struct sv next[WORKFLOW_MOST];
};

static size_t
list_values(
    const struct run *run, struct value *const *values, uint64_t which, struct record_value *ret)
{
	size_t n = 0;

	for (size_t f = 0; f < run->plan.graph->n_fields; f++)
		if (values[f] != NULL && (which & bit((int)f)) != 0)
			ret[n++] = (struct record_value){
				.field = sv_from(run->plan.graph->fields[f].name),
				.sha256 = { values[f]->hex, 64 },
			};
	return n;
}

static int
compare_answers(const void *a, const void *b)
{
	const struct record_answer *x = a, *y = b;
	int c = sv_cmp(x->provider, y->provider);

	return c != 0 ? c : sv_cmp(x->key, y->key);
}

/** Those that this step has used, in an order that threads have no part in. Times are texts in the arena of the slot. */
static enum coord_err
list_answers(struct slot *slot, struct record *record, struct coord_error *err)
{
	struct run *run = slot->run;
	size_t n = 0;

	for (size_t i = 0; i < run->effects.n; i++)
		n += run->effects.items[i].used == slot->step + 1;
	if (n == 0)
		return COORD_OK;
	if (slot->texts == NULL)
		slot->texts = arena_new(0);
	if (slot->texts != NULL)
		record->answers = ARENA_ARRAY(slot->texts, n, struct record_answer);
	if (record->answers == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a record");
	for (size_t i = 0; i < run->effects.n; i++) {
		const struct effect *e = &run->effects.items[i];
		char time[TIME_TEXT_MAX];

		if (e->used != slot->step + 1 || e->row.value.data == NULL)
			continue;
		time_format(e->row.time_us, false, time);
		record->answers[record->n_answers++] = (struct record_answer){
			.provider = e->row.provider,
			.key = e->row.key,
			.time = sv_from(arena_strdup(slot->texts, sv_from(time))),
			.sha256 = { e->sha256, 64 },
		};
	}
	qsort(record->answers, record->n_answers, sizeof(*record->answers), compare_answers);
	return COORD_OK;
}

static enum coord_err
list_failures(struct slot *slot, struct record *record, struct coord_error *err)
{
	if (slot->n_failures == 0)
		return COORD_OK;
	record->failures = ARENA_ARRAY(slot->texts, slot->n_failures, struct record_failure);
	if (record->failures == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a record");
	for (const struct failure *f = slot->first; f != NULL; f = f->next)
		record->failures[record->n_failures++] = f->what;
	return COORD_OK;
}

enum coord_err
slot_record(struct slot *slot, struct coord_error *err)
{
	struct run *run = slot->run;
	const struct workflow_graph *g = run->plan.graph;
	struct workflow_step *won = slot->won;
	struct lists lists;
	struct jsonw w;
	struct record record = { .step = slot->step,
		.visit = slot->visit,
		.node = sv_from(g->nodes[slot->node].name),
		.by =
		    slot->executor != slot->node ? sv_from(g->nodes[slot->executor].name) : SV_NONE,
		.inputs = lists.inputs,
		.outputs = lists.outputs,
		.next = lists.next,
		.decision = won->decision.len > 0 ? buf_sv(&won->decision) : SV_NONE };

	record.n_inputs =
	    list_values(run, won->inputs, run->plan.nodes[slot->executor].reads, lists.inputs);
	record.n_outputs = list_values(run, won->writes, UINT64_MAX, lists.outputs);
	for (size_t i = 0; i < g->n_edges; i++)
		if (slot->taken[i])
			lists.next[record.n_next++] = sv_from(g->edges[i].to);
	TRY(list_failures(slot, &record, err));
	(void)pthread_mutex_lock(&run->lock);
	slot->record = BUF_INIT(RECORD_MOST);
	w = jsonw_init(&slot->record, false);
	if (list_answers(slot, &record, err) == COORD_OK)
		record_write(&record, &w);
	else
		slot->record.failed = true;
	(void)pthread_mutex_unlock(&run->lock);
	return slot->record.failed
		   ? error_set(err, COORD_ENOMEM, "workflow: no memory for a record")
		   : COORD_OK;
}

/* --- a step's end --------------------------------------------------------------------------------------------------------------- */

static enum coord_err
save(struct slot *slot, struct coord_error *err)
{
	struct run *run = slot->run;
	const struct workflow_graph *g = run->plan.graph;
	CLEANUP(buf_clear) struct buf outputs = BUF_INIT(VALUE_MOST);
	struct coord_error why = { .what = "" };
	struct store_workflow_step row;
	enum coord_err rc;

	for (size_t f = 0; f < g->n_fields; f++)
		if (slot->won->writes[f] != NULL)
			output_put(&outputs, sv_from(g->fields[f].name),
			    field_version(&g->fields[f]), value_sv(slot->won->writes[f]));
	if (outputs.failed)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for a checkpoint");
	row = (struct store_workflow_step){ .step = slot->step,
		.visit = slot->visit,
		.attempts = slot->attempts,
		.node = sv_from(g->nodes[slot->node].name),
		.started_us = slot->started_us,
		.elapsed_us = slot->elapsed_us,
		.record = buf_sv(&slot->record),
		.outputs = buf_sv(&outputs) };
	if (row.outputs.data == NULL)
		row.outputs = SV("");
	rc = run->options->checkpointer->ops->step(
	    run->options->checkpointer->self, run->saved.seq, run->saved.fence, &row, &why);
	return rc == COORD_OK ? rc : run_broken(run, rc, &why, err);
}

static enum coord_err
commit(struct slot *slot, struct coord_error *err)
{
	struct run *run = slot->run;

	if (slot->ended != ENDED_WELL)
		return COORD_OK;
	slot_choose(slot);
	TRY(slot_record(slot, err));
	if (run->replays)
		return replay_compare(run, slot, err);
	if (run->keeps)
		TRY(save(slot, err));
	run_tell(run, slot, slot->executor, slot->attempts, WORKFLOW_FINISHED, NULL, 1,
	    slot->elapsed_us, NULL);
	return COORD_OK;
}

/* --- all of a wave -------------------------------------------------------------------------------------------------------------- */

static void *
thread_main(void *context)
{
	struct slot *slot = context;
	struct run *run = slot->run;

	slot_execute(slot);
	(void)pthread_mutex_lock(&run->lock);
	slot->finished = true;
	(void)pthread_cond_signal(&run->moved);
	(void)pthread_mutex_unlock(&run->lock);
	return NULL;
}

/** One without a thread is run here: slower, and no different. */
static void
start(struct slot *slot)
{
	slot->in_thread = pthread_create(&slot->thread, NULL, thread_main, slot) == 0;
	if (!slot->in_thread)
		(void)thread_main(slot);
}

static struct slot *
next_finished(struct run *run, struct slot **slots, size_t n)
{
	struct slot *found = NULL;

	(void)pthread_mutex_lock(&run->lock);
	while (found == NULL) {
		for (size_t i = 0; i < n && found == NULL; i++)
			if (slots[i]->finished && !slots[i]->taken_up)
				found = slots[i];
		if (found == NULL)
			(void)pthread_cond_wait(&run->moved, &run->lock);
	}
	found->taken_up = true;
	(void)pthread_mutex_unlock(&run->lock);
	if (found->in_thread)
		(void)pthread_join(found->thread, NULL);
	return found;
}

/** The first error ends the run, after all that run have ended. */
static enum coord_err
in_threads(struct run *run, struct slot **slots, size_t n, struct coord_error *err)
{
	const size_t most = run->options->threads == 0 ? n : run->options->threads;
	enum coord_err rc = COORD_OK;
	size_t started = 0, ended = 0;

	while (ended < started || (rc == COORD_OK && started < n)) {
		while (rc == COORD_OK && started < n && started - ended < most)
			start(slots[started++]);
		{
			struct slot *slot = next_finished(run, slots, started);
			enum coord_err here = rc == COORD_OK ? commit(slot, err) : COORD_OK;

			ended++;
			if (here != COORD_OK) {
				rc = here;
				atomic_store(&run->stop, true);
			}
		}
	}
	return rc;
}

enum coord_err
wave_run(struct run *run, struct slot **slots, size_t n, struct coord_error *err)
{
	struct slot *mine[WORKFLOW_MOST];
	size_t n_mine = 0;

	for (size_t i = 0; i < n; i++)
		if (slots[i]->saved == NULL || run->replays)
			mine[n_mine++] = slots[i];
	if (n_mine > 1 && run->options->threads != 1)
		return in_threads(run, mine, n_mine, err);
	for (size_t i = 0; i < n_mine; i++) {
		slot_execute(mine[i]);
		TRY(commit(mine[i], err));
	}
	return COORD_OK;
}
