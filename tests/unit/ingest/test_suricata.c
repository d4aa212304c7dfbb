/* test_suricata.c - Suricata EVE events. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("suricata", "good.json");
	reader_check_forced("suricata", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"timestamp\":\"2025-07-28T10:00:02+0000\",\"flow_id\":\"x\",\"event_type\":"
		  "\"alert\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\"}",
		    REFUSED_FIELD_INVALID, "flow_id: expected an integer, got \"x\"" },
		{ "{\"timestamp\":\"2025-07-28T10:00:02+0000\",\"flow_id\":1.5,\"event_type\":"
		  "\"alert\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\"}",
		    REFUSED_FIELD_INVALID, "flow_id: expected an integer, got 1.5" },
		{ "{\"timestamp\":\"2025-07-28T10:00:02+0000\",\"flow_id\":1,\"event_type\":"
		  "\"alert\",\"src_ip\":\"203.0.113.9\"}",
		    REFUSED_FIELD_MISSING, "dest_ip: expected an address, got nothing" },
		{ "{\"timestamp\":\"2025-07-28T10:00:02+0000\",\"flow_id\":1,\"event_type\":"
		  "\"alert\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\",\"alert\":{}}",
		    REFUSED_FIELD_MISSING, "alert.signature_id: expected a number, got nothing" },
		{ "{\"timestamp\":\"2025-07-28T10:00:02+0000x\",\"flow_id\":1,\"event_type\":"
		  "\"alert\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\"}",
		    REFUSED_TIME_INVALID,
		    "timestamp: expected a time, got \"2025-07-28T10:00:02+0000x\"" },
	};

	(void)state;
	reader_check_refusals("suricata", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("suricata", true, "input", BAD, COUNT_OF(BAD));
}

/** Beyond 2^53 a double would make two flows one. */
static void
flow_ids_are_exact(void **state)
{
	struct reader_result r = reader_run(NULL, "eve.json",
	    SV("{\"timestamp\":\"2025-07-28T10:00:00.000000+0000\",\"flow_id\":9007199254740993,"
	       "\"event_type\":"
	       "\"flow\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\",\"proto\":\"TCP\"}\n"
	       "{\"timestamp\":\"2025-07-28T10:00:00.000000+0000\",\"flow_id\":9007199254740992,"
	       "\"event_type\":"
	       "\"flow\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\",\"proto\":\"TCP\"}\n"
	       "{\"timestamp\":\"2025-07-28T10:00:00.000000+0000\",\"flow_id\":"
	       "\"18446744073709551615\","
	       "\"event_type\":\"flow\",\"src_ip\":\"203.0.113.9\",\"dest_ip\":\"192.0.2.10\"}\n"));

	(void)state;
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.table.n, 3);
	assert_sv_equal(session_text(&r.table, 0, TEXT_ID), "18446744073709551615-2025-07-28");
	assert_sv_equal(session_text(&r.table, 1, TEXT_ID), "9007199254740992-2025-07-28");
	assert_sv_equal(session_text(&r.table, 2, TEXT_ID), "9007199254740993-2025-07-28");
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(flow_ids_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
