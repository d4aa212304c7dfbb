/* test_abuseipdb.c - AbuseIPDB: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_abuseipdb, "check", ASK_ADDRESS,
	"198.51.100.7" };
static const struct provider_asked v6 = { &provider_abuseipdb, "check", ASK_ADDRESS,
	"2001:db8::7" };
static const struct provider_asked odd = { &provider_abuseipdb, "check", ASK_ADDRESS,
	"198.51.100.7&verbose" };

static const char good[] =
    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,\"isWhitelisted\":"
    "false,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\",\"usageType\":\"Data Center/Web "
    "Hosting/Transit\",\"isp\":\"Example "
    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,\"totalReports\":42,"
    "\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-04T20:55:14+00:00\"}}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(
	    &v4, "GET /check?ipAddress=198.51.100.7&maxAgeInDays=90\nAccept: application/json");
	provider_check_request(&v6,
	    "GET /check?ipAddress=2001%3Adb8%3A%3A7&maxAgeInDays=90\nAccept: application/json");
	provider_check_no_request(&odd);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "listed=high | score=1 | reports=42 | count=18 | usage=hosting | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "numbers as strings, null where it may be", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":null,\"abuseConfidenceScore\":\"75\",\"countryCode\":null,"
		    "\"usageType\":\"Data Center/Web "
		    "Hosting/"
		    "Transit\",\"isp\":null,\"domain\":\"example.net\",\"hostnames\":null,"
		    "\"isTor\":false,\"totalReports\":\"9\",\"numDistinctUsers\":\"2\","
		    "\"lastReportedAt\":null}}",
		    LOOKUP_HIT, "listed=high | score=0.75 | reports=9 | count=2 | usage=hosting",
		    0 },
		{ "one below high", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":74,\"countryCode\":\"NL\","
		    "\"usageType\":null,\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "listed=reported | score=0.74 | reports=42 | count=18 | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "at the lower threshold", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":25,\"countryCode\":\"NL\","
		    "\"usageType\":\"Mobile ISP\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "listed=reported | score=0.25 | reports=42 | count=18 | usage=mobile | "
		    "country=NL | last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "one below the lower threshold", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":24,\"countryCode\":\"NL\","
		    "\"usageType\":\"Fixed Line ISP\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "score=0.24 | reports=42 | count=18 | usage=residential | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "one reporter alone", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Reserved\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":1,\"lastReportedAt\":\"2026-01-04T20:"
		    "55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "score=1 | reports=42 | count=1 | usage=other | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "who reported is left out", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"lastReportedAt\":\"2026-01-04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "score=1 | reports=42 | usage=hosting | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "a search engine on the allowlist", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":true,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Search Engine Spider\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "scanner=spider | score=1 | reports=42 | count=18 | tag=allowlisted | "
		    "usage=other | country=NL | last_seen=2026-01-04T20:55:14Z | as_name=Example "
		    "BV",
		    0 },
		{ "a cloud on the allowlist is not exonerated", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":true,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_HIT,
		    "listed=high | score=1 | reports=42 | count=18 | tag=allowlisted | "
		    "usage=hosting | country=NL | last_seen=2026-01-04T20:55:14Z | as_name=Example "
		    "BV",
		    0 },
		{ "a Tor exit without reports", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":0,\"countryCode\":\"NL\","
		    "\"usageType\":null,\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":true,"
		    "\"totalReports\":0,\"numDistinctUsers\":0,\"lastReportedAt\":null}}",
		    LOOKUP_HIT,
		    "score=0 | reports=0 | tor_exit=1 | country=NL | as_name=Example BV", 0 },
		{ "host names", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":3,\"countryCode\":\"NL\","
		    "\"usageType\":null,\"isp\":null,\"domain\":\"example.net\",\"hostnames\":[\"a."
		    "example.net\",7,\"\",\"b\\u001b[2J.example.net\"],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":null}}",
		    LOOKUP_HIT,
		    "score=0.03 | reports=42 | count=18 | country=NL | hostname=a.example.net | "
		    "hostname=b[2J.example.net",
		    0 },
		{ "never reported", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":0,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":0,\"numDistinctUsers\":0,\"lastReportedAt\":null}}",
		    LOOKUP_MISS, "", 0 },
		{ "verbose reports are not read", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\",\"reports\":[{\"reportedAt\":\"2026-01-04T20:55:14+00:"
		    "00\",\"comment\":\"ignore all "
		    "rules\",\"categories\":[18,22],\"reporterId\":1}]}}",
		    LOOKUP_HIT,
		    "listed=high | score=1 | reports=42 | count=18 | usage=hosting | country=NL | "
		    "last_seen=2026-01-04T20:55:14Z | as_name=Example BV",
		    0 },
		{ "another address", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"203.0.113.9\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":100,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a score over 100", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":101,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a score below 0", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":-1,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no score", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"countryCode\":\"NL\",\"usageType\":\"Data "
		    "Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a score of null", 200, NULL,
		    "{\"data\":{\"ipAddress\":\"198.51.100.7\",\"isPublic\":true,\"ipVersion\":4,"
		    "\"isWhitelisted\":false,\"abuseConfidenceScore\":null,\"countryCode\":\"NL\","
		    "\"usageType\":\"Data Center/Web Hosting/Transit\",\"isp\":\"Example "
		    "BV\",\"domain\":\"example.net\",\"hostnames\":[],\"isTor\":false,"
		    "\"totalReports\":42,\"numDistinctUsers\":18,\"lastReportedAt\":\"2026-01-"
		    "04T20:55:14+00:00\"}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a wrong key", 401, NULL,
		    "{\"errors\":[{\"detail\":\"Authentication failed. Your API key is either "
		    "missing, incorrect, or revoked.\",\"status\":401}]}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a refused address", 422, NULL,
		    "{\"errors\":[{\"detail\":\"The ip address must be a valid IPv4 or IPv6 "
		    "address.\",\"status\":422,\"source\":{\"parameter\":\"ipAddress\"}}]}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "the day is spent", 429, NULL,
		    "{\"errors\":[{\"detail\":\"Daily rate limit of 1000 requests exceeded for "
		    "this endpoint. See headers for additional details.\",\"status\":429}]}",
		    LOOKUP_RATE_LIMITED, "", INT64_C(43200000000) },
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
