#include "api/span.h"

#include "testing.h"

static void
test_elements(void **state)
{
	struct span_iter i = span_each(
	    SV(" [ {\"a\":\"]}\\\"\"} , [1,[2]],\"x,y\" , 1.50e3,null ,true,\"\\\\\" ] "));
	struct sv v;

	(void)state;
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "{\"a\":\"]}\\\"\"}");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "[1,[2]]");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "\"x,y\"");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "1.50e3");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "null");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "true");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "\"\\\\\"");
	assert_false(span_next(&i, &v));
	assert_false(span_next(&i, &v));
}

static void
test_members(void **state)
{
	struct span_iter i = span_each(SV("{\"a:b\" : 1,\"c\\\"\":{\"d\":[]} }"));
	struct sv v;

	(void)state;
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "1");
	assert_true(span_next(&i, &v));
	assert_sv_equal(v, "{\"d\":[]}");
	assert_false(span_next(&i, &v));
}

static void
test_a_line(void **state)
{
	struct buf out = BUF_INIT(1000);

	(void)state;
	span_line(SV("{\n\"a\":\r\n \"b\\n\"\n}"), &out);
	assert_sv_equal(buf_sv(&out), "{ \"a\":   \"b\\n\" }\n");
	span_line(SV("1"), &out);
	assert_true(sv_ends(buf_sv(&out), SV("}\n1\n")));
	buf_clear(&out);
}

static void
test_damage_ends(void **state)
{
	static const struct sv bad[] = { { "", 0 }, { "[", 1 }, { "[{", 2 }, { "[\"a", 3 },
		{ "{\"a\"", 4 }, { "{\"a\":", 5 }, { "[1,", 3 }, { "[}}", 3 }, { "]", 1 } };
	struct sv v;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct span_iter iter = span_each(bad[i]);
		unsigned n = 0;

		while (span_next(&iter, &v) && n < 10)
			n++;
		assert_true(n < 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_a_line),
		cmocka_unit_test(test_damage_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
