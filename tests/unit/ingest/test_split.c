/* test_split.c - lines and documents cut from a stream: what is a record, what is refused, where. */
#include "reader_check.h"
#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

#define HEAD "{\"eventid\":\"cowrie.login.failed\",\"src_ip\":\"203.0.113.1\","
#define EVENT(session) HEAD "\"session\":\"" session "\",\"timestamp\":\"2020-01-01T00:00:00Z\"}"

struct expected {
	struct sv input;
	uint32_t sessions;
	uint64_t refused;
	enum ingest_refusal kind; /* of the first refusal */
	uint64_t line;
};

static void
check(const struct expected *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct reader_result r = reader_run(NULL, "input", c[i].input);

		if (r.table.n != c[i].sessions || r.report.refused != c[i].refused)
			fail_msg("case %zu: %u sessions, %llu refused: %s", i, r.table.n,
			    (unsigned long long)r.report.refused, r.report.shown[0].error.what);
		assert_int_equal(r.rc, c[i].sessions > 0 ? COORD_OK : COORD_ENODATA);
		if (c[i].refused > 0) {
			assert_int_equal(r.report.shown[0].kind, c[i].kind);
			assert_int_equal(r.report.shown[0].error.line, c[i].line);
			assert_string_equal(r.report.shown[0].file, "input");
			assert_true(r.report.refused_by_kind[c[i].kind] > 0);
		}
		reader_result_clear(&r);
	}
}

static void
lines(void **state)
{
	const struct expected CASES[] = {
		{ SV(""), 0, 0, 0, 0 },
		{ SV("\n\n \r\n"), 0, 0, 0, 0 },
		{ SV(EVENT("a")), 1, 0, 0, 0 },
		{ SV(EVENT("a") "\n" EVENT("b") "\n"), 2, 0, 0, 0 },
		{ SV("\xef\xbb\xbf" EVENT("a") "\r\n\r\n" EVENT("b") "\r\n"), 2, 0, 0, 0 },
		{ SV(EVENT("a") "\n" HEAD), 1, 1, REFUSED_NOT_JSON, 2 },
		{ SV(HEAD "\n" EVENT("a") "\n"), 1, 1, REFUSED_NOT_JSON, 1 },
		{ SV("rc_ip\":\"203.0.113.1\"}\n" EVENT("a") "\n"), 1, 1, REFUSED_NOT_RECOGNISED,
		    1 },
		{ SV(EVENT("a") "\n\n{}\n"), 1, 1, REFUSED_NOT_RECOGNISED, 3 },
		{ SV(EVENT("a") "\n7\n"), 1, 1, REFUSED_NOT_RECOGNISED, 2 },
		{ SV(EVENT("a") "\n[" EVENT("b") "," EVENT("c") "]\n"), 3, 0, 0, 0 },
		{ SV(EVENT("a") " x\n"), 0, 1, REFUSED_NOT_JSON, 1 },
	};

	(void)state;
	check(CASES, COUNT_OF(CASES));
}

static void
documents(void **state)
{
	const struct expected CASES[] = {
		{ SV("[]"), 0, 0, 0, 0 },
		{ SV("[\n]\n"), 0, 0, 0, 0 },
		{ SV("[" EVENT("a") "," EVENT("b") "]"), 2, 0, 0, 0 },
		{ SV(" \n[\n" EVENT("a") ",\n" EVENT("b") "\n]\n"), 2, 0, 0, 0 },
		{ SV("[\n" EVENT("a") ",\n" EVENT("b") "\n"), 2, 1, REFUSED_TRUNCATED, 4 },
		{ SV("[\n" EVENT("a") ",\n" HEAD "\n"), 1, 1, REFUSED_TRUNCATED, 3 },
		{ SV("[\n" EVENT("a") ",\n7, \"x\",\n" EVENT("b") "]"), 2, 2,
		    REFUSED_NOT_RECOGNISED, 3 },
		{ SV("[\n" EVENT("a") ",\n{\"x\" 1},\n" EVENT("b") "]"), 2, 1, REFUSED_NOT_JSON,
		    3 },
		/* printed over several lines, one after the other */
		{ SV("{\n \"eventid\": \"cowrie.x\",\n \"src_ip\": \"203.0.113.1\",\n \"session\": "
		     "\"a\", \"timestamp\": \"2020-01-01T00:00:00Z\"\n}\n" EVENT("b") "\n"),
		    2, 0, 0, 0 },
		/* Elasticsearch */
		{ SV("{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_index\":\"i\",\"_"
		     "id\":"
		     "\"1\",\"_source\":" EVENT(
			 "a") "},{\"_index\":\"i\",\"_id\":\"2\",\"_source\":" EVENT("b") "}]}}\n"),
		    2, 0, 0, 0 },
		{ SV("{\n\"took\":1,\n\"hits\":{\n\"hits\":[\n{\"_id\":\"1\",\"_source\":" EVENT(
		      "a") "},\n{\"_source\":" EVENT("b") "}\n],\"x\":[{\"y\":1}]\n}\n}"
							  "\n" EVENT("c") "\n"),
		    3, 0, 0, 0 },
		{ SV("{\n\"hits\":\"hits\",\n\"a\":{\n\"hits\":[\n{}\n]\n}\n}\n"), 0, 1,
		    REFUSED_NOT_RECOGNISED, 1 },
		{ SV("[\n" EVENT("a") "\n]]\n"), 1, 1, REFUSED_NOT_JSON, 3 },
	};

	(void)state;
	check(CASES, COUNT_OF(CASES));
}

static void
elasticsearch_origin_is_kept(void **state)
{
	struct reader_result r = reader_run(NULL, "input",
	    SV("{\"hits\":{\"hits\":[{\"_index\":\"cowrie-1\",\"_id\":\"k3b9\",\"_source\":" EVENT(
		"a") "}]}}"));

	(void)state;
	assert_int_equal(r.rc, COORD_OK);
	assert_sv_equal(session_text(&r.table, 0, TEXT_INDEX), "cowrie-1");
	assert_sv_equal(session_text(&r.table, 0, TEXT_DOC), "k3b9");
	reader_result_clear(&r);
}

static void
attackers_bytes_lose_no_record(void **state)
{
	const struct expected CASES[] = {
		{ SV(HEAD "\"session\":\"a\",\"username\":\"r\0t\",\"timestamp\":\"2020-01-01T00:"
			  "00:00Z\"}"),
		    1, 0, 0, 0 },
		{ SV(HEAD "\"session\":\"a\",\"username\":\"\xff\xfe\",\"timestamp\":\"2020-01-"
			  "01T00:00:00Z\"}"),
		    1, 0, 0, 0 },
		{ SV(HEAD "\"session\":\"a\",\"username\":\"\\ud800\",\"timestamp\":\"2020-01-"
			  "01T00:00:00Z\"}"),
		    1, 0, 0, 0 },
		{ SV(HEAD "\"session\":\"a\",\"username\":\"\x1b[31m\",\"timestamp\":\"2020-01-"
			  "01T00:00:00Z\"}"),
		    1, 0, 0, 0 },
		{ SV(HEAD "\"session\":\"a\",\"username\":\"\\u0000\",\"timestamp\":\"2020-01-"
			  "01T00:00:00Z\"}"),
		    1, 0, 0, 0 },
		{ SV(HEAD "\"session\":\"a\",\"username\":\"\xff,\"timestamp\":\"2020-01-01T00:00:"
			  "00Z\"}"),
		    0, 1, REFUSED_NOT_JSON, 1 },
	};
	struct reader_result r;

	(void)state;
	check(CASES, COUNT_OF(CASES));
	r = reader_run(NULL, "input", CASES[1].input);
	assert_sv_equal(session_string(&r.table, r.table.items[0].a), "\xef\xbf\xbd\xef\xbf\xbd");
	assert_non_null(strstr(r.report.notes[0], "1 record(s) held invalid text"));
	reader_result_clear(&r);
	r = reader_run(NULL, "input", CASES[5].input);
	assert_int_equal(r.report.shown[0].error.byte, strlen(HEAD) + 26);
	reader_result_clear(&r);
}

static void
binary_files_are_refused_once(void **state)
{
	const struct expected CASES[] = {
		{ SV("\x7f"
		     "ELF\x02\x01\x01\n\n\n\n"),
		    0, 1, REFUSED_BINARY, 0 },
		{ SV("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\n\n\n"), 0, 1, REFUSED_BINARY, 0 },
		{ SV("\xff\xfe{\0\"\0e\0"), 0, 1, REFUSED_BINARY, 0 },
		{ SV("\x01\x02\x03\x04\x05\n\x06\x07\n\x10\x11"), 0, 1, REFUSED_BINARY, 0 },
		{ SV("\xfd"
		     "7zXZ\0\0\n\n\n"),
		    0, 1, REFUSED_BINARY, 0 },
	};

	(void)state;
	check(CASES, COUNT_OF(CASES));
}

static void
nested_too_deep(void **state)
{
	struct buf text = BUF_INIT(1 << 20);
	struct reader_result r;

	(void)state;
	buf_add_str(&text, "{\"a\":");
	for (unsigned i = 0; i < 5000; i++)
		buf_add_char(&text, '[');
	buf_add_str(&text, "\n" EVENT("a") "\n");
	r = reader_run(NULL, "input", buf_sv(&text));
	assert_int_equal(r.table.n, 1);
	assert_int_equal(r.report.refused, 1);
	assert_true(r.report.shown[0].kind == REFUSED_TOO_DEEP ||
		    r.report.shown[0].kind == REFUSED_NOT_JSON);
	reader_result_clear(&r);
	text.len = 0;
	buf_add_str(&text, "{\"a\":");
	for (unsigned i = 0; i < 100; i++)
		buf_add_char(&text, '[');
	for (unsigned i = 0; i < 100; i++)
		buf_add_char(&text, ']');
	buf_add_str(&text, "}\n" EVENT("a") "\n");
	r = reader_run(NULL, "input", buf_sv(&text));
	assert_int_equal(r.table.n, 1);
	assert_int_equal(r.report.refused_by_kind[REFUSED_TOO_DEEP], 1);
	reader_result_clear(&r);
	buf_clear(&text);
}

static struct reader_result
run_limited(struct sv input, uint64_t line_max)
{
	struct ingest_options options = { .line_max = line_max };
	struct reader_result r = { .rc = COORD_OK };

	r.rc = ingest_memory(
	    &options, "input", input.data, input.len, false, &r.table, &r.report, &r.err);
	return r;
}

static void
long_lines_are_skipped(void **state)
{
	static const size_t LENGTHS[] = { 200, 1000, 5 << 20 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(LENGTHS); i++) {
		struct buf text = BUF_INIT(64 << 20);
		struct reader_result r;

		buf_add_str(&text, EVENT("a") "\n{\"x\":\"");
		for (size_t j = 0; j < LENGTHS[i]; j++)
			buf_add_char(&text, 'x');
		buf_add_str(&text, "\"}\n" EVENT("b") "\n");
		r = run_limited(buf_sv(&text), 150);
		assert_int_equal(r.table.n, 2);
		assert_int_equal(r.report.refused, 1);
		assert_int_equal(r.report.shown[0].kind, REFUSED_TOO_LONG);
		assert_int_equal(r.report.shown[0].error.line, 2);
		reader_result_clear(&r);
		/* the same as an element of an array */
		buf_clear(&text);
		buf_add_str(&text, "[" EVENT("a") ",\n{\"x\":\"");
		for (size_t j = 0; j < LENGTHS[i]; j++)
			buf_add_char(&text, 'x');
		buf_add_str(&text, "\"},\n" EVENT("b") "]\n");
		r = run_limited(buf_sv(&text), 150);
		assert_int_equal(r.report.refused, 1);
		assert_int_equal(r.table.n, 2);
		assert_true(r.report.shown[0].kind == REFUSED_TOO_LONG);
		assert_int_equal(r.report.shown[0].error.line, 2);
		reader_result_clear(&r);
		buf_clear(&text);
	}
}

/** More records than a block holds, so that every kind of cut between blocks is met. */
static void
blocks(void **state)
{
	enum { N = 30000 };
	struct buf lines_text = BUF_INIT(64 << 20), array_text = BUF_INIT(64 << 20);
	struct reader_result one, two;

	(void)state;
	buf_add_str(&array_text, "[\n");
	for (unsigned i = 0; i < N; i++) {
		char event[400];

		snprintf(event, sizeof(event),
		    HEAD "\"session\":\"%u\",\"password\":\"%.*s\",\"timestamp\":\"2020-01-01T00:"
			 "00:00Z\"}",
		    i, (int)(i % 97),
		    "[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}"
		    "xx[{\\\"]}xx[{\\\"]}xx[{\\\"]}xx");
		if (i % 97 % 8 == 3) /* the cut left a lone backslash */
			continue;
		buf_printf(&lines_text, "%s\n", event);
		buf_printf(&array_text, "%s%s", array_text.len > 2 ? ",\n" : "", event);
	}
	buf_add_str(&array_text, "]");
	one = reader_run(NULL, "input", buf_sv(&lines_text));
	two = reader_run(NULL, "input", buf_sv(&array_text));
	assert_int_equal(one.rc, COORD_OK);
	assert_int_equal(one.report.refused, 0);
	assert_true(one.table.n > 20000);
	assert_int_equal(two.report.refused, 0);
	assert_memory_equal(one.table.input_sha256, two.table.input_sha256, 32);
	reader_result_clear(&one);
	reader_result_clear(&two);
	buf_clear(&lines_text);
	buf_clear(&array_text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(documents),
		cmocka_unit_test(elasticsearch_origin_is_kept),
		cmocka_unit_test(attackers_bytes_lose_no_record),
		cmocka_unit_test(binary_files_are_refused_once),
		cmocka_unit_test(nested_too_deep),
		cmocka_unit_test(long_lines_are_skipped),
		cmocka_unit_test(blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
