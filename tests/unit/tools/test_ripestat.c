/* test_ripestat.c - RIPEstat: requests of every call, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked
    network = { &provider_ripestat, "network-info", ASK_ADDRESS, "198.51.100.7" },
    v6 = { &provider_ripestat, "network-info", ASK_ADDRESS, "2001:db8::7" },
    prefix = { &provider_ripestat, "prefix-overview", ASK_PREFIX, "198.51.100.0/24" },
    as = { &provider_ripestat, "as-overview", ASK_ASN, "AS64500" },
    history = { &provider_ripestat, "routing-history", ASK_PREFIX, "198.51.100.0/24" },
    rpki = { &provider_ripestat, "rpki-validation", ASK_ROUTE, "AS64500 198.51.100.0/24" },
    half = { &provider_ripestat, "rpki-validation", ASK_ROUTE, "AS64500" },
    contact = { &provider_ripestat, "abuse-contact-finder", ASK_ADDRESS, "198.51.100.7" };

#define OK(data)                                                                              \
	"{\"messages\":[[\"info\",\"Results exclude routes with very low "                    \
	"visibility.\"]],\"see_also\":[],\"version\":\"1.0\","                                \
	"\"data_call_name\":\"x\",\"data_call_status\":\"supported - connecting to "          \
	"ursa\",\"cached\":false,\"data\":" data                                              \
	",\"query_id\":\"1\",\"process_time\":64,\"server_id\":\"app123\",\"status\":\"ok\"," \
	"\"status_code\":200,\"time\":\"2026-01-05T15:31:09.830045\"}"
#define ERROR                                            \
	"{\"messages\":[[\"error\",\"is of unsupported " \
	"type\"]],\"status\":\"error\",\"status_code\":400,\"data\":{}}"

static void
requests(void **state)
{
	(void)state;
	provider_check_request(
	    &network, "GET /data/network-info/data.json?resource=198.51.100.7&sourceapp=test");
	provider_check_request(
	    &v6, "GET /data/network-info/data.json?resource=2001%3Adb8%3A%3A7&sourceapp=test");
	provider_check_request(&history,
	    "GET /data/routing-history/data.json?resource=198.51.100.0%2F24&sourceapp=test");
	provider_check_request(&rpki,
	    "GET "
	    "/data/rpki-validation/"
	    "data.json?resource=AS64500&prefix=198.51.100.0%2F24&sourceapp=test");
	provider_check_request(
	    &as, "GET /data/as-overview/data.json?resource=AS64500&sourceapp=test");
	provider_check_request(&prefix,
	    "GET /data/prefix-overview/data.json?resource=198.51.100.0%2F24&sourceapp=test");
	provider_check_request(&contact,
	    "GET /data/abuse-contact-finder/data.json?resource=198.51.100.7&sourceapp=test");
	provider_check_no_request(&half);
}

static void
envelope(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, "application/json; charset=utf-8",
		    OK("{\"asns\":[\"64500\",\"64501\"],\"prefix\":\"198.51.100.0/24\"}"),
		    LOOKUP_HIT, "asn=64500 | asn=64501 | prefix=198.51.100.0/24", 0 },
		{ "numbers", 200, NULL,
		    OK("{\"asns\":[64500,\"AS64501\",null,0],\"prefix\":\"198.51.100.0/24\"}"),
		    LOOKUP_HIT, "asn=64500 | asn=64501 | prefix=198.51.100.0/24", 0 },
		{ "not routed", 200, NULL, OK("{\"asns\":[],\"prefix\":\"\"}"), LOOKUP_MISS, "",
		    0 },
		{ "no prefix at all", 200, NULL, OK("{\"asns\":[]}"), LOOKUP_MISS, "", 0 },
		{ "a prefix elsewhere", 200, NULL,
		    OK("{\"asns\":[\"64500\"],\"prefix\":\"203.0.113.0/24\"}"), LOOKUP_BAD_PAYLOAD,
		    "", 0 },
		{ "error under 400", 400, NULL, ERROR, LOOKUP_BAD_REQUEST, "", 0 },
		{ "error under 200", 200, NULL, ERROR, LOOKUP_BAD_REQUEST, "", 0 },
		{ "error of 500 under 200", 200, NULL,
		    "{\"status\":\"error\",\"status_code\":500,\"data\":{}}", LOOKUP_UNAVAILABLE,
		    "", 0 },
		{ "error of 429 under 200", 200, NULL,
		    "{\"status\":\"error\",\"status_code\":429,\"data\":{}}", LOOKUP_RATE_LIMITED,
		    "", 0 },
		{ "maintenance", 200, NULL,
		    "{\"status\":\"maintenance\",\"data_call_status\":\"maintenance - back "
		    "soon\",\"data\":{}}",
		    LOOKUP_UNAVAILABLE, "", 0 },
		{ "data is a list", 200, NULL, "{\"status\":\"ok\",\"data\":[]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no data", 200, NULL, "{\"status\":\"ok\"}", LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&network, rows, COUNT_OF(rows));
	provider_check_faults(
	    &network, OK("{\"asns\":[\"64500\"],\"prefix\":\"198.51.100.0/24\"}"), false);
}

static void
calls(void **state)
{
	static const struct provider_row prefixes[] = {
		{ "announced", 200, NULL,
		    OK("{\"announced\":true,\"asns\":[{\"asn\":64500,\"holder\":\"EXAMPLE, "
		       "NL\"}],\"is_less_specific\":false}"),
		    LOOKUP_HIT, "announced=1 | asn=64500 | as_name=EXAMPLE, NL", 0 },
		{ "not announced", 200, NULL, OK("{\"announced\":false,\"asns\":[]}"), LOOKUP_MISS,
		    "", 0 },
		{ "nothing said", 200, NULL, OK("{\"asns\":[]}"), LOOKUP_BAD_PAYLOAD, "", 0 },
	};
	static const struct provider_row names[] = {
		{ "a holder", 200, NULL,
		    OK("{\"resource\":\"64500\",\"type\":\"as\",\"holder\":\"EXAMPLE\","
		       "\"announced\":true}"),
		    LOOKUP_HIT, "as_name=EXAMPLE | announced=1", 0 },
		{ "another AS", 200, NULL, OK("{\"resource\":\"64501\",\"holder\":\"EXAMPLE\"}"),
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "nothing known", 200, NULL, OK("{\"resource\":\"AS64500\",\"holder\":\"\"}"),
		    LOOKUP_MISS, "", 0 },
	};
	static const struct provider_row routes[] = {
		{ "valid", 200, NULL,
		    OK("{\"status\":\"valid\",\"validating_roas\":[],\"validator\":"
		       "\"routinator\"}"),
		    LOOKUP_HIT, "rpki=valid", 0 },
		{ "invalid", 200, NULL, OK("{\"status\":\"invalid_length\"}"), LOOKUP_HIT,
		    "rpki=invalid_length", 0 },
		{ "unknown", 200, NULL, OK("{\"status\":\"unknown\"}"), LOOKUP_HIT, "rpki=unknown",
		    0 },
		{ "another word", 200, NULL, OK("{\"status\":\"perhaps\"}"), LOOKUP_BAD_PAYLOAD, "",
		    0 },
		{ "no status", 200, NULL, OK("{}"), LOOKUP_BAD_PAYLOAD, "", 0 },
	};
	static const struct provider_row stays[] = {
		{ "both forms of time", 200, NULL,
		    OK("{\"by_origin\":[{\"origin\":\"64500\",\"prefixes\":[{\"prefix\":\"198.51."
		       "100.0/24\",\"timelines\":[{\"starttime\":\"2026-01-01T00:00:00\","
		       "\"endtime\":\"2026-01-02 "
		       "00:00:00\",\"full_peers_seeing\":300.5}]}]},{\"origin\":\"AS64501\","
		       "\"prefixes\":[{\"prefix\":\"198.51.100.0/24\","
		       "\"timelines\":[{\"starttime\":\"2026-01-02T00:00:00\",\"endtime\":\"2026-"
		       "01-03T00:00:00\"}]}]}]}"),
		    LOOKUP_HIT,
		    "origin=AS64500 198.51.100.0/24 1767225600000000 1767312000000000 | "
		    "origin=AS64501 198.51.100.0/24 1767312000000000 1767398400000000",
		    0 },
		{ "rows that are none are left out", 200, NULL,
		    OK("{\"by_origin\":[{\"origin\":null},7,{\"origin\":\"64500\",\"prefixes\":[{"
		       "\"prefix\":\"nonsense\",\"timelines\":[{}]},{\"prefix\":\"198.51.100.0/"
		       "24\","
		       "\"timelines\":[{\"starttime\":\"2026-01-02T00:00:00\",\"endtime\":\"2026-"
		       "01-01T00:00:00\"},{\"starttime\":7},null]}]}]}"),
		    LOOKUP_MISS, "", 0 },
		{ "never announced", 200, NULL, OK("{\"by_origin\":[]}"), LOOKUP_MISS, "", 0 },
		{ "no list", 200, NULL, OK("{}"), LOOKUP_BAD_PAYLOAD, "", 0 },
	};
	static const struct provider_row contacts[] = {
		{ "one", 200, NULL,
		    OK("{\"abuse_contacts\":[\"abuse@example.net\"],\"authoritative_rir\":"
		       "\"ripe\"}"),
		    LOOKUP_HIT, "contact=abuse@example.net", 0 },
		{ "none", 200, NULL, OK("{\"abuse_contacts\":[]}"), LOOKUP_MISS, "", 0 },
		{ "no list", 200, NULL, OK("{}"), LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&prefix, prefixes, COUNT_OF(prefixes));
	provider_check_rows(&as, names, COUNT_OF(names));
	provider_check_rows(&rpki, routes, COUNT_OF(routes));
	provider_check_rows(&history, stays, COUNT_OF(stays));
	provider_check_rows(&contact, contacts, COUNT_OF(contacts));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(requests), cmocka_unit_test(envelope),
		cmocka_unit_test(calls) };

	return cmocka_run_group_tests_name("tools/ripestat", tests, NULL, NULL);
}
