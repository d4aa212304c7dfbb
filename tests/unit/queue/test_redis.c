/* test_redis.c - the queue in a real Redis: the tests of both, and what a Redis that is killed, emptied or away does to it. */
#include "world_redis.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

void
world_put(const struct queue_item *items, size_t n)
{
	struct coord_error err = { 0 };

	if (queue_put(world.queue, items, n, &err) != COORD_OK)
		fail_msg("%s", err.what);
}

static int64_t
lag(void)
{
	return redis_ask("XINFO GROUPS coord:jobs");
}

/** What KEDA reads is the number of ready jobs, whatever happens to them. */
static void
test_lag(void **state)
{
	struct queue_job jobs[4];

	(void)state;
	assert_int_equal(lag(), 0); /* the group is there before any job */
	for (int i = 0; i < 10; i++) {
		char id[8];

		(void)snprintf(id, sizeof(id), "j%d", i);
		world_put_one(id, i < 5 ? "o" : "p", (unsigned)i % 2, 0);
	}
	world_put_one("late", "o", 0, clock_wall() + 3600 * SECOND);
	assert_int_equal(lag(), 10);
	for (int i = 0; i < 4; i++)
		jobs[i] = world_claim("w");
	assert_int_equal(lag(), 6);
	world_done(&jobs[1]);
	assert_int_equal(queue_retry(world.queue, &jobs[3], 0, NULL), COORD_OK);
	assert_int_equal(lag(), 7);
	assert_int_equal(queue_remove(world.queue, "j9", NULL), COORD_OK);
	assert_int_equal(lag(), 6);
	for (int i = 0; i < 6; i++) {
		struct queue_job job = world_claim("w");

		world_done(&job);
	}
	assert_int_equal(lag(), 0);
	world_done(&jobs[0]);
	world_done(&jobs[2]);
	assert_true(redis_ask("XLEN coord:jobs") <= 1); /* the stream does not grow */
	assert_int_equal(redis_ask("HLEN coord:jobs:bound"), 0);
	assert_int_equal(redis_ask("EXISTS coord:jobs:item:j1"), 0);
}

static void
test_emptied(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("a", "o", 0, 0);
	world_put_one("b", "o", 0, 0);
	job = world_claim("w");
	(void)redis_ask("FLUSHALL");
	assert_int_equal(
	    queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_done(&job);
	world_claim_none(clock_wall());
	world_put_one("b", "o", 0, 0); /* the store finds it stranded */
	job = world_claim("w");
	assert_string_equal(job.item.id, "b");
	assert_int_equal(job.deliveries, 1);
	world_done(&job);
	assert_int_equal(lag(), 0);
	assert_true(redis_ask("XLEN coord:jobs") <= 1);
}

static void
test_stream_deleted(void **state)
{
	struct queue_job claimed, job;

	(void)state;
	world_put_one("a", "o", 0, 0);
	world_put_one("b", "o", 0, 0);
	claimed = world_claim("w");
	assert_string_equal(claimed.item.id, "a");
	assert_int_equal(redis_ask("DEL coord:jobs"), 1);
	job = world_claim("w"); /* permits are made anew */
	assert_string_equal(job.item.id, "b");
	world_done(&job);
	world_claim_none(clock_wall());
	world_put_one("a", "o", 0, 0); /* its claim went with the stream */
	job = world_claim("w");
	assert_string_equal(job.item.id, "a");
	assert_int_equal(job.deliveries, 2);
	assert_int_equal(
	    queue_extend(world.queue, &claimed, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_done(&job);
}

/** Calls until it is there again: the pause between attempts grows to two seconds. */
static void
await_redis(void)
{
	while (queue_ping(world.queue, NULL) != COORD_OK)
		clock_sleep(20000);
}

static void
is_away(void)
{
	struct queue_item item = { .id = "x", .owner = "o" };
	struct coord_error err = { 0 };
	struct queue_depth depth;
	struct queue_job job;
	char port[16];

	assert_int_equal(queue_put(world.queue, &item, 1, &err), COORD_EUNAVAIL);
	(void)snprintf(port, sizeof(port), ":%d: ", redis_port());
	assert_non_null(strstr(err.what, port));
	assert_null(strstr(err.what, "for tests"));
	assert_int_equal(queue_depth(world.queue, clock_wall(), &depth, NULL), COORD_EUNAVAIL);
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall(), LONG_US, 0, &job, &err), COORD_EUNAVAIL);
	assert_int_equal(queue_claim(world.queue, "w", clock_wall(), LONG_US, LONG_US, &job, &err),
	    COORD_EUNAVAIL);
}

static void
count_failures(void *context, enum queue_operation operation, int64_t elapsed_us, bool failed)
{
	(void)operation;
	(void)elapsed_us;
	*(unsigned *)context += failed;
}

static void
test_restarted_without_appendonly(void **state)
{
	struct queue_job job;
	unsigned failures = 0;

	(void)state;
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	redis_down();
	queue_observe(world.queue, count_failures, &failures);
	is_away();
	queue_observe(world.queue, NULL, NULL);
	assert_int_equal(failures, 3); /* one put, two claims */
	redis_up(false);
	await_redis();
	assert_int_equal(
	    queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_claim_none(clock_wall());
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	assert_string_equal(job.item.id, "a");
	world_done(&job);
}

static void
test_restarted_with_appendonly(void **state)
{
	struct queue_job job, other;

	(void)state;
	redis_down();
	redis_up(true);
	await_redis();
	world_put_one("a", "o", 0, 0);
	world_put_one("b", "p", 1, 0);
	world_put_one("c", "p", 1, clock_wall() + 3600 * SECOND);
	job = world_claim("w");
	redis_down();
	is_away();
	redis_up(true);
	await_redis();
	assert_int_equal(lag(), 1);
	assert_int_equal(queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_OK);
	other = world_claim("w");
	assert_string_equal(other.item.id, "b");
	world_claim_none(clock_wall());
	world_done(&other);
	world_done(&job);
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall() + 3601 * SECOND, LONG_US, 0, &job, NULL),
	    COORD_OK);
	assert_string_equal(job.item.id, "c");
	redis_down();
	redis_up(false);
	await_redis();
}

static void *
wait_long(void *into)
{
	struct queue_job *job = into;
	enum coord_err rc;

	do
		rc = queue_claim(world.queue, "waiting", clock_wall(), LONG_US, LONG_US, job, NULL);
	while (rc == COORD_EUNAVAIL);
	if (rc != COORD_OK)
		job->item.id[0] = '\0';
	return NULL;
}

/** A worker that waits while Redis is restarted gets what is put afterwards. */
static void
test_waiting_through_a_restart(void **state)
{
	struct queue_job job = { 0 };
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, wait_long, &job), 0);
	redis_down();
	redis_up(false);
	await_redis();
	world_put_one("after", "o", 0, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_string_equal(job.item.id, "after");
}

static void
test_no_answer(void **state)
{
	struct coord_error err = { 0 };

	(void)state;
	redis_freeze(true);
	assert_int_equal(queue_ping(world.queue, &err), COORD_EUNAVAIL);
	assert_non_null(strstr(err.what, "no answer in time"));
	redis_freeze(false);
	await_redis();
	world_put_one("a", "o", 0, 0);
	(void)world_claim("w");
}

static void
refused(const char *url, enum coord_err rc, const char *why)
{
	struct coord_error err = { 0 };
	struct queue *queue = NULL;

	assert_int_equal(queue_open(url, &queue, &err), rc);
	assert_null(queue);
	if (strstr(err.what, why) == NULL)
		fail_msg("\"%s\" is not about \"%s\"", err.what, why);
	assert_null(strstr(err.what, "hunter2"));
}

static void
test_what_cannot_be_opened(void **state)
{
	char url[160];

	(void)state;
	(void)snprintf(url, sizeof(url), "redis://:hunter2@127.0.0.1:%d", redis_port());
	refused(url, COORD_EUNAVAIL, "WRONGPASS");
	(void)snprintf(url, sizeof(url), "redis://hunter2:hunter2@127.0.0.1:%d", redis_port());
	refused(url, COORD_EUNAVAIL, "WRONGPASS");
	(void)snprintf(url, sizeof(url), "redis://127.0.0.1:%d", redis_port());
	refused(url, COORD_EUNAVAIL, "NOAUTH");
	(void)snprintf(
	    url, sizeof(url), "redis://:for%%20tests%%3Aonly@x@127.0.0.1:%d/999", redis_port());
	refused(url, COORD_EUNAVAIL, "DB index is out of range");
	refused("redis://127.0.0.1:1", COORD_EUNAVAIL, "127.0.0.1:1: Connection refused");
	refused("rediss://:hunter2@h", COORD_EINVALID, "Redis over TLS is not supported");
	refused("redis://:hunter2@", COORD_EINVALID, "the host is not one");
}

static void
test_foreign_ticket(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	(void)snprintf(job.ticket, sizeof(job.ticket), "17");
	assert_int_equal(queue_done(world.queue, &job, NULL), COORD_EINVALID);
}

int
main(void)
{
#define OWN(function) cmocka_unit_test_setup_teardown(function, redis_start, redis_stop)
	const struct CMUnitTest tests[] = {
		OWN(test_lag),
		OWN(test_emptied),
		OWN(test_stream_deleted),
		OWN(test_restarted_without_appendonly),
		OWN(test_restarted_with_appendonly),
		OWN(test_waiting_through_a_restart),
		OWN(test_no_answer),
		OWN(test_what_cannot_be_opened),
		OWN(test_foreign_ticket),
	};
	int failed;

	if (!redis_installed()) {
		(void)puts("redis-server is not installed");
		return 77;
	}
	(void)redis_start_server(NULL);
	failed = run_both("both: redis", redis_start, redis_stop);
	failed += cmocka_run_group_tests_name("redis", tests, NULL, NULL);
	(void)redis_stop_server(NULL);
	return failed;
}
