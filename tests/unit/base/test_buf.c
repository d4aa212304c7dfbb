#include "testing.h"

static void
test_grows_and_keeps_content(void **state)
{
	struct buf buf = BUF_INIT(1 << 20);

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		buf_printf(&buf, "%u,", i);
	assert_false(buf.failed);
	assert_true(sv_starts(buf_sv(&buf), SV("0,1,2,3,")));
	assert_true(sv_ends(buf_sv(&buf), SV("9998,9999,")));
	assert_int_equal(strlen(buf_cstr(&buf)), buf.len);
	buf_clear(&buf);
	assert_string_equal(buf_cstr(&buf), "");
	buf_add_str(&buf, "again");
	assert_string_equal(buf_cstr(&buf), "again");
	buf_clear(&buf);
}

static void
test_maximum_marks_failed(void **state)
{
	struct buf buf = BUF_INIT(10);

	(void)state;
	buf_add_str(&buf, "0123456789");
	assert_false(buf.failed);
	assert_string_equal(buf_cstr(&buf), "0123456789");
	buf_add_char(&buf, 'x');
	assert_true(buf.failed);
	assert_int_equal(buf.len, 10);
	buf_add_str(&buf, "");
	assert_string_equal(buf_cstr(&buf), "");
	assert_null(buf_reserve(&buf, 1));
	buf_clear(&buf);
	assert_false(buf.failed);
}

static void
test_long_printf_fills_to_the_maximum(void **state)
{
	struct buf buf = BUF_INIT(1000);

	(void)state;
	buf_printf(&buf, "%1000d", 7);
	assert_false(buf.failed);
	assert_int_equal(buf.len, 1000);
	assert_int_equal(buf.data[999], '7');
	assert_int_equal(strlen(buf_cstr(&buf)), 1000);
	buf_clear(&buf);
	buf_printf(&buf, "%1001d", 7);
	assert_true(buf.failed);
	buf_clear(&buf);
}

static void
test_reserve_and_views(void **state)
{
	struct buf buf = BUF_INIT(1 << 16);
	char *at = buf_reserve(&buf, 5000);

	(void)state;
	assert_non_null(at);
	memset(at, 'a', 5000);
	buf.len += 5000;
	buf_add_sv(&buf, SV("bc"));
	buf_add_sv(&buf, SV_NONE);
	assert_int_equal(buf_sv(&buf).len, 5002);
	assert_int_equal(sv_find(buf_sv(&buf), SV("abc")), 4999);
	buf_clear(&buf);
	assert_non_null(buf_sv(&buf).data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_and_keeps_content),
		cmocka_unit_test(test_maximum_marks_failed),
		cmocka_unit_test(test_long_printf_fills_to_the_maximum),
		cmocka_unit_test(test_reserve_and_views),
	};

	return cmocka_run_group_tests_name("base/buf", tests, NULL, NULL);
}
