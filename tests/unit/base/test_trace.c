/* test_trace.c - trace contexts in, out, and new ones. */
#include "testing.h"

#include "base/trace.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static void
test_good(void **state)
{
	static const struct {
		const char *text, *again;
	} rows[] = {
		{ "00-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
		{ "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
		{ "00-" TRACE "-" SPAN "-ff", "00-" TRACE "-" SPAN "-ff" },
		{ "01-" TRACE "-" SPAN "-01", "00-" TRACE "-" SPAN "-01" },
		{ "cc-" TRACE "-" SPAN "-01-what-is-this", "00-" TRACE "-" SPAN "-01" },
		{ "fe-" TRACE "-" SPAN "-01-", "00-" TRACE "-" SPAN "-01" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct trace_context context;
		char text[TRACE_TEXT_LEN + 1];

		assert_true(trace_parse(sv_from(rows[i].text), &context));
		trace_format(&context, text);
		assert_string_equal(text, rows[i].again);
	}
}

static void
test_bad(void **state)
{
	static const char *const rows[] = {
		"",
		"00",
		"00-" TRACE "-" SPAN "-0",
		"00-" TRACE "-" SPAN "-01 ",
		"00-" TRACE "-" SPAN "-01-x", /* version 00 ends there */
		"01-" TRACE "-" SPAN "-01x",
		"ff-" TRACE "-" SPAN "-01",
		"0g-" TRACE "-" SPAN "-01",
		" 00-" TRACE "-" SPAN "-01",
		"00-" TRACE "-" SPAN "-0G",
		"00-0AF7651916cd43dd8448eb211c80319c-" SPAN "-01",
		"00-" TRACE "-B7ad6b7169203331-01",
		"00-00000000000000000000000000000000-" SPAN "-01",
		"00-" TRACE "-0000000000000000-01",
		"00_" TRACE "-" SPAN "-01",
		"00-" TRACE "_" SPAN "-01",
		"00-" TRACE "-" SPAN "_01",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct trace_context context = { .flags = 77 };

		if (trace_parse(sv_from(rows[i]), &context))
			fail_msg("\"%s\" was read", rows[i]);
		assert_int_equal(context.flags, 77);
	}
	assert_false(trace_parse(SV_NONE, NULL));
}

static void
test_new(void **state)
{
	struct trace_context a, b, child, again;
	char text[TRACE_TEXT_LEN + 1];

	(void)state;
	trace_new(true, &a);
	trace_new(false, &b);
	assert_int_equal(a.flags, TRACE_SAMPLED);
	assert_int_equal(b.flags, 0);
	assert_memory_not_equal(a.trace, b.trace, 16);
	assert_memory_not_equal(a.span, b.span, 8);
	trace_child(&a, &child);
	assert_memory_equal(a.trace, child.trace, 16);
	assert_memory_not_equal(a.span, child.span, 8);
	assert_int_equal(child.flags, TRACE_SAMPLED);
	trace_format(&child, text);
	assert_true(trace_parse(sv_from(text), &again));
	assert_memory_equal(&child, &again, sizeof(child));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
