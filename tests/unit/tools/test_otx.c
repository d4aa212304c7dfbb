/* test_otx.c - OTX: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_otx, "general", ASK_ADDRESS, "198.51.100.7" };
static const struct provider_asked v6 = { &provider_otx, "general", ASK_ADDRESS, "2001:db8::7" };
static const struct provider_asked domain = { &provider_otx, "general", ASK_DOMAIN,
	"evil.example.net" };
static const struct provider_asked file = { &provider_otx, "general", ASK_HASH,
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2" };
static const struct provider_asked odd = { &provider_otx, "general", ASK_HASH, "../../users/me" };

static const char good[] =
    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":\"IPv4\",\"type_"
    "title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":\"198.51.100.7\",\"type\":"
    "\"IPv4\"},\"pulse_info\":{\"count\":2,\"pulses\":[{\"id\":\"…\",\"name\":\"Honeypot "
    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":\"\",\"TLP\":"
    "\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":[],\"validation\":[],\"asn\":"
    "\"AS64500 Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(
	    &v4, "GET /api/v1/indicators/IPv4/198.51.100.7/general\nAccept: application/json");
	provider_check_request(
	    &v6, "GET /api/v1/indicators/IPv6/2001%3Adb8%3A%3A7/general\nAccept: application/json");
	provider_check_request(&domain,
	    "GET /api/v1/indicators/domain/evil.example.net/general\nAccept: application/json");
	provider_check_request(&file,
	    "GET /api/v1/indicators/file/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2/general\nAccept: "
	    "application/json");
	provider_check_no_request(&odd);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "listed=pulses | count=2 | name=Honeypot data | tag=ssh | asn=64500 | "
		    "as_name=Example | country=NL",
		    0 },
		{ "one pulse is one word", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":null,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{},\"pulse_info\":{"
		    "\"count\":\"1\",\"pulses\":[{\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_HIT,
		    "count=1 | name=Honeypot data | tag=ssh | asn=64500 | as_name=Example | "
		    "country=NL",
		    0 },
		{ "reported as a false positive", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":{\"x\":1},\"indicator\":\"198.51.100.7\","
		    "\"type\":\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,"
		    "\"indicator\":\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":9,"
		    "\"pulses\":[{\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[{\"assessment\":\"accepted\"}],\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_HIT,
		    "count=9 | tag=false positive | name=Honeypot data | tag=ssh | asn=64500 | "
		    "as_name=Example | country=NL",
		    0 },
		{ "on its allowlist", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":9,\"pulses\":[{"
		    "\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[{\"source\":\"majestic\"},{\"source\":\"whitelist\","
		    "\"message\":\"Whitelisted "
		    "IP\"}],\"asn\":null,\"country_code\":\"Netherlands\",\"sections\":["
		    "\"general\"]}",
		    LOOKUP_HIT, "count=9 | tag=allowlisted | name=Honeypot data | tag=ssh", 0 },
		{ "on its allowlist, in no pulse", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":0,\"pulses\":[]}"
		    ",\"false_positive\":[],\"validation\":[{\"source\":\"whitelist\"}],\"asn\":\"?"
		    "\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_HIT, "count=0 | tag=allowlisted | country=NL", 0 },
		{ "in no pulse", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":0,\"pulses\":[{"
		    "\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_MISS, "", 0 },
		{ "five names of many", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":7,\"pulses\":[{"
		    "\"name\":\"p0\",\"adversary\":\"APT 0\"},{\"name\":\"p1\",\"adversary\":\"APT "
		    "1\"},{\"name\":\"p2\",\"adversary\":\"APT "
		    "2\"},{\"name\":\"p3\",\"adversary\":\"APT "
		    "3\"},{\"name\":\"p4\",\"adversary\":\"APT "
		    "4\"},{\"name\":\"p5\",\"adversary\":\"APT "
		    "5\"},{\"name\":\"p6\",\"adversary\":\"APT "
		    "6\"}]},\"false_positive\":[],\"validation\":[],\"asn\":null,\"country_code\":"
		    "null,\"sections\":[\"general\"]}",
		    LOOKUP_HIT,
		    "listed=pulses | count=7 | name=p0 | malware=APT 0 | name=p1 | malware=APT 1 | "
		    "name=p2 | malware=APT 2 | name=p3 | malware=APT 3 | name=p4 | malware=APT 4",
		    0 },
		{ "pulses of another type", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":3,\"pulses\":"
		    "\"many\"},\"false_positive\":[],\"validation\":[],\"asn\":7,\"country_code\":"
		    "7,\"sections\":[\"general\"]}",
		    LOOKUP_HIT, "listed=pulses | count=3", 0 },
		{ "not known", 404, NULL, "{\"detail\":\"endpoint not found\"}", LOOKUP_MISS, "",
		    0 },
		{ "too often", 429, NULL,
		    "{\"detail\":\"Request was throttled. Expected available in 12 seconds.\"}",
		    LOOKUP_RATE_LIMITED, "", 0 },
		{ "a wrong key", 403, NULL, "{\"detail\":\"Authentication required\"}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a bad question", 400, NULL, "{\"error\":\"bad ip\"}", LOOKUP_BAD_REQUEST, "",
		    0 },
		{ "another indicator", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"203.0.113.9\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":2,\"pulses\":[{"
		    "\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no count", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{},\"false_positive\":[],"
		    "\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a count below 0", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"198.51.100.7\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":-1,\"pulses\":[{"
		    "\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[],\"asn\":\"AS64500 "
		    "Example\",\"country_code\":\"NL\",\"sections\":[\"general\"]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&v4, rows, COUNT_OF(rows));
}

static void
domains(void **state)
{
	static const struct provider_row rows[] = {
		{ "a domain is not labelled", 200, NULL,
		    "{\"whois\":\"…\",\"reputation\":0,\"indicator\":\"Evil.Example.net\",\"type\":"
		    "\"IPv4\",\"type_title\":\"IPv4\",\"base_indicator\":{\"id\":1,\"indicator\":"
		    "\"198.51.100.7\",\"type\":\"IPv4\"},\"pulse_info\":{\"count\":5,\"pulses\":[{"
		    "\"id\":\"…\",\"name\":\"Honeypot "
		    "data\",\"created\":\"…\",\"modified\":\"…\",\"tags\":[\"ssh\"],\"adversary\":"
		    "\"\",\"TLP\":\"white\"}],\"references\":[],\"related\":{}},\"false_positive\":"
		    "[],\"validation\":[],\"asn\":null,\"country_code\":null,\"sections\":["
		    "\"general\"]}",
		    LOOKUP_HIT, "count=5 | name=Honeypot data | tag=ssh", 0 },
	};

	(void)state;
	provider_check_rows(&domain, rows, COUNT_OF(rows));
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
		cmocka_unit_test(domains),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
