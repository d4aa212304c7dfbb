/* test_session_csv.c - tables of sessions. */
#include "reader_check.h"
#include "testing.h"

#define HEAD "session_id,start_time,end_time,duration,src_ip,dst_port,protocol\n"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("session-csv", "good.csv");
	reader_check_forced("session-csv", "good.csv");
	reader_check_sample("session-csv", "synonyms.csv");
	reader_check_forced("session-csv", "synonyms.csv");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ HEAD "a,,2025-02-18T00:01:53.671700Z,120.0,,,", REFUSED_FIELD_MISSING,
		    "start_time: expected a time, got nothing" },
		{ HEAD "a,2025-02-18T00:01:53Z,2025-02-18T00:01:52Z,120.0,203.0.113.1,22,ssh",
		    REFUSED_TIME_INVALID,
		    "end_time: expected a time not before start_time, got "
		    "\"2025-02-18T00:01:52Z\"" },
		{ HEAD "a,2025-02-18T00:01:53Z,,1,,22,ssh", REFUSED_FIELD_MISSING,
		    "src_ip: expected an address, got nothing" },
		{ HEAD "a,2025-02-18T00:01:53Z,,1,203.0.113.1,99999,ssh", REFUSED_FIELD_INVALID,
		    "dst_port: expected a port, got \"99999\"" },
		{ HEAD "a,2025-02-18T00:01:53Z", REFUSED_FIELD_MISSING,
		    "row: expected 7 columns, got 2" },
	};

	(void)state;
	reader_check_refusals("session-csv", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("session-csv", true, "input", BAD, COUNT_OF(BAD));
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
