/* queue.c - what the queue does a second, and how soon a waiting worker hears of a job.
 *
 *   bench_queue FOLDER [redis://...]
 *
 * Rows are written as the store writes them, before the clock starts; a job is claimed and done. Several processes share one queue. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "queue/queue.h"
#include "store/store.h"

enum { JOBS = 20000, OWNERS = 20, ROUNDS = 1000, IDLE_S = 5 };

static const char *url;
static sqlite3 *db; /* NULL: Redis */

static double
seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static int64_t
now_us(void)
{
	return (int64_t)(seconds(CLOCK_REALTIME) * 1e6);
}

static void
check(enum coord_err rc, const struct coord_error *err)
{
	if (rc == COORD_OK)
		return;
	(void)fprintf(stderr, "%s\n", err->what);
	_exit(1);
}

static struct queue *
open_queue(void)
{
	struct coord_error err = { 0 };
	struct queue *queue = NULL;

	check(queue_open(url, &queue, &err), &err);
	return queue;
}

static void
sql(const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
		(void)fprintf(stderr, "%s\n", sqlite3_errmsg(db));
		_exit(1);
	}
}

static void
accept_items(const struct queue_item *items, size_t n)
{
	char text[400];

	sql("BEGIN IMMEDIATE");
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(text, sizeof(text),
		    "INSERT INTO jobs (id, owner, priority, created_us, not_before_us, put_us) "
		    "VALUES ('%.63s', '%.63s', %u, %lld, 0, 0)",
		    items[i].id, items[i].owner, items[i].priority, (long long)now_us());
		sql(text);
	}
	sql("COMMIT");
}

static void
put(struct queue *queue, size_t n)
{
	static struct queue_item items[JOBS];
	static unsigned long made;
	struct coord_error err = { 0 };

	for (size_t i = 0; i < n; i++) {
		items[i].priority = i % 4 == 0;
		(void)snprintf(items[i].id, sizeof(items[i].id), "%08lx-0000-4000-8000-%012d",
		    made++, (int)getpid());
		(void)snprintf(items[i].owner, sizeof(items[i].owner), "k_%zu", i % OWNERS);
	}
	if (db != NULL)
		accept_items(items, n);
	check(queue_put(queue, items, n, &err), &err);
}

static void
claim_all(void)
{
	struct queue *queue = open_queue();
	struct coord_error err = { 0 };
	struct queue_job job;
	char name[32];
	enum coord_err rc;

	(void)snprintf(name, sizeof(name), "bench-%d", (int)getpid());
	while ((rc = queue_claim(queue, name, now_us(), 60000000, 0, &job, &err)) == COORD_OK)
		check(queue_done(queue, &job, &err), &err);
	if (rc != COORD_ENODATA)
		check(rc, &err);
	queue_close(queue);
}

/** What children that have ended took: on a busy machine it says more than the rate. */
static double
children_s(void)
{
	struct rusage used;

	(void)getrusage(RUSAGE_CHILDREN, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

static void
rate(unsigned processes)
{
	struct queue *queue = open_queue();
	double start, took, used;

	start = seconds(CLOCK_MONOTONIC);
	put(queue, JOBS);
	took = seconds(CLOCK_MONOTONIC) - start;
	if (db == NULL)
		printf("%-8s put, 200 a call       %10.0f /s\n", queue_kind(queue), JOBS / took);
	start = seconds(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < processes; i++) {
		if (fork() == 0) {
			claim_all();
			_exit(0);
		}
	}
	used = children_s();
	while (wait(NULL) > 0)
		continue;
	took = seconds(CLOCK_MONOTONIC) - start;
	printf("%-8s claim + done, %u process%s %10.0f /s, %.0f us of the workers' processor time "
	       "each\n",
	    queue_kind(queue), processes, processes == 1 ? "  " : "es", JOBS / took,
	    (children_s() - used) / JOBS * 1e6);
	(void)fflush(stdout);
	queue_close(queue);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/** A worker in another process waits; each round puts one job and hears when it was claimed. */
static void
latency(void)
{
	struct queue *queue = open_queue();
	static double took[ROUNDS];
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0)
		_exit(1);
	if (pid == 0) {
		struct queue *own = open_queue();
		struct coord_error err = { 0 };
		struct queue_job job;

		for (int i = 0; i < ROUNDS; i++) {
			double at;

			check(queue_claim(own, "waits", now_us(), 60000000, 60000000, &job, &err),
			    &err);
			at = seconds(CLOCK_MONOTONIC);
			check(queue_done(own, &job, &err), &err);
			if (write(ends[1], &at, sizeof(at)) != sizeof(at))
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		const struct timespec pause = { .tv_nsec = 1000000 };
		double start, at;

		(void)nanosleep(&pause, NULL);
		start = seconds(CLOCK_MONOTONIC);
		put(queue, 1);
		if (read(ends[0], &at, sizeof(at)) != sizeof(at))
			_exit(1);
		took[i] = at - start;
	}
	(void)waitpid(pid, NULL, 0);
	qsort(took, ROUNDS, sizeof(took[0]), by_value);
	printf("%-8s put to claimed elsewhere  p50 %.0f us, p99 %.0f us\n", queue_kind(queue),
	    took[ROUNDS / 2] * 1e6, took[ROUNDS * 99 / 100] * 1e6);
	queue_close(queue);
}

static void
idle(void)
{
	struct queue *queue = open_queue();
	double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
	struct queue_job job;
	struct coord_error err = { 0 };

	if (queue_claim(queue, "idle", now_us(), 60000000, IDLE_S * 1000000, &job, &err) !=
	    COORD_ENODATA)
		return;
	printf("%-8s processor time of a waiting worker %.3f %%\n", queue_kind(queue),
	    (seconds(CLOCK_PROCESS_CPUTIME_ID) - start) / IDLE_S * 100);
	queue_close(queue);
}

static void
all(void)
{
	rate(1);
	rate(2);
	rate(8);
	latency();
	idle();
}

int
main(int argc, char **argv)
{
	char path[512], sqlite_url[600];
	struct coord_error err = { 0 };
	struct store *store = NULL;

	if (argc < 2)
		return 2;
	(void)snprintf(path, sizeof(path), "%s/queue.db", argv[1]);
	(void)snprintf(sqlite_url, sizeof(sqlite_url), "sqlite:%s", path);
	check(store_open(sqlite_url, &(struct store_options){ .readers = 1 }, &store, &err), &err);
	store_close(store);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		return 1;
	sql("PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 60000");
	url = sqlite_url;
	all();
	(void)sqlite3_close(db);
	db = NULL;
	if (argc > 2) {
		url = argv[2];
		all();
	}
	return 0;
}
