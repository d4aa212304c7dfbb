#include "testing.h"

static void
test_position_and_text(void **state)
{
	struct coord_error err;

	(void)state;
	assert_int_equal(
	    error_at(&err, COORD_EPARSE, 17, 3, "src_ip: got \"%s\"", "12.0"), COORD_EPARSE);
	assert_int_equal(err.code, COORD_EPARSE);
	assert_int_equal(err.line, 17);
	assert_int_equal(err.byte, 3);
	assert_string_equal(err.what, "src_ip: got \"12.0\"");
	assert_int_equal(error_set(&err, COORD_EIO, "gone"), COORD_EIO);
	assert_int_equal(err.line, 0);
	assert_int_equal(error_set(NULL, COORD_ENOMEM, "nobody asks"), COORD_ENOMEM);
}

static void
test_attacker_text_cannot_drive_a_terminal(void **state)
{
	struct coord_error err;

	(void)state;
	(void)error_set(&err, COORD_EPARSE, "a\x1b[31mb\nc\xc3\xa9\x7f");
	assert_string_equal(err.what, "a?[31mb?c???");
}

static void
test_long_text_is_cut(void **state)
{
	struct coord_error err;

	(void)state;
	(void)error_set(&err, COORD_EPARSE, "%1000d", 1);
	assert_int_equal(strlen(err.what), sizeof(err.what) - 1);
}

static void
test_every_code_has_a_text(void **state)
{
	(void)state;
	for (int code = COORD_OK; code <= COORD_ECANCELLED; code++) {
		assert_true(strlen(error_text((enum coord_err)code)) > 1);
		assert_string_not_equal(error_text((enum coord_err)code), "unknown error");
	}
	assert_string_equal(error_text((enum coord_err)999), "unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_position_and_text),
		cmocka_unit_test(test_attacker_text_cannot_drive_a_terminal),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_every_code_has_a_text),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
