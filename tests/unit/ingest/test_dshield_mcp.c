/* test_dshield_mcp.c - events of the dshield-mcp client. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("dshield-mcp", "good.json");
	reader_check_forced("dshield-mcp", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"source_ip\":\"unknown\",\"timestamp\":\"2025-07-28T11:00:00Z\",\"raw_data\":{"
		  "}}",
		    REFUSED_FIELD_INVALID, "source_ip: expected an address, got \"unknown\"" },
		{ "{\"source_ip\":\"203.0.113.1\",\"timestamp\":\"\",\"raw_data\":null,\"event_"
		  "type\":\"a\",\"severity\":\"b\",\"category\":\"c\"}",
		    REFUSED_FIELD_MISSING, "timestamp: expected a time, got nothing" },
		{ "{\"source_ip\":\"203.0.113.1\",\"timestamp\":\"2025-07-28T11:00:00Z\",\"raw_"
		  "data\":{\"@timestamp\":\"x\",\"event.dataset\":\"honeypot\"}}",
		    REFUSED_TIME_INVALID, "@timestamp: expected a time, got \"x\"" },
	};

	(void)state;
	reader_check_refusals("dshield-mcp", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("dshield-mcp", true, "input", BAD, COUNT_OF(BAD));
}

/** raw_data is read by whoever knows it; a document of nobody leaves the event itself. */
static void
raw_data_of_every_kind(void **state)
{
	static const struct {
		const char *raw, *id;
	} CASES[] = {
		{ "{\"eventid\":\"cowrie.session.connect\",\"session\":\"c1\",\"src_ip\":\"203.0."
		  "113.1\","
		  "\"timestamp\":\"2025-07-28T10:00:00Z\"}",
		    "c1" },
		{ "{\"ts\":1753696800,\"uid\":\"z1\",\"id.orig_h\":\"203.0.113.1\",\"_path\":"
		  "\"conn\"}",
		    "z1" },
		{ "{\"timestamp\":\"2025-07-28T10:00:00Z\",\"flow_id\":5,\"event_type\":\"ssh\","
		  "\"src_ip\":"
		  "\"203.0.113.1\",\"dest_ip\":\"192.0.2.1\"}",
		    "5-2025-07-28" },
		{ "{\"x\":1}", "e1" },
		{ "[1]", "e1" },
		{ "null", "e1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		struct buf line = BUF_INIT(4096);
		struct reader_result r;

		buf_printf(&line,
		    "{\"id\":\"e1\",\"timestamp\":\"2025-07-28T10:00:00Z\",\"source_ip\":\"203.0."
		    "113.1\","
		    "\"description\":\"x\",\"raw_data\":%s}\n",
		    CASES[i].raw);
		r = reader_run(NULL, "mcp.json", buf_sv(&line));
		assert_int_equal(r.rc, COORD_OK);
		assert_int_equal(r.table.n, 1);
		assert_string_equal(session_text(&r.table, 0, TEXT_ID).data, CASES[i].id);
		assert_sv_equal(session_text(&r.table, 0, TEXT_FORMAT), "dshield-mcp");
		reader_result_clear(&r);
		buf_clear(&line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(raw_data_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
