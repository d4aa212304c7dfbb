#include "testing.h"

static void
test_compare(void **state)
{
	(void)state;
	assert_true(sv_eq(SV("a"), SV("a")));
	assert_false(sv_eq(SV("a"), SV("ab")));
	assert_true(sv_eq(SV_NONE, SV("")));
	assert_true(sv_cmp(SV("a"), SV("ab")) < 0);
	assert_true(sv_cmp(SV("b"), SV("ab")) > 0);
	assert_true(sv_cmp(SV("\xff"), SV("a")) > 0);
	assert_int_equal(sv_cmp(SV("a"), SV("a")), 0);
	assert_true(sv_ieq(SV("SSH-2"), SV("ssh-2")));
	assert_false(sv_ieq(SV("["), SV("{")));
	assert_false(sv_ieq(SV("a"), SV("aa")));
	assert_true(sv_starts(SV("abc"), SV("ab")) && sv_starts(SV("abc"), SV("")));
	assert_false(sv_starts(SV("a"), SV("ab")));
	assert_true(sv_ends(SV("abc"), SV("bc")) && sv_ends(SV_NONE, SV("")));
	assert_false(sv_ends(SV("c"), SV("bc")));
}

static void
test_search(void **state)
{
	(void)state;
	assert_int_equal(sv_find(SV("abcabc"), SV("ca")), 2);
	assert_true(sv_find(SV("abc"), SV("x")) == SIZE_MAX);
	assert_true(sv_find(SV("ab"), SV("abc")) == SIZE_MAX);
	assert_int_equal(sv_find(SV_NONE, SV("")), 0);
	assert_int_equal(sv_find_char(SV("a\0b"), 'b'), 2);
	assert_true(sv_find_char(SV_NONE, 'b') == SIZE_MAX);
	assert_true(sv_has(SV("a\0b"), SV("\0")));
}

static void
test_cut_and_trim(void **state)
{
	struct sv rest = SV("a,,b");

	(void)state;
	assert_sv_equal(sv_cut(&rest, ','), "a");
	assert_sv_equal(sv_cut(&rest, ','), "");
	assert_non_null(rest.data);
	assert_sv_equal(sv_cut(&rest, ','), "b");
	assert_null(rest.data);
	rest = SV("a,");
	assert_sv_equal(sv_cut(&rest, ','), "a");
	assert_non_null(rest.data);
	assert_sv_equal(sv_cut(&rest, ','), "");
	assert_null(rest.data);
	assert_sv_equal(sv_trim(SV(" \t\r\n\v\fa b \n")), "a b");
	assert_int_equal(sv_trim(SV("  ")).len, 0);
	assert_int_equal(sv_skip(SV("abc"), 9).len, 0);
	assert_null(sv_skip(SV_NONE, 1).data);
	assert_sv_equal(sv_first(SV("abc"), 9), "abc");
}

static void
test_whole_numbers(void **state)
{
	static const char *const refused[] = { "", " 1", "1 ", "+1", "1.0", "0x1", "a",
		"18446744073709551616", "99999999999999999999999" };
	uint64_t u = 7;
	int64_t i = 7;

	(void)state;
	for (size_t r = 0; r < COUNT_OF(refused); r++) {
		assert_false(sv_to_u64(sv_from(refused[r]), &u));
		assert_false(sv_to_i64(sv_from(refused[r]), &i));
	}
	assert_false(sv_to_u64(SV("-1"), &u));
	assert_false(sv_to_i64(SV("-"), &i));
	assert_false(sv_to_i64(SV("--1"), &i));
	assert_false(sv_to_i64(SV("9223372036854775808"), &i));
	assert_false(sv_to_i64(SV("-9223372036854775809"), &i));
	assert_true(u == 7 && i == 7);
	assert_true(sv_to_u64(SV("18446744073709551615"), &u) && u == UINT64_MAX);
	assert_true(sv_to_u64(SV("007"), &u) && u == 7);
	assert_true(sv_to_i64(SV("9223372036854775807"), &i) && i == INT64_MAX);
	assert_true(sv_to_i64(SV("-9223372036854775808"), &i) && i == INT64_MIN);
	assert_true(sv_to_i64(SV("-0"), &i) && i == 0);
}

static void
test_real_numbers(void **state)
{
	static const char *const refused[] = { "", "nan", "inf", "1e", "1e999", "1,5", "0x10", "1 ",
		"1e5x", "-", ".",
		"1111111111111111111111111111111111111111111111111111111111111111" };
	double f = 7;

	(void)state;
	for (size_t r = 0; r < COUNT_OF(refused); r++)
		assert_false(sv_to_f64(sv_from(refused[r]), &f));
	assert_false(sv_to_f64(SV("1\0"), &f));
	assert_true(f == 7);
	assert_true(sv_to_f64(SV("-1.5e3"), &f) && f == -1500);
	assert_true(sv_to_f64(SV("0"), &f) && f == 0);
}

static void
test_characters(void **state)
{
	(void)state;
	assert_int_equal(sv_characters(SV("")), 0);
	assert_int_equal(sv_characters(SV("abc")), 3);
	assert_int_equal(sv_characters(SV("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8d")), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_characters),
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_cut_and_trim),
		cmocka_unit_test(test_whole_numbers),
		cmocka_unit_test(test_real_numbers),
	};

	return cmocka_run_group_tests_name("base/sv", tests, NULL, NULL);
}
