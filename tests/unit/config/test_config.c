/* test_config.c - where values come from, files of secrets, and what is left of a secret. */
#include "testing.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"

/** A file of these bytes; the path is `ret`. */
static void
file_of(const void *data, size_t len, char ret[64])
{
	int fd;

	(void)snprintf(ret, 64, "/tmp/coord_config_XXXXXX");
	fd = mkstemp(ret);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
}

static struct config
loaded(char *const *environment, const char *const *options, size_t n)
{
	struct config config = { 0 };
	struct coord_error err = { 0 };

	if (config_load(environment, options, n, &config, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return config;
}

static void
test_defaults(void **state)
{
	struct config config = loaded(NULL, NULL, 0);

	(void)state;
	assert_string_equal(config.database_url, "");
	assert_string_equal(config.listen, "127.0.0.1:8000");
	assert_int_equal(config.workers, 2);
	assert_int_equal(config.lease, 30 * TIME_SECOND);
	assert_int_equal(config.keep_events, 7 * 86400 * TIME_SECOND);
	assert_int_equal(config.max_body, 256 << 20);
	assert_false(config.open_mode);
	assert_true(config.metrics_public);
	assert_int_equal(config.log_level, 1);
	config_clear(&config);
	config_clear(&config); /* a cleared one is empty */
}

/** Every default is one that the table itself accepts, and the table is what config_at gives. */
static void
test_table(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct config_row *row; (row = config_at(n)) != NULL; n++) {
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(config_at(i)->name, row->name);
		assert_true(row->help[0] != '\0' && row->help[strlen(row->help) - 1] == '.');
		assert_true(row->max == 0 || row->min <= row->max);
		assert_true(row->at < sizeof(struct config));
	}
	assert_true(n > 40);
	assert_null(config_at(n + 1));
}

static void
test_order_of_sources(void **state)
{
	char a[] = "COORD_WORKERS=4", b[] = "COORD_WORKERS=5", c[] = "COORD_ATTEMPTS=7",
	     d[] = "COORD_UNKNOWN=x", e[] = "COORD_LISTEN=", f[] = "COORD_WORKERS2=9";
	char *environment[] = { f, a, b, c, d, e, NULL };
	const char *options[] = { "COORD_WORKERS=6", "COORD_ATTEMPTS=8", "COORD_WORKERS=3" };
	struct config config = loaded(environment, NULL, 0);

	(void)state;
	assert_int_equal(config.workers, 4); /* the first, as getenv */
	assert_int_equal(config.attempts, 7);
	assert_string_equal(config.listen, "127.0.0.1:8000"); /* empty is not set */
	config_clear(&config);
	config = loaded(environment, options, 3);
	assert_int_equal(config.workers, 3); /* the last */
	assert_int_equal(config.attempts, 8);
	config_clear(&config);
}

static void
test_file(void **state)
{
	static const struct {
		const char *text, *value;
	} rows[] = { { "redis://:x@h", "redis://:x@h" }, { "redis://h\n", "redis://h" },
		{ "redis://h\r\n", "redis://h" }, { "", "" }, { "\n", "" }, { " a b ", " a b " } };
	char path[64], entry[96];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *environment[] = { entry, NULL };
		struct config config;

		file_of(rows[i].text, strlen(rows[i].text), path);
		(void)snprintf(entry, sizeof(entry), "REDIS_URL_FILE=%s", path);
		config = loaded(environment, NULL, 0);
		assert_string_equal(config.redis_url, rows[i].value);
		config_clear(&config);
		assert_int_equal(unlink(path), 0);
	}
}

static void
test_option_over_file(void **state)
{
	char entry[] = "REDIS_URL_FILE=/nonexistent/secret";
	char *environment[] = { entry, NULL };
	const char *option = "REDIS_URL=redis://other";
	struct config config = loaded(environment, &option, 1);

	(void)state;
	assert_string_equal(config.redis_url, "redis://other");
	config_clear(&config);
}

static void
refused_file(const void *data, size_t len, const char *why)
{
	struct coord_error err = { 0 };
	struct config config;
	char path[64], entry[96];
	char *environment[] = { entry, NULL };

	file_of(data, len, path);
	(void)snprintf(entry, sizeof(entry), "REDIS_URL_FILE=%s", path);
	assert_int_equal(config_load(environment, NULL, 0, &config, &err), COORD_EINVALID);
	if (strstr(err.what, why) == NULL || strstr(err.what, "hunter2") != NULL)
		fail_msg("%s", err.what);
	assert_int_equal(unlink(path), 0);
}

static void
test_bad_files(void **state)
{
	char *large = calloc(1, 70000);
	char absent[] = "REDIS_URL_FILE=/nonexistent/secret", both[] = "REDIS_URL=redis://hunter2",
	     folder[] = "REDIS_URL_FILE=/tmp";
	char *environment[] = { absent, NULL };
	struct coord_error err = { 0 };
	struct config config;

	(void)state;
	assert_non_null(large);
	memset(large, 'x', 70000);
	refused_file("hunter2\nhunter2", 15, "REDIS_URL: expected one line without control");
	refused_file("hunter2\0x", 9, "holds a NUL byte");
	refused_file(large, 70000, "is longer than 65536 bytes");
	free(large);
	assert_int_equal(config_load(environment, NULL, 0, &config, &err), COORD_EINVALID);
	assert_string_equal(
	    err.what, "REDIS_URL_FILE: cannot open /nonexistent/secret: No such file or directory");
	environment[0] = folder;
	assert_int_equal(config_load(environment, NULL, 0, &config, &err), COORD_EINVALID);
	assert_string_equal(err.what, "REDIS_URL_FILE: cannot read /tmp: Is a directory");
	{
		char *two[] = { both, absent, NULL };

		assert_int_equal(config_load(two, NULL, 0, &config, &err), COORD_EINVALID);
		assert_string_equal(
		    err.what, "REDIS_URL and REDIS_URL_FILE are both set: one of them");
	}
}

/** The bytes at an address that may have been given back, read past the allocator. */
static ssize_t
peek(uintptr_t at, char *ret, size_t len)
{
	int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, ret, len, (off_t)at);

	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	return n;
}

static void
test_secrets_are_wiped(void **state)
{
	const char *option = "DATABASE_URL=postgresql://u:hunter2hunter2@h/db";
	struct config config = loaded(NULL, &option, 1);
	uintptr_t at = (uintptr_t)config.database_url;
	char seen[40] = { 0 };

	(void)state;
	assert_true(peek(at + 16, seen, 20) == 20 && strncmp(seen, "unter2hunter2", 13) == 0);
	config_clear(&config);
	/* the allocator may write its own links over the front */
	if (peek(at + 16, seen, 20) == 20)
		assert_true(strstr(seen, "ter2") == NULL);
}

static void
test_secrets_are_not_written(void **state)
{
	const char *options[] = { "DATABASE_URL=postgresql://u:hunter2@h/db",
		"COORD_API_KEYS=hunter2", "COORD_CALLBACK_SECRET=hunter2" };
	struct config config = loaded(NULL, options, 3);
	struct buf text = BUF_INIT(65536);

	(void)state;
	config_write(&config, &text);
	assert_false(text.failed);
	assert_false(sv_has(buf_sv(&text), SV("hunter2")));
	assert_true(sv_has(buf_sv(&text), SV("DATABASE_URL=(set)\n")));
	assert_true(sv_has(buf_sv(&text), SV("REDIS_URL=(not set)\n")));
	assert_true(sv_has(buf_sv(&text), SV("\nCOORD_LEASE=30s\n")));
	buf_clear(&text);
	config_clear(&config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_order_of_sources),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_option_over_file),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_secrets_are_wiped),
		cmocka_unit_test(test_secrets_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
