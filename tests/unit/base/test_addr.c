#include "testing.h"

static void
test_parse_and_format(void **state)
{
	static const struct {
		const char *text, *canonical;
	} rows[] = {
		{ "198.51.100.7", "198.51.100.7" },
		{ " 198.51.100.7\n", "198.51.100.7" },
		{ "198.51.100.7:22", "198.51.100.7" },
		{ "::ffff:198.51.100.7", "198.51.100.7" },
		{ "0.0.0.0", "0.0.0.0" },
		{ "255.255.255.255", "255.255.255.255" },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1" },
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
		{ "fe80::1%eth0", "fe80::1" },
		{ "[2001:db8::1]", "2001:db8::1" },
		{ "[2001:db8::1]:443", "2001:db8::1" },
		{ "[fe80::1%eth0]:443", "fe80::1" },
		{ "::", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[ADDR_TEXT_MAX];
		struct addr a;

		assert_true(addr_parse(sv_from(rows[i].text), &a));
		assert_int_equal(addr_format(a, text), strlen(rows[i].canonical));
		assert_string_equal(text, rows[i].canonical);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const rows[] = { "", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
		"1.2.3.004", "1.2.3.4x", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "localhost",
		"[::1", "[::1]22", "[::1]:", "[]", ":", "1:2", "12345::", "g::1", "::1::", "%eth0",
		"1.2.3.-4", "1111:2222:3333:4444:5555:6666:7777:8888:9999", "0x7f.1.1.1" };
	struct addr a = addr_from_v4(1);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_false(addr_parse(sv_from(rows[i]), &a));
	assert_false(addr_parse(SV("1.2.3.4\0"), &a));
	assert_false(addr_parse(SV("::1\0x"), &a));
	assert_false(addr_parse(SV_NONE, &a));
	assert_int_equal(addr_cmp(a, addr_from_v4(1)), 0);
}

static void
test_families(void **state)
{
	struct addr v4 = addr_from_v4(0xc6336407), v6, unknown = { { 0 } };

	(void)state;
	assert_true(addr_parse(SV("2001:db8::1"), &v6));
	assert_true(addr_is_v4(v4));
	assert_false(addr_is_v4(v6));
	assert_true(addr_is_unknown(unknown));
	assert_false(addr_is_unknown(v4));
	assert_true(addr_cmp(v4, v6) < 0);
}

static void
test_special(void **state)
{
	static const struct {
		const char *text;
		bool special;
	} rows[] = { { "10.1.2.3", true }, { "172.15.255.255", false }, { "172.16.0.0", true },
		{ "172.31.255.255", true }, { "172.32.0.0", false }, { "192.168.1.1", true },
		{ "127.0.0.1", true }, { "100.63.255.255", false }, { "100.64.0.1", true },
		{ "100.128.0.0", false }, { "8.8.8.8", false }, { "198.51.100.7", true },
		{ "224.0.0.1", true }, { "255.255.255.255", true }, { "::1", true }, { "::", true },
		{ "fc00::1", true }, { "fdff::1", true }, { "fe00::1", false }, { "fe80::1", true },
		{ "2001:db8::1", true }, { "2a00:1450::1", false }, { "ff02::1", true } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct addr a;

		assert_true(addr_parse(sv_from(rows[i].text), &a));
		assert_int_equal(addr_is_special(a), rows[i].special);
	}
}

static void
test_prefix(void **state)
{
	static const struct {
		const char *text;
		unsigned bits;
		const char *prefix;
	} rows[] = { { "198.51.100.7", 24, "198.51.100.0" }, { "198.51.100.7", 32, "198.51.100.7" },
		{ "198.51.100.7", 31, "198.51.100.6" }, { "198.51.100.7", 0, "0.0.0.0" },
		{ "198.51.255.7", 17, "198.51.128.0" },
		{ "2001:db8:ffff:ffff::1", 33, "2001:db8:8000::" },
		{ "2001:db8::1", 128, "2001:db8::1" }, { "2001:db8::1", 32, "2001:db8::" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[ADDR_TEXT_MAX];
		struct addr a;

		assert_true(addr_parse(sv_from(rows[i].text), &a));
		(void)addr_format(addr_prefix(a, rows[i].bits), text);
		assert_string_equal(text, rows[i].prefix);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_format),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_prefix),
	};

	return cmocka_run_group_tests_name("base/addr", tests, NULL, NULL);
}
