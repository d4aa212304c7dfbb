/* test_virustotal.c - VirusTotal: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked ip = { &provider_virustotal, "ip", ASK_ADDRESS, "198.51.100.7" };
static const struct provider_asked v6 = { &provider_virustotal, "ip", ASK_ADDRESS, "2001:db8::7" };
static const struct provider_asked file = { &provider_virustotal, "file", ASK_HASH,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1" };
static const struct provider_asked odd = { &provider_virustotal, "file", ASK_HASH, "../users/x" };

static const char good[] =
    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{\"self\":\"…\"},"
    "\"attributes\":{\"last_analysis_stats\":{\"harmless\":50,\"malicious\":12,\"suspicious\":1,"
    "\"undetected\":10,\"timeout\":0},\"last_analysis_date\":1767571200,\"reputation\":-5,\"asn\":"
    "64500,\"as_owner\":\"Example\",\"country\":\"NL\",\"network\":\"198.51.100.0/"
    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(
	    &ip, "GET /api/v3/ip_addresses/198.51.100.7\nAccept: application/json");
	provider_check_request(
	    &v6, "GET /api/v3/ip_addresses/2001%3Adb8%3A%3A7\nAccept: application/json");
	provider_check_request(&file, "GET "
				      "/api/v3/files/"
				      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				      "aaa1\nAccept: application/json");
	provider_check_no_request(&odd);
}

static void
addresses(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "listed=malicious | reports=12 | score=0.164384 | class=malicious | asn=64500 "
		    "| as_name=Example | country=NL | prefix=198.51.100.0/24 | "
		    "last_seen=2026-01-05T00:00:00Z",
		    0 },
		{ "three engines", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"harmless\":67,"
		    "\"malicious\":\"3\",\"suspicious\":0,\"undetected\":30},\"last_analysis_"
		    "date\":1767571200,\"reputation\":-5,\"asn\":64500,\"as_owner\":\"Example\","
		    "\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_HIT,
		    "listed=malicious | reports=3 | score=0.03 | class=malicious | asn=64500 | "
		    "as_name=Example | country=NL | prefix=198.51.100.0/24 | "
		    "last_seen=2026-01-05T00:00:00Z",
		    0 },
		{ "two are false alarms", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"harmless\":68,"
		    "\"malicious\":2,\"suspicious\":0,\"undetected\":30},\"last_analysis_date\":"
		    "1767571200,\"reputation\":-5,\"asn\":64500,\"as_owner\":\"Example\","
		    "\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_HIT,
		    "reports=2 | score=0.02 | class=malicious | asn=64500 | as_name=Example | "
		    "country=NL | prefix=198.51.100.0/24 | last_seen=2026-01-05T00:00:00Z",
		    0 },
		{ "suspicious", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"harmless\":98,"
		    "\"malicious\":0,\"suspicious\":2},\"last_analysis_date\":1767571200,"
		    "\"reputation\":-5,\"asn\":64500,\"as_owner\":\"Example\",\"country\":\"NL\","
		    "\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_HIT,
		    "reports=0 | score=0 | class=suspicious | asn=64500 | as_name=Example | "
		    "country=NL | prefix=198.51.100.0/24 | last_seen=2026-01-05T00:00:00Z",
		    0 },
		{ "nobody says anything", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"malicious\":0},"
		    "\"last_analysis_date\":null,\"reputation\":-5,\"asn\":null,\"as_owner\":null,"
		    "\"country\":\"\",\"network\":\"?\",\"tags\":[\"vpn\"],\"total_votes\":{"
		    "\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_HIT, "reports=0 | tag=vpn", 0 },
		{ "not known", 404, NULL,
		    "{\"error\":{\"code\":\"NotFoundError\",\"message\":\"…\"}}", LOOKUP_MISS, "",
		    0 },
		{ "404 of a wrong path", 404, NULL, "{}", LOOKUP_BAD_REQUEST, "", 0 },
		{ "the day is spent", 429, NULL,
		    "{\"error\":{\"code\":\"QuotaExceededError\",\"message\":\"…\"}}",
		    LOOKUP_RATE_LIMITED, "", INT64_C(43200000000) },
		{ "the minute is spent", 429, NULL,
		    "{\"error\":{\"code\":\"TooManyRequestsError\",\"message\":\"…\"}}",
		    LOOKUP_RATE_LIMITED, "", INT64_C(60000000) },
		{ "a wrong key", 401, NULL,
		    "{\"error\":{\"code\":\"WrongCredentialsError\",\"message\":\"…\"}}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "not allowed", 403, NULL,
		    "{\"error\":{\"code\":\"ForbiddenError\",\"message\":\"…\"}}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a bad question", 400, NULL,
		    "{\"error\":{\"code\":\"InvalidArgumentError\",\"message\":\"…\"}}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "later", 503, NULL, "{\"error\":{\"code\":\"TransientError\",\"message\":\"…\"}}",
		    LOOKUP_UNAVAILABLE, "", 0 },
		{ "another address", 200, NULL,
		    "{\"data\":{\"id\":\"203.0.113.9\",\"type\":\"ip_address\",\"links\":{\"self\":"
		    "\"…\"},\"attributes\":{\"last_analysis_stats\":{\"harmless\":50,\"malicious\":"
		    "12,\"suspicious\":1,\"undetected\":10,\"timeout\":0},\"last_analysis_date\":"
		    "1767571200,\"reputation\":-5,\"asn\":64500,\"as_owner\":\"Example\","
		    "\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no numbers", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":null,\"last_analysis_"
		    "date\":1767571200,\"reputation\":-5,\"asn\":64500,\"as_owner\":\"Example\","
		    "\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a number that is none", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"malicious\":"
		    "\"many\"},\"last_analysis_date\":1767571200,\"reputation\":-5,\"asn\":64500,"
		    "\"as_owner\":\"Example\",\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "less than no engine", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"malicious\":-1},"
		    "\"last_analysis_date\":1767571200,\"reputation\":-5,\"asn\":64500,\"as_"
		    "owner\":\"Example\",\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "more engines than there are", 200, NULL,
		    "{\"data\":{\"id\":\"198.51.100.7\",\"type\":\"ip_address\",\"links\":{"
		    "\"self\":\"…\"},\"attributes\":{\"last_analysis_stats\":{\"malicious\":100000}"
		    ",\"last_analysis_date\":1767571200,\"reputation\":-5,\"asn\":64500,\"as_"
		    "owner\":\"Example\",\"country\":\"NL\",\"network\":\"198.51.100.0/"
		    "24\",\"tags\":[],\"total_votes\":{\"harmless\":0,\"malicious\":3}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&ip, rows, COUNT_OF(rows));
}

static void
files(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL,
		    "{\"data\":{\"id\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"type\":"
		    "\"file\",\"attributes\":{\"sha256\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"sha1\":"
		    "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2\",\"md5\":"
		    "\"ccccccccccccccccccccccccccccccc3\",\"size\":1234,\"type_description\":"
		    "\"ELF\",\"meaningful_name\":\"x.x86\",\"first_submission_date\":1767225600,"
		    "\"last_analysis_date\":1767571200,\"popular_threat_classification\":{"
		    "\"suggested_threat_label\":\"trojan.mirai/"
		    "linux\"},\"last_analysis_stats\":{\"harmless\":0,\"type-unsupported\":9,"
		    "\"malicious\":30,\"suspicious\":0,\"undetected\":30,\"timeout\":2,\"failure\":"
		    "1}}}}",
		    LOOKUP_HIT,
		    "reports=30 | score=0.5 | class=malicious | malware=trojan.mirai/linux | "
		    "name=x.x86 | type=ELF | size=1234 | first_seen=2026-01-01T00:00:00Z | "
		    "last_seen=2026-01-05T00:00:00Z",
		    0 },
		{ "not known", 404, NULL,
		    "{\"error\":{\"code\":\"NotFoundError\",\"message\":\"…\"}}", LOOKUP_MISS, "",
		    0 },
		{ "another file", 200, NULL,
		    "{\"data\":{\"id\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"type\":"
		    "\"file\",\"attributes\":{\"sha256\":"
		    "\"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\",\"sha1\":"
		    "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2\",\"md5\":"
		    "\"ccccccccccccccccccccccccccccccc3\",\"size\":1234,\"type_description\":"
		    "\"ELF\",\"meaningful_name\":\"x.x86\",\"first_submission_date\":1767225600,"
		    "\"last_analysis_date\":1767571200,\"popular_threat_classification\":{"
		    "\"suggested_threat_label\":\"trojan.mirai/"
		    "linux\"},\"last_analysis_stats\":{\"harmless\":0,\"type-unsupported\":9,"
		    "\"malicious\":30,\"suspicious\":0,\"undetected\":30,\"timeout\":2,\"failure\":"
		    "1}}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "labels of another type", 200, NULL,
		    "{\"data\":{\"id\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"type\":"
		    "\"file\",\"attributes\":{\"sha256\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"sha1\":"
		    "\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2\",\"md5\":"
		    "\"ccccccccccccccccccccccccccccccc3\",\"size\":\"x\",\"type_description\":null,"
		    "\"meaningful_name\":7,\"first_submission_date\":1767225600,\"last_analysis_"
		    "date\":1767571200,\"popular_threat_classification\":[],\"last_analysis_"
		    "stats\":{\"harmless\":0,\"type-unsupported\":9,\"malicious\":30,"
		    "\"suspicious\":0,\"undetected\":30,\"timeout\":2,\"failure\":1}}}}",
		    LOOKUP_HIT,
		    "reports=30 | score=0.5 | class=malicious | first_seen=2026-01-01T00:00:00Z | "
		    "last_seen=2026-01-05T00:00:00Z",
		    0 },
	};

	(void)state;
	provider_check_rows(&file, rows, COUNT_OF(rows));
}

static void
faults(void **state)
{
	(void)state;
	provider_check_faults(&ip, good, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(addresses),
		cmocka_unit_test(files),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
