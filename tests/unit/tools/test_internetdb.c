/* test_internetdb.c - Shodan InternetDB: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_internetdb, "ip", ASK_ADDRESS, "198.51.100.7" };
static const struct provider_asked v6 = { &provider_internetdb, "ip", ASK_ADDRESS, "2001:db8::7" };
static const struct provider_asked port = { &provider_internetdb, "ip", ASK_ADDRESS,
	"198.51.100.7:22" };

static const char good[] =
    "{\"cpes\":[\"cpe:/"
    "a:openbsd:openssh\"],\"hostnames\":[\"h.example.net\"],\"ip\":\"198.51.100.7\",\"ports\":[22,"
    "80],\"tags\":[\"self-signed\"],\"vulns\":[\"CVE-2024-6387\"]}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&v4, "GET /198.51.100.7\nAccept: application/json");
	provider_check_request(&v6, "GET /2001%3Adb8%3A%3A7\nAccept: application/json");
	provider_check_no_request(&port);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "port=22 | port=80 | tag=self-signed | vulnerability=CVE-2024-6387 | "
		    "hostname=h.example.net",
		    0 },
		{ "compromised", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"ports\":[\"23\",null,0,65536,2323],\"tags\":["
		    "\"iot\",\"Compromised\"]}",
		    LOOKUP_HIT,
		    "listed=compromised | port=23 | port=2323 | tag=iot | tag=Compromised", 0 },
		{ "open and old is no sign", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"ports\":[],\"tags\":[\"eol-product\",\"scanner\"],"
		    "\"vulns\":null,\"hostnames\":\"\"}",
		    LOOKUP_HIT, "tag=eol-product | tag=scanner", 0 },
		{ "nothing at all", 200, NULL,
		    "{\"cpes\":[],\"hostnames\":[],\"ip\":\"198.51.100.7\",\"ports\":[],\"tags\":[]"
		    ",\"vulns\":[]}",
		    LOOKUP_MISS, "", 0 },
		{ "wrong types are none", 200, NULL,
		    "{\"ip\":\"198.51.100.7\",\"ports\":{\"22\":true},\"tags\":7,\"vulns\":[[]]}",
		    LOOKUP_MISS, "", 0 },
		{ "no information", 404, NULL, "{\"detail\":\"No information available\"}",
		    LOOKUP_MISS, "", 0 },
		{ "404 of a wrong path", 404, NULL, "{}", LOOKUP_BAD_REQUEST, "", 0 },
		{ "no ip", 200, NULL, "{\"ports\":[22]}", LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "another address", 200, NULL, "{\"ip\":\"198.51.100.70\",\"ports\":[22]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a bad address", 422, NULL,
		    "{\"detail\":[{\"loc\":[\"path\",\"ip\"],\"msg\":\"value is not a valid IPv4 "
		    "or IPv6 address\"}]}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "too often", 429, NULL, "{\"detail\":\"Rate limit exceeded\"}",
		    LOOKUP_RATE_LIMITED, "", 0 },
		{ "too often, as a page", 429, "text/html", "<html>slow down</html>",
		    LOOKUP_RATE_LIMITED, "", 0 },
	};

	(void)state;
	provider_check_rows(&v4, rows, COUNT_OF(rows));
}

static void
faults(void **state)
{
	(void)state;
	provider_check_faults(&v4, good, true);
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
