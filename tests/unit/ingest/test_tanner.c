/* test_tanner.c - Tanner reports. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("tanner", "good.json");
	reader_check_forced("tanner", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"method\":\"GET\",\"path\":\"/"
		  "\",\"peer\":{\"ip\":\"x\",\"port\":1},\"timestamp\":\"2020-02-03T07:15:24\"}",
		    REFUSED_FIELD_INVALID, "peer.ip: expected an address, got \"x\"" },
		{ "{\"method\":\"GET\",\"path\":\"/"
		  "\",\"peer\":{\"ip\":\"203.0.113.1\",\"port\":70000},\"timestamp\":\"2020-02-"
		  "03T07:15:24\"}",
		    REFUSED_FIELD_INVALID, "peer.port: expected a port, got 70000" },
		{ "{\"method\":\"GET\",\"path\":\"/"
		  "\",\"peer\":{\"ip\":\"203.0.113.1\",\"port\":1},\"timestamp\":\"2020-13-03T07:"
		  "15:24\"}",
		    REFUSED_TIME_INVALID,
		    "timestamp: expected a time, got \"2020-13-03T07:15:24\"" },
		{ "{\"method\":\"GET\",\"path\":\"/"
		  "\",\"peer\":{\"ip\":\"203.0.113.1\",\"port\":1}}",
		    REFUSED_FIELD_MISSING, "timestamp: expected a time, got nothing" },
	};

	(void)state;
	reader_check_refusals("tanner", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("tanner", true, "input", BAD, COUNT_OF(BAD));
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
