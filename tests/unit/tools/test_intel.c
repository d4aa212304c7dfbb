/* test_intel.c - labels made of answers, the lists made of labels, and the questions that a campaign's observables are. */
#include "testing.h"

#include "tools/provider.h"

static struct tools_fact
text_fact(enum tools_fact_name name, const char *text)
{
	return (struct tools_fact){ .name = name, .type = FACT_IS_TEXT, .text = sv_from(text) };
}

static struct tools_answer
answer(const char *provider, enum tools_kind kind, const char *text, enum tools_outcome outcome,
    const struct tools_fact *facts, size_t n)
{
	return (
	    struct tools_answer){ .lookup = { .question = { .kind = kind, .text = sv_from(text) },
				      .provider = provider,
				      .key = sv_from(text) },
		.outcome = outcome,
		.facts = facts,
		.n_facts = n };
}

/** "abuseipdb:high 198.51.100.7\n" for each. */
static void
put_labels(const struct tools_label *labels, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		char text[ADDR_TEXT_MAX];

		(void)addr_format(labels[i].address, text);
		buf_printf(out, "%.*s %s%s %s\n", SV_ARG(labels[i].name), text,
		    labels[i].benign ? " benign" : "", labels[i].provider);
	}
}

static void
labels_of_answers(void **state)
{
	const struct tools_fact high[] = { text_fact(FACT_LISTED, "high"),
		text_fact(FACT_TAG, "listed"), text_fact(FACT_COUNTRY, "NL") };
	const struct tools_fact scanner[] = { text_fact(FACT_SCANNER, "Shodan.io, \"quoted\"\n") };
	const struct tools_fact isc[] = { text_fact(FACT_LISTED, "isc"),
		text_fact(FACT_FEED, "blocklistde22"), text_fact(FACT_FEED, "Blocklistde22"),
		text_fact(FACT_FEED, "\xe2\x80\xae!!") };
	const struct tools_answer answers[] = {
		answer("isc", ASK_ADDRESS, "198.51.100.9", LOOKUP_HIT, isc, COUNT_OF(isc)),
		answer("abuseipdb", ASK_ADDRESS, "198.51.100.7", LOOKUP_HIT, high, COUNT_OF(high)),
		answer("abuseipdb", ASK_ADDRESS, "198.51.100.10", LOOKUP_MISS, NULL, 0),
		answer("abuseipdb", ASK_ADDRESS, "198.51.100.8", LOOKUP_HIT, high, COUNT_OF(high)),
		answer("abuseipdb", ASK_ADDRESS, "198.51.100.7", LOOKUP_HIT, high, COUNT_OF(high)),
		answer("abuseipdb", ASK_ADDRESS, "198.51.100.11", LOOKUP_RATE_LIMITED, high, 1),
		answer("urlhaus", ASK_DOMAIN, "evil.example.net", LOOKUP_HIT, high, COUNT_OF(high)),
		answer("greynoise", ASK_ADDRESS, "2001:db8::7", LOOKUP_HIT, scanner, 1),
	};
	struct arena *arena = arena_new(0);
	struct buf out = BUF_INIT(1 << 16);
	struct tools_label *labels;
	size_t n;

	(void)state;
	assert_int_equal(
	    tools_labels(answers, COUNT_OF(answers), arena, &labels, &n, NULL), COORD_OK);
	put_labels(labels, n, &out);
	assert_string_equal(buf_cstr(&out),
	    "abuseipdb:high 198.51.100.7 abuseipdb\n"
	    "abuseipdb:high 198.51.100.8 abuseipdb\n"
	    "feed 198.51.100.9 isc\n"
	    "feed:blocklistde22 198.51.100.9 isc\n"
	    "isc 198.51.100.9 isc\n"
	    "greynoise:shodan.io-quoted 2001:db8::7 benign greynoise\n");
	out.len = 0;
	tools_feed_list(labels, n, SV("abuseipdb:high"), &out);
	assert_string_equal(buf_cstr(&out), "198.51.100.7\n198.51.100.8\n");
	out.len = 0;
	tools_scanner_list(labels, n, &out);
	assert_string_equal(
	    buf_cstr(&out), "greynoise:shodan.io-quoted,network,2001:db8::7,greynoise\n");
	assert_int_equal(tools_labels(NULL, 0, arena, &labels, &n, NULL), COORD_OK);
	assert_int_equal(n, 0);
	buf_clear(&out);
	arena_free(arena);
}

/** A hostile provider cannot make a name that breaks a list, or one without end. */
static void
names_are_plain(void **state)
{
	char text[FACT_TEXT_MOST + 1];
	struct arena *arena = arena_new(0);

	(void)state;
	for (unsigned first = 1; first < 256; first++) {
		const struct tools_fact fact = text_fact(FACT_LISTED, text);
		struct tools_answer one =
		    answer("x", ASK_ADDRESS, "198.51.100.9", LOOKUP_HIT, &fact, 1);
		struct tools_label *labels;
		size_t n;

		memset(text, (int)first, FACT_TEXT_MOST);
		text[FACT_TEXT_MOST] = 0;
		one.facts = &(const struct tools_fact){
			.name = FACT_LISTED, .type = FACT_IS_TEXT, .text = { text, FACT_TEXT_MOST }
		};
		assert_int_equal(tools_labels(&one, 1, arena, &labels, &n, NULL), COORD_OK);
		assert_int_equal(n, 1);
		assert_in_range(labels[0].name.len, 1, 64);
		for (size_t i = 0; i < labels[0].name.len; i++)
			assert_non_null(strchr(
			    "abcdefghijklmnopqrstuvwxyz0123456789._:-", labels[0].name.data[i]));
	}
	arena_free(arena);
}

static void
rules_are_those_of_providers(void **state)
{
	struct tools_provider_rule rule;
	size_t n = 0;

	(void)state;
	for (; tools_rule_at(n, &rule); n++) {
		struct sv rest = sv_from(rule.label), provider = sv_cut(&rest, ':');

		assert_non_null(provider_named(provider));
		assert_true(rest.len > 0 && rule.when[0] != 0 && rule.why[0] != 0);
	}
	assert_int_equal(n, 15);
	assert_true(tools_fact_untrusted(FACT_TAG) && tools_fact_untrusted(FACT_HOSTNAME) &&
		    tools_fact_untrusted(FACT_NAME) && tools_fact_untrusted(FACT_SCANNER));
	assert_false(tools_fact_untrusted(FACT_LISTED) || tools_fact_untrusted(FACT_SCORE));
}

static void
questions_of_a_campaign(void **state)
{
	static const char sha256[] =
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	const struct tools_source sources[] = {
		{ .address = addr_from_v4(0x08080808) },
		{ .address = addr_from_v4(0x0a000001) }, /* private */
		{ .address = addr_from_v4(0x08080808) },
	};
	const struct sv hashes[] = { sv_from(sha256), SV("abc"), SV(""),
		SV("zaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), SV(" BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ") };
	const struct sv urls[] = { SV("HTTP://Evil.Example.COM/Bins/X.sh"),
		SV("http://evil.example.com/Bins/X.sh"), SV("http://1.2.3.4/x"),
		SV("http://10.0.0.1/x"), SV("http://user:hunter2@one.example.com/x"),
		SV("http://two.example.com/x?password=hunter2"),
		SV("http://three.example.com/x#hunter2"), SV("http://honeypot/x"),
		SV("echo hunter2 > /dev/tcp"), SV("") };
	const struct sv domains[] = { SV("Evil.Example.com."), SV("localhost"),
		SV("four.example.com"), SV("5.6.7.8"), SV("1.2.3"), SV("hunter2 x.com"), SV("") };
	const struct tools_campaign campaign = { .sources = sources,
		.n_sources = COUNT_OF(sources),
		.hashes = hashes,
		.n_hashes = COUNT_OF(hashes),
		.urls = urls,
		.n_urls = COUNT_OF(urls),
		.domains = domains,
		.n_domains = COUNT_OF(domains) };
	struct arena *arena = arena_new(0);
	struct buf out = BUF_INIT(1 << 16);
	struct tools_question *questions;
	size_t n;

	(void)state;
	assert_int_equal(tools_questions(&campaign, 3, arena, &questions, &n, NULL), COORD_OK);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(questions[i].campaign, 3);
		buf_printf(&out, "%s %.*s\n", tools_kind_name(questions[i].kind),
		    SV_ARG(questions[i].text));
	}
	assert_string_equal(buf_cstr(&out),
	    "address 8.8.8.8\n"
	    "hash aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	    "hash baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	    "url http://evil.example.com/Bins/X.sh\n"
	    "url http://1.2.3.4/x\n"
	    "domain evil.example.com\n"
	    "address 1.2.3.4\n"
	    "domain two.example.com\n"
	    "domain four.example.com\n"
	    "address 5.6.7.8\n");
	buf_clear(&out);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_of_answers),
		cmocka_unit_test(names_are_plain),
		cmocka_unit_test(rules_are_those_of_providers),
		cmocka_unit_test(questions_of_a_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
