/* test_tpot.c - T-Pot documents. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("tpot", "good.json");
	reader_check_forced("tpot", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"type\":\"Dionaea\",\"src_ip\":\"203.0.113.1\",\"dest_port\":1}",
		    REFUSED_FIELD_MISSING, "timestamp: expected a time, got nothing" },
		{ "{\"type\":\"Dionaea\",\"src_ip\":\"203.0.113.1000\",\"dest_port\":1,"
		  "\"timestamp\":\"2025-07-28T11:00:00Z\"}",
		    REFUSED_FIELD_INVALID, "src_ip: expected an address, got \"203.0.113.1000\"" },
		{ "{\"type\":\"Dionaea\",\"src_ip\":\"203.0.113.1\",\"dest_port\":\"http\","
		  "\"timestamp\":\"2025-07-28T11:00:00Z\"}",
		    REFUSED_FIELD_INVALID, "dest_port: expected a port, got \"http\"" },
	};

	(void)state;
	reader_check_refusals("tpot", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("tpot", true, "input", BAD, COUNT_OF(BAD));
}

static const char COWRIE_DOCUMENT[] =
    "{\"@timestamp\":\"2020-02-03T07:15:24.933Z\",\"timestamp\":\"2020-02-03T07:15:24.933982Z\","
    "\"type\":\"Cowrie\",\"eventid\":\"cowrie.session.connect\",\"session\":\"8599dd602207\","
    "\"src_ip\":\"203.0.113.7\",\"src_port\":47822,\"dest_ip\":\"192.0.2.10\",\"dest_port\":2222,"
    "\"protocol\":\"ssh\",\"sensor\":\"c1\",\"t-pot_hostname\":\"tp1\"}\n";

static void
check_cowrie(const char *format)
{
	struct reader_result r = reader_run(format, "tpot.json", sv_from(COWRIE_DOCUMENT));

	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.table.n, 1);
	assert_int_equal(r.table.target_port[0], 22);
	assert_int_equal(r.table.source_port[0], 47822);
	assert_int_equal(r.table.flags[0], SESSION_HAS_CONNECT);
	assert_sv_equal(session_text(&r.table, 0, TEXT_ID), "8599dd602207");
	assert_false(addr_is_unknown(r.table.destination[0]));
	reader_result_clear(&r);
}

/** Cowrie's documents are Cowrie's events with renamed ports, by content and when T-Pot is forced. */
static void
documents_of_other_readers(void **state)
{
	(void)state;
	check_cowrie(NULL);
	check_cowrie("tpot");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(documents_of_other_readers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
