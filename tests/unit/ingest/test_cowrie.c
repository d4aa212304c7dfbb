/* test_cowrie.c - Cowrie events, old and new schema, and the real logs. */
#include "reader_check.h"
#include "testing.h"

#include <stdio.h>

#define EVENT(id, more)                                                           \
	"{\"eventid\":\"cowrie." id "\",\"session\":\"0a0a0a0a0a0a\",\"src_ip\":" \
	"\"203.0.113.1\",\"sensor\":\"s\"," more "}\n"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("cowrie", "2018.json");
	reader_check_sample("cowrie", "2026.json");
	reader_check_forced("cowrie", "2026.json");
}

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"timestamp\":"
		  "\"2020-01-01T00:00:00Z\"}",
		    REFUSED_FIELD_MISSING, "src_ip: missing" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":\"12.0.0\","
		  "\"timestamp\":\"2020-01-01T00:00:00Z\"}",
		    REFUSED_FIELD_INVALID, "src_ip: expected an address, got \"12.0.0\"" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":7,"
		  "\"timestamp\":\"2020-01-01T00:00:00Z\"}",
		    REFUSED_FIELD_INVALID, "src_ip: expected an address, got \"\"" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":\"203.0.113."
		  "1\"}",
		    REFUSED_FIELD_MISSING, "timestamp: missing" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":\"203.0.113."
		  "1\",\"timestamp\":\"yesterday\"}",
		    REFUSED_TIME_INVALID, "timestamp: expected ISO 8601, got \"yesterday\"" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":\"203.0.113."
		  "1\",\"timestamp\":\"1969-01-01T00:00:00Z\"}",
		    REFUSED_TIME_INVALID, "time: expected a time from 1990 to 2099" },
		{ "{\"eventid\":\"cowrie.login.failed\",\"session\":\"a\",\"src_ip\":\"203.0.113."
		  "1\",\"timestamp\":\"9999-12-31T00:00:00Z\"}",
		    REFUSED_TIME_INVALID, "time: expected a time from 1990 to 2099" },
	};

	(void)state;
	reader_check_refusals("cowrie", false, "input", BAD, COUNT_OF(BAD));
}

static struct reader_result
read_good(const char *text)
{
	struct reader_result r = reader_run(NULL, "input", sv_from(text));

	assert_int_equal(r.rc, COORD_OK);
	assert_null(session_table_check(&r.table));
	assert_int_equal(r.report.refused, 0);
	return r;
}

static void
no_activity_without_session(void **state)
{
	struct reader_result r = reader_run(NULL, "input",
	    SV("{\"eventid\":\"cowrie.greynoise.result\",\"src_ip\":\"203.0.113.1\"}\n"
	       "{\"eventid\":\"cowrie.login.failed\",\"session\":\"\"}\n"));

	(void)state;
	assert_int_equal(r.rc, COORD_ENODATA);
	assert_int_equal(r.report.ignored, 2);
	assert_int_equal(r.report.refused, 0);
	reader_result_clear(&r);
}

static void
forward_is_not_the_attacked_port(void **state)
{
	struct reader_result r = read_good(EVENT("direct-tcpip.request",
	    "\"timestamp\":\"2020-01-01T00:00:00Z\",\"dst_ip\":\"198.51.100.1\",\"dst_port\":25,"
	    "\"src_port\":7") EVENT("client.version",
	    "\"timestamp\":\"2020-01-01T00:00:01Z\",\"version\":\"SSH-2.0-x\""));

	(void)state;
	assert_int_equal(r.table.n, 1);
	assert_int_equal(r.table.target_port[0], 22);
	assert_int_equal(r.table.source_port[0], 0);
	assert_true(addr_is_unknown(r.table.destination[0]));
	assert_sv_equal(session_string(&r.table, r.table.items[0].a), "198.51.100.1:25");
	reader_result_clear(&r);
}

static void
durations(void **state)
{
	static const struct {
		const char *field;
		int64_t us;
	} CASES[] = {
		{ "\"duration\":\"120.0\"", 120000000 },
		{ "\"duration\":0.25", 250000 },
		{ "\"duration_ms\":1500,\"duration\":\"9\"", 1500000 },
		{ "\"duration\":\"nonsense\"", 3000000 }, /* end - start */
		{ "\"duration\":-4", 3000000 },
		{ "\"duration\":1e300", 3000000 },
		{ "\"x\":0", 3000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		char text[1024];
		struct reader_result r;

		snprintf(text, sizeof(text), "%s%s%s}\n",
		    EVENT("session.connect", "\"timestamp\":\"2020-01-01T00:00:00Z\""),
		    "{\"eventid\":\"cowrie.session.closed\",\"session\":\"0a0a0a0a0a0a\",\"src_"
		    "ip\":"
		    "\"203.0.113.1\",\"sensor\":\"s\",\"timestamp\":\"2020-01-01T00:00:03Z\",",
		    CASES[i].field);
		r = read_good(text);
		assert_int_equal(r.table.duration_us[0], CASES[i].us);
		reader_result_clear(&r);
	}
}

/** input.failed matches its command.input although the shell took the quotes away. */
static void
failed_commands_are_not_counted_twice(void **state)
{
	struct reader_result r = read_good(EVENT("command.input",
	    "\"timestamp\":\"2020-01-01T00:00:00Z\",\"input\":\"free | awk '{print $2}'\"")
		EVENT("command.failed",
		    "\"timestamp\":\"2020-01-01T00:00:00.1Z\",\"input\":\"free | awk {print $2}\"")
		    EVENT(
			"command.input", "\"timestamp\":\"2020-01-01T00:00:02Z\",\"input\":\"ls\"")
			EVENT("command.failed",
			    "\"timestamp\":\"2020-01-01T00:00:09Z\",\"input\":\"lost\""));

	(void)state;
	assert_int_equal(r.table.n_items, 3);
	assert_int_equal(r.table.items[0].flags, ITEM_FAILED);
	assert_int_equal(r.table.items[1].flags, 0);
	assert_int_equal(r.table.items[2].flags, ITEM_FAILED); /* its input was lost */
	reader_result_clear(&r);
}

static void
check_real(const char *path, uint32_t sessions, size_t sources, uint64_t events, uint64_t refused)
{
	char full[4096];
	struct reader_result r;

	if (reader_real_path(path, full) == NULL)
		skip();
	r = reader_run_path(full);
	assert_int_equal(r.rc, COORD_OK);
	assert_null(session_table_check(&r.table));
	assert_int_equal(r.report.records - r.report.refused, events);
	assert_int_equal(r.table.n, sessions);
	assert_int_equal(reader_count_sources(&r.table), sources);
	assert_int_equal(r.report.refused, refused);
	reader_result_clear(&r);
}

static void
real_2018(void **state)
{
	(void)state;
	check_real("cowrie-2018", 22238, 1583, 102686, 0);
}

static void
real_2022(void **state)
{
	(void)state;
	check_real("cowrie-aws-2022", 3341, 419, 15667, 0);
}

static void
real_sensor2(void **state)
{
	(void)state;
	check_real("cowrie-tpot-2020/sensor2", 574, 36, 3739, 0);
}

static void
real_truncated_line(void **state)
{
	char full[4096];
	struct reader_result r;

	(void)state;
	if (reader_real_path("cowrie-tpot-2020/cowrie.json.2020-02-22.gz", full) == NULL)
		skip();
	r = reader_run_path(full);
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.n_shown, 1);
	assert_int_equal(r.report.shown[0].error.line, 5357);
	assert_int_equal(r.report.shown[0].kind, REFUSED_NOT_JSON);
	assert_string_equal(r.report.shown[0].file, full);
	reader_result_clear(&r);
}

/** The main host of set 1: rotation left 94 sessions without a connect and 4 without a close. */
static void
real_main_host(void **state)
{
	char full[4096], pattern[4200];
	struct reader_result r;
	uint32_t no_connect = 0, no_close = 0;

	(void)state;
	if (reader_real_path("cowrie-tpot-2020", full) == NULL)
		skip();
	snprintf(pattern, sizeof(pattern), "%s/cowrie.json.*.gz", full);
	r = reader_run_path(pattern);
	assert_int_equal(r.rc, COORD_OK);
	assert_null(session_table_check(&r.table));
	assert_int_equal(r.report.files, 21);
	assert_int_equal(r.table.n, 101931);
	assert_int_equal(reader_count_sources(&r.table), 2371);
	for (uint32_t i = 0; i < r.table.n; i++) {
		no_connect += (r.table.flags[i] & SESSION_HAS_CONNECT) == 0;
		no_close += (r.table.flags[i] & SESSION_CLOSED) == 0;
	}
	assert_int_equal(no_connect, 94);
	assert_true(no_close >= 3 && no_close <= 4);
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(refusals),
		cmocka_unit_test(no_activity_without_session),
		cmocka_unit_test(forward_is_not_the_attacked_port),
		cmocka_unit_test(durations),
		cmocka_unit_test(failed_commands_are_not_counted_twice),
		cmocka_unit_test(real_2018),
		cmocka_unit_test(real_2022),
		cmocka_unit_test(real_sensor2),
		cmocka_unit_test(real_truncated_line),
		cmocka_unit_test(real_main_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
