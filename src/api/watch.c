/* watch.c - a thread that looks after store and queue once a second, so that neither a health probe nor a submission has to
 * wait for a database that is away: they read what the last look said, and a look that takes too long counts as bad. */
#include "api/server.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"

static const int64_t look_us = TIME_SECOND, stale_us = 6 * TIME_SECOND;

struct watch {
	struct api *api;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t stop_wanted;
	bool stop;
	_Atomic bool store_well, queue_well;
	_Atomic int64_t looked_us; /* monotonic: when the last look ended */
	_Atomic uint64_t waiting, accepted;
};

static void
tell(struct watch *w, const char *what, _Atomic bool *state, enum coord_err rc,
    const struct coord_error *err)
{
	bool well = rc == COORD_OK;

	(void)w;
	if (atomic_exchange(state, well) == well)
		return;
	if (well)
		log_write(LOG_INFO, "dependency is back", LOG_TEXT("dependency", what));
	else
		log_write(LOG_ERROR, "dependency is away", LOG_TEXT("dependency", what),
		    LOG_TEXT("reason", err->what));
}

static void
look(struct watch *w)
{
	const struct jobs_world *world = &w->api->world.jobs;
	struct coord_error err = { .code = COORD_OK };
	uint64_t accepted = atomic_load(&w->accepted);
	struct queue_depth depth;
	const struct http *http;

	tell(w, "store", &w->store_well, store_ping(world->store, &err), &err);
	tell(w, "queue", &w->queue_well, queue_ping(world->queue, &err), &err);
	if (queue_depth(world->queue, clock_wall(), &depth, &err) == COORD_OK) {
		atomic_store(&w->waiting, depth.ready[0] + depth.ready[1] + depth.delayed);
		(void)atomic_fetch_sub(&w->accepted, accepted);
	}
	http = atomic_load(&w->api->http);
	metrics_set(world->metrics, METRIC_HTTP_CONNECTIONS, NULL, NULL,
	    http != NULL ? http_connections(http) : 0);
	metrics_set(world->metrics, METRIC_HTTP_STREAMS, NULL, NULL, streams_open(w->api->streams));
	atomic_store(&w->looked_us, clock_steady());
}

static void *
run(void *context)
{
	struct watch *w = context;

	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		(void)pthread_mutex_unlock(&w->lock);
		look(w);
		(void)pthread_mutex_lock(&w->lock);
		if (!w->stop)
			(void)clock_cond_wait(&w->stop_wanted, &w->lock, clock_steady() + look_us);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

enum coord_err
watch_start(struct api *api, struct watch **ret, struct coord_error *err)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	w->api = api;
	atomic_init(&w->store_well, true);
	atomic_init(&w->queue_well, true);
	atomic_init(&w->looked_us, clock_steady());
	(void)pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->stop_wanted);
	*ret = w;
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		*ret = NULL;
		free(w);
		return error_set(err, COORD_ENOMEM, "api: no thread to watch with");
	}
	return COORD_OK;
}

void
watch_stop(struct watch *watch)
{
	if (watch == NULL)
		return;
	(void)pthread_mutex_lock(&watch->lock);
	watch->stop = true;
	(void)pthread_cond_signal(&watch->stop_wanted);
	(void)pthread_mutex_unlock(&watch->lock);
	(void)pthread_join(watch->thread, NULL);
}

void
watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	(void)pthread_cond_destroy(&watch->stop_wanted);
	(void)pthread_mutex_destroy(&watch->lock);
	free(watch);
}

static bool
is_fresh(const struct watch *w)
{
	return clock_steady() - atomic_load(&w->looked_us) < stale_us;
}

bool
watch_store_well(const struct watch *watch)
{
	return atomic_load(&watch->store_well) && is_fresh(watch);
}

bool
watch_queue_well(const struct watch *watch)
{
	return atomic_load(&watch->queue_well) && is_fresh(watch);
}

uint64_t
watch_backlog(const struct watch *watch)
{
	return atomic_load(&watch->waiting) + atomic_load(&watch->accepted);
}

void
watch_accepted(struct watch *watch, uint64_t jobs)
{
	(void)atomic_fetch_add(&watch->accepted, jobs);
}
