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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
