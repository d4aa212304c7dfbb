/* test_store.c - keys, quotas and the audit log on the real store: processes that start at once agree on one pepper, a quota is shared, and a log that
 * retention has shortened holds. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/auth.h"
#include "testing.h"

enum { PROCESSES = 6 };

struct world {
	struct config config;
	struct store *store;
	struct coord_error err;
	char folder[64], url[128];
	int64_t now_us;
};

static void
ok(struct world *w, enum coord_err rc)
{
	if (rc != COORD_OK)
		fail_msg("%s", w->err.what);
}

static int
setup(void **state)
{
	static struct world w;

	w = (struct world){ .folder = "/tmp/coord-auth-XXXXXX" };
	w.now_us = clock_wall() / TIME_SECOND * TIME_SECOND;
	if (mkdtemp(w.folder) == NULL)
		return -1;
	(void)snprintf(w.url, sizeof(w.url), "sqlite:%s/coord.db", w.folder);
	*state = &w;
	return store_open(w.url, NULL, &w.store, &w.err) == COORD_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct world *w = *state;

	store_close(w->store);
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		char path[160];

		(void)snprintf(path, sizeof(path), "%s/coord.db%s", w->folder, ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(w->folder);
	return 0;
}

/** A process of its own that makes a key and writes its secret into the pipe. */
static _Noreturn void
make_key(const struct world *w, int number, int out)
{
	char name[32], id[32], secret[AUTH_SECRET_MOST];
	struct auth_new_key key = { .name = name, .scopes = SCOPE_READ };
	struct store *store;

	(void)snprintf(name, sizeof(name), "key %d", number);
	if (store_open(w->url, NULL, &store, NULL) != COORD_OK ||
	    auth_key_create(&w->config, store, &key, w->now_us, id, secret, NULL) != COORD_OK)
		_exit(1);
	store_close(store);
	_exit(write(out, secret, AUTH_SECRET_MOST) == AUTH_SECRET_MOST ? 0 : 1);
}

static void
test_processes_agree_on_one_pepper(void **state)
{
	struct world *w = *state;
	char secrets[PROCESSES][AUTH_SECRET_MOST];
	pid_t pids[PROCESSES];
	struct auth *auth;
	int pipes[2];

	assert_int_equal(0, pipe(pipes));
	store_close(w->store); /* no thread of it is to be forked */
	w->store = NULL;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			make_key(w, i, pipes[1]);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_int_equal(pids[i], waitpid(pids[i], &status, 0));
		assert_int_equal(0, status);
		assert_int_equal(AUTH_SECRET_MOST, read(pipes[0], secrets[i], AUTH_SECRET_MOST));
	}
	ok(w, store_open(w->url, NULL, &w->store, &w->err));
	ok(w, auth_open(&w->config, w->store, NULL, &auth, &w->err));
	assert_int_equal(PROCESSES, auth_ways(auth));
	for (int i = 0; i < PROCESSES; i++) {
		struct auth_who who;

		assert_int_equal(
		    AUTH_OK, auth_check(auth, SV_NONE, sv_from(secrets[i]), w->now_us, &who));
	}
	auth_close(auth);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void
test_a_quota_is_shared(void **state)
{
	struct world *w = *state;
	struct auth_who who = { .id = "k_one", .quota_per_day = 100 };
	struct auth *first, *second;
	struct store *other;

	ok(w, store_open(w->url, NULL, &other, &w->err));
	ok(w, auth_open(&w->config, w->store, NULL, &first, &w->err));
	ok(w, auth_open(&w->config, other, NULL, &second, &w->err));
	ok(w, auth_quota_take(first, &who, 60, w->now_us, &w->err));
	assert_int_equal(COORD_ELIMIT, auth_quota_take(second, &who, 41, w->now_us, &w->err));
	ok(w, auth_quota_take(second, &who, 40, w->now_us, &w->err));
	assert_int_equal(COORD_ELIMIT, auth_quota_take(first, &who, 1, w->now_us, &w->err));
	auth_close(first);
	auth_close(second);
	store_close(other);
}

static void
add_row(struct world *w, int64_t time_us)
{
	ok(w, store_audit_add(w->store,
		  &(struct store_audit){ .time_us = time_us,
		      .actor = SV("cli"),
		      .action = SV("key.create"),
		      .subject = SV("k_one"),
		      .outcome = SV("ok") },
		  &w->err));
}

static void
test_a_log_shortened_by_retention_holds(void **state)
{
	const struct store_retention keep = { .audit = 3600 * TIME_SECOND };
	struct world *w = *state;
	struct auth_audit_check check;
	uint64_t gone, all = 0;

	for (int i = 0; i < 250; i++)
		add_row(w, w->now_us - 7200 * TIME_SECOND + i);
	for (int i = 0; i < 10; i++)
		add_row(w, w->now_us + i);
	ok(w, auth_audit_verify(w->store, &check, &w->err));
	assert_true(check.holds);
	assert_int_equal(260, check.rows);
	/* in several bites, each with a row of its own */
	for (int i = 0; i < 10; i++) {
		ok(w, store_retain(w->store, &keep, w->now_us, 100, &gone, &w->err));
		all += gone;
		ok(w, auth_audit_verify(w->store, &check, &w->err));
		if (!check.holds)
			fail_msg("%s", check.why);
	}
	assert_int_equal(250, all);
	assert_int_equal(251, check.first);
	assert_in_range(check.rows, 11, 20);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_processes_agree_on_one_pepper),
		WITH_WORLD(test_a_quota_is_shared),
		WITH_WORLD(test_a_log_shortened_by_retention_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
