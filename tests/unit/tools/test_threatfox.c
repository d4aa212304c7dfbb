/* test_threatfox.c - ThreatFox: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked address = { &provider_threatfox, "search_ioc", ASK_ADDRESS,
	"198.51.100.7" };
static const struct provider_asked domain = { &provider_threatfox, "search_ioc", ASK_DOMAIN,
	"evil.example.net" };
static const struct provider_asked url = { &provider_threatfox, "search_ioc", ASK_URL,
	"http://evil.example.net/x?a=\"b" };
static const struct provider_asked sha256 = { &provider_threatfox, "search_hash", ASK_HASH,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1" };
static const struct provider_asked sha1 = { &provider_threatfox, "search_hash", ASK_HASH,
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2" };

static const char good[] =
    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.7:443\",\"threat_"
    "type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":\"ip:port\",\"ioc_type_desc\":"
    "\"…\",\"malware\":\"win.cobalt_strike\",\"malware_printable\":\"Cobalt "
    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_level\":75,"
    "\"first_seen\":\"2026-01-01 09:10:23 "
    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\",\"tags\":null,\"malware_"
    "samples\":[]}]}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&address, "POST /api/v1/\nContent-Type: "
					 "application/"
					 "json\n{\"query\":\"search_ioc\",\"search_term\":\"198.51."
					 "100.7\",\"exact_match\":true}");
	provider_check_request(&domain, "POST /api/v1/\nContent-Type: "
					"application/"
					"json\n{\"query\":\"search_ioc\",\"search_term\":\"evil."
					"example.net\",\"exact_match\":true}");
	provider_check_request(&url,
	    "POST /api/v1/\nContent-Type: "
	    "application/json\n{\"query\":\"search_ioc\",\"search_term\":\"http://"
	    "evil.example.net/x?a=\\\"b\",\"exact_match\":true}");
	provider_check_request(&sha256,
	    "POST /api/v1/\nContent-Type: "
	    "application/"
	    "json\n{\"query\":\"search_hash\",\"hash\":"
	    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\"}");
	provider_check_no_request(&sha1);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "listed=botnet_cc | class=botnet_cc | malware=Cobalt Strike | score=0.75 | "
		    "first_seen=2026-01-01T09:10:23Z | count=1",
		    0 },
		{ "unsure", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":49,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]}]}",
		    LOOKUP_HIT,
		    "class=botnet_cc | malware=Cobalt Strike | score=0.49 | "
		    "first_seen=2026-01-01T09:10:23Z | count=1",
		    0 },
		{ "at the threshold, as a string", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":"
		    "null,\"confidence_level\":\"50\",\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":\"2026-01-04 00:00:00 "
		    "UTC\",\"reference\":null,\"reporter\":\"abuse_ch\",\"tags\":[\"c2\",7],"
		    "\"malware_samples\":[]}]}",
		    LOOKUP_HIT,
		    "listed=botnet_cc | class=botnet_cc | malware=win.cobalt_strike | score=0.5 | "
		    "first_seen=2026-01-01T09:10:23Z | last_seen=2026-01-04T00:00:00Z | tag=c2 | "
		    "count=1",
		    0 },
		{ "each label once, of an address's own indicators", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.70:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]},{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]},{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]},{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "80\",\"threat_type\":\"payload_delivery\",\"threat_type_desc\":\"…\",\"ioc_"
		    "type\":\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]},{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"strange\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]}]}",
		    LOOKUP_HIT,
		    "listed=botnet_cc | class=botnet_cc | malware=Cobalt Strike | score=0.75 | "
		    "first_seen=2026-01-01T09:10:23Z | class=botnet_cc | malware=Cobalt Strike | "
		    "score=0.75 | first_seen=2026-01-01T09:10:23Z | listed=payload_delivery | "
		    "class=payload_delivery | malware=Cobalt Strike | score=0.75 | "
		    "first_seen=2026-01-01T09:10:23Z | listed=other | class=strange | "
		    "malware=Cobalt Strike | score=0.75 | first_seen=2026-01-01T09:10:23Z | "
		    "count=4",
		    0 },
		{ "another's indicators only", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.70:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]},7,null]}",
		    LOOKUP_MISS, "", 0 },
		{ "nothing", 200, NULL,
		    "{\"query_status\":\"no_result\",\"data\":\"Your search did not yield any "
		    "results\"}",
		    LOOKUP_MISS, "", 0 },
		{ "an illegal term", 200, NULL,
		    "{\"query_status\":\"illegal_search_term\",\"data\":\"The search_term you have "
		    "provided is not valid\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "ok with a sentence", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":\"see above\"}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "ok without data", 200, NULL, "{\"query_status\":\"ok\"}", LOOKUP_BAD_PAYLOAD, "",
		    0 },
	};

	(void)state;
	provider_check_rows(&address, rows, COUNT_OF(rows));
	provider_check_abusech(&address);
}

static void
of_domains(void **state)
{
	static const struct provider_row rows[] = {
		{ "a domain is not labelled", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"Evil.example."
		    "net\",\"threat_type\":\"payload_delivery\",\"threat_type_desc\":\"…\",\"ioc_"
		    "type\":\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]}]}",
		    LOOKUP_HIT,
		    "class=payload_delivery | malware=Cobalt Strike | score=0.75 | "
		    "first_seen=2026-01-01T09:10:23Z | count=1",
		    0 },
		{ "another domain", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"good.example."
		    "net\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]}]}",
		    LOOKUP_MISS, "", 0 },
	};

	(void)state;
	provider_check_rows(&domain, rows, COUNT_OF(rows));
}

static void
of_files(void **state)
{
	static const struct provider_row rows[] = {
		{ "a file", 200, NULL,
		    "{\"query_status\":\"ok\",\"data\":[{\"id\":\"12\",\"ioc\":\"198.51.100.7:"
		    "443\",\"threat_type\":\"botnet_cc\",\"threat_type_desc\":\"…\",\"ioc_type\":"
		    "\"ip:port\",\"ioc_type_desc\":\"…\",\"malware\":\"win.cobalt_strike\","
		    "\"malware_printable\":\"Cobalt "
		    "Strike\",\"malware_alias\":\"BEACON\",\"malware_malpedia\":null,\"confidence_"
		    "level\":75,\"first_seen\":\"2026-01-01 09:10:23 "
		    "UTC\",\"last_seen\":null,\"reference\":null,\"reporter\":\"abuse_ch\","
		    "\"tags\":null,\"malware_samples\":[]}]}",
		    LOOKUP_HIT,
		    "class=botnet_cc | malware=Cobalt Strike | score=0.75 | "
		    "first_seen=2026-01-01T09:10:23Z | count=1",
		    0 },
		{ "no hash", 200, NULL, "{\"query_status\":\"illegal_hash\",\"data\":\"?\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
	};

	(void)state;
	provider_check_rows(&sha256, rows, COUNT_OF(rows));
}

static void
faults(void **state)
{
	(void)state;
	provider_check_faults(&address, good, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(answers),
		cmocka_unit_test(of_domains),
		cmocka_unit_test(of_files),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
