/* test_greynoise.c - GreyNoise: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_greynoise, "community", ASK_ADDRESS,
	"198.51.100.7" };
static const struct provider_asked v6 = { &provider_greynoise, "community", ASK_ADDRESS,
	"2001:db8::7" };

static const char good[] =
    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":\"malicious\","
    "\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&v4, "GET /v3/community/198.51.100.7\nAccept: application/json");
	provider_check_no_request(&v6);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "malicious", 200, NULL, good, LOOKUP_HIT,
		    "listed=malicious | class=malicious | tag=noise | "
		    "last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "suspicious", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"suspicious\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "listed=suspicious | class=suspicious | tag=noise | "
		    "last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "unknown: a scanner, not listed", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"unknown\",\"name\":\"unknown\",\"link\":null,\"last_seen\":null,\"message\":"
		    "\"Success\"}",
		    LOOKUP_HIT, "class=unknown | tag=noise", 0 },
		{ "a word that is not known", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"lovely\",\"name\":\"unknown\",\"link\":7,\"last_seen\":\"yesterday\","
		    "\"message\":\"Success\"}",
		    LOOKUP_HIT, "tag=noise", 0 },
		{ "a benign scanner by name", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"benign\",\"name\":\"Shodan.io\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "scanner=Shodan.io | class=benign | tag=noise | name=Shodan.io | "
		    "last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "a benign scanner without a name", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"benign\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "scanner=benign | class=benign | tag=noise | last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "a business service", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":false,\"riot\":true,\"classification\":"
		    "\"benign\",\"name\":\"Example "
		    "DNS\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "scanner=Example DNS | class=benign | tag=riot | name=Example DNS | "
		    "last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "riot without a classification", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":\"false\",\"riot\":\"true\",\"name\":null,"
		    "\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "scanner=riot | tag=riot | last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "a contradiction labels nothing", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":true,\"classification\":"
		    "\"malicious\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_HIT,
		    "class=malicious | tag=noise | tag=riot | last_seen=2026-01-04T00:00:00Z | "
		    "reference=https://viz.greynoise.io/ip/198.51.100.7",
		    0 },
		{ "neither", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":false,\"riot\":false,\"classification\":"
		    "\"malicious\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_MISS, "", 0 },
		{ "not observed", 404, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":false,\"riot\":false,\"message\":\"IP not "
		    "observed scanning the internet or contained in RIOT data set.\"}",
		    LOOKUP_MISS, "", 0 },
		{ "404 of a wrong path", 404, NULL,
		    "{\"message\":\"no Route matched with those values\"}", LOOKUP_BAD_REQUEST, "",
		    0 },
		{ "404 about another address", 404, NULL,
		    "{\"ip\":\"203.0.113.9\",\"noise\":false,\"riot\":false}", LOOKUP_BAD_PAYLOAD,
		    "", 0 },
		{ "200 about another address", 200, NULL,
		    "{\"ip\":\"203.0.113.9\",\"noise\":true,\"riot\":false,\"classification\":"
		    "\"malicious\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no noise", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"riot\":false,\"classification\":\"malicious\","
		    "\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "riot of null", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"noise\":true,\"riot\":null,\"classification\":"
		    "\"malicious\",\"name\":\"unknown\",\"link\":\"https://viz.greynoise.io/ip/"
		    "198.51.100.7\",\"last_seen\":\"2026-01-04\",\"message\":\"Success\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "an address that is none there", 400, NULL,
		    "{\"message\":\"Request is not a valid routable IPv4 address\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "a wrong key", 401, NULL, "{\"message\":\"unauthorized\"}", LOOKUP_AUTH_FAILED,
		    "", 0 },
		{ "the week is spent", 429, NULL,
		    "{\"message\":\"You have hit your weekly rate limit\"}", LOOKUP_RATE_LIMITED,
		    "", INT64_C(86400000000) },
		{ "the day is spent", 429, NULL, "{\"message\":\"Daily limit reached\"}",
		    LOOKUP_RATE_LIMITED, "", INT64_C(43200000000) },
		{ "the minute is spent", 429, NULL,
		    "{\"message\":\"Too many requests per minute\"}", LOOKUP_RATE_LIMITED, "",
		    INT64_C(60000000) },
		{ "the hour is spent", 429, NULL, "{\"message\":\"hourly limit\"}",
		    LOOKUP_RATE_LIMITED, "", INT64_C(3600000000) },
	};

	(void)state;
	provider_check_rows(&v4, rows, COUNT_OF(rows));
}

static void
faults(void **state)
{
	(void)state;
	provider_check_faults(&v4, good, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(answers),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
