/* test_reload.c - settings of a file, and what a newer configuration changes in a running program. */
#include "testing.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
new_path(char ret[64])
{
	int fd;

	(void)snprintf(ret, 64, "/tmp/coord_reload_XXXXXX");
	fd = mkstemp(ret);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
}

static enum coord_err
load(const char *path, const char *also, struct config *ret, struct coord_error *err)
{
	char named[96], entry[96];
	char *environment[] = { named, entry, NULL };

	(void)snprintf(named, sizeof(named), "COORD_CONFIG_FILE=%s", path);
	(void)snprintf(entry, sizeof(entry), "%s", also);
	return config_load(environment, NULL, 0, ret, err);
}

static void
test_a_file_is_below_the_environment(void **state)
{
	char path[64], secret[64], text[256];
	struct config config;

	(void)state;
	new_path(path);
	new_path(secret);
	write_file(secret, "the-key-of-a-file\n");
	(void)snprintf(text, sizeof(text),
	    "# a comment\n\nCOORD_MAX_SESSIONS=77\n  COORD_LEASE = 50s \r\nCOORD_ATTEMPTS=\n"
	    "COORD_API_KEYS_FILE=%s\n",
	    secret);
	write_file(path, text);
	assert_int_equal(load(path, "COORD_LEASE=40s", &config, NULL), COORD_OK);
	assert_int_equal(config.max_sessions, 77);
	assert_int_equal(config.lease, 40 * TIME_SECOND);
	assert_int_equal(config.attempts, 3);
	assert_string_equal(config.api_keys, "the-key-of-a-file");
	assert_int_equal(config.n_files, 1);
	assert_string_equal(config.files[0], secret);
	config_clear(&config);
	(void)unlink(path);
	(void)unlink(secret);
}

static void
test_what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{ "COORD_LEASE=1m\n\nCOORD_LAESE=1m\n", ":3: there is no setting \"COORD_LAESE\"" },
		{ "COORD_LEASE=1m\nCOORD_LEASE=2m", ":2: COORD_LEASE is set in line 1 already" },
		{ "#\nCOORD_LEASE", ":2: expected NAME=VALUE" },
		{ "COORD_CONFIG_FILE=/other", ":1: a file cannot name another one" },
		{ "\nCOORD_MAX_SESSIONS=many", ":2: COORD_MAX_SESSIONS" },
		{ "\nCOORD_API_KEYS_FILE=/nowhere/at/all", ":2: COORD_API_KEYS_FILE: cannot open" },
	};
	char path[64];

	(void)state;
	new_path(path);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct config config = { .arena = NULL };
		struct coord_error err = { .code = COORD_OK };

		write_file(path, cases[i].text);
		assert_int_equal(load(path, "X=", &config, &err), COORD_EINVALID);
		if (strncmp(err.what, path, strlen(path)) != 0 ||
		    strstr(err.what, cases[i].told) == NULL)
			fail_msg("%s is not told by: %s", cases[i].told, err.what);
	}
	(void)unlink(path);
	assert_int_equal(load(path, "X=", &(struct config){ .arena = NULL }, NULL), COORD_EINVALID);
}

static void
test_only_what_reloads_is_taken(void **state)
{
	const char *before[] = { "COORD_MAX_SESSIONS=10", "COORD_WORKERS=3",
		"REDIS_URL=redis://:old@h:1/0", "COORD_CALLBACK_SECRET=whsec_old" };
	const char *after[] = { "COORD_MAX_SESSIONS=20", "COORD_WORKERS=4",
		"REDIS_URL=redis://:new@h:1/0", "COORD_CALLBACK_SECRET=whsec_new" };
	struct buf changed = BUF_INIT(1 << 12), later = BUF_INIT(1 << 12);
	struct config first, fresh;
	const struct config *old, *now;

	(void)state;
	assert_int_equal(config_load(NULL, before, COUNT_OF(before), &first, NULL), COORD_OK);
	assert_ptr_equal(config_now(&first), &first);
	assert_int_equal(config_load(NULL, after, COUNT_OF(after), &fresh, NULL), COORD_OK);
	assert_int_equal(config_compare(&first, &fresh, &changed, &later, NULL), COORD_OK);
	assert_string_equal(buf_cstr(&changed), "COORD_MAX_SESSIONS COORD_CALLBACK_SECRET");
	assert_string_equal(buf_cstr(&later), "REDIS_URL COORD_WORKERS");
	old = config_now(&first);
	assert_int_equal(config_publish(&first, &fresh, NULL), COORD_OK);
	assert_null(fresh.arena);
	now = config_now(&first);
	assert_int_equal(now->max_sessions, 20);
	assert_string_equal(now->callback_secret, "whsec_new");
	assert_int_equal(now->workers, 3);
	assert_string_equal(now->redis_url, "redis://:old@h:1/0");
	assert_int_equal(old->max_sessions, 10);
	buf_clear(&changed);
	buf_clear(&later);
	config_clear(&first);
}

static void *
look(void *context)
{
	const struct config *first = context;
	uint64_t last = 0;

	while (last < 100) {
		const struct config *now = config_now(first);

		assert_true(now->max_sessions >= last);
		assert_int_equal(now->max_batches, now->max_sessions);
		last = now->max_sessions;
	}
	return NULL;
}

static void
test_others_look_meanwhile(void **state)
{
	const char *begin[] = { "COORD_MAX_SESSIONS=2", "COORD_MAX_BATCHES=2" };
	pthread_t thread;
	struct config first;

	(void)state;
	assert_int_equal(config_load(NULL, begin, COUNT_OF(begin), &first, NULL), COORD_OK);
	assert_int_equal(pthread_create(&thread, NULL, look, &first), 0);
	for (int i = 3; i <= 100; i++) {
		char a[40], b[40];
		const char *options[] = { a, b };
		struct config fresh;

		(void)snprintf(a, sizeof(a), "COORD_MAX_SESSIONS=%d", i);
		(void)snprintf(b, sizeof(b), "COORD_MAX_BATCHES=%d", i);
		assert_int_equal(config_load(NULL, options, 2, &fresh, NULL), COORD_OK);
		assert_int_equal(config_publish(&first, &fresh, NULL), COORD_OK);
	}
	(void)pthread_join(thread, NULL);
	config_clear(&first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_is_below_the_environment),
		cmocka_unit_test(test_what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(test_only_what_reloads_is_taken),
		cmocka_unit_test(test_others_look_meanwhile),
	};

	return cmocka_run_group_tests_name("config/reload", tests, NULL, NULL);
}
