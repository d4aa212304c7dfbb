/* test_json_fault.c - the byte at which a text stops being JSON. */
#include "testing.h"

#include "api/json_fault.h"

static void
test_faults(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
		{ "{", 1 },
		{ "", 0 },
		{ "  ]", 2 },
		{ "[1,]", 3 },
		{ "[1 2]", 3 },
		{ "[1}", 2 },
		{ "{\"a\" 1}", 5 },
		{ "{\"a\":1,}", 7 },
		{ "{1:2}", 1 },
		{ "{\"a\":tru}", 8 },
		{ "[nul", 4 },
		{ "[01]", 2 },
		{ "[-]", 2 },
		{ "[1.]", 3 },
		{ "[1e]", 3 },
		{ "[1e+]", 4 },
		{ "[+1]", 1 },
		{ "['a']", 1 },
		{ "[\"a\nb\"]", 3 },
		{ "[\"\\x\"]", 3 },
		{ "[\"\\u12g4\"]", 6 },
		{ "[\"\xff\"]", 2 },
		{ "[\"\xc0\x80\"]", 2 },
		{ "[\"\xed\xa0\x80\"]", 2 },
		{ "[\"\xc3", 2 },
		{ "[] []", 3 },
		{ "[[[[", 3 }, /* three levels are allowed below */
		{ "[[[]],[[[]]]]", 8 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (json_fault(sv_from(cases[i].text), 3) != cases[i].at)
			fail_msg("%s: %zu, expected %zu", cases[i].text,
			    json_fault(sv_from(cases[i].text), 3), cases[i].at);
}

static void
test_none(void **state)
{
	static const char long_one[] =
	    "{\"a\":[1,-2.5e+3,0.1E-2,\"\\u00e9\\n\xc3\xa9\xf0\x9f\x90\x8d\"],"
	    "\"b\":{\"c\":true,\"d\":false}}";
	static const char *const good[] = { "0", " null\n", "[]", "{}", "[{},[],\"\"]", long_one };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_int_equal(json_fault(sv_from(good[i]), 3), strlen(good[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
