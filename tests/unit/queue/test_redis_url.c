/* test_redis_url.c - URLs of a Redis, good and bad. */
#include "testing.h"

#include "queue/redis_url.h"

static void
test_good(void **state)
{
	static const struct {
		const char *url, *user, *password, *host, *shown;
		unsigned port, db;
	} rows[] = {
		{ "redis://localhost", "", "", "localhost", "localhost:6379", 6379, 0 },
		{ "redis://localhost/", "", "", "localhost", "localhost:6379", 6379, 0 },
		{ "redis://cache.internal:7000/12", "", "", "cache.internal", "cache.internal:7000",
		    7000, 12 },
		{ "redis://:pa55@10.0.0.1:6380", "", "pa55", "10.0.0.1", "10.0.0.1:6380", 6380, 0 },
		{ "redis://me:pa55@h/3", "me", "pa55", "h", "h:6379", 6379, 3 },
		{ "redis://me:a%3ab%2Fc%40d@h", "me", "a:b/c@d", "h", "h:6379", 6379, 0 },
		{ "redis://:a:b@c@h", "", "a:b@c", "h", "h:6379", 6379, 0 },
		{ "redis://:@h", "", "", "h", "h:6379", 6379, 0 },
		{ "redis://[::1]:7000/1", "", "", "::1", "[::1]:7000", 7000, 1 },
		{ "redis://[fe80::1%25eth0]", "", "", "fe80::1%25eth0", "[fe80::1%25eth0]:6379",
		    6379, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct redis_url url;
		struct coord_error err = { 0 };

		if (redis_url_parse(sv_from(rows[i].url), &url, &err) != COORD_OK)
			fail_msg("%s: %s", rows[i].url, err.what);
		assert_string_equal(url.user, rows[i].user);
		assert_string_equal(url.password, rows[i].password);
		assert_string_equal(url.host, rows[i].host);
		assert_string_equal(url.shown, rows[i].shown);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.db, rows[i].db);
	}
}

static void
test_bad(void **state)
{
	static const struct {
		const char *url, *why;
	} rows[] = {
		{ "", "it does not begin so" },
		{ "redis:", "it does not begin so" },
		{ "redis:/h", "it does not begin so" },
		{ "http://h", "it does not begin so" },
		{ "redis://", "the host is not one" },
		{ "redis:///1", "the host is not one" },
		{ "redis://:hunter2@/1", "the host is not one" },
		{ "redis://a b", "the host is not one" },
		{ "redis://h\n", "the host is not one" },
		{ "redis://a?timeout=3", "the host is not one" },
		{ "redis://[::1", "no ']' behind the address" },
		{ "redis://[]", "the host is not one" },
		{ "redis://[::1]7000", "the port is not a number from 1 to 65535" },
		{ "redis://h:", "the port is not a number from 1 to 65535" },
		{ "redis://h:0", "the port is not a number from 1 to 65535" },
		{ "redis://h:65536", "the port is not a number from 1 to 65535" },
		{ "redis://h:+1", "the port is not a number from 1 to 65535" },
		{ "redis://h:6379x", "the port is not a number from 1 to 65535" },
		{ "redis://h/x", "the database is not a number" },
		{ "redis://h/1/2", "the database is not a number" },
		{ "redis://h/65536", "the database is not a number" },
		{ "redis://h/0?ssl=1", "the database is not a number" },
		{ "redis://hunter2@h", "a user without a password" },
		{ "redis://:hunter2%@h", "percent-encoded" },
		{ "redis://:hunter2%4@h", "percent-encoded" },
		{ "redis://:hunter2%zz@h", "percent-encoded" },
		{ "redis://:hunter2%00@h", "percent-encoded" },
		{ "rediss://:hunter2@h", "Redis over TLS is not supported" },
	};
	char large[600] = "redis://:hunter2";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct redis_url url = { .port = 77 };
		struct coord_error err = { 0 };

		if (redis_url_parse(sv_from(rows[i].url), &url, &err) != COORD_EINVALID)
			fail_msg("\"%s\" was taken", rows[i].url);
		if (strstr(err.what, rows[i].why) == NULL || strstr(err.what, "hunter2") != NULL)
			fail_msg("\"%s\": %s", rows[i].url, err.what);
		assert_int_equal(url.port, 77);
	}
	memset(large + 16, 'x', 500);
	memcpy(large + 516, "@h", 3);
	assert_int_equal(
	    redis_url_parse(sv_from(large), &(struct redis_url){ 0 }, NULL), COORD_EINVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
