/* attempt.c - a node until it has come to an end: attempts, waits between them, time-outs, and whoever stands in for it.
 * A node with a time-out runs in a thread of its own. A thread cannot be killed: when its time is over it is told so, and what it does from then on does not
 * count; the run goes on, but another attempt of the same node, and the end of the run, wait until it has returned, as it uses what the caller owns. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

static const int64_t minute_us = 60 * TIME_SECOND, nap_us = 10000;
enum { FAILURES_ARENA = 1 << 20, RNG_RETRY = 0x77666c77 };

/* --- in a thread of its own ------------------------------------------------------------------------------------------------- */

static enum coord_err
call(struct workflow_step *step, struct coord_error *err)
{
	return step->run->plan.graph->nodes[step->node].run(step, err);
}

static void *
thread_main(void *context)
{
	struct workflow_step *step = context;
	struct coord_error error = { .what = "" };
	enum coord_err rc = call(step, &error);

	(void)pthread_mutex_lock(&step->lock);
	step->rc = rc;
	step->error = error;
	step->done = true;
	(void)pthread_cond_signal(&step->ended);
	(void)pthread_mutex_unlock(&step->lock);
	return NULL;
}

/** True: it has ended in time. */
static bool
wait_until(struct workflow_step *step, int64_t timeout_us)
{
	int64_t until_us = clock_steady() + timeout_us;
	bool done;

	(void)pthread_mutex_lock(&step->lock);
	while (!step->done && clock_cond_wait(&step->ended, &step->lock, until_us))
		;
	done = step->done;
	if (!done)
		atomic_store(&step->cancel, true);
	(void)pthread_mutex_unlock(&step->lock);
	return done;
}

static bool
thread_start(struct workflow_step *step)
{
	bool started;

	(void)pthread_mutex_init(&step->lock, NULL);
	clock_cond_init(&step->ended);
	started = pthread_create(&step->thread, NULL, thread_main, step) == 0;
	if (!started) {
		(void)pthread_cond_destroy(&step->ended);
		(void)pthread_mutex_destroy(&step->lock);
	}
	return started;
}

static void
thread_join(struct workflow_step *step)
{
	(void)pthread_join(step->thread, NULL);
	(void)pthread_cond_destroy(&step->ended);
	(void)pthread_mutex_destroy(&step->lock);
}

void
run_join_late(struct run *run, int node)
{
	struct workflow_step **at, *mine = NULL, *next;

	(void)pthread_mutex_lock(&run->lock);
	for (at = &run->late; *at != NULL;) {
		struct workflow_step *step = *at;

		if (node != NONE && step->node != node) {
			at = &step->next_late;
			continue;
		}
		*at = step->next_late;
		step->next_late = mine;
		mine = step;
	}
	(void)pthread_mutex_unlock(&run->lock);
	for (; mine != NULL; mine = next) {
		next = mine->next_late;
		thread_join(mine);
		step_free(mine);
	}
}

/* --- one attempt ------------------------------------------------------------------------------------------------------------- */

struct outcome {
	enum coord_err rc;
	bool timed_out;
	uint32_t bit; /* of workflow_retry.on */
};

static void
set_late(struct run *run, struct workflow_step *step)
{
	(void)pthread_mutex_lock(&run->lock);
	step->next_late = run->late;
	run->late = step;
	(void)pthread_mutex_unlock(&run->lock);
}

static struct outcome
timed(struct slot *slot, struct workflow_step *step, int64_t timeout_us)
{
	struct outcome o = { .rc = COORD_EUNAVAIL };

	if (!thread_start(step)) {
		(void)error_set(&slot->error, COORD_EUNAVAIL, "workflow: no thread to be had");
		step_free(step);
		o.bit = WORKFLOW_ON(COORD_EUNAVAIL);
		return o;
	}
	if (!wait_until(step, timeout_us)) {
		(void)error_set(&slot->error, COORD_EUNAVAIL, "took longer than %lld ms",
		    (long long)(timeout_us / 1000));
		set_late(slot->run, step);
		return (struct outcome){ COORD_EUNAVAIL, true, WORKFLOW_ON_TIMEOUT };
	}
	thread_join(step);
	slot->error = step->error;
	slot->won = step;
	o.rc = step->rc;
	o.bit = WORKFLOW_ON(step->rc);
	return o;
}

/** slot->won is the step of an attempt that returned, however it ended. */
static struct outcome
try_once(struct slot *slot, int executor, uint32_t attempt)
{
	const struct workflow_node *node = &slot->run->plan.graph->nodes[executor];
	struct workflow_step *step = step_new(slot, executor, attempt);
	struct outcome o = { .rc = COORD_ENOMEM, .bit = WORKFLOW_ON(COORD_ENOMEM) };

	slot->error = (struct coord_error){ .what = "" };
	if (step == NULL) {
		(void)error_set(&slot->error, COORD_ENOMEM, "workflow: no memory for a step");
		return o;
	}
	if (node->timeout_us > 0 && !slot->run->replays)
		return timed(slot, step, node->timeout_us);
	o.rc = call(step, &slot->error);
	o.bit = WORKFLOW_ON(o.rc);
	slot->won = step;
	return o;
}

/* --- all of them ------------------------------------------------------------------------------------------------------------ */

static const char *
outcome_name(const struct outcome *o)
{
	static const char *const names[] = { "ok",
#define NAME(name, text) #name,
		COORD_ERRORS(NAME)
#undef NAME
	};

	if (o->timed_out)
		return "TIMEOUT";
	return (size_t)o->rc < sizeof(names) / sizeof(names[0]) ? names[o->rc] : "INVALID";
}

/** For the chain. Without memory the failure is not told there: it is still in the error. */
static void
note_failure(struct slot *slot, int executor, uint32_t attempt, const struct outcome *o)
{
	struct failure *f;
	char *error;

	if (slot->texts == NULL)
		slot->texts = arena_new(FAILURES_ARENA);
	if (slot->texts == NULL)
		return;
	f = ARENA_NEW(slot->texts, struct failure);
	error = arena_strdup(slot->texts, sv_from(slot->error.what));
	if (f == NULL || error == NULL)
		return;
	f->what =
	    (struct record_failure){ .by = sv_from(slot->run->plan.graph->nodes[executor].name),
		    .outcome = sv_from(outcome_name(o)),
		    .error = error[0] != '\0' ? sv_from(error) : SV_NONE,
		    .attempt = attempt };
	if (slot->last != NULL)
		slot->last->next = f;
	else
		slot->first = f;
	slot->last = f;
	slot->n_failures++;
}

static int64_t
backoff_us(const struct slot *slot, int executor, uint32_t attempt)
{
	const struct workflow_retry *r = &slot->run->plan.graph->nodes[executor].retry;
	const int64_t cap = r->cap_us > 0 ? r->cap_us : minute_us;
	int64_t wait = r->backoff_us < cap ? r->backoff_us : cap;
	struct rng rng;

	for (uint32_t i = 1; i < attempt && wait < cap; i++)
		wait = wait > cap / 2 ? cap : 2 * wait;
	rng = rng_at(
	    hash_content(sv_from(slot->run->options->id)), RNG_RETRY, (uint32_t)executor, attempt);
	return wait - (int64_t)(r->jitter * rng_uniform(&rng) * (double)wait);
}

static bool
sleep_us(const struct run *run, int64_t us)
{
	const struct workflow_options *o = run->options;
	int64_t end = clock_steady() + us, left;

	if (o->wait != NULL)
		return o->wait(o->clock_context, us) && !run_cancelled(run);
	while ((left = end - clock_steady()) > 0 && !run_cancelled(run))
		clock_sleep(left < nap_us ? left : nap_us);
	return !run_cancelled(run);
}

/** Drops the attempt that failed, and says whether there is another one. */
static bool
again(struct slot *slot, int executor, uint32_t attempt, const struct outcome *o)
{
	const struct workflow_retry *r = &slot->run->plan.graph->nodes[executor].retry;
	int64_t wait;

	if (slot->run->replays || attempt >= r->attempts || (r->on & o->bit) == 0)
		return false;
	wait = backoff_us(slot, executor, attempt);
	run_tell(
	    slot->run, slot, executor, attempt, WORKFLOW_RETRIED, NULL, 0, wait, slot->error.what);
	if (!sleep_us(slot->run, wait)) {
		slot->ended = ENDED_CANCELLED;
		return false;
	}
	run_join_late(slot->run, executor);
	return true;
}

/** What the attempt means. True: there is nothing more to try. */
static bool
judge(struct slot *slot, int executor, uint32_t attempt, const struct outcome *o)
{
	struct run *run = slot->run;
	bool broken;

	(void)pthread_mutex_lock(&run->lock);
	broken = run->broken != COORD_OK;
	(void)pthread_mutex_unlock(&run->lock);
	if (broken)
		slot->ended = ENDED_BROKEN;
	else if (slot->won != NULL && atomic_load(&slot->won->asks))
		slot->ended = ENDED_ASKS;
	else if (o->rc == COORD_OK)
		slot->ended = ENDED_WELL;
	else if (run_cancelled(run))
		slot->ended = ENDED_CANCELLED;
	else
		slot->ended = ENDED_FAILED;
	if (slot->ended == ENDED_FAILED)
		note_failure(slot, executor, attempt, o);
	if (slot->ended != ENDED_WELL) {
		step_free(slot->won);
		slot->won = NULL;
	}
	return slot->ended != ENDED_FAILED;
}

/** One node's attempts. True: nobody else has to try. */
static bool
try_node(struct slot *slot, int executor)
{
	struct outcome o;
	uint32_t attempt = 1;

	slot->executor = executor;
	for (;; attempt++) {
		slot->attempts++;
		run_tell(slot->run, slot, executor, attempt, WORKFLOW_STARTED, NULL, 0, 0, NULL);
		slot->won = NULL;
		o = try_once(slot, executor, attempt);
		if (judge(slot, executor, attempt, &o))
			return true;
		if (!again(slot, executor, attempt, &o))
			return slot->ended == ENDED_CANCELLED;
	}
}

void
slot_execute(struct slot *slot)
{
	const struct run *run = slot->run;
	int64_t began = clock_steady();

	slot->started_us = run_now(run);
	for (int at = slot->executor; at != NONE && !try_node(slot, at);) {
		at = run->replays ? NONE : run->plan.nodes[at].fallback;
		if (at != NONE)
			run_tell(slot->run, slot, at, 1, WORKFLOW_FELL_BACK, NULL, 0, 0,
			    slot->error.what);
	}
	slot->elapsed_us = clock_steady() - began;
}

void
slot_clear(struct slot *slot)
{
	step_free(slot->won);
	arena_free(slot->texts);
	slot->won = NULL;
	slot->texts = NULL;
}
