/* test_forwarded.c - X-Forwarded-For is believed from its end, as far as trusted proxies wrote it, and never when a stranger sends it. */
#include "api/forwarded.h"
#include "testing.h"

static struct addr
address(const char *text)
{
	struct addr a = { .bytes = { 0 } };

	assert_true(addr_parse(sv_from(text), &a));
	return a;
}

static void
test_client(void **state)
{
	static const struct {
		const char *trusted, *remote, *header, *expected;
	} rows[] = {
		{ "", "127.0.0.1", "198.51.100.1", "127.0.0.1" },
		{ "10.0.0.0/8", "192.0.2.1", "198.51.100.1", "192.0.2.1" },
		{ "10.0.0.0/8", "10.1.2.3", "198.51.100.1", "198.51.100.1" },
		{ "10.0.0.0/8, ::1", "::1", "2001:db8::7", "2001:db8::7" },
		/* what the client itself sent stands before what the proxy added */
		{ "10.0.0.0/8", "10.1.2.3", "203.0.113.9, 198.51.100.1", "198.51.100.1" },
		{ "10.0.0.0/8", "10.1.2.3", "203.0.113.9,198.51.100.1 , 10.9.9.9", "198.51.100.1" },
		{ "10.0.0.0/8", "10.1.2.3", "10.0.0.1", "10.0.0.1" },
		{ "10.0.0.0/8", "10.1.2.3", "198.51.100.1, nonsense", "10.1.2.3" },
		{ "10.0.0.0/8", "10.1.2.3", "", "10.1.2.3" },
		{ "10.0.0.0/8", "10.1.2.3", ",,", "10.1.2.3" },
		{ "10.0.0.0/8", "10.1.2.3", NULL, "10.1.2.3" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct config config = { .trusted_proxies = rows[i].trusted };
		struct arena *arena = arena_new(0);
		struct http_head head = { .method = HTTP_GET };
		struct proxies proxies;
		struct addr got;

		assert_int_equal(proxies_read(&config, arena, &proxies, NULL), COORD_OK);
		if (rows[i].header != NULL)
			head_add(&head, SV("X-Forwarded-For"), sv_from(rows[i].header));
		got = proxies_client(&proxies, address(rows[i].remote), &head);
		if (addr_cmp(got, address(rows[i].expected)) != 0)
			fail_msg("row %zu: not %s", i, rows[i].expected);
		arena_free(arena);
	}
}

static void
test_two_headers_are_not_believed(void **state)
{
	struct config config = { .trusted_proxies = "10.0.0.0/8" };
	struct arena *arena = arena_new(0);
	struct http_head head = { .method = HTTP_GET };
	struct proxies proxies;

	(void)state;
	assert_int_equal(proxies_read(&config, arena, &proxies, NULL), COORD_OK);
	head_add(&head, SV("X-Forwarded-For"), SV("198.51.100.1"));
	head_add(&head, SV("X-Forwarded-For"), SV("198.51.100.2"));
	assert_int_equal(
	    addr_cmp(proxies_client(&proxies, address("10.1.2.3"), &head), address("10.1.2.3")), 0);
	arena_free(arena);
}

static void
test_bad_prefixes_are_named(void **state)
{
	static const char *const bad[] = { "x", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8,nginx" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct config config = { .trusted_proxies = bad[i] };
		struct arena *arena = arena_new(0);
		struct proxies proxies;
		struct coord_error err;

		assert_int_equal(proxies_read(&config, arena, &proxies, &err), COORD_EINVALID);
		assert_non_null(strstr(err.what, "COORD_TRUSTED_PROXIES"));
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client),
		cmocka_unit_test(test_two_headers_are_not_believed),
		cmocka_unit_test(test_bad_prefixes_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
