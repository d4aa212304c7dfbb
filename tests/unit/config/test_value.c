/* test_value.c - what a value may look like, row by row of good and bad texts, and that it is written as it is read. */
#include "testing.h"

#include "config/config.h"

struct row {
	const char *option; /* "NAME=text" */
	const char *line;   /* of config_write; or what the error has to say */
};

static void
test_good(void **state)
{
	static const struct row rows[] = {
		{ "COORD_LEASE=30s", "COORD_LEASE=30s\n" },
		{ "COORD_LEASE=90s", "COORD_LEASE=90s\n" },
		{ "COORD_LEASE=60s", "COORD_LEASE=1m\n" },
		{ "COORD_WORKER_CPU=2h", "COORD_WORKER_CPU=2h\n" },
		{ "COORD_WORKER_CPU=48h", "COORD_WORKER_CPU=2d\n" },
		{ "COORD_LEASE=250MS", "COORD_LEASE=250ms\n" },
		{ "COORD_LEASE=1us", "COORD_LEASE=1us\n" },
		{ "COORD_WORKER_CPU=106751991d", "COORD_WORKER_CPU=106751991d\n" },
		{ "COORD_RETRY_BASE=0", "COORD_RETRY_BASE=0\n" },
		{ "COORD_KEEP_REQUESTS=0d", "COORD_KEEP_REQUESTS=0\n" },
		{ "COORD_MAX_BODY=1KiB", "COORD_MAX_BODY=1KiB\n" },
		{ "COORD_MAX_BODY=1536B", "COORD_MAX_BODY=1536B\n" },
		{ "COORD_MAX_BODY=2048kib", "COORD_MAX_BODY=2MiB\n" },
		{ "COORD_MAX_BODY=1TiB", "COORD_MAX_BODY=1TiB\n" },
		{ "COORD_QUEUE_MOST=9223372036854775807",
		    "COORD_QUEUE_MOST=9223372036854775807\n" },
		{ "COORD_WORKERS=0", "COORD_WORKERS=0\n" },
		{ "COORD_WORKERS=256", "COORD_WORKERS=256\n" },
		{ "COORD_OPEN=yes", "COORD_OPEN=yes\n" },
		{ "COORD_OPEN=TRUE", "COORD_OPEN=yes\n" },
		{ "COORD_OPEN=1", "COORD_OPEN=yes\n" },
		{ "COORD_METRICS_PUBLIC=off", "COORD_METRICS_PUBLIC=no\n" },
		{ "COORD_LOG_FORMAT=JSON", "COORD_LOG_FORMAT=json\n" },
		{ "COORD_LOG_LEVEL=warning", "COORD_LOG_LEVEL=warning\n" },
		{ "COORD_CALLBACK_PORTS= 443 , 8443,*", "COORD_CALLBACK_PORTS=443,8443,*\n" },
		{ "COORD_CALLBACK_PORTS=", "COORD_CALLBACK_PORTS=443,8443\n" },
		{ "COORD_LISTEN=[::1]:0", "COORD_LISTEN=[::1]:0\n" },
		{ "COORD_JWT_ISSUER=Zürich =x", "COORD_JWT_ISSUER=Zürich =x\n" },
		{ "REDIS_URL=redis://:pa55@h", "REDIS_URL=(set)\n" },
		{ "REDIS_URL=", "REDIS_URL=(not set)\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf text = BUF_INIT(65536);
		struct coord_error err = { 0 };
		struct config config;

		if (config_load(NULL, &rows[i].option, 1, &config, &err) != COORD_OK)
			fail_msg("%s: %s", rows[i].option, err.what);
		config_write(&config, &text);
		if (!sv_has(buf_sv(&text), sv_from(rows[i].line)))
			fail_msg(
			    "%s: no line %sin\n%s", rows[i].option, rows[i].line, buf_cstr(&text));
		buf_clear(&text);
		config_clear(&config);
	}
}

static void
test_bad(void **state)
{
#define A_DURATION "expected a duration such as 500ms, 30s, 5m, 2h or 7d, got "
#define A_SIZE "expected a size such as 64KiB, 256MiB or 4GiB, got "
	static const struct row rows[] = {
		{ "COORD_LEASE=30", "COORD_LEASE: " A_DURATION "\"30\"" },
		{ "COORD_LEASE=s", "COORD_LEASE: " A_DURATION "\"s\"" },
		{ "COORD_LEASE=30 s", "COORD_LEASE: " A_DURATION "\"30 s\"" },
		{ "COORD_LEASE=1.5h", "COORD_LEASE: " A_DURATION "\"1.5h\"" },
		{ "COORD_LEASE=-3s", "COORD_LEASE: " A_DURATION "\"-3s\"" },
		{ "COORD_LEASE=+3s", "COORD_LEASE: " A_DURATION "\"+3s\"" },
		{ "COORD_LEASE=3y", "COORD_LEASE: " A_DURATION "\"3y\"" },
		{ "COORD_LEASE=3MiB", "COORD_LEASE: " A_DURATION "\"3MiB\"" },
		{ "COORD_LEASE=0", "COORD_LEASE: expected at least 1us, got \"0\"" },
		{ "COORD_LEASE=2h", "COORD_LEASE: expected at most 10m, got \"2h\"" },
		{ "COORD_LEASE=106751992d", "COORD_LEASE: expected a shorter duration, got " },
		{ "COORD_LEASE=99999999999999999999s",
		    "COORD_LEASE: expected a shorter duration, got " },
		{ "COORD_MAX_BODY=1024", "COORD_MAX_BODY: " A_SIZE "\"1024\"" },
		{ "COORD_MAX_BODY=1MB", "COORD_MAX_BODY: " A_SIZE "\"1MB\"" },
		{ "COORD_MAX_BODY=1023B", "COORD_MAX_BODY: expected at least 1KiB, got \"1023B\"" },
		{ "COORD_MAX_BODY=1025GiB",
		    "COORD_MAX_BODY: expected at most 1TiB, got \"1025GiB\"" },
		{ "COORD_MAX_BODY=16777216TiB", "COORD_MAX_BODY: expected a smaller size, got " },
		{ "COORD_WORKERS=257",
		    "COORD_WORKERS: expected at most 256 processes, got \"257\"" },
		{ "COORD_WORKERS=two", "COORD_WORKERS: expected a whole number, got \"two\"" },
		{ "COORD_WORKERS=-1", "COORD_WORKERS: expected a whole number, got \"-1\"" },
		{ "COORD_WORKERS=1e2", "COORD_WORKERS: expected a whole number, got \"1e2\"" },
		{ "COORD_QUEUE_MOST=9223372036854775808",
		    "COORD_QUEUE_MOST: expected a whole number" },
		{ "COORD_ATTEMPTS=0", "COORD_ATTEMPTS: expected at least 1 times, got \"0\"" },
		{ "COORD_OPEN=maybe", "COORD_OPEN: expected yes or no, got \"maybe\"" },
		{ "COORD_OPEN=yes ", "COORD_OPEN: expected yes or no, got \"yes \"" },
		{ "COORD_LOG_FORMAT=xml",
		    "COORD_LOG_FORMAT: expected one of auto|text|json, got \"xml\"" },
		{ "COORD_LOG_FORMAT=auto|text",
		    "COORD_LOG_FORMAT: expected one of auto|text|json, got " },
		{ "COORD_CALLBACK_PORTS=443,,80", "COORD_CALLBACK_PORTS: expected words separated "
						  "by single commas, got \"443,,80\"" },
		{ "COORD_CALLBACK_PORTS=,",
		    "COORD_CALLBACK_PORTS: expected words separated by single commas, got \",\"" },
		{ "COORD_CALLBACK_PORTS=443,",
		    "COORD_CALLBACK_PORTS: expected words separated by single commas" },
		{ "COORD_LISTEN=a\nb",
		    "COORD_LISTEN: expected one line without control characters, got \"a?b\"" },
		{ "COORD_CORS_ORIGINS=a\x1b[31m", "COORD_CORS_ORIGINS: expected one line without "
						  "control characters, got \"a?[31m\"" },
		{ "COORD_NOTHING=1", "there is no setting \"COORD_NOTHING\"" },
		{ "COORD_LEASES=1s", "there is no setting \"COORD_LEASES\"" },
		{ "coord_lease=1s", "there is no setting \"coord_lease\"" },
		{ "COORD_LEASE", "expected NAME=VALUE, got \"COORD_LEASE\"" },
		{ "", "expected NAME=VALUE, got \"\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct coord_error err = { 0 };
		struct config config = { .workers = 77 };

		assert_int_equal(
		    config_load(NULL, &rows[i].option, 1, &config, &err), COORD_EINVALID);
		assert_int_equal(err.code, COORD_EINVALID);
		if (strncmp(err.what, rows[i].line, strlen(rows[i].line)) != 0)
			fail_msg("%s: expected \"%s\", got \"%s\"", rows[i].option, rows[i].line,
			    err.what);
		assert_int_equal(config.workers, 77);
	}
}

static void
test_bad_secret_is_not_shown(void **state)
{
	const char *option = "DATABASE_URL=postgresql://u:hunter2@h/db\n";
	struct coord_error err = { 0 };
	struct config config;

	(void)state;
	assert_int_equal(config_load(NULL, &option, 1, &config, &err), COORD_EINVALID);
	assert_string_equal(err.what, "DATABASE_URL: expected one line without control characters");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bad_secret_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
