/* test_isc.c - DShield / SANS ISC: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_isc, "ip", ASK_ADDRESS, "46.101.124.74" };

#define IP(fields) "{\"ip\":{\"number\":\"46.101.124.74\"," fields "}}"
#define ALL                                                                                        \
	"\"count\":4213,\"attacks\":311,\"maxdate\":\"2026-01-04\",\"mindate\":\"2025-12-20\","    \
	"\"updated\":\"2026-01-05 03:15:59\","                                                     \
	"\"comment\":null,\"maxrisk\":null,\"asabusecontact\":\"abuse@example.net\",\"as\":64500," \
	"\"asname\":\"EXAMPLE-AS\","                                                               \
	"\"ascountry\":\"NL\",\"assize\":256,\"network\":\"46.101.0.0/"                            \
	"16\",\"weblogs\":{\"count\":1},"                                                          \
	"\"threatfeeds\":{\"blocklistde22\":{\"lastseen\":\"2026-01-04\",\"firstseen\":\"2025-12-" \
	"20\"}}"

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&v4, "GET /ip/46.101.124.74?json\nAccept: application/json");
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, IP(ALL), LOOKUP_HIT,
		    "asn=64500 | as_name=EXAMPLE-AS | country=NL | prefix=46.101.0.0/16 | "
		    "contact=abuse@example.net | reports=4213 | targets=311 | listed=attacks | "
		    "first_seen=2025-12-20T00:00:00Z | last_seen=2026-01-04T00:00:00Z | "
		    "feed=blocklistde22",
		    0 },
		{ "numbers as strings", 200, NULL,
		    IP("\"count\":\"12\",\"attacks\":\"3\",\"as\":\"64500\""), LOOKUP_HIT,
		    "asn=64500 | reports=12 | targets=3 | listed=attacks", 0 },
		{ "one target is no listing: it may be us", 200, NULL,
		    IP("\"count\":5,\"attacks\":1"), LOOKUP_HIT, "reports=5 | targets=1", 0 },
		{ "padded octets are decimal", 200, NULL,
		    "{\"ip\":{\"number\":\"046.101.124.074\",\"count\":1}}", LOOKUP_HIT,
		    "reports=1", 0 },
		{ "nulls", 200, NULL,
		    IP("\"count\":null,\"attacks\":null,\"as\":64500,\"threatfeeds\":null,"
		       "\"maxdate\":null"),
		    LOOKUP_MISS, "", 0 },
		{ "none in other forms", 200, NULL,
		    IP("\"count\":0,\"attacks\":\"\",\"threatfeeds\":[]"), LOOKUP_MISS, "", 0 },
		{ "an alexa rank, a cloud", 200, NULL,
		    IP("\"alexa\":{\"domain\":1},\"cloud\":\"aws\",\"count\":7"), LOOKUP_HIT,
		    "reports=7", 0 },
		{ "a feed alone", 200, NULL, IP("\"threatfeeds\":{\"shodan\":{}}"), LOOKUP_HIT,
		    "feed=shodan", 0 },
		{ "XML", 200, "text/xml; charset=UTF-8",
		    "<?xml version=\"1.0\"?><ip><number>46.101.124.74</number></ip>",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "XML that says JSON", 200, NULL, "<?xml version=\"1.0\"?><ip/>",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a blocked agent", 403, "text/html", "<html>blocked</html>", LOOKUP_AUTH_FAILED,
		    "", 0 },
		{ "another address", 200, NULL,
		    "{\"ip\":{\"number\":\"46.101.124.75\",\"count\":1}}", LOOKUP_BAD_PAYLOAD, "",
		    0 },
		{ "octal would be another", 200, NULL,
		    "{\"ip\":{\"number\":\"056.101.124.074\",\"count\":1}}", LOOKUP_BAD_PAYLOAD, "",
		    0 },
		{ "no number", 200, NULL, "{\"ip\":{\"count\":1}}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a list", 200, NULL, "[{\"ip\":\"46.101.124.74\"}]", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "too often", 429, NULL, "{}", LOOKUP_RATE_LIMITED, "", 0 },
	};

	(void)state;
	provider_check_rows(&v4, rows, COUNT_OF(rows));
	provider_check_faults(&v4, IP(ALL), false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(requests), cmocka_unit_test(answers) };

	return cmocka_run_group_tests_name("tools/isc", tests, NULL, NULL);
}
