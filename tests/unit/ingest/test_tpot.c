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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
