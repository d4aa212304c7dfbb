/* test_misp.c - MISP: requests, and every outcome of answers as the reference shows them. */
#include "testing.h"

#include "provider_check.h"

static const struct provider_asked v4 = { &provider_misp, "attributes", ASK_ADDRESS,
	"198.51.100.7" };
static const struct provider_asked domain = { &provider_misp, "attributes", ASK_DOMAIN,
	"evil.example.net" };
static const struct provider_asked url = { &provider_misp, "attributes", ASK_URL,
	"http://evil.example.net/x" };
static const struct provider_asked file = { &provider_misp, "attributes", ASK_HASH,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1" };
static const struct provider_asked odd = { &provider_misp, "attributes", ASK_ADDRESS, "%" };

static const char good[] =
    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\",\"category\":\"Network "
    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":\"1767571200\","
    "\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":\"\",\"Event\":{\"id\":\"12\","
    "\"info\":\"SSH "
    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]}]}}";

static void
requests(void **state)
{
	(void)state;
	provider_check_request(&v4,
	    "POST /attributes/restSearch\nAccept: application/json\nContent-Type: "
	    "application/"
	    "json\n{\"returnFormat\":\"json\",\"value\":[\"198.51.100.7\"],\"type\":[\"ip-"
	    "src\",\"ip-dst\",\"ip-src|port\",\"ip-dst|port\",\"domain|ip\"],"
	    "\"enforceWarninglist\":true,\"includeEventTags\":true,\"page\":1,\"limit\":100}");
	provider_check_request(&domain,
	    "POST /attributes/restSearch\nAccept: application/json\nContent-Type: "
	    "application/"
	    "json\n{\"returnFormat\":\"json\",\"value\":[\"evil.example.net\"],\"type\":["
	    "\"domain\",\"hostname\",\"domain|ip\",\"hostname|port\"],\"enforceWarninglist\":true,"
	    "\"includeEventTags\":true,\"page\":1,\"limit\":100}");
	provider_check_request(&url,
	    "POST /attributes/restSearch\nAccept: application/json\nContent-Type: "
	    "application/json\n{\"returnFormat\":\"json\",\"value\":[\"http://evil.example.net/"
	    "x\"],\"type\":[\"url\",\"uri\",\"link\"],\"enforceWarninglist\":true,"
	    "\"includeEventTags\":true,\"page\":1,\"limit\":100}");
	provider_check_request(&file,
	    "POST /attributes/restSearch\nAccept: application/json\nContent-Type: "
	    "application/"
	    "json\n{\"returnFormat\":\"json\",\"value\":["
	    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1\"],\"type\":["
	    "\"md5\",\"sha1\",\"sha256\",\"filename|md5\",\"filename|sha1\",\"filename|sha256\"],"
	    "\"enforceWarninglist\":true,\"includeEventTags\":true,\"page\":1,\"limit\":100}");
	provider_check_no_request(&odd);
}

static void
answers(void **state)
{
	static const struct provider_row rows[] = {
		{ "a hit", 200, NULL, good, LOOKUP_HIT,
		    "tag=tlp:amber | class=Network activity | name=SSH campaign | "
		    "last_seen=2026-01-05T00:00:00Z | listed=to_ids | count=1",
		    0 },
		{ "not to be acted upon", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":false,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "}]}}",
		    LOOKUP_HIT,
		    "tag=tlp:amber | class=Network activity | name=SSH campaign | "
		    "last_seen=2026-01-05T00:00:00Z | count=1",
		    0 },
		{ "truth values as strings", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":\"1\",\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":null,\"Tag\":null}]}}",
		    LOOKUP_HIT,
		    "class=Network activity | last_seen=2026-01-05T00:00:00Z | listed=to_ids | "
		    "count=1",
		    0 },
		{ "on a warning list", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    ",\"warnings\":[{\"match\":\"List of public resolvers\"}]}]}}",
		    LOOKUP_HIT,
		    "tag=tlp:amber | class=Network activity | name=SSH campaign | "
		    "last_seen=2026-01-05T00:00:00Z | count=1",
		    0 },
		{ "tagged as a false positive", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"false-"
		    "positive:risk=\\\"high\\\"\"}]}]}}",
		    LOOKUP_HIT,
		    "tag=false-positive:risk=\"high\" | class=Network activity | name=SSH campaign "
		    "| last_seen=2026-01-05T00:00:00Z | count=1",
		    0 },
		{ "its event is tagged as one", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":{\"info\":\"x\",\"Tag\":[{\"name\":\"false-positive:risk="
		    "\\\"medium\\\"\"}]},\"Tag\":[{\"name\":\"tlp:amber\"}]}]}}",
		    LOOKUP_HIT,
		    "tag=tlp:amber | tag=false-positive:risk=\"medium\" | class=Network activity | "
		    "name=x | last_seen=2026-01-05T00:00:00Z | count=1",
		    0 },
		{ "a low risk of being one", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.7\",\"comment\":"
		    "\"\",\"Event\":null,\"Tag\":[{\"name\":\"false-positive:risk=\\\"low\\\"\"}]}]"
		    "}}",
		    LOOKUP_HIT,
		    "tag=false-positive:risk=\"low\" | class=Network activity | "
		    "last_seen=2026-01-05T00:00:00Z | listed=to_ids | count=1",
		    0 },
		{ "one half of a pair", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"domain|ip\",\"to_ids\":true,\"uuid\":\"…\","
		    "\"timestamp\":\"1767571200\",\"distribution\":\"3\",\"value\":\"evil.example."
		    "net|198.51.100.7\",\"comment\":\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "},{\"id\":\"3456\",\"event_id\":\"12\",\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.70\",\"comment\":"
		    "\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "},{\"id\":\"3456\",\"event_id\":\"12\",\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":7,\"comment\":\"\",\"Event\":{"
		    "\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "},7]}}",
		    LOOKUP_HIT,
		    "tag=tlp:amber | class=Network activity | name=SSH campaign | "
		    "last_seen=2026-01-05T00:00:00Z | listed=to_ids | count=1",
		    0 },
		{ "others only", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Network "
		    "activity\",\"type\":\"ip-src\",\"to_ids\":true,\"uuid\":\"…\",\"timestamp\":"
		    "\"1767571200\",\"distribution\":\"3\",\"value\":\"198.51.100.70\",\"comment\":"
		    "\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "}]}}",
		    LOOKUP_MISS, "", 0 },
		{ "nothing", 200, NULL, "{\"response\":{\"Attribute\":[]}}", LOOKUP_MISS, "", 0 },
		{ "nothing, of an old server", 200, NULL, "{\"response\":[]}", LOOKUP_MISS, "", 0 },
		{ "a list of another thing", 200, NULL, "{\"response\":[{\"Event\":{}}]}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "an object in place of the list", 200, NULL, "{\"response\":{\"Attribute\":{}}}",
		    LOOKUP_BAD_PAYLOAD, "", 0 },
		{ "a wrong key", 403, NULL,
		    "{\"name\":\"Authentication failed. Please make sure you pass the API "
		    "key\",\"message\":\"…\",\"url\":\"/attributes/restSearch\"}",
		    LOOKUP_AUTH_FAILED, "", 0 },
		{ "a wrong path", 404, NULL,
		    "{\"name\":\"Not Found\",\"message\":\"Not Found\",\"url\":\"/attributes\"}",
		    LOOKUP_BAD_REQUEST, "", 0 },
		{ "the whole server is busy", 503, "text/html", "<html>", LOOKUP_UNAVAILABLE, "",
		    0 },
	};

	(void)state;
	provider_check_rows(&v4, rows, COUNT_OF(rows));
}

static void
files(void **state)
{
	static const struct provider_row rows[] = {
		{ "a file with its name", 200, NULL,
		    "{\"response\":{\"Attribute\":[{\"id\":\"3456\",\"event_id\":\"12\","
		    "\"category\":\"Payload "
		    "delivery\",\"type\":\"filename|sha256\",\"to_ids\":true,\"uuid\":\"…\","
		    "\"timestamp\":\"1767571200\",\"distribution\":\"3\",\"value\":\"x.sh|"
		    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1\","
		    "\"comment\":\"\",\"Event\":{\"id\":\"12\",\"info\":\"SSH "
		    "campaign\",\"uuid\":\"…\",\"org_id\":\"1\"},\"Tag\":[{\"name\":\"tlp:amber\"}]"
		    "}]}}",
		    LOOKUP_HIT,
		    "tag=tlp:amber | class=Payload delivery | name=SSH campaign | "
		    "last_seen=2026-01-05T00:00:00Z | count=1",
		    0 },
	};

	(void)state;
	provider_check_rows(&file, rows, COUNT_OF(rows));
}

static void
pages(void **state)
{
	struct arena *arena = arena_new(0);
	const struct provider_setup setup = { .contact = "", .app = "", .page = 3 };
	const struct tools_question question = { .kind = ASK_ADDRESS, .text = SV("198.51.100.7") };
	const struct provider_call *call = &provider_misp.calls[0];
	struct provider_request request = { 0 };
	struct buf body = BUF_INIT(64 << 10);

	(void)state;
	assert_int_equal(call->build(&question, &setup, arena, &request, NULL), COORD_OK);
	assert_true(sv_has(request.body, SV("\"page\":3,\"limit\":100")));
	assert_int_equal(call->pages_most, 5);
	/* fewer rows than a page holds are the last ones */
	for (unsigned rows = 99; rows <= 100; rows++) {
		struct provider_facts facts = { .arena = arena };

		body.len = 0;
		buf_add_str(&body, "{\"response\":{\"Attribute\":[");
		for (unsigned i = 0; i < rows; i++)
			buf_printf(&body, "%s{\"value\":\"198.51.100.7\",\"to_ids\":false}",
			    i > 0 ? "," : "");
		buf_add_str(&body, "]}}");
		assert_int_equal(provider_read(call, &question, 200, SV("application/json"),
				     buf_sv(&body), 0, &facts),
		    LOOKUP_HIT);
		assert_int_equal(facts.more, rows == 100);
		assert_int_equal(facts.n, 1);
		assert_int_equal(facts.facts[0].number, rows);
	}
	buf_clear(&body);
	arena_free(arena);
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
		cmocka_unit_test(files),
		cmocka_unit_test(pages),
		cmocka_unit_test(faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
