#include "testing.h"

#include "base/uuid.h"

static const uint8_t drawn[16] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0xf6, 0x77, 0xff, 0x99, 0xaa,
	0xbb, 0xcc, 0xdd, 0xee, 0xff };

/* Version and variant are set whatever the bytes were, and nothing else is. */
static void
test_text(void **state)
{
	char text[UUID_TEXT];

	(void)state;
	uuid_text(drawn, 4, text);
	assert_string_equal(text, "00112233-4455-4677-bf99-aabbccddeeff");
	uuid_text(drawn, 5, text);
	assert_string_equal(text, "00112233-4455-5677-bf99-aabbccddeeff");
}

/* The time's low 32 bits come first, so that what is made at one moment stands together. */
static void
test_of_a_moment(void **state)
{
	char text[UUID_TEXT];

	(void)state;
	uuid_of_moment(drawn, UINT64_C(0x1994a1b2c3d), text);
	assert_string_equal(text, "4a1b2c3d-4455-4677-bf99-aabbccddeeff");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_of_a_moment),
	};

	return cmocka_run_group_tests_name("base/uuid", tests, NULL, NULL);
}
