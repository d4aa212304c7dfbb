/* test_gate.c - every range of the reference's list at both ends and one beside them, prefixes, and what a gate lets through. */
#include "net/net.h"
#include "net/private.h"
#include "testing.h"

static struct addr
at(const char *text)
{
	struct addr a;

	if (!addr_parse(sv_from(text), &a))
		fail_msg("no address: %s", text);
	return a;
}

static void
test_special_ranges(void **state)
{
	/* before, first, last, after: the outer two are public unless they are empty (the next range begins there) */
	static const char *const ranges[][4] = {
		{ "", "0.0.0.0", "0.255.255.255", "1.0.0.0" },
		{ "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0" },
		{ "100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0" },
		{ "126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0" },
		{ "169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0" },
		{ "172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0" },
		{ "191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0" },
		{ "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0" },
		{ "192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0" },
		{ "192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0" },
		{ "198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0" },
		{ "198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0" },
		{ "203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0" },
		{ "223.255.255.255", "224.0.0.0", "239.255.255.255", "" },
		{ "", "240.0.0.0", "255.255.255.255", "" },
		{ "", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::" },
		{ "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::" },
		{ "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
		    "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::" },
		{ "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::" },
		{ "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::" },
		{ "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "" },
		/* inside the above: what people would try */
		{ "", "::1", "::1", "" },
		{ "", "::127.0.0.1", "::8.8.8.8", "" },
		{ "", "64:ff9b::7f00:1", "64:ff9b::808:808", "" },
		{ "", "64:ff9b:1::", "64:ff9b:1::808:808", "" },
		{ "", "2002:7f00:1::", "2002:808:808::", "" },
		{ "", "fc00::", "fdff::1", "" },
		{ "", "fe80::1", "febf::1", "" },
		{ "", "ff02::1", "ff0e::1", "" },
		{ "", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ranges); i++)
		for (size_t k = 0; k < 4; k++) {
			const char *text = ranges[i][k];

			if (text[0] != 0 && net_addr_is_public(at(text)) != (k == 0 || k == 3))
				fail_msg("%s", text);
		}
	assert_true(
	    net_addr_is_public(at("::ffff:8.8.8.8"))); /* the same socket address as 8.8.8.8 */
}

static void
test_prefixes(void **state)
{
	static const char *const bad[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8/8",
		"10.0.0.0/-1", "10.0.0.0/ 8", "10.0.0.0/0008", "10.0.0.1/8", "10.0/8",
		"010.0.0.0/8", "localhost", "fd00::/129", "fd00::1/8", "[fd00::]/8", "10.0.0.1:80",
		"fe80::1%eth0", "::ffff:10.0.0.0/104", "*" };
	struct net_prefix p;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (net_prefix_parse(sv_from(bad[i]), &p))
			fail_msg("%s", bad[i]);
	assert_true(net_prefix_parse(SV(" 10.0.0.0/8 "), &p));
	assert_true(net_prefix_has(&p, at("10.255.0.1")) && !net_prefix_has(&p, at("11.0.0.0")));
	assert_true(net_prefix_parse(SV("192.168.1.128/25"), &p));
	assert_true(
	    net_prefix_has(&p, at("192.168.1.200")) && !net_prefix_has(&p, at("192.168.1.1")));
	assert_true(net_prefix_parse(SV("127.0.0.1"), &p));
	assert_true(net_prefix_has(&p, at("127.0.0.1")) && !net_prefix_has(&p, at("127.0.0.2")));
	assert_true(net_prefix_parse(SV("0.0.0.0/0"), &p));
	assert_true(net_prefix_has(&p, at("8.8.8.8")) && !net_prefix_has(&p, at("2600::1")));
	assert_true(net_prefix_parse(SV("fd00:1200::/23"), &p));
	assert_true(
	    net_prefix_has(&p, at("fd00:13ff::1")) && !net_prefix_has(&p, at("fd00:1400::")));
	assert_true(net_prefix_parse(SV("::/0"), &p));
	assert_true(net_prefix_has(&p, at("::1")) && !net_prefix_has(&p, at("127.0.0.1")));
}

static void
test_what_a_gate_lets_through(void **state)
{
	struct net_prefix also[2], never[1];
	const struct net_gate closed = { .any_port = false };
	struct net_gate private = { .allow_private = true };
	struct net_gate some = { .also = also, .n_also = 2, .never = never, .n_never = 1 };

	(void)state;
	assert_true(net_prefix_parse(SV("10.1.0.0/16"), &also[0]));
	assert_true(net_prefix_parse(SV("169.254.1.1"), &also[1]));
	assert_true(net_prefix_parse(SV("8.8.0.0/16"), &never[0]));
	assert_true(gate_lets_address(&closed, at("8.8.8.8")));
	assert_false(gate_lets_address(&closed, at("10.1.2.3")));
	assert_true(gate_lets_address(&some, at("10.1.2.3")));
	assert_false(gate_lets_address(&some, at("10.2.2.3")));
	assert_true(gate_lets_address(&some, at("169.254.1.1")));
	assert_false(gate_lets_address(&some, at("8.8.8.8")));
	assert_true(gate_lets_address(&some, at("9.9.9.9")));
	assert_true(gate_lets_address(&private, at("127.0.0.1")));
	assert_true(gate_lets_address(&private, at("fd00::1")));
	assert_true(gate_lets_address(&private, at("::1")));
	/* link-local and metadata, multicast, nowhere: not even then */
	assert_false(gate_lets_address(&private, at("169.254.169.254")));
	assert_false(gate_lets_address(&private, at("fe80::1")));
	assert_false(gate_lets_address(&private, at("0.0.0.0")));
	assert_false(gate_lets_address(&private, at("::")));
	assert_false(gate_lets_address(&private, at("224.0.0.1")));
	assert_false(gate_lets_address(&private, at("255.255.255.255")));
	assert_false(gate_lets_address(&private, at("ff02::1")));
	private.only_private = true;
	assert_false(gate_lets_address(&private, at("8.8.8.8")));
	assert_false(gate_lets_address(&private, at("2600::1")));
	assert_true(gate_lets_address(&private, at("192.168.1.1")));
	assert_false(gate_lets_address(&private, at("169.254.169.254")));
	private.only_private = false;
	private.never = never;
	private.n_never = 1;
	assert_false(gate_lets_address(&private, at("8.8.4.4")));
}

static void
test_urls_at_the_gate(void **state)
{
	static const uint16_t ports[] = { 443, 8443 };
	static const char *const hosts[] = { "hooks.example.org" };
	struct net_gate gate = { .ports = ports, .n_ports = COUNT_OF(ports) };
	struct coord_error err;

	(void)state;
	assert_int_equal(COORD_OK, net_url_check(SV("https://example.org/x?y=1"), &gate, &err));
	assert_int_equal(COORD_OK, net_url_check(SV("https://example.org:8443/"), &gate, &err));
	assert_int_equal(COORD_OK, net_url_check(SV("https://8.8.8.8/"), &gate, &err));
	assert_int_equal(COORD_EINVALID, net_url_check(SV("https://example.org:22/"), &gate, &err));
	assert_non_null(strstr(err.what, "port 22"));
	assert_int_equal(COORD_EINVALID, net_url_check(SV("http://example.org/"), &gate, &err));
	assert_non_null(strstr(err.what, "https"));
	assert_int_equal(COORD_EINVALID, net_url_check(SV("https://127.0.0.1/"), &gate, &err));
	assert_int_equal(COORD_EINVALID, net_url_check(SV("https://[::1]/"), &gate, &err));
	gate = (struct net_gate){ .allow_http = true };
	assert_int_equal(COORD_OK, net_url_check(SV("http://example.org/"), &gate, &err));
	assert_int_equal(
	    COORD_EINVALID, net_url_check(SV("http://example.org:8080/"), &gate, &err));
	gate.any_port = true;
	assert_int_equal(COORD_OK, net_url_check(SV("http://example.org:8080/"), &gate, &err));
	gate.hosts = hosts;
	gate.n_hosts = 1;
	assert_int_equal(COORD_EINVALID, net_url_check(SV("http://example.org/"), &gate, &err));
	assert_int_equal(COORD_OK, net_url_check(SV("http://HOOKS.example.org/"), &gate, &err));
	assert_int_equal(
	    COORD_EINVALID, net_url_check(SV("http://hooks.example.org.evil.test/"), &gate, &err));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_special_ranges),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_what_a_gate_lets_through),
		cmocka_unit_test(test_urls_at_the_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
