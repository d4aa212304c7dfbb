/* test_dshield_json.c - DShield submissions. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("dshield-json", "good.json");
	reader_check_forced("dshield-json", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"type\":\"other\",\"logs\":[{}]}", REFUSED_FIELD_INVALID,
		    "type: expected a DShield submission type, got \"other\"" },
		{ "{\"type\":\"firewall\",\"logs\":[7]}", REFUSED_FIELD_INVALID,
		    "logs: expected objects, got 7" },
		{ "{\"type\":\"firewall\",\"logs\":[{\"time\":1753696800,\"sip\":\"203.0.113.9\","
		  "\"dport\":\"23000000\"}]}",
		    REFUSED_FIELD_INVALID, "dport: expected a port, got \"23000000\"" },
		{ "{\"type\":\"cowrie\",\"logs\":[{\"timestamp\":1753696800,\"user\":\"root\"}]}",
		    REFUSED_FIELD_MISSING, "sip: expected an address, got nothing" },
		{ "{\"time\":\"x\",\"sip\":\"203.0.113.9\",\"proto\":6,\"dport\":\"1\"}",
		    REFUSED_TIME_INVALID, "time: expected a time, got \"x\"" },
	};

	(void)state;
	reader_check_refusals("dshield-json", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("dshield-json", true, "input", BAD, COUNT_OF(BAD));
}

/** One bad record of a submission is refused, the others are kept. */
static void
bad_records_fall_alone(void **state)
{
	struct reader_result r = reader_run(NULL, "post.json",
	    SV("{\"type\":\"firewall\",\"logs\":["
	       "{\"time\":1753696800,\"sip\":\"203.0.113.1\",\"proto\":6,\"dport\":\"23\"},"
	       "{\"time\":1753696800,\"sip\":\"nobody\",\"proto\":6,\"dport\":\"23\"},"
	       "7,"
	       "{\"time\":1753696800,\"sip\":\"203.0.113.2\",\"proto\":6,\"dport\":\"23\"}]}\n"));

	(void)state;
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 2);
	assert_int_equal(r.table.n, 2);
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(bad_records_fall_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
