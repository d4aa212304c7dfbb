#include "testing.h"

#include <math.h>

static void
test_nesting_and_commas(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&out, false);

	(void)state;
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_array(&w);
	jsonw_i64(&w, -1);
	jsonw_u64(&w, UINT64_MAX);
	jsonw_bool(&w, true);
	jsonw_null(&w);
	jsonw_object(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	jsonw_key_sv(&w, SV("b\""));
	jsonw_str(&w, NULL);
	jsonw_key(&w, "raw");
	jsonw_raw(&w, SV("[1,2]"));
	jsonw_key(&w, "none");
	jsonw_sv(&w, SV_NONE);
	jsonw_end(&w);
	assert_string_equal(buf_cstr(&out), "{\"a\":[-1,18446744073709551615,true,null,{}],"
					    "\"b\\\"\":null,\"raw\":[1,2],\"none\":null}");
	buf_clear(&out);
}

static void
test_pretty(void **state)
{
	struct buf out = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&out, true);

	(void)state;
	jsonw_object(&w);
	jsonw_key(&w, "a");
	jsonw_array(&w);
	jsonw_u64(&w, 1);
	jsonw_u64(&w, 2);
	jsonw_end(&w);
	jsonw_key(&w, "e");
	jsonw_array(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	assert_string_equal(buf_cstr(&out), "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"e\": []\n}");
	buf_clear(&out);
}

static void
test_strings_are_safe_whatever_the_bytes(void **state)
{
	static const struct {
		struct sv in;
		const char *out;
	} rows[] = {
		{ { "a\0b", 3 }, "\"a\\u0000b\"" },
		{ { "\"\\\n\r\t\x1b\x7f", 7 }, "\"\\\"\\\\\\n\\r\\t\\u001b\\u007f\"" },
		{ { "<b>&", 4 }, "\"\\u003cb\\u003e\\u0026\"" },
		{ { "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9 },
		    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ { "\xe2\x80\xa8\xe2\x80\xa9", 6 }, "\"\\u2028\\u2029\"" },
		{ { "\xe2\x80\xae\xe2\x81\xa9\xc2\x9b", 8 }, "\"\\u202e\\u2069\\u009b\"" },
		{ { "\xff", 1 }, "\"\xef\xbf\xbd\"" },
		{ { "\xc3", 1 }, "\"\xef\xbf\xbd\"" },
		{ { "\xc0\xaf", 2 }, "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ { "\xed\xa0\x80", 3 }, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ { "\xf4\x90\x80\x80", 4 },
		    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
		{ { "", 0 }, "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf out = BUF_INIT(4096);
		struct jsonw w = jsonw_init(&out, false);

		jsonw_sv(&w, rows[i].in);
		assert_string_equal(buf_cstr(&out), rows[i].out);
		buf_clear(&out);
	}
}

static void
test_numbers(void **state)
{
	static const struct {
		double in;
		const char *exact, *prob;
	} rows[] = { { 0.1, "0.1", "0.1" }, { -0.0, "0", "0" },
		{ 1.0 / 3, "0.3333333333333333", "0.333333" }, { NAN, "null", "null" },
		{ INFINITY, "null", "null" }, { 123456789, "123456789", "123456789" },
		{ 5e-324, "5e-324", "0" }, { 0.0000005000001, "5.000001e-07", "1e-06" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf out = BUF_INIT(4096);
		struct jsonw w = jsonw_init(&out, false);

		jsonw_f64(&w, rows[i].in);
		assert_string_equal(buf_cstr(&out), rows[i].exact);
		buf_clear(&out);
		jsonw_prob(&w, rows[i].in);
		assert_string_equal(buf_cstr(&out), rows[i].prob);
		buf_clear(&out);
	}
}

static void
test_doubles_read_back(void **state)
{
	struct rng rng = rng_at(1, 2, 3, 4);

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		double value = (rng_uniform(&rng) - 0.5) * pow(10, (int)rng_below(&rng, 60) - 30),
		       back;
		struct buf out = BUF_INIT(64);
		struct jsonw w = jsonw_init(&out, false);

		jsonw_f64(&w, value);
		assert_true(sv_to_f64(buf_sv(&out), &back));
		assert_true(back == value);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nesting_and_commas),
		cmocka_unit_test(test_pretty),
		cmocka_unit_test(test_strings_are_safe_whatever_the_bytes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_doubles_read_back),
	};

	return cmocka_run_group_tests_name("base/jsonw", tests, NULL, NULL);
}
