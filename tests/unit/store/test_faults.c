/* test_faults.c - what is acknowledged survives: a writer killed in the middle, a full disk, a lock that another keeps. */
#define _GNU_SOURCE /* unshare */ /* NOLINT */
#include "world.h"

#include <errno.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAITING = 64, REQUEST_BYTES = 3000 };

/** Submits without end and writes the number of each acknowledged one to a pipe; the errors of the others are counted. */
struct source {
	struct store *store;
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned under_way, acknowledged, refused;
	struct coord_error refusal; /* the first */
};

struct one {
	struct source *source;
	struct store_submission item;
	struct store_submit set;
	uint32_t number;
};

static char request[REQUEST_BYTES];

static void
id_of(uint32_t round, uint32_t number, char ret[STORE_ID_LEN + 1])
{
	(void)snprintf(ret, STORE_ID_LEN + 1, "%08x-0000-4000-8000-%012x", number * 2654435761u,
	    round << 24 | number);
}

static void
acknowledged(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct one *one = context;
	struct source *s = one->source;

	(void)what;
	(void)reply;
	(void)pthread_mutex_lock(&s->lock);
	if (rc == COORD_OK) {
		s->acknowledged++;
		if (write(s->fd, &one->number, sizeof(one->number)) != (ssize_t)sizeof(one->number))
			_exit(3);
	} else if (s->refused++ == 0) {
		s->refusal = *err;
	}
	s->under_way--;
	(void)pthread_cond_signal(&s->ended);
	(void)pthread_mutex_unlock(&s->lock);
	free(one);
}

static void
submit_one(struct source *s, uint32_t round, uint32_t number)
{
	struct one *one = calloc(1, sizeof(*one));

	one->source = s;
	one->number = number;
	one->item = (struct store_submission){ .owner = SV("k"),
		.depth = SV("minimal"),
		.sessions = number,
		.request = { request, sizeof(request) } };
	id_of(round, number, one->item.id);
	one->set = (struct store_submit){ .items = &one->item, .n = 1, .now_us = T0 + number };
	(void)pthread_mutex_lock(&s->lock);
	while (s->under_way >= WAITING)
		(void)pthread_cond_wait(&s->ended, &s->lock);
	s->under_way++;
	(void)pthread_mutex_unlock(&s->lock);
	if (store_submit(s->store, &one->set, acknowledged, one, NULL) != COORD_OK)
		_exit(4);
}

static void
settle(struct source *s)
{
	(void)pthread_mutex_lock(&s->lock);
	while (s->under_way > 0)
		(void)pthread_cond_wait(&s->ended, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
}

static void
source_open(struct source *s, const char *url, int fd)
{
	*s = (struct source){
		.fd = fd, .lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER
	};
	if (store_open(url, NULL, &s->store, NULL) != COORD_OK)
		_exit(5);
}

/** In a process of its own, until it is killed. */
static _Noreturn void
submit_for_ever(const char *url, uint32_t round, int fd)
{
	struct source s;

	source_open(&s, url, fd);
	for (uint32_t i = 1;; i++)
		submit_one(&s, round, i);
}

static void
check_sound(struct world *w)
{
	static const char *const same[] = { "requests", "jobs" };
	char sql[128];
	int64_t n = world_number(w, "SELECT count(*) FROM analyses");

	for (size_t i = 0; i < COUNT_OF(same); i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", same[i]);
		assert_int_equal(world_number(w, sql), n);
	}
	if (world_is_sqlite(w))
		assert_int_equal(
		    world_number(w,
			"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
		    1);
}

static void
check_there(struct world *w, uint32_t round, uint32_t number)
{
	struct arena_mark mark = arena_mark(w->arena);
	id_text id;

	id_of(round, number, id);
	assert_int_equal(world_get(w, id, PART_REQUEST).request.len, REQUEST_BYTES);
	arena_rewind(w->arena, mark);
}

/** Kills the child once `least` are acknowledged, wherever it is then; all acknowledged ones have to be there. */
static void
kill_round(struct world *w, uint32_t round, unsigned least)
{
	uint32_t *numbers = calloc(1 << 20, sizeof(*numbers));
	size_t n = 0;
	ssize_t got;
	int ends[2], status = 0;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[0]);
		submit_for_ever(w->url, round, ends[1]);
	}
	(void)close(ends[1]);
	while (n < 1 << 20 &&
	       (got = read(ends[0], &numbers[n], sizeof(*numbers))) == (ssize_t)sizeof(*numbers)) {
		n++;
		if (n == least)
			assert_int_equal(kill(child, SIGKILL), 0);
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_true(n >= least);
	OK(store_open(w->url, NULL, &w->store, &w->err));
	for (size_t i = 0; i < n; i++)
		check_there(w, round, numbers[i]);
	store_close(w->store);
	w->store = NULL;
	free(numbers);
}

static void
test_killed_writer(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	w->store = NULL;
	for (uint32_t round = 1; round <= 6; round++)
		kill_round(w, round, 37 * round * round);
	check_sound(w);
}

/* --- a full disk ----------------------------------------------------------------------------------------------------- */

/** Submits until it is refused; afterwards, with room again, it goes on. Returns 0 when all was as it has to be. */
static int
fill_up(const char *url, void (*limit)(void), void (*lift)(void))
{
	struct source s;
	FILE *sink = fopen("/dev/null", "w");
	unsigned stored;

	source_open(&s, url, fileno(sink));
	limit();
	for (uint32_t i = 1; i < 100000 && s.refused == 0; i++)
		submit_one(&s, 1, i);
	settle(&s);
	if (s.refused == 0 || s.refusal.code != COORD_EUNAVAIL)
		return 10;
	stored = s.acknowledged;
	lift();
	s.refused = 0;
	for (uint32_t i = 1; i < 300; i++)
		submit_one(&s, 2, i);
	settle(&s);
	if (s.refused != 0 || s.acknowledged != stored + 299)
		return 11;
	store_close(s.store);
	(void)fclose(sink);
	(void)dprintf(STDERR_FILENO, "refused after %u: %s\n", stored, s.refusal.what);
	return stored == 0 ? 12 : 0;
}

static void
limit_files(void)
{
	struct rlimit limit = { .rlim_cur = 3 << 20, .rlim_max = RLIM_INFINITY };

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(6);
}

static void
lift_files(void)
{
	struct rlimit limit = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };

	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(6);
}

static void
test_file_limit(void **state)
{
	struct world *w = *state;
	int status = 0;
	pid_t child;

	if (!world_is_sqlite(w))
		skip();
	store_close(w->store);
	w->store = NULL;
	if ((child = fork()) == 0)
		_exit(fill_up(w->url, limit_files, lift_files));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	check_sound(w);
}

static char small_disk[64];
enum { CANNOT_MOUNT = 77 };

static void
limit_disk(void)
{
}

static void
lift_disk(void)
{
	if (mount("none", small_disk, "tmpfs", MS_REMOUNT, "size=64m") != 0)
		_exit(7);
}

/** Both what is said and what is there afterwards, seen from inside the only process that sees the small disk. */
static int
fill_small_disk(const char *folder)
{
	struct world w = { .arena = arena_new(0) };
	struct source s;
	int rc;

	(void)snprintf(small_disk, sizeof(small_disk), "%s", folder);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", folder, "tmpfs", 0, "size=4m") != 0)
		return CANNOT_MOUNT;
	(void)snprintf(w.folder, sizeof(w.folder), "%s", folder);
	(void)snprintf(w.url, sizeof(w.url), "sqlite:%s/coord.db", folder);
	source_open(&s, w.url, -1);
	store_close(s.store);
	rc = fill_up(w.url, limit_disk, lift_disk);
	if (rc == 0)
		check_sound(&w);
	arena_free(w.arena);
	return rc;
}

static void
test_disk_full(void **state)
{
	char folder[] = "/tmp/coord-small-XXXXXX";
	int status = 0;
	pid_t child;

	(void)state;
	if (getenv("COORD_TEST_POSTGRES") != NULL)
		skip();
	assert_non_null(mkdtemp(folder));
	if ((child = fork()) == 0)
		_exit(fill_small_disk(folder));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(rmdir(folder), 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_MOUNT) {
		print_message("skipped: a small disk cannot be mounted here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* --- locks that another keeps ------------------------------------------------------------------------------------------ */

static void
test_busy(void **state)
{
	static const struct store_options hasty = { .busy_ms = 100 };
	struct world *w = *state;
	struct store *other = NULL;
	sqlite3 *db = NULL;
	uint64_t sum;

	if (!world_is_sqlite(w))
		skip();
	OK(store_open(w->url, &hasty, &other, &w->err));
	assert_int_equal(sqlite3_open(w->url + strlen("sqlite:"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_count(other, SV("s"), SV("k"), 0, 1, &sum, &w->err), COORD_EUNAVAIL);
	assert_non_null(strstr(w->err.what, "busy"));
	OK(store_ping(other, &w->err)); /* reading goes on */
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	OK(store_count(other, SV("s"), SV("k"), 0, 1, &sum, &w->err));
	assert_int_equal(sum, 1);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	store_close(other);
}

struct patience {
	const char *url;
	enum coord_err rc;
	uint64_t sum;
	struct coord_error err;
};

static void *
count_patiently(void *context)
{
	struct patience *p = context;
	struct store *store = NULL;

	p->rc = store_open(p->url, NULL, &store, &p->err);
	if (p->rc == COORD_OK)
		p->rc = store_count(store, SV("s"), SV("k"), 0, 1, &p->sum, &p->err);
	store_close(store);
	return NULL;
}

/** With the usual patience a writer waits for the other to end, in another process too. */
static void
test_wait_for_lock(void **state)
{
	struct world *w = *state;
	struct patience p = { .url = w->url };
	int ready[2], go[2], status = 0;
	char byte = 0;
	pthread_t thread;
	pid_t child;

	if (!world_is_sqlite(w))
		skip();
	store_close(w->store);
	w->store = NULL;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(go), 0);
	if ((child = fork()) == 0) {
		sqlite3 *db = NULL;

		if (sqlite3_open(w->url + strlen("sqlite:"), &db) != SQLITE_OK ||
		    sqlite3_exec(db,
			"BEGIN IMMEDIATE; INSERT INTO counters VALUES ('s', 'k', 0, 41)", NULL,
			NULL, NULL) != SQLITE_OK ||
		    write(ready[1], "r", 1) != 1 || read(go[0], &byte, 1) != 1)
			_exit(1);
		_exit(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ? 0 : 2);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(pthread_create(&thread, NULL, count_patiently, &p), 0);
	assert_int_equal(write(go[1], "g", 1), 1);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	if (p.rc != COORD_OK)
		fail_msg("%s", p.err.what);
	assert_int_equal(p.sum, 42);
	for (int i = 0; i < 2; i++) {
		(void)close(ready[i]);
		(void)close(go[i]);
	}
}

/* --- a deadlock ---------------------------------------------------------------------------------------------------- */

static void
pg_run(PGconn *c, const char *sql)
{
	PGresult *res = PQexec(c, sql);

	if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(c));
	PQclear(res);
}

struct answer {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned n;
	enum coord_err rc[2];
	struct coord_error err;
};

static void
answered(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct answer *a = context;

	(void)what;
	(void)reply;
	(void)pthread_mutex_lock(&a->lock);
	if (err != NULL)
		a->err = *err;
	a->rc[a->n++] = rc;
	(void)pthread_cond_signal(&a->ended);
	(void)pthread_mutex_unlock(&a->lock);
}

static const char insert_a[] = "INSERT INTO idempotency VALUES ('k', 'a', 'f', '{}', 1)";
static const char insert_b[] = "INSERT INTO idempotency VALUES ('k', 'b', 'f', '{}', 1)";

/** Another transaction has key b and wants a; the store's batch has a and wants b. Whichever of them the server ends, the store's
 *  sets are stored. */
static void
test_deadlock(void **state)
{
	struct world *w = *state;
	struct answer answer = { .lock = PTHREAD_MUTEX_INITIALIZER,
		.ended = PTHREAD_COND_INITIALIZER };
	id_text id;
	struct store_submission items[2] = { world_item(w, id), world_item(w, id) };
	struct store_submit sets[2];
	PGconn *other;

	if (world_is_sqlite(w))
		skip();
	other = PQconnectdb(w->url);
	assert_int_equal(PQstatus(other), CONNECTION_OK);
	pg_run(other, "BEGIN");
	pg_run(other, insert_b);
	for (int i = 0; i < 2; i++)
		sets[i] = (struct store_submit){ .items = &items[i],
			.n = 1,
			.now_us = T0,
			.idempotency_owner = SV("k"),
			.idempotency_key = i == 0 ? SV("a") : SV("b"),
			.fingerprint = SV("f"),
			.reply = SV("{}") };
	/* the first goes alone or with the second: the writer has both in the end, and waits */
	for (int i = 0; i < 2; i++)
		OK(store_submit(w->store, &sets[i], answered, &answer, &w->err));
	while (world_number(w, "SELECT count(*) FROM pg_stat_activity WHERE application_name = "
			       "'coord' AND wait_event_type = 'Lock'") == 0)
		continue;
	PQclear(PQexec(other,
	    insert_a)); /* refused as the deadlock's victim or a duplicate, or waits for the store's end */
	pg_run(other, "ROLLBACK");
	(void)pthread_mutex_lock(&answer.lock);
	while (answer.n < 2)
		(void)pthread_cond_wait(&answer.ended, &answer.lock);
	(void)pthread_mutex_unlock(&answer.lock);
	for (int i = 0; i < 2; i++)
		if (answer.rc[i] != COORD_OK)
			fail_msg("%s", answer.err.what);
	assert_int_equal(world_number(w, "SELECT count(*) FROM analyses"), 2);
	PQfinish(other);
}

/** A file that is no database, or that was cut off, is said to be so. */
static void
test_damaged_file(void **state)
{
	struct world *w = *state;
	const char *path = w->url + strlen("sqlite:");
	FILE *f;

	if (!world_is_sqlite(w))
		skip();
	store_close(w->store);
	w->store = NULL;
	f = fopen(path, "r+");
	assert_non_null(f);
	for (int i = 0; i < 4096; i++)
		assert_true(fputc('x', f) != EOF);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(store_open(w->url, NULL, &w->store, &w->err), COORD_EIO);
	assert_non_null(strstr(w->err.what, "not a database"));
	assert_null(w->store);
}

int
fault_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_killed_writer),
		WORLD_TEST(test_file_limit),
		cmocka_unit_test(test_disk_full),
		WORLD_TEST(test_busy),
		WORLD_TEST(test_wait_for_lock),
		WORLD_TEST(test_deadlock),
		WORLD_TEST(test_damaged_file),
	};

	return cmocka_run_group_tests_name("faults", tests, NULL, NULL);
}
