/* test_ecs.c - Elasticsearch documents in the common schema. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("ecs", "good.json");
	reader_check_forced("ecs", "good.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"@timestamp\":\"2025-07-28T11:00:00Z\",\"event.dataset\":\"iptables\"}",
		    REFUSED_FIELD_MISSING, "source.ip: expected an address, got nothing" },
		{ "{\"event.dataset\":\"iptables\",\"source.ip\":\"203.0.113.1\"}",
		    REFUSED_FIELD_MISSING, "@timestamp: expected a time, got nothing" },
		{ "{\"@timestamp\":\"2025-07-28T11:00:00Z\",\"event.dataset\":\"iptables\","
		  "\"source.ip\":\"203.0.113.1\",\"destination.port\":\"x\"}",
		    REFUSED_FIELD_INVALID, "destination.port: expected a port, got \"x\"" },
		{ "{\"@timestamp\":\"2025-07-28T11:00:00Z\",\"event\":{\"module\":\"zeek\","
		  "\"dataset\":\"zeek.ssh\"},\"source.ip\":\"203.0.113.1\"}",
		    REFUSED_FIELD_MISSING, "uid: expected a connection id, got nothing" },
	};

	(void)state;
	reader_check_refusals("ecs", false, "input", BAD, COUNT_OF(BAD));
	reader_check_refusals("ecs", true, "input", BAD, COUNT_OF(BAD));
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
