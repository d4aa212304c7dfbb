/* test_attack_session.c - AttackSession objects. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("attack-session", "good.json");
	reader_check_forced("attack-session", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"source_ip\":\"12.0.0\",\"timestamp\":\"2025-07-28T10:00:00Z\"}",
		    REFUSED_FIELD_INVALID, "source_ip: expected an address, got \"12.0.0\"" },
		{ "{\"source_ip\":\"12.0.0.1\"}", REFUSED_FIELD_MISSING,
		    "timestamp: expected a time, got nothing" },
		{ "{\"source_ip\":\"12.0.0.1\",\"timestamp\":\"2025-07-28T10:00:00Z\",\"target_"
		  "port\":65536}",
		    REFUSED_FIELD_INVALID, "target_port: expected a port, got 65536" },
		{ "{\"source_ip\":[\"12.0.0.1\",\"12.0.0.2\"],\"timestamp\":\"2025-07-28T10:00:"
		  "00Z\"}",
		    REFUSED_FIELD_INVALID, "source_ip: expected an address, got an array" },
		{ "{\"source_ip\":\"12.0.0.1\",\"timestamp\":true}", REFUSED_TIME_INVALID,
		    "timestamp: expected a time, got a boolean" },
		{ "{\"source_ip\":\"12.0.0.1\",\"timestamp\":\"2225-07-28T10:00:00Z\"}",
		    REFUSED_TIME_INVALID,
		    "timestamp: expected a time from 1990 to 2099, got \"2225-07-28T10:00:00Z\"" },
	};

	(void)state;
	reader_check_refusals("attack-session", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("attack-session", true, "input", BAD, COUNT_OF(BAD));
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
