/* test_heralding.c - Heralding sessions. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("heralding", "good.json");
	reader_check_forced("heralding", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"session_id\":\"a\",\"source_ip\":null,\"num_auth_attempts\":0,\"timestamp\":"
		  "\"2020-01-26 05:02:57\"}",
		    REFUSED_FIELD_MISSING, "source_ip: expected an address, got nothing" },
		{ "{\"session_id\":\"a\",\"source_ip\":\"203.0.113.1\",\"num_auth_attempts\":0,"
		  "\"timestamp\":\"2020-01-26 25:02:57\"}",
		    REFUSED_TIME_INVALID,
		    "timestamp: expected a time, got \"2020-01-26 25:02:57\"" },
		{ "{\"session_id\":\"a\",\"source_ip\":\"203.0.113.1\",\"source_port\":-1,\"num_"
		  "auth_attempts\":0,\"timestamp\":\"2020-01-26 05:02:57\"}",
		    REFUSED_FIELD_INVALID, "source_port: expected a port, got -1" },
		{ "{\"session_id\":\"a\",\"source_ip\":\"203.0.113.1\",\"destination_port\":"
		  "\"ssh\",\"num_auth_attempts\":0,\"timestamp\":\"2020-01-26 05:02:57\"}",
		    REFUSED_FIELD_INVALID, "destination_port: expected a port, got \"ssh\"" },
	};

	(void)state;
	reader_check_refusals("heralding", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("heralding", true, "input", BAD, COUNT_OF(BAD));
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
