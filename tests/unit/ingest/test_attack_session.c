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

/** Every synonym, wherever it stands: one session each, and the record's content names it whatever the order. */
static void
one_record_of_many_shapes(void **state)
{
	struct reader_result a = reader_run(NULL, "a.json",
	    SV("[{\"source_ip\":\"203.0.113.1\",\"timestamp\":\"2025-07-28T10:00:00Z\",\"payload\":"
	       "\"x\"},\n"
	       "{\"sourceIp\":\"203.0.113.1\",\"first_seen\":1753696800000,\"message\":\"y\"},"
	       "{\"source\":{\"ip\":\"203.0.113.2\"},\"time\":\"1753696800\",\"credentials\":"
	       "{\"user\":\"a\",\"password\":\"b\"},\"url\":\"/admin\",\"method\":\"GET\"}]\n"));
	struct reader_result b = reader_run(NULL, "b.json",
	    SV("{\"payload\":\"x\",\"timestamp\":\"2025-07-28T10:00:00Z\",\"source_ip\":\"203.0."
	       "113.1\"}\n"));
	bool found = false;

	(void)state;
	assert_int_equal(a.rc, COORD_OK);
	assert_int_equal(a.report.refused, 0);
	assert_int_equal(a.table.n, 3);
	assert_int_equal(b.rc, COORD_OK);
	for (uint32_t i = 0; i < a.table.n; i++)
		found = found || sv_eq(session_text(&a.table, i, TEXT_ID),
				     session_text(&b.table, 0, TEXT_ID));
	assert_true(found);
	reader_result_clear(&a);
	reader_result_clear(&b);
}

/** Extra members are kept, but not without end. */
static void
extras_have_an_end(void **state)
{
	struct buf line = BUF_INIT(1 << 20);
	struct reader_result r;

	(void)state;
	buf_add_str(&line, "{\"source_ip\":\"203.0.113.1\",\"timestamp\":1753696800");
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&line, ",\"k%u\":%u", i, i);
	buf_add_str(&line, ",\"deep\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1}}}}}}\n");
	r = reader_run(NULL, "a.json", buf_sv(&line));
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.table.n_items, 256);
	reader_result_clear(&r);
	buf_clear(&line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(one_record_of_many_shapes),
		cmocka_unit_test(extras_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
