/* worker.c - the loop of a worker process: claim -> begin -> analyse -> finish, fail or give back -> done. The queue may deliver twice and the store decides; so
 * whatever happens between two lines here, the job is done once or tried again, never lost. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "jobs/beat.h"
#include "jobs/outcome.h"

enum { CONSUMER_MOST = 80, SLEEP_STEPS = 20 };

/* One wait for a job; the shortest and longest pause while the store or the queue is away; how much free memory is worth giving back. */
static const int64_t claim_wait_us = 1000000, away_least_us = 100000, away_most_us = 3000000;
static const int64_t wait_most_us = INT64_C(100) * 365 * 86400 * 1000000;
static const size_t trim_from = (size_t)64 << 20;

struct worker {
	const struct jobs_world *world;
	struct page *page; /* or NULL */
	struct beat *beat;
	char consumer[CONSUMER_MOST];
	int64_t away_us; /* the last pause; 0: all is there */
	bool spent;      /* ran out of memory: the process should be replaced */
};

static void
turn(struct worker *w, enum page_state state)
{
	if (w->page != NULL)
		page_turn(w->page, state, clock_steady());
}

/* The store or the queue is away: told once, then waited for, longer each time. */
static void
pause_away(struct worker *w, const struct coord_error *why)
{
	if (w->away_us == 0)
		log_write(LOG_WARNING, "worker waits: store or queue is away",
		    LOG_TEXT("reason", why->what));
	w->away_us = w->away_us == 0                 ? away_least_us
		     : w->away_us < away_most_us / 2 ? w->away_us * 2
						     : away_most_us;
	for (int i = 0; i < SLEEP_STEPS && !beat_stopping(w->beat); i++)
		clock_sleep(w->away_us / SLEEP_STEPS);
}

static void
back_again(struct worker *w)
{
	if (w->away_us != 0)
		log_write(LOG_INFO, "worker goes on", LOG_TEXT("worker", w->consumer));
	w->away_us = 0;
}

/* Only so much processor time for this job: the process is killed by SIGXCPU behind it, and the supervisor knows what that means. */
static void
limit_processor_time(const struct config *config)
{
	struct rlimit limit;
	int64_t end_us = clock_of(CLOCK_PROCESS_CPUTIME_ID) + config->worker_cpu;

	if (getrlimit(RLIMIT_CPU, &limit) != 0)
		return;
	limit.rlim_cur = (rlim_t)((end_us + TIME_SECOND - 1) / TIME_SECOND);
	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_CPU, &limit);
}

/* --- the ends of a job ------------------------------------------------------------------------------------------------------ */

/* Written down again and again while the store is away, until the stop; then the lease runs out by itself. */
#define UNTIL_THERE(w, rc, err, call)                                          \
	while (((rc) = (call)) == COORD_EUNAVAIL && !beat_stopping((w)->beat)) \
	pause_away((w), (err))

static void
queue_end(struct worker *w, const struct queue_job *job)
{
	struct coord_error err;
	enum coord_err rc;

	UNTIL_THERE(w, rc, &err, queue_done(w->world->queue, job, &err));
	(void)rc;
}

static void
queue_later(struct worker *w, const struct queue_job *job, int64_t wait_us)
{
	struct coord_error err;
	enum coord_err rc;

	UNTIL_THERE(w, rc, &err, queue_retry(w->world->queue, job, clock_wall() + wait_us, &err));
	(void)rc;
}

/* Labels of metrics are constants. */
static const char *
depth_label(struct sv depth)
{
	static const char *const names[] = { "minimal", "deep" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sv_eq(depth, sv_from(names[i])))
			return names[i];
	return "standard";
}

static void
finish(struct worker *w, const struct held *held, const struct store_analysis *analysis,
    const struct store_result *result, int64_t from_us)
{
	struct coord_error err = { .code = COORD_OK };
	int64_t store_us = clock_steady();
	enum coord_err rc;

	UNTIL_THERE(w, rc, &err,
	    store_finish(
		w->world->store, sv_from(held->id), held->fence, clock_wall(), result, &err));
	if (rc == COORD_OK) {
		double seconds = (double)(clock_steady() - from_us) / 1e6;

		metrics_observe(w->world->metrics, METRIC_STAGE_SECONDS, "store", NULL,
		    (double)(clock_steady() - store_us) / 1e6);
		metrics_observe(w->world->metrics, METRIC_ANALYSIS_SECONDS,
		    depth_label(analysis->depth), NULL, seconds);
		metrics_add(w->world->metrics, METRIC_JOBS, "completed", NULL, 1);
		log_write(LOG_INFO, "analysis finished", LOG_TEXT("analysis_id", held->id),
		    LOG_SV("depth", analysis->depth), LOG_INT("bytes", analysis->request.len),
		    LOG_SV("verdict", result->verdict), LOG_REAL("confidence", result->confidence),
		    LOG_REAL("seconds", seconds), LOG_INT("attempt", held->attempts));
	} else if (rc != COORD_ECANCELLED) {
		log_write(LOG_ERROR, "result not stored", LOG_TEXT("analysis_id", held->id),
		    LOG_TEXT("reason", err.what));
		if (rc != COORD_EUNAVAIL)
			UNTIL_THERE(w, rc, &err,
			    outcome_put(w->world, held, OUTCOME_AGAIN,
				"the result could not be stored", clock_wall(), &err));
		return;
	}
	queue_end(w, &held->job);
}

static void
fail(struct worker *w, const struct held *held, const struct coord_error *why)
{
	bool own_fault =
	    why->code == COORD_EINVALID || why->code == COORD_EPARSE || why->code == COORD_ENODATA;
	struct coord_error err;
	enum coord_err rc;

	w->spent = why->code == COORD_ENOMEM;
	UNTIL_THERE(w, rc, &err,
	    outcome_put(w->world, held, own_fault ? OUTCOME_OWN_FAULT : OUTCOME_AGAIN, why->what,
		clock_wall(), &err));
	(void)rc;
}

/* Answered before it was laid down: whoever answered found nothing that waits. */
static void
go_on_when_answered(struct worker *w, const struct held *held, struct arena *arena)
{
	struct queue_item item = held->job.item;
	struct coord_error err = { .code = COORD_OK };
	struct store_workflow kept;
	enum coord_err rc;

	UNTIL_THERE(w, rc, &err,
	    store_workflow_get(w->world->store, sv_from(held->id), arena, &kept, &err));
	if (rc != COORD_OK || kept.status == WORKFLOW_PAUSED)
		return;
	UNTIL_THERE(w, rc, &err,
	    store_resume(w->world->store, sv_from(held->id), SV_NONE, clock_wall(), &err));
	item.not_before_us = 0;
	if (rc == COORD_OK)
		UNTIL_THERE(w, rc, &err, queue_put(w->world->queue, &item, 1, &err));
}

/* A person is asked: no worker holds it, and its lease does not end before it is resumed (store_resume) or cancelled. */
static void
let_wait(struct worker *w, const struct held *held, struct arena *arena)
{
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc;

	UNTIL_THERE(w, rc, &err,
	    store_heartbeat(w->world->store, sv_from(held->id), held->fence, clock_wall(),
		wait_most_us, STORE_WAITING, 0.5, &err));
	if (rc == COORD_OK)
		log_write(
		    LOG_INFO, "analysis waits for an answer", LOG_TEXT("analysis_id", held->id));
	queue_end(w, &held->job);
	if (rc == COORD_OK)
		go_on_when_answered(w, held, arena);
}

/* --- a job ------------------------------------------------------------------------------------------------------------------- */

/* A job goes on in the trace of the request that submitted it. */
static void
begin_span(const struct held *held, const struct store_analysis *analysis, struct tracing_span *ret)
{
	struct trace_context parent;
	bool follows = trace_parse(analysis->traceparent, &parent);

	tracing_begin(follows ? &parent : NULL, "analysis", SPAN_CONSUMER, clock_wall(), ret);
	tracing_text(ret, "coord.analysis_id", sv_from(held->id));
	tracing_text(ret, "coord.depth", analysis->depth);
	tracing_number(ret, "coord.sessions", analysis->sessions);
	tracing_number(ret, "coord.attempt", held->attempts);
}

static void
run(struct worker *w, const struct held *held, const struct store_analysis *analysis,
    struct arena *arena)
{
	struct coord_error why = { .code = COORD_OK };
	struct store_result result;
	struct tracing_span span;
	int64_t from_us = clock_steady();
	bool waits = false;
	enum coord_err rc;

	limit_processor_time(w->world->config);
	beat_running(w->beat, held);
	log_write(LOG_DEBUG, "analysis begins", LOG_TEXT("analysis_id", held->id),
	    LOG_INT("pid", getpid()), LOG_INT("attempt", held->attempts));
	begin_span(held, analysis, &span);
	rc = jobs_analyse(
	    w->world, analysis, held->fence, beat_tell, w->beat, arena, &result, &waits, &why);
	if (!beat_ending(w->beat) || rc == COORD_ECANCELLED) {
		metrics_add(w->world->metrics, METRIC_JOBS, "cancelled", NULL, 1);
		log_write(
		    LOG_INFO, "analysis cancelled while it ran", LOG_TEXT("analysis_id", held->id));
		queue_end(w, &held->job);
	} else if (rc == COORD_OK && waits) {
		let_wait(w, held, arena);
	} else if (rc == COORD_OK) {
		finish(w, held, analysis, &result, from_us);
	} else {
		fail(w, held, &why);
	}
	tracing_end(w->world->tracing, &span, clock_wall(), rc != COORD_OK);
	beat_idle(w->beat);
}

static void
hold(struct worker *w, const struct queue_job *job)
{
	if (w->page != NULL) {
		w->page->held.job = *job;
		turn(w, PAGE_CLAIMED);
	}
}

static void
run_begun(struct worker *w, const struct queue_job *job, const struct store_analysis *analysis,
    uint64_t fence, struct arena *arena)
{
	struct held held = { .job = *job, .fence = fence, .attempts = analysis->attempts };

	memcpy(held.id, analysis->id, sizeof(held.id));
	if (w->page != NULL)
		w->page->held = held;
	turn(w, PAGE_RUNNING);
	if (analysis->attempts == 1)
		metrics_observe(w->world->metrics, METRIC_WAIT_SECONDS,
		    analysis->priority == JOB_BULK ? "bulk" : "interactive", NULL,
		    (double)(clock_wall() - analysis->created_us) / 1e6);
	run(w, &held, analysis, arena);
}

/* The store says what is to be done with a job that the queue delivered. */
static void
take(struct worker *w, const struct queue_job *job, struct arena *arena)
{
	const struct config *config = w->world->config;
	struct store_analysis analysis;
	struct coord_error err = { .code = COORD_OK };
	enum store_begun what = BEGIN_FINISHED;
	uint64_t fence = 0;
	enum coord_err rc;

	hold(w, job);
	rc = store_begin(w->world->store, sv_from(job->item.id), sv_from(w->consumer), clock_wall(),
	    config->lease, (uint32_t)config->attempts, arena, &what, &fence, &analysis, &err);
	if (rc == COORD_OK && what == BEGIN_YOURS) {
		run_begun(w, job, &analysis, fence, arena);
	} else if (rc == COORD_OK && what == BEGIN_HELD) {
		queue_later(w, job, config->lease / 2);
	} else if (rc == COORD_OK || rc == COORD_ENODATA) {
		if (rc == COORD_OK && what == BEGIN_SPENT)
			metrics_add(w->world->metrics, METRIC_JOBS, "dead", NULL, 1);
		queue_end(w, job);
	} else {
		pause_away(w, &err);
		queue_later(w, job, away_least_us);
	}
	turn(w, PAGE_IDLE);
}

static void
take_in_arena(struct worker *w, const struct queue_job *job)
{
	struct arena *arena = arena_new(0);
	size_t used;

	if (arena == NULL) {
		queue_later(w, job, away_least_us);
		w->spent = true;
		return;
	}
	take(w, job, arena);
	used = arena_used(arena);
	arena_free(arena);
	if (used > trim_from)
		(void)malloc_trim(0);
}

static void
claim(struct worker *w)
{
	struct coord_error err = { .code = COORD_OK };
	struct queue_job job;
	enum coord_err rc = queue_claim(w->world->queue, w->consumer, clock_wall(),
	    w->world->config->lease, claim_wait_us, &job, &err);

	if (rc == COORD_OK) {
		back_again(w);
		take_in_arena(w, &job);
	} else if (rc != COORD_ENODATA) {
		pause_away(w, &err);
	}
}

/* The supervisor has a newer configuration for its successor. */
static bool
leaves(const struct worker *w)
{
	return w->page != NULL && atomic_load(&w->page->leave);
}

static void
name_consumer(struct worker *w)
{
	char host[40] = "host";

	(void)gethostname(host, sizeof(host) - 1);
	host[sizeof(host) - 1] = 0;
	(void)snprintf(w->consumer, sizeof(w->consumer), "%s-%ld-%llx", host, (long)getpid(),
	    (unsigned long long)(hash_table_key().k0 & 0xffffffff));
}

enum coord_err
worker_run(
    const struct jobs_world *world, int page_fd, const _Atomic bool *stop, struct coord_error *err)
{
	struct worker w = { .world = world };
	enum coord_err rc;

	if (page_fd >= 0 && (w.page = page_from(page_fd)) == NULL)
		return error_set(
		    err, COORD_EINVALID, "no supervisor: this command is not for people");
	name_consumer(&w);
	rc = beat_start(world, w.page, stop, &w.beat, err);
	turn(&w, PAGE_IDLE);
	while (rc == COORD_OK && !beat_stopping(w.beat) && !w.spent && !leaves(&w))
		claim(&w);
	beat_stop(w.beat);
	page_free(w.page);
	if (rc == COORD_OK && w.spent)
		rc = error_set(err, COORD_ENOMEM, "the last analysis took all memory");
	return rc;
}
