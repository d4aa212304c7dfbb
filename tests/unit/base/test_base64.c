/* test_base64.c - the vectors of RFC 4648, and that a value has one text only. */
#include "base/base64.h"
#include "testing.h"

static const struct {
	const char *plain, *standard, *url;
} vectors[] = {
	{ "", "", "" },
	{ "f", "Zg==", "Zg" },
	{ "fo", "Zm8=", "Zm8" },
	{ "foo", "Zm9v", "Zm9v" },
	{ "foob", "Zm9vYg==", "Zm9vYg" },
	{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
	{ "\xfb\xff\xfe", "+//+", "-__-" },
};

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		size_t len = strlen(vectors[i].plain), n = 99;
		uint8_t back[16];
		char text[32];

		assert_int_equal(strlen(vectors[i].standard),
		    base64_encode(BASE64_STANDARD, vectors[i].plain, len, text));
		assert_string_equal(vectors[i].standard, text);
		assert_true(base64_decode(BASE64_STANDARD, sv_from(text), back, sizeof(back), &n));
		assert_int_equal(len, n);
		assert_memory_equal(vectors[i].plain, back, len);
		assert_int_equal(
		    strlen(vectors[i].url), base64_encode(BASE64_URL, vectors[i].plain, len, text));
		assert_string_equal(vectors[i].url, text);
		assert_true(base64_decode(BASE64_URL, sv_from(text), back, sizeof(back), &n));
		assert_int_equal(len, n);
		assert_memory_equal(vectors[i].plain, back, len);
	}
}

static void
test_refuses_other_spellings(void **state)
{
	static const char *const standard[] = { "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Zm8",
		"Z===", "====", "Zg==\n", " Zg==", "Zm9v-_==", "Z=g=", "Zm9vYg==Zm9v" };
	static const char *const url[] = { "Z", "Zg==", "Zh", "Zm9", "Zm+v", "Zm/v", "Zm 9v",
		"Zm8=" };
	uint8_t back[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(standard); i++)
		assert_false(
		    base64_decode(BASE64_STANDARD, sv_from(standard[i]), back, sizeof(back), &n));
	for (size_t i = 0; i < COUNT_OF(url); i++)
		assert_false(base64_decode(BASE64_URL, sv_from(url[i]), back, sizeof(back), &n));
}

static void
test_room(void **state)
{
	uint8_t back[6];
	size_t n;

	(void)state;
	assert_true(base64_decode(BASE64_URL, SV("Zm9vYmFy"), back, 6, &n));
	assert_int_equal(6, n);
	assert_false(base64_decode(BASE64_URL, SV("Zm9vYmFy"), back, 5, &n));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_refuses_other_spellings),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
