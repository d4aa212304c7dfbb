/* test_text.c - valid UTF-8 from whatever attackers sent. */
#include "ingest/text.h"
#include "testing.h"

#define FFFD "\xef\xbf\xbd"

static void
valid_prefix(void **state)
{
	const struct {
		struct sv text;
		size_t valid;
	} CASES[] = {
		{ SV(""), 0 },
		{ SV("plain text, longer than a word"), 30 },
		{ SV("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 9 },
		{ SV("12345678\xc3"), 8 },
		{ SV("ab\x80"), 2 },
		{ SV("ab\xc0\xaf"), 2 },         /* overlong */
		{ SV("ab\xe0\x80\xaf"), 2 },     /* overlong */
		{ SV("ab\xed\xa0\x80"), 2 },     /* surrogate */
		{ SV("ab\xf0\x80\x80\xaf"), 2 }, /* overlong */
		{ SV("ab\xf4\x90\x80\x80"), 2 }, /* beyond U+10FFFF */
		{ SV("ab\xf5\x80\x80\x80"), 2 },
		{ SV("ab\xe2\x82"), 2 },
		{ SV("a\0b"), 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++)
		assert_int_equal(text_valid_prefix(CASES[i].text), CASES[i].valid);
}

static void
repair(void **state)
{
	struct buf out = BUF_INIT(1 << 16);

	(void)state;
	text_repair(SV("a\xff"
		       "b\xe2\x82"
		       "c\xc3\xa9"),
	    &out);
	assert_sv_equal(buf_sv(&out), "a" FFFD "b" FFFD FFFD "c\xc3\xa9");
	buf_clear(&out);
}

static void
repair_json(void **state)
{
	const struct {
		struct sv line, repaired;
		uint64_t byte;
	} CASES[] = {
		{ SV("{\"a\":\"x\xff\"}"), SV("{\"a\":\"x" FFFD "\"}"), 7 },
		{ SV("{\"a\":\"x\0\"}"), SV("{\"a\":\"x" FFFD "\"}"), 7 },
		{ SV("{\"a\":\"\t\"}"), SV("{\"a\":\"" FFFD "\"}"), 6 },
		{ SV("{\"a\":\"\\ud800\"}"), SV("{\"a\":\"" FFFD "\"}"), 6 },
		{ SV("{\"a\":\"\\udc00\\ud83d\\ude00\"}"), SV("{\"a\":\"" FFFD "\\ud83d\\ude00\"}"),
		    6 },
		{ SV("{\"a\":\"\\\\ud800 \\\"\\ud800\"}"), SV("{\"a\":\"\\\\ud800 \\\"" FFFD "\"}"),
		    16 },
		{ SV("{\"a\":\"\\ud800\\u0041\"}"), SV("{\"a\":\"" FFFD "\\u0041\"}"), 6 },
		{ SV("\xff{\"a\":1}"), SV(FFFD "{\"a\":1}"), 0 },
	};
	const struct sv FINE[] = { SV("{\"a\":\"x\"}"), SV("{\"a\":\"\\n\\u00e9\"}"), SV("{\"a"),
		SV("{\"a\":\"\\"), SV(""), SV("{\"\\u12\"}") };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(CASES); i++) {
		struct buf out = BUF_INIT(1 << 16);
		uint64_t byte = 99;

		assert_true(text_repair_json(CASES[i].line, &out, &byte));
		assert_int_equal(out.len, CASES[i].repaired.len);
		assert_memory_equal(out.data, CASES[i].repaired.data, out.len);
		assert_int_equal(byte, CASES[i].byte);
		buf_clear(&out);
	}
	for (size_t i = 0; i < COUNT_OF(FINE); i++) {
		struct buf out = BUF_INIT(1 << 16);
		uint64_t byte = 99;

		assert_false(text_repair_json(FINE[i], &out, &byte));
		assert_int_equal(byte, 99);
		buf_clear(&out);
	}
}

static void
cut(void **state)
{
	(void)state;
	assert_sv_equal(text_cut(SV("abc"), 3), "abc");
	assert_sv_equal(text_cut(SV("abcd"), 3), "abc");
	assert_sv_equal(text_cut(SV("ab\xe2\x82\xac"), 4), "ab");
	assert_sv_equal(text_cut(SV("ab\xe2\x82\xac"), 5), "ab\xe2\x82\xac");
	assert_sv_equal(text_cut(SV("\xe2\x82\xac"), 1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(valid_prefix),
		cmocka_unit_test(repair),
		cmocka_unit_test(repair_json),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
