/* upkeep.c - one thread of what has to happen now and then. Any number of processes may have one: what the store hands out here (a stranded job, a callback) it hands
 * to one of them, old rows go once whoever deletes them, and gauges are everybody's own. */
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "jobs/callbacks.h"
#include "jobs/jobs.h"

enum { STRANDED_MOST = 1000, RETAIN_MOST = 500 };

static const int64_t tick_us = 500000;

struct upkeep {
	const struct jobs_world *world;
	struct callbacks *callbacks;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t over_changed;
	bool over;
	bool away; /* the store or the queue was, the last time */
};

typedef enum coord_err chore(
    struct upkeep *u, int64_t now_us, struct arena *arena, struct coord_error *err);

/* --- stranded jobs ------------------------------------------------------------------------------------------------------------ */

static void
item_from(const struct store_job *job, struct queue_item *ret)
{
	*ret = (struct queue_item){ .priority = job->priority == JOB_BULK ? 1 : 0,
		.not_before_us = job->not_before_us };
	memcpy(ret->id, job->id, sizeof(job->id));
	if (job->owner.len > 0)
		memcpy(ret->owner, job->owner.data,
		    job->owner.len < sizeof(ret->owner) ? job->owner.len : sizeof(ret->owner) - 1);
}

static enum coord_err
put_stranded(struct upkeep *u, int64_t now_us, struct arena *arena, struct coord_error *err)
{
	int64_t older_us = now_us - u->world->config->lease;
	struct queue_item *items;
	struct store_job *jobs;
	size_t n;

	TRY(store_stranded(
	    u->world->store, now_us, older_us, STRANDED_MOST, arena, &jobs, &n, err));
	if (n == 0)
		return COORD_OK;
	items = ARENA_ARRAY(arena, n, struct queue_item);
	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for stranded jobs");
	for (size_t i = 0; i < n; i++)
		item_from(&jobs[i], &items[i]);
	TRY(queue_put(u->world->queue, items, n, err));
	log_write(LOG_INFO, "stranded jobs put back", LOG_INT("jobs", n));
	return COORD_OK;
}

/* --- retention, callbacks, gauges ------------------------------------------------------------------------------------------------ */

static enum coord_err
retain(struct upkeep *u, int64_t now_us, struct arena *arena, struct coord_error *err)
{
	static const int64_t day_us = INT64_C(86400) * TIME_SECOND;
	const struct config *c = config_now(u->world->config);
	const struct store_retention keep = { .requests = c->keep_requests,
		.results = c->keep_results,
		.events = c->keep_events,
		.callbacks = 30 * day_us,
		.idempotency = day_us,
		.audit = c->keep_audit,
		.values = 1 };
	uint64_t gone = 0;

	(void)arena;
	TRY(store_retain(u->world->store, &keep, now_us, RETAIN_MOST, &gone, err));
	if (gone > 0)
		log_write(LOG_INFO, "old rows deleted", LOG_INT("rows", gone));
	return COORD_OK;
}

static enum coord_err
gauge(struct upkeep *u, int64_t now_us, struct arena *arena, struct coord_error *err)
{
	struct metrics *m = u->world->metrics;
	struct store_backlog backlog;
	struct queue_depth depth;
	int64_t oldest_us;

	(void)arena;
	TRY(store_backlog(u->world->store, &backlog, err));
	TRY(queue_depth(u->world->queue, now_us, &depth, err));
	oldest_us = depth.oldest_us != 0 ? depth.oldest_us : backlog.oldest_us;
	metrics_set(m, METRIC_QUEUE_DEPTH, "interactive", NULL, (double)depth.ready[0]);
	metrics_set(m, METRIC_QUEUE_DEPTH, "bulk", NULL, (double)depth.ready[1]);
	metrics_set(m, METRIC_QUEUE_DEPTH, "delayed", NULL, (double)depth.delayed);
	metrics_set(m, METRIC_QUEUE_DEPTH, "claimed", NULL, (double)depth.claimed);
	metrics_set(m, METRIC_QUEUE_DEPTH, "dead", NULL, (double)backlog.dead);
	metrics_set(m, METRIC_QUEUE_OLDEST, NULL, NULL,
	    oldest_us == 0 || oldest_us > now_us ? 0 : (double)(now_us - oldest_us) / 1e6);
	return COORD_OK;
}

static enum coord_err
deliver(struct upkeep *u, int64_t now_us, struct arena *arena, struct coord_error *err)
{
	(void)arena;
	return callbacks_deliver(u->callbacks, now_us, err);
}

/* --- the thread ------------------------------------------------------------------------------------------------------------------- */

static const struct duty {
	const char *name;
	int64_t every_us;
	chore *run;
} duties[] = {
	{ "callbacks", TIME_SECOND / 2, deliver },
	{ "stranded", 2 * TIME_SECOND, put_stranded },
	{ "retention", 30 * TIME_SECOND, retain },
	{ "gauges", 2 * TIME_SECOND, gauge },
};

enum { N_DUTIES = sizeof(duties) / sizeof(duties[0]) };

static void
do_duties(struct upkeep *u, int64_t due_us[N_DUTIES])
{
	for (size_t i = 0; i < N_DUTIES; i++) {
		struct coord_error err = { .code = COORD_OK };
		struct arena *arena;
		enum coord_err rc;

		if (clock_steady() < due_us[i] || (arena = arena_new(0)) == NULL)
			continue;
		rc = duties[i].run(u, clock_wall(), arena, &err);
		arena_free(arena);
		due_us[i] = clock_steady() + duties[i].every_us;
		if (rc == COORD_OK || (rc == COORD_EUNAVAIL && u->away))
			continue;
		u->away = rc == COORD_EUNAVAIL;
		log_write(LOG_WARNING, "upkeep failed", LOG_TEXT("duty", duties[i].name),
		    LOG_TEXT("reason", err.what));
	}
}

static void *
upkeep_main(void *context)
{
	int64_t due_us[N_DUTIES] = { 0 };
	struct upkeep *u = context;

	(void)pthread_mutex_lock(&u->lock);
	while (!u->over) {
		(void)pthread_mutex_unlock(&u->lock);
		do_duties(u, due_us);
		(void)pthread_mutex_lock(&u->lock);
		if (!u->over)
			(void)clock_cond_wait(&u->over_changed, &u->lock, clock_steady() + tick_us);
	}
	(void)pthread_mutex_unlock(&u->lock);
	return NULL;
}

enum coord_err
upkeep_start(const struct jobs_world *world, struct upkeep **ret, struct coord_error *err)
{
	struct upkeep *u = calloc(1, sizeof(*u));
	enum coord_err rc;

	if (u == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for upkeep");
	u->world = world;
	rc = callbacks_new(world, &u->callbacks, err);
	if (rc != COORD_OK) {
		free(u);
		return rc;
	}
	(void)pthread_mutex_init(&u->lock, NULL);
	clock_cond_init(&u->over_changed);
	if (pthread_create(&u->thread, NULL, upkeep_main, u) != 0) {
		callbacks_free(u->callbacks);
		free(u);
		return error_set(err, COORD_ENOMEM, "no thread for upkeep");
	}
	*ret = u;
	return COORD_OK;
}

void
upkeep_stop(struct upkeep *u)
{
	if (u == NULL)
		return;
	(void)pthread_mutex_lock(&u->lock);
	u->over = true;
	(void)pthread_cond_signal(&u->over_changed);
	(void)pthread_mutex_unlock(&u->lock);
	(void)pthread_join(u->thread, NULL);
	callbacks_free(u->callbacks);
	(void)pthread_mutex_destroy(&u->lock);
	(void)pthread_cond_destroy(&u->over_changed);
	free(u);
}
