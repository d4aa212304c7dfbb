/* watch.c - what store and queue tell of their calls, as metrics. */
#include "jobs/jobs.h"

static void
on_store(void *metrics, enum store_operation operation, int64_t elapsed_us, bool failed)
{
	static const char *const names[] = { "read", "write", "commit" };

	metrics_observe(
	    metrics, METRIC_STORE_SECONDS, names[operation], NULL, (double)elapsed_us / 1e6);
	if (failed)
		metrics_add(metrics, METRIC_STORE_ERRORS, NULL, NULL, 1);
}

static void
on_queue(void *metrics, enum queue_operation operation, int64_t elapsed_us, bool failed)
{
	static const char *const names[] = { "put", "claim", "done" };

	metrics_observe(
	    metrics, METRIC_QUEUE_SECONDS, names[operation], NULL, (double)elapsed_us / 1e6);
	if (failed)
		metrics_add(metrics, METRIC_QUEUE_ERRORS, NULL, NULL, 1);
}

void
jobs_watch(const struct jobs_world *world)
{
	if (world->metrics == NULL)
		return;
	store_observe(world->store, on_store, world->metrics);
	queue_observe(world->queue, on_queue, world->metrics);
}
