/* test_watch.c - what store and queue tell of their calls becomes metrics. */
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs/jobs.h"

static void
test_watch(void **state)
{
	char folder[] = "/tmp/coord_watch_XXXXXX", url[64], path[64];
	static const char *const files[] = { "", "-wal", "-shm", "-bell" };
	struct jobs_world world = { 0 };
	struct queue_job job;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(url, sizeof(url), "sqlite:%s/coord.db", folder);
	assert_int_equal(store_open(url, NULL, &world.store, NULL), COORD_OK);
	assert_int_equal(queue_open(url, &world.queue, NULL), COORD_OK);
	jobs_watch(&world); /* no metrics: nothing to do */
	assert_int_equal(metrics_open(-1, &world.metrics, NULL), COORD_OK);
	jobs_watch(&world);
	assert_int_equal(store_ping(world.store, NULL), COORD_OK);
	assert_int_equal(queue_claim(world.queue, "w", 1, 1, 0, &job, NULL), COORD_ENODATA);
	assert_true(metrics_get(world.metrics, METRIC_STORE_SECONDS, "read", NULL) == 1);
	assert_true(metrics_get(world.metrics, METRIC_STORE_ERRORS, NULL, NULL) == 0);
	assert_true(metrics_get(world.metrics, METRIC_QUEUE_SECONDS, "claim", NULL) == 1);
	assert_true(metrics_get(world.metrics, METRIC_QUEUE_ERRORS, NULL, NULL) == 0);
	queue_close(world.queue);
	store_close(world.store);
	metrics_close(world.metrics);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/coord.db%s", folder, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_watch) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
