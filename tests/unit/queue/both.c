/* both.c - what every implementation of the queue has to do. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "world.h"

static void
claim_is(const char *id)
{
	struct queue_job job = world_claim("w");

	assert_string_equal(job.item.id, id);
	world_done(&job);
}

static void
test_first_come_first_served(void **state)
{
	(void)state;
	world_put_one("a", "o", 0, 0);
	world_put_one("b", "o", 0, 0);
	world_put_one("c", "o", 0, 0);
	claim_is("a");
	claim_is("b");
	claim_is("c");
	world_claim_none(clock_wall());
}

static void
test_what_a_claim_holds(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("7d4b5bd4-0b4a-4c8e-9f0e-0123456789ab", "k_0123456789abcdef", 1, 0);
	job = world_claim("w");
	assert_string_equal(job.item.id, "7d4b5bd4-0b4a-4c8e-9f0e-0123456789ab");
	assert_string_equal(job.item.owner, "k_0123456789abcdef");
	assert_int_equal(job.item.priority, 1);
	assert_int_equal(job.deliveries, 1);
	assert_true(job.ticket[0] != '\0');
	world_claim_none(clock_wall());
	world_done(&job);
}

static void
test_interactive_before_bulk(void **state)
{
	unsigned bulk = 0;

	(void)state;
	for (int i = 0; i < 40; i++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "b%02d", i);
		world_put_one(id, "o", 1, 0);
		(void)snprintf(id, sizeof(id), "i%02d", i);
		world_put_one(id, "o", 0, 0);
	}
	for (int i = 0; i < 40; i++) {
		struct queue_job job = world_claim("w");

		bulk += job.item.priority;
		world_done(&job);
	}
	assert_int_equal(bulk, 5); /* one in eight */
}

static void
put_many(const char *owner, unsigned priority, unsigned n)
{
	struct queue_item *items = calloc(n, sizeof(*items));

	assert_non_null(items);
	for (unsigned i = 0; i < n; i++) {
		items[i].priority = priority;
		(void)snprintf(items[i].id, sizeof(items[i].id), "%s-%u", owner, i);
		(void)snprintf(items[i].owner, sizeof(items[i].owner), "%s", owner);
	}
	world_put(items, n);
	free(items);
}

static void
test_owners_take_turns(void **state)
{
	unsigned of[3] = { 0 };

	(void)state;
	put_many("a", 0, 30);
	put_many("b", 0, 30);
	put_many("c", 0, 30);
	for (int i = 0; i < 30; i++) {
		struct queue_job job = world_claim("w");

		of[job.item.owner[0] - 'a']++;
		world_done(&job);
	}
	assert_int_equal(of[0], 10);
	assert_int_equal(of[1], 10);
	assert_int_equal(of[2], 10);
}

static void
test_nobody_is_starved(void **state)
{
	struct queue_job job;
	unsigned claims = 0;

	(void)state;
	put_many("flood", 1, 10000);
	for (int i = 0; i < 20; i++) {
		job = world_claim("w");
		world_done(&job);
	}
	world_put_one("small", "other", 1, 0);
	do {
		job = world_claim("w");
		world_done(&job);
		claims++;
	} while (strcmp(job.item.id, "small") != 0);
	assert_true(claims <= 2);
	world_put_one("urgent", "third", 0, 0);
	claims = 0;
	do {
		job = world_claim("w");
		world_done(&job);
		claims++;
	} while (strcmp(job.item.id, "urgent") != 0);
	assert_true(claims <= 2); /* the one in eight may come first */
}

static void
test_delayed(void **state)
{
	int64_t now = clock_wall();
	struct queue_job job = { 0 };

	(void)state;
	world_put_one("late", "o", 0, now + 3600 * SECOND);
	world_put_one("later", "o", 0, now + 7000 * SECOND);
	world_claim_none(clock_wall());
	assert_int_equal(
	    queue_claim(world.queue, "w", now + 3601 * SECOND, LONG_US, 0, &job, NULL), COORD_OK);
	assert_string_equal(job.item.id, "late");
	world_done(&job);
	world_claim_none(now + 3602 * SECOND);
	assert_int_equal(
	    queue_claim(world.queue, "w", now + 7001 * SECOND, LONG_US, 0, &job, NULL), COORD_OK);
	assert_string_equal(job.item.id, "later");
}

/* No retry waits for three hours: such a time was written by a clock that has been set back since. */
static void
test_clock_set_back(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("a", "o", 0, clock_wall() + 3 * 3600 * SECOND);
	job = world_claim("w");
	assert_string_equal(job.item.id, "a");
}

static void
test_delayed_comes_by_itself(void **state)
{
	struct queue_job job = { 0 };

	(void)state;
	world_put_one("soon", "o", 0, clock_wall() + SECOND / 5);
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall(), LONG_US, LONG_US, &job, NULL), COORD_OK);
	assert_string_equal(job.item.id, "soon");
}

static void
test_retry(void **state)
{
	int64_t now = clock_wall();
	struct queue_job job, again;

	(void)state;
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	assert_int_equal(queue_retry(world.queue, &job, 0, NULL), COORD_OK);
	again = world_claim("w");
	assert_string_equal(again.item.id, "a");
	assert_string_equal(again.item.owner, "o");
	assert_int_equal(again.deliveries, 2);
	/* the old ticket is worth nothing */
	assert_int_equal(queue_extend(world.queue, &job, now, LONG_US, NULL), COORD_ENODATA);
	assert_int_equal(queue_retry(world.queue, &job, 0, NULL), COORD_OK);
	world_done(&job);
	world_claim_none(clock_wall());
	assert_int_equal(queue_retry(world.queue, &again, now + 3600 * SECOND, NULL), COORD_OK);
	world_claim_none(clock_wall());
	assert_int_equal(
	    queue_claim(world.queue, "w", now + 3601 * SECOND, LONG_US, 0, &job, NULL), COORD_OK);
	assert_int_equal(job.deliveries, 3);
	world_done(&job);
	world_done(&job); /* repeating it is no error */
	assert_int_equal(queue_retry(world.queue, &job, 0, NULL), COORD_OK);
	world_claim_none(now + 7200 * SECOND);
}

static void
test_lease_ends(void **state)
{
	struct queue_job job = { 0 }, other = { 0 };

	(void)state;
	world_put_one("a", "o", 0, 0);
	assert_int_equal(
	    queue_claim(world.queue, "slow", clock_wall(), SECOND / 20, 0, &job, NULL), COORD_OK);
	assert_int_equal(
	    queue_claim(world.queue, "quick", clock_wall(), SECOND / 20, LONG_US, &other, NULL),
	    COORD_OK);
	assert_string_equal(other.item.id, "a");
	assert_string_equal(other.item.owner, "o");
	assert_int_equal(other.deliveries, 2);
	assert_int_equal(queue_extend(world.queue, &other, clock_wall(), LONG_US, NULL), COORD_OK);
	assert_int_equal(
	    queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_done(&job); /* lost: does nothing */
	assert_int_equal(queue_extend(world.queue, &other, clock_wall(), LONG_US, NULL), COORD_OK);
	world_done(&other);
	assert_int_equal(
	    queue_extend(world.queue, &other, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	world_claim_none(clock_wall());
}

/** Whoever gets a job that is extended all the time got it because an extension was late, never otherwise. */
static void
test_extend(void **state)
{
	int64_t lease = SECOND, start = clock_wall(), held = start;
	struct queue_job job = { 0 }, other;

	(void)state;
	world_put_one("a", "o", 0, 0);
	assert_int_equal(
	    queue_claim(world.queue, "w", clock_wall(), lease, 0, &job, NULL), COORD_OK);
	while (clock_wall() - start < 3 * lease) {
		enum coord_err rc = queue_claim(
		    world.queue, "thief", clock_wall(), lease, SECOND / 20, &other, NULL);

		if (rc == COORD_OK) {
			assert_true(clock_wall() - held >= lease);
			return;
		}
		assert_int_equal(rc, COORD_ENODATA);
		held = clock_wall();
		assert_int_equal(queue_extend(world.queue, &job, held, lease, NULL), COORD_OK);
	}
	world_done(&job);
}

static void
test_put_again(void **state)
{
	struct queue_job job;

	(void)state;
	world_put_one("a", "o", 0, 0);
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	world_put_one("a", "o", 0, 0);
	world_claim_none(clock_wall());
	world_done(&job);
	world_claim_none(clock_wall());
}

static void
test_remove(void **state)
{
	struct queue_job job;
	struct queue_depth depth;

	(void)state;
	world_put_one("ready", "o", 0, 0);
	world_put_one("kept", "p", 0, 0);
	world_put_one("late", "o", 0, clock_wall() + 3600 * SECOND);
	assert_int_equal(queue_remove(world.queue, "ready", NULL), COORD_OK);
	assert_int_equal(queue_remove(world.queue, "late", NULL), COORD_OK);
	assert_int_equal(queue_remove(world.queue, "never", NULL), COORD_OK);
	job = world_claim("w");
	assert_string_equal(job.item.id, "kept");
	assert_int_equal(queue_remove(world.queue, "kept", NULL), COORD_OK);
	assert_int_equal(
	    queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_ENODATA);
	assert_int_equal(queue_depth(world.queue, clock_wall(), &depth, NULL), COORD_OK);
	assert_int_equal(depth.ready[0] + depth.ready[1] + depth.delayed + depth.claimed, 0);
	assert_int_equal(depth.oldest_us, 0);
	world_claim_none(clock_wall() + 7200 * SECOND);
}

static void
test_depth(void **state)
{
	int64_t before = clock_wall();
	struct queue_depth depth;

	(void)state;
	put_many("a", 0, 5);
	put_many("b", 1, 7);
	world_put_one("late", "o", 1, clock_wall() + 3600 * SECOND);
	(void)world_claim("w");
	assert_int_equal(queue_depth(world.queue, clock_wall(), &depth, NULL), COORD_OK);
	assert_int_equal(depth.ready[0], 4);
	assert_int_equal(depth.ready[1], 7);
	assert_int_equal(depth.delayed, 1);
	assert_int_equal(depth.claimed, 1);
	assert_in_range(depth.oldest_us, before, clock_wall());
	assert_int_equal(
	    queue_depth(world.queue, clock_wall() + 7200 * SECOND, &depth, NULL), COORD_OK);
	assert_int_equal(depth.delayed, 0);
	assert_true(depth.ready[1] == 8);
}

/* --- threads and processes --------------------------------------------------------------------------------------- */

static void *
wait_for_job(void *into)
{
	struct queue_job *job = into;

	if (queue_claim(world.queue, "waiting", clock_wall(), LONG_US, LONG_US, job, NULL) !=
	    COORD_OK)
		job->item.id[0] = '\0';
	return NULL;
}

static void
test_a_waiting_claim_hears_of_it(void **state)
{
	struct queue_job job = { 0 }, more = { 0 };
	pthread_t thread, second;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, wait_for_job, &job), 0);
	assert_int_equal(pthread_create(&second, NULL, wait_for_job, &more), 0);
	/* others work meanwhile */
	for (int i = 0; i < 20; i++)
		assert_int_equal(queue_ping(world.queue, NULL), COORD_OK);
	world_put_one("a", "o", 0, 0);
	world_put_one("b", "o", 0, 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(pthread_join(second, NULL), 0);
	assert_true(strcmp(job.item.id, "a") == 0 || strcmp(job.item.id, "b") == 0);
	assert_string_not_equal(job.item.id, more.item.id);
	assert_true(more.item.id[0] != '\0');
}

static void
test_wake(void **state)
{
	struct queue_job first, second;
	pthread_t threads[2];

	(void)state;
	memset(&first, 'x', sizeof(first));
	memset(&second, 'x', sizeof(second));
	assert_int_equal(pthread_create(&threads[0], NULL, wait_for_job, &first), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, wait_for_job, &second), 0);
	queue_wake(world.queue);
	assert_int_equal(pthread_join(threads[0], NULL), 0);
	assert_int_equal(pthread_join(threads[1], NULL), 0);
	assert_string_equal(first.item.id, "");
	assert_string_equal(second.item.id, "");
	/* nothing waits any more, and what is there is still given */
	world_put_one("a", "o", 0, 0);
	(void)wait_for_job(&first);
	assert_string_equal(first.item.id, "a");
	(void)wait_for_job(&second);
	assert_string_equal(second.item.id, "");
}

/** Runs `body` in a process of its own, which says one byte when it is through. */
static pid_t
spawn(void (*body)(int out), int *ret_in)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(ends[0]);
		body(ends[1]);
		_exit(0);
	}
	assert_int_equal(close(ends[1]), 0);
	*ret_in = ends[0];
	return pid;
}

static void
claim_and_hang(int out)
{
	struct queue *queue = NULL;
	struct queue_job job;

	if (queue_open(world.url, &queue, NULL) != COORD_OK ||
	    queue_claim(queue, "doomed", clock_wall(), SECOND / 2, LONG_US, &job, NULL) !=
		COORD_OK ||
	    write(out, job.item.id, 1) != 1)
		_exit(1);
	for (;;)
		(void)pause();
}

static void
test_a_killed_process_loses_its_job(void **state)
{
	struct queue_job job = { 0 };
	int status, in;
	pid_t pid;
	char c = 0;

	(void)state;
	pid = spawn(claim_and_hang, &in); /* another process hears of it too */
	world_put_one("a", "o", 0, 0);
	assert_int_equal(read(in, &c, 1), 1);
	assert_int_equal(c, 'a');
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(
	    queue_claim(world.queue, "heir", clock_wall(), SECOND / 2, LONG_US, &job, NULL),
	    COORD_OK);
	assert_string_equal(job.item.id, "a");
	assert_int_equal(job.deliveries, 2);
	assert_int_equal(close(in), 0);
}

enum { CROWD = 4, CROWD_JOBS = 400 };

static void *
claim_until_none(void *out)
{
	static struct queue *queue;
	static pthread_mutex_t once = PTHREAD_MUTEX_INITIALIZER;
	struct queue_job job;
	char name[32];

	(void)pthread_mutex_lock(&once);
	if (queue == NULL && queue_open(world.url, &queue, NULL) != COORD_OK)
		_exit(1);
	(void)pthread_mutex_unlock(&once);
	(void)snprintf(name, sizeof(name), "w%d-%p", (int)getpid(), (void *)&job);
	for (;;) {
		enum coord_err rc =
		    queue_claim(queue, name, clock_wall(), LONG_US, SECOND / 10, &job, NULL);
		char line[QUEUE_ID_MOST + 1];
		int len = snprintf(line, sizeof(line), "%s\n", job.item.id);

		if (rc == COORD_ENODATA)
			return NULL;
		if (rc != COORD_OK || write(*(int *)out, line, (size_t)len) != len ||
		    queue_done(queue, &job, NULL) != COORD_OK)
			_exit(1);
	}
}

static void
two_threads_claim(int out)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, claim_until_none, &out) != 0)
			_exit(1);
	for (int i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
}

/** 8 consumers in 4 processes: each job goes to one of them. */
static void
test_each_job_once(void **state)
{
	static char text[CROWD_JOBS * 32];
	unsigned seen[CROWD_JOBS] = { 0 };
	pid_t pids[CROWD];
	int in[CROWD];

	(void)state;
	put_many("crowd", 0, CROWD_JOBS / 2);
	put_many("people", 1, CROWD_JOBS / 2);
	for (int i = 0; i < CROWD; i++)
		pids[i] = spawn(two_threads_claim, &in[i]);
	for (int i = 0; i < CROWD; i++) {
		struct sv rest, line;
		size_t len = 0;
		ssize_t n;
		int status;

		while ((n = read(in[i], text + len, sizeof(text) - len)) > 0)
			len += (size_t)n;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
		assert_int_equal(close(in[i]), 0);
		rest = (struct sv){ text, len };
		while (rest.len > 0) {
			uint64_t at;

			line = sv_cut(&rest, '\n');
			assert_true(sv_to_u64(sv_skip(line, sv_find_char(line, '-') + 1), &at) &&
				    at < CROWD_JOBS / 2);
			seen[at + (line.data[0] == 'p' ? CROWD_JOBS / 2 : 0)]++;
		}
	}
	for (int i = 0; i < CROWD_JOBS; i++)
		assert_int_equal(seen[i], 1);
}

struct told {
	unsigned calls[3], failed;
	int64_t least_us;
};

static void
on_told(void *context, enum queue_operation operation, int64_t elapsed_us, bool failed)
{
	struct told *told = context;

	told->calls[operation]++;
	told->failed += failed;
	told->least_us = elapsed_us < told->least_us ? elapsed_us : told->least_us;
}

static void
test_observer(void **state)
{
	struct told told = { 0 };
	struct queue_job job;

	(void)state;
	queue_observe(world.queue, on_told, &told);
	world_put_one("a", "o", 0, 0);
	job = world_claim("w");
	assert_int_equal(queue_extend(world.queue, &job, clock_wall(), LONG_US, NULL), COORD_OK);
	world_done(&job);
	world_claim_none(clock_wall());
	assert_int_equal(told.calls[QUEUE_PUT], 1);
	assert_int_equal(told.calls[QUEUE_CLAIM], 2);
	assert_int_equal(told.calls[QUEUE_DONE], 2);
	assert_int_equal(told.failed, 0); /* that nothing is there is an answer */
	assert_true(told.least_us >= 0);
	queue_observe(world.queue, NULL, NULL);
	world_claim_none(clock_wall());
	assert_int_equal(told.calls[QUEUE_CLAIM], 2);
}

static void
test_refused(void **state)
{
	struct queue_item item = { .id = "", .owner = "o" };
	struct queue_job job;

	(void)state;
	assert_int_equal(queue_put(world.queue, &item, 1, NULL), COORD_EINVALID);
	item.id[0] = 'a';
	item.priority = 2;
	assert_int_equal(queue_put(world.queue, &item, 1, NULL), COORD_EINVALID);
	assert_int_equal(queue_put(world.queue, NULL, 0, NULL), COORD_OK);
	assert_int_equal(queue_claim(world.queue, "", 1, 1, 0, &job, NULL), COORD_EINVALID);
	assert_int_equal(queue_claim(world.queue, "w", 1, 0, 0, &job, NULL), COORD_EINVALID);
	assert_string_equal(queue_kind(world.queue), world.kind);
}

int
run_both(const char *name, int (*setup)(void **), int (*teardown)(void **))
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_first_come_first_served),
		TEST(test_what_a_claim_holds),
		TEST(test_interactive_before_bulk),
		TEST(test_owners_take_turns),
		TEST(test_nobody_is_starved),
		TEST(test_delayed),
		TEST(test_clock_set_back),
		TEST(test_delayed_comes_by_itself),
		TEST(test_retry),
		TEST(test_lease_ends),
		TEST(test_extend),
		TEST(test_put_again),
		TEST(test_remove),
		TEST(test_depth),
		TEST(test_a_waiting_claim_hears_of_it),
		TEST(test_wake),
		TEST(test_a_killed_process_loses_its_job),
		TEST(test_each_job_once),
		TEST(test_observer),
		TEST(test_refused),
	};

	return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}
