/* test_sqlite.c - the queue in the store's SQLite file: the tests of both, and what is its own. */
#include "world.h"

#include <stdio.h>
#include <unistd.h>

void
world_put(const struct queue_item *items, size_t n)
{
	struct coord_error err = { 0 };

	sqlite_accept(items, n);
	if (queue_put(world.queue, items, n, &err) != COORD_OK)
		fail_msg("%s", err.what);
}

/** Leases go by the caller's clock. */
static void
test_lease_by_the_clock(void **state)
{
	int64_t now = clock_wall();
	struct queue_job job = { 0 }, other = { 0 };

	(void)state;
	world_put_one("a", "o", 0, 0);
	assert_int_equal(
	    queue_claim(world.queue, "w", now + SECOND, 10 * SECOND, 0, &job, NULL), COORD_OK);
	world_claim_none(now + 10 * SECOND);
	assert_int_equal(
	    queue_extend(world.queue, &job, now + 9 * SECOND, 10 * SECOND, NULL), COORD_OK);
	world_claim_none(now + 18 * SECOND);
	assert_int_equal(
	    queue_claim(world.queue, "x", now + 19 * SECOND, 10 * SECOND, 0, &other, NULL),
	    COORD_OK);
	assert_int_equal(other.deliveries, 2);
	assert_int_equal(
	    queue_extend(world.queue, &job, now + 19 * SECOND, 10 * SECOND, NULL), COORD_ENODATA);
}

/** What the store frees itself is nobody's any more, though the number of the claim is the same. */
static void
test_freed_by_the_store(void **state)
{
	struct queue_job job, again;

	(void)state;
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	sqlite_run("UPDATE jobs SET claimed_until_us = 0, consumer = NULL");
	assert_int_equal(
	    queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_done(&job);
	assert_int_equal(
	    queue_retry(world.queue, &job, clock_wall() + 3600 * SECOND, NULL), COORD_OK);
	again = world_claim("w");
	assert_int_equal(again.deliveries, 2);
	sqlite_run("DELETE FROM jobs");
	world_done(&again);
	assert_int_equal(queue_retry(world.queue, &again, 0, NULL), COORD_OK);
}

/** A row of an analysis that has not ended outlives a worker's mistake. */
static void
test_not_ended_is_not_lost(void **state)
{
	struct queue_job job = { 0 };

	(void)state;
	sqlite_run(
	    "INSERT INTO analyses (id, owner, depth, status, priority, sessions, created_us) "
	    "VALUES ('a', 'o', 'standard', 1, 0, 2, 0)");
	world_put_one("a", "o", 0, 0);
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall(), 10 * SECOND, 0, &job, NULL), COORD_OK);
	world_done(&job);
	assert_int_equal(queue_remove(world.queue, "a", NULL), COORD_OK);
	world_claim_none(clock_wall());
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall() + 3600 * SECOND, 10 * SECOND, 0, &job, NULL),
	    COORD_OK);
	sqlite_run("UPDATE analyses SET status = 2");
	world_done(&job);
	world_claim_none(clock_wall() + 7200 * SECOND);
}

static void
refused(const char *url, enum coord_err rc, const char *why)
{
	struct coord_error err = { 0 };
	struct queue *queue = NULL;

	assert_int_equal(queue_open(url, &queue, &err), rc);
	assert_null(queue);
	if (strstr(err.what, why) == NULL)
		fail_msg("%s: \"%s\" is not about \"%s\"", url, err.what, why);
}

static void
test_what_cannot_be_opened(void **state)
{
	char url[160], path[150];
	FILE *file;

	(void)state;
	refused("sqlite:", COORD_EINVALID, "expected sqlite:PATH");
	refused("sqlite://host/coord.db", COORD_EINVALID, "expected sqlite:PATH");
	refused("postgresql://u:secret@h/d", COORD_EINVALID, "set REDIS_URL");
	refused("", COORD_EINVALID, "expected a URL that begins with sqlite: or redis://");
	refused("mysql://u:secret@h/", COORD_EINVALID, "expected a URL");
	refused("sqlite:/nonexistent/coord.db", COORD_EUNAVAIL, "cannot open the database");
	(void)snprintf(path, sizeof(path), "%s/other.db", world.folder);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fclose(file), 0);
	refused(url, COORD_EUNAVAIL, "the database is not the store's: no such table: jobs");
	file = fopen(path, "w");
	assert_non_null(file);
	for (int i = 0; i < 200; i++)
		(void)fputs("this is no database ", file);
	assert_int_equal(fclose(file), 0);
	refused(url, COORD_EUNAVAIL, "file is not a database");
	assert_int_equal(unlink(path), 0);
}

static void
test_ways_to_write_a_path(void **state)
{
	static const char *const ways[] = { "", "sqlite:///" };
	struct coord_error err = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct queue *queue = NULL;
		char url[300];

		(void)snprintf(url, sizeof(url), "%s%s", ways[i], world.url + strlen("sqlite:"));
		if (queue_open(url, &queue, &err) != COORD_OK)
			fail_msg("%s: %s", url, err.what);
		queue_close(queue);
	}
}

static void
test_foreign_ticket(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	(void)snprintf(job.ticket, sizeof(job.ticket), "1-0 x");
	assert_int_equal(queue_done(world.queue, &job, NULL), COORD_EINVALID);
	assert_int_equal(queue_extend(world.queue, &job, 1, 1, NULL), COORD_EINVALID);
}

int
main(void)
{
#define OWN(function) cmocka_unit_test_setup_teardown(function, sqlite_start, sqlite_stop)
	const struct CMUnitTest tests[] = {
		OWN(test_lease_by_the_clock),
		OWN(test_freed_by_the_store),
		OWN(test_not_ended_is_not_lost),
		OWN(test_what_cannot_be_opened),
		OWN(test_ways_to_write_a_path),
		OWN(test_foreign_ticket),
	};
	int failed = run_both("both: sqlite", sqlite_start, sqlite_stop);

	return failed + cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
