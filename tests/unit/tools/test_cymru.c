/* test_cymru.c - Team Cymru by DNS and by bulk whois, against stand-ins that show every fault of both. */
#include "testing.h"

#include "online.h"
#include "tools/online/layer.h"

static struct online world;

static int
begin(void **state)
{
	online_begin(&world);
	*state = &world;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	online_end(&world);
	return 0;
}

#define ORIGIN(w, prefix) online_ask((w), "cymru", "origin", ASK_PREFIX, (prefix))

static void
test_records(void **state)
{
	struct online *w = *state;
	struct tools_answer answer;

	w->tools = online_tools(w, "cymru", "", NULL);
	/* two records (the longer prefix counts), one of them in two strings */
	answer = ORIGIN(w, "45.9.20.0/24");
	assert_int_equal(answer.outcome, LOOKUP_HIT);
	assert_string_equal(
	    online_facts(w, &answer), "asn=3045 prefix=45.9.20.0/24 country=NL registry=ripencc");
	assert_true(
	    sv_has(online_requests(w, "cymru"), SV("\"path\": \"20.9.45.origin.asn.cymru.com\"")));
	answer = ORIGIN(w, "45.9.99.0/24");
	assert_int_equal(answer.outcome, LOOKUP_MISS);
	answer = ORIGIN(w, "2a01:4f8:1::/48");
	assert_string_equal(online_facts(w, &answer),
	    "asn=3042 prefix=2a01:4f8:1::/48 country=NL registry=ripencc");
	assert_true(sv_has(online_requests(w, "cymru"),
	    SV("\"path\": \"1.0.0.0.8.f.4.0.1.0.a.2.origin6.asn.cymru.com\"")));
	answer = online_ask(w, "cymru", "peer", ASK_PREFIX, "45.9.20.0/24");
	assert_string_equal(online_facts(w, &answer),
	    "upstream=174 upstream=701 upstream=1239 prefix=45.9.20.0/24 "
	    "country=NL registry=ripencc");
	answer = online_ask(w, "cymru", "as", ASK_ASN, "AS3045");
	assert_string_equal(online_facts(w, &answer),
	    "asn=3045 as_name=EXAMPLE-3045 - Example, Inc., NL country=NL registry=ripencc");
}

static void
test_texts(void **state)
{
	static const struct {
		const char *texts;
		enum tools_outcome outcome;
		const char *facts;
	} rows[] = {
		{ "\"3045 3046 | 45.9.20.0/24 | NL | ripencc | 1998-09-25\"", LOOKUP_HIT,
		    "asn=3045 asn=3046 prefix=45.9.20.0/24 country=NL registry=ripencc" },
		{ "\"3045 | 45.9.20.0/24 |  | ripencc | \"", LOOKUP_HIT,
		    "asn=3045 prefix=45.9.20.0/24 registry=ripencc" },
		{ "\"3045 | 45.9.20.0/24 | NL | ripencc | \", \"3046 | 45.9.20.0/24 | NL | ripencc "
		  "| \"",
		    LOOKUP_HIT,
		    "asn=3045 asn=3046 prefix=45.9.20.0/24 country=NL registry=ripencc" },
		{ "\"NA | 45.9.20.0/24 | NL | ripencc | \"", LOOKUP_MISS, "" },
		{ "\"3045 | 198.18.0.0/15 | NL | ripencc | \"", LOOKUP_BAD_PAYLOAD,
		    "" }, /* another prefix */
		{ "\"3045\"", LOOKUP_BAD_PAYLOAD, "" },
		{ "\"\"", LOOKUP_BAD_PAYLOAD, "" },
		{ "\"nonsense | | | |\", \"3045 | 45.9.0.0/16 | NL | ripencc |\"", LOOKUP_HIT,
		    "asn=3045 prefix=45.9.0.0/16 country=NL registry=ripencc" },
		{ "", LOOKUP_MISS, "" },
	};
	struct online *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct tools_answer answer;

		w->tools = online_tools(w, "cymru", "", NULL);
		online_control(w, "cymru",
		    arena_printf(w->arena, "{\"answers\":{\"20.9.45.origin.asn.cymru.com\":[%s]}}",
			rows[i].texts));
		answer = ORIGIN(w, "45.9.20.0/24");
		if (answer.outcome != rows[i].outcome ||
		    strcmp(online_facts(w, &answer), rows[i].facts) != 0)
			fail_msg("%s: %s, %s", rows[i].texts, tools_outcome_name(answer.outcome),
			    online_facts(w, &answer));
		tools_close(w->tools);
		w->tools = NULL;
	}
}

static void
test_faults_of_dns(void **state)
{
	static const struct {
		const char *faults;
		enum tools_outcome outcome;
		bool over_tcp;
	} rows[] = {
		{ "nxdomain", LOOKUP_MISS, false },
		{ "empty", LOOKUP_MISS, false },
		{ "truncate", LOOKUP_HIT, true },
		{ "*servfail", LOOKUP_UNAVAILABLE, false },
		{ "*refused", LOOKUP_UNAVAILABLE, false },
		{ "*silence", LOOKUP_UNAVAILABLE, false },
		{ "silence", LOOKUP_HIT, false }, /* asked again */
		/* answers to another question are none: forged ones have to guess */
		{ "*wrong_id", LOOKUP_UNAVAILABLE, false },
		{ "*wrong_question", LOOKUP_UNAVAILABLE, false },
		{ "*loop", LOOKUP_BAD_PAYLOAD, false },
	};
	struct online *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		bool waits = strstr(rows[i].faults, "silence") != NULL ||
			     strstr(rows[i].faults, "wrong") != NULL;
		struct tools_answer answer;

		w->tools = online_tools(w, "cymru",
		    rows[i].faults[0] == '*' && waits ? "\"deadline\":0.3" : "\"deadline\":4",
		    NULL);
		online_control(w, "cymru",
		    arena_printf(
			w->arena, "{\"forget\":true,\"faults\":[\"%s\"]}", rows[i].faults));
		answer = ORIGIN(w, "45.9.20.0/24");
		if (answer.outcome != rows[i].outcome)
			fail_msg("%s: %s (%.*s)", rows[i].faults,
			    tools_outcome_name(answer.outcome), SV_ARG(answer.why));
		assert_true(sv_has(online_requests(w, "cymru"), SV("\"transport\": \"tcp\"")) ==
			    rows[i].over_tcp);
		tools_close(w->tools);
		w->tools = NULL;
	}
}

static void
test_whois(void **state)
{
	struct online *w = *state;
	struct tools_lookup lookups[3];
	struct tools_answer *answers;

	w->tools = online_tools(w, "cymru-whois", "", NULL);
	lookups[0] = online_lookup(w, "cymru-whois", "origin", ASK_PREFIX, "45.9.20.0/24");
	lookups[1] = online_lookup(w, "cymru-whois", "origin", ASK_PREFIX, "45.9.99.0/24");
	lookups[2] = online_lookup(w, "cymru-whois", "origin", ASK_PREFIX, "10.0.0.0/24");
	assert_int_equal(
	    tools_ask(w->tools, lookups, 3, NULL, w->arena, &answers, &w->err), COORD_OK);
	assert_int_equal(answers[0].outcome, LOOKUP_HIT);
	assert_string_equal(online_facts(w, &answers[0]),
	    "asn=3045 prefix=45.9.20.0/24 country=NL registry=ripencc as_name=EXAMPLE-45, NL");
	assert_int_equal(answers[1].outcome, LOOKUP_MISS);
	assert_int_equal(answers[2].outcome, LOOKUP_REFUSED);
	assert_int_equal(online_count(w, "cymru-whois"), 1); /* one connection for both */
	assert_true(sv_has(online_requests(w, "cymru-whois"),
	    SV("\"begin\\nverbose\\n45.9.20.0\\n45.9.99.0\\nend\\n\"")));
	assert_int_equal(
	    tools_ask(w->tools, lookups, 2, NULL, w->arena, &answers, &w->err), COORD_OK);
	assert_true(answers[0].cached && answers[1].cached);
	assert_int_equal(online_count(w, "cymru-whois"), 1);
}

static void
test_faults_of_whois(void **state)
{
	static const struct {
		const char *fault;
		enum tools_outcome outcome;
		size_t connections;
	} rows[] = {
		{ "*hang", LOOKUP_UNAVAILABLE, 3 },
		{ "hang", LOOKUP_HIT, 2 },
		{ "close", LOOKUP_BAD_PAYLOAD, 1 },
		{ "no_banner", LOOKUP_BAD_PAYLOAD, 1 },
		{ "missing", LOOKUP_BAD_PAYLOAD, 1 },
		{ "large", LOOKUP_BAD_PAYLOAD, 1 },
	};
	struct online *w = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct tools_answer answer;

		w->tools = online_tools(w, "cymru-whois",
		    strstr(rows[i].fault, "hang") != NULL ? "\"deadline\":0.5" : "", NULL);
		online_control(w, "cymru-whois",
		    arena_printf(w->arena, "{\"forget\":true,\"faults\":[\"%s\"]}", rows[i].fault));
		answer = online_ask(w, "cymru-whois", "origin", ASK_PREFIX, "45.9.20.0/24");
		if (answer.outcome != rows[i].outcome ||
		    online_count(w, "cymru-whois") != rows[i].connections)
			fail_msg("%s: %s (%.*s) after %zu", rows[i].fault,
			    tools_outcome_name(answer.outcome), SV_ARG(answer.why),
			    online_count(w, "cymru-whois"));
		tools_close(w->tools);
		w->tools = NULL;
	}
}

#define ONLINE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ONLINE_TEST(test_records),
		ONLINE_TEST(test_texts),
		ONLINE_TEST(test_faults_of_dns),
		ONLINE_TEST(test_whois),
		ONLINE_TEST(test_faults_of_whois),
	};
	int failed;

	if (argc != 2)
		return 2;
	online_start(&world, argv[1]);
	failed = cmocka_run_group_tests_name("tools/cymru", tests, NULL, NULL);
	online_stop(&world);
	return failed;
}
