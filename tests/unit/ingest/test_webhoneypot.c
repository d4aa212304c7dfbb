/* test_webhoneypot.c - DShield web honeypot requests. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("webhoneypot", "good.json");
	reader_check_forced("webhoneypot", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"time\":\"2025-07-28T10:03:40\",\"sip\":\"203.0.113\",\"method\":\"GET\","
		  "\"url\":\"/\"}",
		    REFUSED_FIELD_INVALID, "sip: expected an address, got \"203.0.113\"" },
		{ "{\"time\":\"2025-07-28T10:03:40\",\"sip\":7,\"method\":\"GET\",\"url\":\"/\"}",
		    REFUSED_FIELD_INVALID, "sip: expected an address, got 7" },
		{ "{\"sip\":\"203.0.113.1\",\"method\":\"GET\",\"url\":\"/\"}",
		    REFUSED_FIELD_MISSING, "time: expected a time, got nothing" },
		{ "{\"time\":\"yesterday\",\"sip\":\"203.0.113.1\",\"method\":\"GET\",\"url\":\"/"
		  "\"}",
		    REFUSED_TIME_INVALID, "time: expected a time, got \"yesterday\"" },
		{ "{\"time\":12,\"sip\":\"203.0.113.1\",\"method\":\"GET\",\"url\":\"/\"}",
		    REFUSED_TIME_INVALID, "time: expected a time from 1990 to 2099, got 12" },
		{ "{\"time\":{},\"sip\":\"203.0.113.1\",\"method\":\"GET\",\"url\":\"/\"}",
		    REFUSED_TIME_INVALID, "time: expected a time, got an object" },
	};

	(void)state;
	reader_check_refusals("webhoneypot", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("webhoneypot", true, "input", BAD, COUNT_OF(BAD));
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
