/* test_knowledge.c - lists: their parsers with every kind of fault, what they match, and that a listed artefact is public,
 * a listed source a fleet's. */
#include "testing.h"

#include <stdlib.h>

#include "detect/knowledge/fleet.h"
#include "detect/knowledge/knowledge.h"
#include "study.h"

static struct knowledge *
knowing(enum detect_list_kind kind, const char *name, const char *text)
{
	struct knowledge *k = NULL;
	struct coord_error err = { .code = COORD_OK };

	assert_int_equal(detect_knowledge_new(&k, &err), COORD_OK);
	if (text != NULL && detect_knowledge_add(k, kind, name, sv_from(text), &err) != COORD_OK)
		fail_msg("%s", err.what);
	return k;
}

static void
test_networks(void **state)
{
	static const struct {
		const char *text;
		unsigned bits; /* 0: refused */
		const char *base;
	} cases[] = { { "192.0.2.7", 32, "192.0.2.7" }, { "192.0.2.7/24", 24, "192.0.2.0" },
		{ "046.101.124.074", 32, "46.101.124.74" }, { "010.0.0.1/08", 8, "10.0.0.0" },
		{ "2001:db8:1::7/32", 32, "2001:db8::" }, { "2001:db8::1", 128, "2001:db8::1" },
		{ "192.0.2.7/33", 0, NULL }, { "2001:db8::/129", 0, NULL }, { "192.0.2", 0, NULL },
		{ "192.0.2.7/", 0, NULL }, { "192.0.2.7/-1", 0, NULL }, { "", 0, NULL },
		{ "example.com", 0, NULL }, { "300.1.1.1", 0, NULL } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct addr base;
		unsigned bits = 0;
		char text[ADDR_TEXT_MAX];

		assert_int_equal(
		    network_parse(sv_from(cases[i].text), &base, &bits), cases[i].bits > 0);
		if (cases[i].bits == 0)
			continue;
		assert_int_equal(bits, cases[i].bits);
		(void)addr_format(base, text);
		assert_string_equal(text, cases[i].base);
	}
}

static int64_t
find(const struct networks *set, const char *text)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return networks_find(set, a);
}

static void
test_longest_prefix(void **state)
{
	static const char *const prefixes[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24",
		"10.1.2.3", "2001:db8::/32", "2001:db8:1::/48", "10.1.0.0/16" };
	struct networks set = { .n = 0 };

	(void)state;
	for (uint32_t i = 0; i < COUNT_OF(prefixes); i++) {
		struct addr base;
		unsigned bits;

		assert_true(network_parse(sv_from(prefixes[i]), &base, &bits));
		assert_true(networks_add(&set, base, bits, i));
	}
	networks_sort(&set);
	assert_int_equal(set.n, 6);
	assert_int_equal(find(&set, "10.9.9.9"), 0);
	assert_int_equal(find(&set, "10.1.9.9"), 1);
	assert_int_equal(find(&set, "10.1.2.9"), 2);
	assert_int_equal(find(&set, "10.1.2.3"), 3);
	assert_int_equal(find(&set, "11.0.0.1"), NETWORKS_NONE);
	assert_int_equal(find(&set, "2001:db8:2::1"), 4);
	assert_int_equal(find(&set, "2001:db8:1::1"), 5);
	assert_int_equal(find(&set, "2001:db9::1"), NETWORKS_NONE);
	networks_clear(&set);
	networks_sort(&set);
	assert_int_equal(find(&set, "10.1.2.3"), NETWORKS_NONE);
}

#define HASH_A "7cfa39a732eff4459a6fffc676b45717053b560d0fa395e50c6fcd6d21ff0a7f"
#define KEY_A "SHA256:MkYY9qiVsFGBC5WkjoClCkwEFW5iSjcGQF7m4n4H7Cw"

static void
test_public(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf# a comment\r\n"
	    "kind,value,name,date\r\n"
	    "file_hash,7CFA39A732EFF4459A6FFFC676B45717053B560D0FA395E50C6FCD6D21FF0A7F,\"a, "
	    "b\",2026-01-02\r\n"
	    "\n" KEY_A "\n"
	    "http://Scripts.example.net/x/setup.sh   # behind it\n"
	    "url,https://repo.example.net/tools/*\n"
	    "url,pool.example.net\n"
	    "c2,203.0.113.7:3333\n"
	    "password,\"a,\"\"b\"\"\"\n"
	    "marker,busybox ACME,,\n";
	static const struct {
		enum artefact_kind kind;
		const char *value;
		bool is_public;
	} cases[] = { { ARTEFACT_FILE_HASH, HASH_A, true }, { ARTEFACT_SSH_KEY, KEY_A, true },
		{ ARTEFACT_URL, "scripts.example.net/x/setup.sh", true },
		{ ARTEFACT_URL, "scripts.example.net/x/other.sh", false },
		{ ARTEFACT_URL, "repo.example.net/tools/a/b", true },
		{ ARTEFACT_URL, "repo.example.net/other", false },
		{ ARTEFACT_URL, "pool.example.net/x", true },
		{ ARTEFACT_URL, "a.pool.example.net/x", true },
		{ ARTEFACT_URL, "apool.example.net/x", false },
		{ ARTEFACT_C2, "pool.example.net:1", false },
		{ ARTEFACT_C2, "203.0.113.7:3333", true },
		{ ARTEFACT_C2, "203.0.113.7:3334", false }, { ARTEFACT_PASSWORD, "a,\"b\"", true },
		{ ARTEFACT_MARKER, "busybox ACME", true },
		{ ARTEFACT_MARKER, "busybox FBOT", false } };
	struct knowledge *k = knowing(LIST_PUBLIC_ARTEFACTS, "mine.csv", text);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (knowledge_is_public(k, cases[i].kind, sv_from(cases[i].value)) !=
		    cases[i].is_public)
			fail_msg("%s", cases[i].value);
	assert_int_equal(k->n_lists, 3);
	assert_int_equal(k->lists[2].entries, 8);
	assert_string_equal(k->lists[2].name, "mine.csv");
	assert_int_equal(strlen(k->lists[2].sha256), 64);
	assert_string_equal(k->lists[0].name, "shipped");
	assert_int_equal(strlen(k->lists[0].version), 10);
	detect_knowledge_free(k);
}

static void
test_faults(void **state)
{
	static const struct {
		enum detect_list_kind kind;
		const char *text, *what;
		uint64_t line;
	} cases[] = {
		{ LIST_PUBLIC_ARTEFACTS, "word\n", "L:1: cannot tell what", 1 },
		{ LIST_PUBLIC_ARTEFACTS, "\n\nhash,1\n", "L:3: kind: expected", 3 },
		{ LIST_PUBLIC_ARTEFACTS, "file_hash,12\n", "L:1: file_hash: expected 64", 1 },
		{ LIST_PUBLIC_ARTEFACTS, "ssh_key,SHA256:x\n", "L:1: ssh_key", 1 },
		{ LIST_PUBLIC_ARTEFACTS, "url,\n", "L:1: value: is empty", 1 },
		{ LIST_PUBLIC_ARTEFACTS, "url,http://a.example/,n,2026-13-01\n",
		    "L:1: date: expected", 1 },
		{ LIST_PUBLIC_ARTEFACTS, "url,a.example/,n,2026-01-01,x\n", "L:1: more than four",
		    1 },
		{ LIST_PUBLIC_ARTEFACTS, "marker,\"x\n", "L:1: a quote", 1 },
		{ LIST_SCANNERS, "Acme,network\n", "L:1: expected organisation,kind,value", 1 },
		{ LIST_SCANNERS, "Acme,network,12\n", "L:1: network: expected", 1 },
		{ LIST_SCANNERS, "Acme,network,10.0.0.0/4\n", "L:1: network: /4 is too much", 1 },
		{ LIST_SCANNERS, "Acme,asn,ASX\n", "L:1: asn: expected", 1 },
		{ LIST_SCANNERS, "Acme,agent,abc\n", "L:1: agent: expected 5", 1 },
		{ LIST_SCANNERS, "Acme,colour,red\n", "L:1: kind: expected", 1 },
		{ LIST_SCANNERS, ",network,192.0.2.1\n", "L:1: organisation", 1 },
		{ LIST_SCANNERS, "Acme,network,192.0.2.1,me,yesterday\n", "L:1: date", 1 },
		{ LIST_FEED, "192.0.2.1\nword\n", "L:2: no address", 2 },
		{ LIST_FEED, "192.0.2.1\n1.0.0.0/2\n", "L:2: a prefix shorter", 2 },
		{ LIST_FEED, "{\"cidr\":\"192.0.2.0/24\"}\n{\"cidr\":3}\n",
		    "L:2: an object without", 2 },
		{ LIST_FEED, "{\"cidr\":\"192.0.2.0/24\"}\n{\"cidr\"\n", "L:2: ", 2 },
		{ LIST_FEED, "{\"cidr\":\"x\"}\n", "L:1: expected an address", 1 },
		{ LIST_FEED, "{\"cidr\":\"192.0.2.0/24\"}\n{\"type\":\"metadata\",\"records\":2}\n",
		    "L:2: the list says", 2 },
		{ LIST_FEED, "[\"192.0.2.1\", 7]", "L:2: expected an object", 2 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct knowledge *k = knowing(LIST_FEED, NULL, NULL);
		struct coord_error err = { .code = COORD_OK };

		if (detect_knowledge_add(k, cases[i].kind, "L", sv_from(cases[i].text), &err) !=
		    COORD_EPARSE)
			fail_msg("accepted: %s", cases[i].text);
		if (strncmp(err.what, cases[i].what, strlen(cases[i].what)) != 0)
			fail_msg("%s: \"%s\"", cases[i].text, err.what);
		assert_int_equal(err.line, cases[i].line);
		detect_knowledge_free(k);
	}
}

static bool
listed(const struct knowledge *k, const char *text, uint32_t asn)
{
	struct addr a;

	assert_true(addr_parse(sv_from(text), &a));
	return knowledge_listed(k, 0, a, asn);
}

/* One address in each of the forms in which feeds are published. */
static void
test_feeds(void **state)
{
	static const struct {
		const char *text;
		uint32_t entries;
		const char *in, *out;
	} cases[] = {
		{ "# blocklist.de\n198.51.100.7\n2001:db8::7\n", 2, "2001:db8::7", "198.51.100.8" },
		{ "198.51.100.0/24 ; SBL256894\n; comment\n", 1, "198.51.100.255", "198.51.101.0" },
		{ "{\"cidr\":\"198.51.100.0/24\",\"sblid\":\"SBL1\",\"rir\":\"apnic\"}\n"
		  "{\"type\":\"metadata\",\"timestamp\":1767571200,\"records\":1}\n",
		    1, "198.51.100.9", "198.51.101.0" },
		{ "[{\"ip_address\":\"198.51.100.7\",\"port\":13783,\"status\":\"offline\"}]", 1,
		    "198.51.100.7", "198.51.100.8" },
		{ "[]", 0, NULL, "198.51.100.8" },
		{ "", 0, NULL, "198.51.100.8" },
		{ "ExitNode 0011\nPublished 2026-01-05 03:15:59\nLastStatus 2026-01-05 04:00:00\n"
		  "ExitAddress 198.51.100.7 2026-01-05 04:02:11\n",
		    1, "198.51.100.7", "198.51.100.8" },
		{ "#   DShield.org\nStart\tEnd\tNetmask\tAttacks\n"
		  "198.51.100.0\t198.51.100.255\t24\t4213\tEXAMPLE\tNL\tabuse@example.net\n",
		    1, "198.51.100.200", "198.51.101.1" },
		{ "\"first_seen_utc\",\"dst_ip\",\"dst_port\"\n"
		  "\"2025-10-23 17:04:20\",\"198.51.100.7\",\"443\"\n",
		    1, "198.51.100.7", "198.51.100.8" },
		{ "198.051.100.007,12\r\n", 1, "198.51.100.7", "198.51.100.8" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct knowledge *k = knowing(LIST_FEED, "drop=a/file", cases[i].text);

		assert_string_equal(k->feeds[0].name, "drop");
		assert_int_equal(k->lists[2].entries, cases[i].entries);
		if (cases[i].in != NULL && !listed(k, cases[i].in, 0))
			fail_msg("%s", cases[i].text);
		assert_false(listed(k, cases[i].out, 0));
		detect_knowledge_free(k);
	}
}

static void
test_feed_of_systems(void **state)
{
	struct knowledge *k = knowing(
	    LIST_FEED, "asndrop", "{\"asn\":64500,\"rir\":\"arin\",\"domain\":\"example.net\"}\n");
	struct coord_error err;

	(void)state;
	assert_true(listed(k, "198.51.100.7", 64500));
	assert_false(listed(k, "198.51.100.7", 64501));
	assert_int_equal(
	    detect_knowledge_add(k, LIST_FEED, "asndrop=b", SV("192.0.2.1"), &err), COORD_EINVALID);
	detect_knowledge_free(k);
}

/* The shipped list names each of the fleets by what it is known by. */
static void
test_shipped_scanners(void **state)
{
	static const struct {
		const char *address, *name, *agent, *fleet;
		enum fleet_match match;
	} cases[] = {
		{ "162.142.125.9", NULL, NULL, "Censys", FLEET_NETWORK },
		{ "71.6.135.131", NULL, NULL, "Shodan", FLEET_NETWORK },
		{ "184.105.139.70", NULL, NULL, "Shadowserver", FLEET_NETWORK },
		{ "71.6.233.1", NULL, NULL, "Rapid7 Project Sonar", FLEET_NETWORK },
		{ "205.210.31.4", NULL, NULL, "Palo Alto Cortex Xpanse", FLEET_NETWORK },
		{ "45.83.66.1", NULL, NULL, "Alpha Strike Labs", FLEET_NETWORK },
		{ "87.236.176.5", NULL, NULL, "Driftnet (internet-measurement.com)",
		    FLEET_NETWORK },
		{ "192.0.2.1", NULL,
		    "Mozilla/5.0 (compatible; CensysInspect/1.1; +https://about.censys.io/)",
		    "Censys", FLEET_AGENT },
		{ "192.0.2.1", NULL,
		    "Expanse, a Palo Alto Networks company, searches across the global IPv4 space",
		    "Palo Alto Cortex Xpanse", FLEET_AGENT },
		{ "192.0.2.1", NULL,
		    "Mozilla/5.0 (compatible; InternetMeasurement/1.0; "
		    "+https://internet-measurement.com/)",
		    "Driftnet (internet-measurement.com)", FLEET_AGENT },
		{ "192.0.2.1", NULL, "Go-http-client/1.1 l9explore/1.2.2", "LeakIX", FLEET_AGENT },
		{ "192.0.2.1", "Stretchoid", NULL, "Stretchoid", FLEET_NAME },
		{ "192.0.2.1", "BINARYEDGE", NULL, "BinaryEdge", FLEET_NAME },
		{ "192.0.2.1", "binaryedges", "Mozilla/5.0 zgrab/0.x", NULL, FLEET_NAME },
	};
	struct knowledge *k = knowing(LIST_FEED, NULL, NULL);

	(void)state;
	assert_string_equal(k->lists[1].name, "shipped");
	assert_true(k->lists[1].entries > 150);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fleet_claim claim = { .name = sv_from(cases[i].name),
			.agent = sv_from(cases[i].agent) };
		uint32_t fleet;
		enum fleet_match match;

		assert_true(addr_parse(sv_from(cases[i].address), &claim.source));
		assert_int_equal(
		    knowledge_fleet(k, &claim, &fleet, &match), cases[i].fleet != NULL);
		if (cases[i].fleet == NULL)
			continue;
		assert_string_equal(k->fleets[fleet], cases[i].fleet);
		assert_int_equal(match, cases[i].match);
	}
	detect_knowledge_free(k);
}

/* Ten sources: `inside` of them in the published network, `claiming` more with the agent of the fleet. */
static struct fleet
fleet_of_ten(struct knowledge *k, uint32_t inside, uint32_t claiming)
{
	struct batch *b = batch_new();
	struct session_table table;
	struct arena *arena = arena_new(0);
	struct fleet fleet;
	struct model m;
	uint32_t nodes[10];

	for (uint32_t i = 0; i < 10; i++)
		batch_add(b,
		    &(struct batch_session){ .ip = (i < inside ? 0xc6336400 : 0xcb007100) + i,
			.at_s = 600.0 * i,
			.banner = i < inside + claiming ? "SSH-2.0-AcmeScan 1.0" : "SSH-2.0-Go" });
	table = batch_finish(b);
	assert_int_equal(model_build_knowing(&table, NULL, k, false, arena, &m, NULL), COORD_OK);
	assert_int_equal(m.n_nodes, 10);
	for (uint32_t i = 0; i < 10; i++)
		nodes[i] = i;
	assert_int_equal(fleet_of(&m, nodes, 10, NULL, NULL, &fleet, NULL), COORD_OK);
	arena_free(arena);
	session_table_free(&table);
	return fleet;
}

static void
test_fleet(void **state)
{
	static const struct {
		uint32_t inside, claiming, sources;
		bool claimed;
	} cases[] = { { 10, 0, 10, false }, { 6, 0, 6, false }, { 5, 0, 0, false },
		{ 5, 1, 6, true }, { 0, 10, 10, true }, { 0, 5, 0, false } };
	struct knowledge *k = knowing(LIST_SCANNERS, "s",
	    "organisation,kind,value\nAcme,network,198.51.100.0/"
	    "24,me,2026-01-01\nAcme,banner,acmescan\n");
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fleet fleet = fleet_of_ten(k, cases[i].inside, cases[i].claiming);

		assert_int_equal(fleet.organisation != NULL, cases[i].sources > 0);
		assert_int_equal(fleet.sources, cases[i].sources);
		assert_int_equal(fleet.claimed, cases[i].claimed);
		if (i == 3)
			assert_string_equal(fleet_text_of(&fleet, arena),
			    "6 of 10 sources are Acme: 5 by published network, 1 by its own client "
			    "banner.");
	}
	arena_free(arena);
	detect_knowledge_free(k);
}

/* A hash that a user lists is public in the model: shown, and exclusive no more. */
static void
test_listed_is_public(void **state)
{
	static const char *const lists[] = { NULL, KEY_A "\n" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct knowledge *k = knowing(LIST_PUBLIC_ARTEFACTS, "mine", lists[i]);
		struct batch *b = batch_new();
		struct session_table table;
		struct arena *arena = arena_new(0);
		struct model m;

		for (uint32_t s = 0; s < 3; s++)
			batch_add(b, &(struct batch_session){
					 .ip = 0xc6336400 + s, .at_s = 600.0 * s, .key = KEY_A });
		table = batch_finish(b);
		assert_int_equal(
		    model_build_knowing(&table, NULL, k, false, arena, &m, NULL), COORD_OK);
		assert_int_equal(m.n_artefacts, 1);
		assert_int_equal(m.artefacts[0].is_public, i == 1);
		arena_free(arena);
		session_table_free(&table);
		detect_knowledge_free(k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_longest_prefix),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_feeds),
		cmocka_unit_test(test_feed_of_systems),
		cmocka_unit_test(test_shipped_scanners),
		cmocka_unit_test(test_fleet),
		cmocka_unit_test(test_listed_is_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
