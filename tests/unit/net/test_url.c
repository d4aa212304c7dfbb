/* test_url.c - good URLs taken apart; odd ones refused, above all an address in any other spelling than its own. */
#include "net/net.h"
#include "testing.h"

#include <stdio.h>

static void
test_good(void **state)
{
	static const struct {
		const char *url, *scheme, *host;
		unsigned port;
		bool literal;
	} good[] = {
		{ "https://example.org", "https", "example.org", 443, false },
		{ "HTTPS://Example.ORG/a?b=c&d=%20", "https", "Example.ORG", 443, false },
		{ "http://example.org:8080/", "http", "example.org", 8080, false },
		{ "https://example.org:443/x", "https", "example.org", 443, false },
		{ "https://xn--bcher-kva.example/", "https", "xn--bcher-kva.example", 443, false },
		{ "https://under_score.example.", "https", "under_score.example.", 443, false },
		{ "https://192.0.2.7:8443/", "https", "192.0.2.7", 8443, true },
		{ "https://[2001:db8::1]:8443/", "https", "[2001:db8::1]", 8443, true },
		{ "https://[::ffff:192.0.2.7]/", "https", "[::ffff:192.0.2.7]", 443, true },
		{ "https://example.org/a@b", "https", "example.org", 443, false },
		{ "https://1e100.example/", "https", "1e100.example", 443, false },
		{ "https://example.org?x=http://127.0.0.1", "https", "example.org", 443, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct net_url url;
		struct coord_error err;

		if (net_url_parse(sv_from(good[i].url), &url, &err) != COORD_OK)
			fail_msg("%s: %s", good[i].url, err.what);
		assert_string_equal(good[i].scheme, url.scheme);
		assert_string_equal(good[i].host, url.host);
		assert_int_equal(good[i].port, url.port);
		assert_int_equal(good[i].literal, url.is_literal);
		assert_int_equal(good[i].literal, !addr_is_unknown(url.literal));
	}
}

static void
test_odd(void **state)
{
	static const char *const odd[] = { "", "x", "example.org", "//example.org/",
		"ftp://example.org/", "file:///etc/passwd", "gopher://example.org/",
		"https:example.org", "https:/example.org/", "https://", "https:///x",
		"https://:443/", "https://user@example.org/", "https://user:pw@example.org/",
		"https://example.org@evil.test/", "https://@example.org/",
		"https://example.org/#part", "https://example.org#part", "https://example.org/a b",
		"https://example.org/\x01", "https://example.org/\n", "https://example.org/\x7f",
		"https://ex\xc3\xa4mple.org/", "https://example.org\\@evil.test/",
		"https://example.org:0/", "https://example.org:65536/", "https://example.org:443x/",
		"https://example.org:/", "https://example.org:+443/",
		"https://example.org:0443443/", "https://exa%6dple.org/", "https://exa!mple.org/",
		"https://.example.org/", "https://example..org/", "https://[::1/", "https://::1/",
		"https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1]x/",
		"https://[v1.x]/", "https://[127.0.0.1]/", "https://[]/" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct net_url url = { .port = 7 };
		struct coord_error err;

		if (net_url_parse(sv_from(odd[i]), &url, &err) != COORD_EINVALID)
			fail_msg("%s -> %s", odd[i], url.host);
		assert_int_equal(0, strncmp(err.what, "URL: ", 5));
		assert_int_equal(7, url.port);
	}
}

static void
test_addresses_in_other_spellings(void **state)
{
	static const char *const spellings[] = { "2130706433", "017700000001", "0x7f000001",
		"0x7F.0.0.1", "0177.0.0.1", "127.0.0.01", "127.1", "127.0.1", "127.0.0.1.", "0",
		"0x0", "00", "1.2.3.4.5", "256.1.1.1", "127.0.0.0x1", "127.0.0.1%00", "127%2e0.0.1",
		"foo.0x7f", "foo.1", "4294967295", "99999999999", "0300.0250.1.1" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(spellings); i++) {
		char text[64];
		struct net_url url;

		(void)snprintf(text, sizeof(text), "https://%s/", spellings[i]);
		if (net_url_parse(sv_from(text), &url, NULL) != COORD_EINVALID)
			fail_msg("%s -> %s", text, url.host);
		(void)snprintf(text, sizeof(text), "https://%s:443", spellings[i]);
		assert_int_equal(COORD_EINVALID, net_url_parse(sv_from(text), &url, NULL));
	}
}

static void
test_lengths(void **state)
{
	struct buf url = BUF_INIT(4096);
	struct net_url ret;

	(void)state;
	buf_add_str(&url, "https://");
	for (int i = 0; i < 126; i++)
		buf_add_str(&url, "a.");
	buf_add_str(&url, "b");
	assert_int_equal(8 + 253, url.len);
	assert_int_equal(COORD_OK, net_url_parse(buf_sv(&url), &ret, NULL));
	buf_add_str(&url, "b");
	assert_int_equal(COORD_EINVALID, net_url_parse(buf_sv(&url), &ret, NULL));
	buf_clear(&url);
	buf_add_str(&url, "https://example.org/");
	while (url.len < 2048)
		buf_add_str(&url, "a");
	assert_int_equal(COORD_OK, net_url_parse(buf_sv(&url), &ret, NULL));
	buf_add_str(&url, "a");
	assert_int_equal(COORD_EINVALID, net_url_parse(buf_sv(&url), &ret, NULL));
	buf_clear(&url);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_addresses_in_other_spellings),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
