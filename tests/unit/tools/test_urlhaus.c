/* test_urlhaus.c - URLhaus: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked host = { &provider_urlhaus, "host", ASK_ADDRESS,
	"198.51.100.7" };
static const struct provider_asked v6 = { &provider_urlhaus, "host", ASK_ADDRESS, "2001:db8::7" };
static const struct provider_asked domain = { &provider_urlhaus, "host", ASK_DOMAIN,
	"evil.example.net" };
static const struct provider_asked url = { &provider_urlhaus, "url", ASK_URL,
	"http://198.51.100.7/a?b=c&d" };
static const struct provider_asked sha256 = { &provider_urlhaus, "payload", ASK_HASH,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1" };
static const struct provider_asked md5 = { &provider_urlhaus, "payload", ASK_HASH,
	"ccccccccccccccccccccccccccccccc3" };
static const struct provider_asked sha1 = { &provider_urlhaus, "payload", ASK_HASH,
	"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb2" };

static const char good[] =
    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/host/198.51.100.7/"
    "\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 09:55:01 "
    "UTC\",\"url_count\":\"11\",\"blacklists\":{\"spamhaus_dbl\":\"not listed\",\"surbl\":\"not "
    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
    "x.x86\",\"url_status\":\"online\",\"date_added\":\"2026-01-01 09:55:01 "
    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\",\"takedown_time_"
    "seconds\":null,\"tags\":[\"mirai\"]}]}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&host,
	    "POST /v1/host/\nContent-Type: application/x-www-form-urlencoded\nhost=198.51.100.7");
	provider_check_no_request(&v6);
	provider_check_request(&domain, "POST /v1/host/\nContent-Type: "
					"application/x-www-form-urlencoded\nhost=evil.example.net");
	provider_check_request(&url,
	    "POST /v1/url/\nContent-Type: "
	    "application/x-www-form-urlencoded\nurl=http%3A%2F%2F198.51.100.7%2Fa%3Fb%3Dc%26d");
	provider_check_request(&sha256,
	    "POST /v1/payload/\nContent-Type: "
	    "application/"
	    "x-www-form-urlencoded\nsha256_hash="
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1");
	provider_check_request(&md5,
	    "POST /v1/payload/\nContent-Type: "
	    "application/x-www-form-urlencoded\nmd5_hash=ccccccccccccccccccccccccccccccc3");
	provider_check_no_request(&sha1);
}

static void
hosts(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "count=11 | class=malware_download | tag=mirai | listed=malware_url | "
		    "first_seen=2026-01-01T09:55:01Z | "
		    "reference=https://urlhaus.abuse.ch/host/198.51.100.7/",
		    0 },
		{ "offline, but of this quarter", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"11\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"offline\",\"date_added\":\"2025-10-08 12:00:01 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":null}]}",
		    LOOKUP_HIT,
		    "count=11 | class=malware_download | listed=malware_url | "
		    "first_seen=2026-01-01T09:55:01Z | "
		    "reference=https://urlhaus.abuse.ch/host/198.51.100.7/",
		    0 },
		{ "offline for long", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"11\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"offline\",\"date_added\":\"2025-10-07 11:00:00 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":null}]}",
		    LOOKUP_HIT,
		    "count=11 | class=malware_download | first_seen=2026-01-01T09:55:01Z | "
		    "reference=https://urlhaus.abuse.ch/host/198.51.100.7/",
		    0 },
		{ "a blocklist has it", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/"
		    "\",\"host\":\"198.51.100.7\",\"firstseen\":null,\"url_count\":2,"
		    "\"blacklists\":{\"spamhaus_dbl\":\"abused_legit_malware\",\"surbl\":\"not "
		    "listed\"},\"urls\":null}",
		    LOOKUP_HIT,
		    "count=2 | feed=spamhaus_dbl | "
		    "reference=https://urlhaus.abuse.ch/host/198.51.100.7/",
		    0 },
		{ "no URLs", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"0\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not listed\"},\"urls\":[]}",
		    LOOKUP_MISS, "", 0 },
		{ "nothing", 200, NULL, "{\"query_status\":\"no_results\"}", LOOKUP_MISS, "", 0 },
		{ "a bad host", 200, NULL, "{\"query_status\":\"invalid_host\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "the wrong method", 200, NULL, "{\"query_status\":\"http_post_expected\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "another host", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"203.0.113.9\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"11\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"online\",\"date_added\":\"2026-01-01 09:55:01 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":[\"mirai\"]}]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a count that is none", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"many\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"online\",\"date_added\":\"2026-01-01 09:55:01 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":[\"mirai\"]}]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "no count", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"198.51.100.7\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"online\",\"date_added\":\"2026-01-01 09:55:01 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":[\"mirai\"]}]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&host, rows, COUNT_OF(rows));
	provider_check_abusech(&host);
}

static void
domains(void **state)
{
	static const struct provider_row rows[] = {
		{ "a domain is not labelled", 200, NULL,
		    "{\"query_status\":\"ok\",\"urlhaus_reference\":\"https://urlhaus.abuse.ch/"
		    "host/198.51.100.7/\",\"host\":\"evil.example.net\",\"firstseen\":\"2026-01-01 "
		    "09:55:01 UTC\",\"url_count\":\"11\",\"blacklists\":{\"spamhaus_dbl\":\"not "
		    "listed\",\"surbl\":\"not "
		    "listed\"},\"urls\":[{\"id\":\"165356\",\"url\":\"http://198.51.100.7/bins/"
		    "x.x86\",\"url_status\":\"online\",\"date_added\":\"2026-01-01 09:55:01 "
		    "UTC\",\"threat\":\"malware_download\",\"reporter\":\"x\",\"larted\":\"true\","
		    "\"takedown_time_seconds\":null,\"tags\":[\"mirai\"]}]}",
		    LOOKUP_HIT,
		    "count=11 | class=malware_download | tag=mirai | "
		    "first_seen=2026-01-01T09:55:01Z | "
		    "reference=https://urlhaus.abuse.ch/host/198.51.100.7/",
		    0 },
	};

	(void)state;
	provider_check_rows(&domain, rows, COUNT_OF(rows));
}

static void
urls(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL,
		    "{\"query_status\":\"ok\",\"id\":\"105821\",\"urlhaus_reference\":\"https://"
		    "urlhaus.abuse.ch/url/105821/\",\"url\":\"http://198.51.100.7/"
		    "a?b=c&d\",\"url_status\":\"offline\",\"host\":\"198.51.100.7\",\"date_added\":"
		    "\"2026-01-01 09:55:01 UTC\",\"last_online\":\"2026-01-02 00:00:00 "
		    "UTC\",\"threat\":\"malware_download\",\"blacklists\":{\"surbl\":\"listed\"},"
		    "\"tags\":[\"elf\"],\"payloads\":[{\"firstseen\":\"2026-01-01\",\"filename\":"
		    "\"x\",\"file_type\":\"elf\",\"signature\":\"Mirai\"},{\"signature\":null}]}",
		    LOOKUP_HIT,
		    "class=malware_download | tag=elf | malware=Mirai | feed=surbl | "
		    "first_seen=2026-01-01T09:55:01Z | last_seen=2026-01-02T00:00:00Z | "
		    "reference=https://urlhaus.abuse.ch/url/105821/",
		    0 },
		{ "nothing", 200, NULL, "{\"query_status\":\"no_results\"}", LOOKUP_MISS, "", 0 },
		{ "a bad URL", 200, NULL, "{\"query_status\":\"invalid_url\"}", LOOKUP_BAD_REQUEST,
		    "", 0 },
		{ "another URL", 200, NULL,
		    "{\"query_status\":\"ok\",\"url\":\"http://203.0.113.9/\",\"threat\":\"x\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "ok, and nothing else", 200, NULL, "{\"query_status\":\"ok\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&url, rows, COUNT_OF(rows));
}

static void
payloads(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL,
		    "{\"query_status\":\"ok\",\"md5_hash\":\"ccccccccccccccccccccccccccccccc3\","
		    "\"sha256_hash\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\",\"file_"
		    "type\":\"elf\",\"file_size\":\"68112\",\"signature\":\"Mirai\",\"firstseen\":"
		    "\"2026-01-01 09:55:01\",\"lastseen\":null,\"url_count\":\"3\",\"urls\":[]}",
		    LOOKUP_HIT,
		    "malware=Mirai | type=elf | size=68112 | count=3 | "
		    "first_seen=2026-01-01T09:55:01Z",
		    0 },
		{ "nothing", 200, NULL, "{\"query_status\":\"no_results\"}", LOOKUP_MISS, "", 0 },
		{ "a bad hash", 200, NULL, "{\"query_status\":\"invalid_sha256_hash\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "another file", 200, NULL,
		    "{\"query_status\":\"ok\",\"sha256_hash\":"
		    "\"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\","
		    "\"signature\":\"Mirai\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "ok, and nothing else", 200, NULL, "{\"query_status\":\"ok\"}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
	};

	(void)state;
	provider_check_rows(&sha256, rows, COUNT_OF(rows));
}

static void
faults(void **state)
{
	(void)state;
	provider_check_faults(&host, good, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(hosts),
		cmocka_unit_test(domains),
		cmocka_unit_test(urls),
		cmocka_unit_test(payloads),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
