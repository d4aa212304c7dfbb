/* beat.c - see beat.h. */
#include "jobs/beat.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

/* How often the thread looks; how often progress is written at most; how long a cancelled job may take to notice. */
static const int64_t tick_us = 200000, told_least_us = 500000, notice_us = 500000;

enum phase { PHASE_IDLE, PHASE_RUNNING, PHASE_ENDING };

struct beat {
	const struct jobs_world *world;
	struct page *page;
	const _Atomic bool *stop;
	pthread_t thread;
	int64_t stop_at_us; /* when the stop was seen; 0: not yet */
	_Atomic bool stopping;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t over_changed;
	bool over;
	enum phase phase;
	uint64_t number; /* of the job: tells an answer about the one before */
	struct held held;
	const char *stage; /* a constant */
	double share;
	bool cancelled;
	int64_t cancelled_at_us, beaten_at_us;
	const char *beaten_stage;
	int beaten_percent;
};

void
beat_running(struct beat *b, const struct held *held)
{
	(void)pthread_mutex_lock(&b->lock);
	b->phase = PHASE_RUNNING;
	b->number++;
	b->held = *held;
	b->stage = b->beaten_stage = "read";
	b->share = 0;
	b->beaten_percent = 0;
	b->cancelled = false;
	b->beaten_at_us = clock_steady();
	(void)pthread_mutex_unlock(&b->lock);
}

bool
beat_tell(void *context, const char *stage, double share)
{
	struct beat *b = context;
	bool cancelled;

	(void)pthread_mutex_lock(&b->lock);
	b->stage = stage;
	b->share = share;
	cancelled = b->cancelled;
	(void)pthread_mutex_unlock(&b->lock);
	return !cancelled;
}

bool
beat_stopping(const struct beat *b)
{
	return atomic_load(b->stop) || atomic_load_explicit(&b->stopping, memory_order_relaxed);
}

bool
beat_ending(struct beat *b)
{
	bool cancelled;

	(void)pthread_mutex_lock(&b->lock);
	b->phase = PHASE_ENDING;
	cancelled = b->cancelled;
	(void)pthread_mutex_unlock(&b->lock);
	return !cancelled;
}

void
beat_idle(struct beat *b)
{
	(void)pthread_mutex_lock(&b->lock);
	b->phase = PHASE_IDLE;
	(void)pthread_mutex_unlock(&b->lock);
}

/* --- leaving with a job in hand: the lock is held and stays so ------------------------------------------------------------- */

static _Noreturn void
leave(struct beat *b, const char *event, bool settled)
{
	log_write(LOG_INFO, event, LOG_TEXT("analysis_id", b->held.id));
	/* what could not be settled the supervisor settles: it finds the page as it is */
	if (b->page != NULL && settled)
		page_turn(b->page, PAGE_IDLE, clock_steady());
	_exit(0);
}

static _Noreturn void
leave_cancelled(struct beat *b)
{
	metrics_add(b->world->metrics, METRIC_JOBS, "cancelled", NULL, 1);
	leave(b, "analysis cancelled while it ran",
	    queue_done(b->world->queue, &b->held.job, NULL) != COORD_EUNAVAIL);
}

static _Noreturn void
leave_stopped(struct beat *b)
{
	int64_t now_us = clock_wall();
	bool settled = store_release(b->world->store, sv_from(b->held.id), b->held.fence, now_us,
			   NULL) != COORD_EUNAVAIL;

	if (settled) {
		settled =
		    queue_retry(b->world->queue, &b->held.job, now_us, NULL) != COORD_EUNAVAIL;
		metrics_add(b->world->metrics, METRIC_JOBS, "released", NULL, 1);
	}
	leave(b, "analysis handed back: the worker stops", settled);
}

static bool
stop_is_due(const struct beat *b, int64_t now_us)
{
	/* a part of the deadline is left for handing back */
	return b->stop_at_us != 0 &&
	       now_us - b->stop_at_us >= b->world->config->stop_deadline * 4 / 5;
}

static void
leave_when_due(struct beat *b, int64_t now_us)
{
	if (b->phase != PHASE_RUNNING)
		return;
	if (b->cancelled && now_us - b->cancelled_at_us >= notice_us)
		leave_cancelled(b);
	if (stop_is_due(b, now_us))
		leave_stopped(b);
}

/* --- the thread ------------------------------------------------------------------------------------------------------------ */

static bool
beat_is_due(const struct beat *b, int64_t now_us)
{
	int64_t since_us = now_us - b->beaten_at_us;
	bool news = b->stage != b->beaten_stage || (int)(b->share * 100) != b->beaten_percent;

	if (b->phase == PHASE_IDLE || b->cancelled)
		return false;
	return since_us >= b->world->config->lease / 3 || (news && since_us >= told_least_us);
}

/* With the lock held; it is let go while the store and the queue are asked. */
static void
beat_once(struct beat *b)
{
	struct held held = b->held;
	uint64_t number = b->number;
	const char *stage = b->stage;
	double share = b->share;
	int64_t now_us = clock_wall(), lease_us = b->world->config->lease;
	enum coord_err rc;

	(void)pthread_mutex_unlock(&b->lock);
	rc = store_heartbeat(b->world->store, sv_from(held.id), held.fence, now_us, lease_us,
	    sv_from(stage), share, NULL);
	if (rc == COORD_OK)
		rc = queue_extend(b->world->queue, &held.job, now_us, lease_us, NULL) ==
			     COORD_EUNAVAIL
			 ? COORD_EUNAVAIL
			 : COORD_OK;
	(void)pthread_mutex_lock(&b->lock);
	if (b->number != number || rc == COORD_EUNAVAIL)
		return;
	b->beaten_at_us = clock_steady();
	b->beaten_stage = stage;
	b->beaten_percent = (int)(share * 100);
	if (rc == COORD_ECANCELLED && b->phase == PHASE_RUNNING) {
		b->cancelled = true;
		b->cancelled_at_us = clock_steady();
	}
}

/* Told to stop, or the supervisor is gone: nobody would replace this process, limit it or stop it. */
static void
look_at_stop(struct beat *b, int64_t now_us)
{
	if (!atomic_load(b->stop) && (b->page == NULL || getppid() == b->page->supervisor))
		return;
	if (b->stop_at_us == 0)
		b->stop_at_us = now_us;
	atomic_store(&b->stopping, true);
	queue_wake(b->world->queue);
}

static void *
beat_main(void *context)
{
	struct beat *b = context;

	(void)pthread_mutex_lock(&b->lock);
	while (!b->over) {
		int64_t now_us = clock_steady();

		look_at_stop(b, now_us);
		leave_when_due(b, now_us);
		if (beat_is_due(b, now_us))
			beat_once(b);
		if (!b->over)
			(void)clock_cond_wait(&b->over_changed, &b->lock, clock_steady() + tick_us);
	}
	(void)pthread_mutex_unlock(&b->lock);
	return NULL;
}

enum coord_err
beat_start(const struct jobs_world *world, struct page *page, const _Atomic bool *stop,
    struct beat **ret, struct coord_error *err)
{
	struct beat *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the heartbeat");
	*b = (struct beat){ .world = world, .page = page, .stop = stop };
	(void)pthread_mutex_init(&b->lock, NULL);
	clock_cond_init(&b->over_changed);
	if (pthread_create(&b->thread, NULL, beat_main, b) != 0) {
		free(b);
		return error_set(err, COORD_ENOMEM, "no thread for the heartbeat");
	}
	*ret = b;
	return COORD_OK;
}

void
beat_stop(struct beat *b)
{
	if (b == NULL)
		return;
	(void)pthread_mutex_lock(&b->lock);
	b->over = true;
	(void)pthread_cond_signal(&b->over_changed);
	(void)pthread_mutex_unlock(&b->lock);
	(void)pthread_join(b->thread, NULL);
	(void)pthread_mutex_destroy(&b->lock);
	(void)pthread_cond_destroy(&b->over_changed);
	free(b);
}
