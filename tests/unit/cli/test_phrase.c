#include "testing.h"

#include "cli/phrase.h"

static void
test_distance(void **state)
{
	static const struct {
		const char *a, *b;
		unsigned distance;
	} rows[] = { { "", "", 0 }, { "a", "", 1 }, { "", "abc", 3 }, { "analyse", "analyze", 1 },
		{ "ingset", "ingest", 2 }, { "kitten", "sitting", 3 } };
	char longer[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(
		    phrase_distance(sv_from(rows[i].a), sv_from(rows[i].b)), rows[i].distance);
		assert_int_equal(
		    phrase_distance(sv_from(rows[i].b), sv_from(rows[i].a)), rows[i].distance);
	}
	memset(longer, 'a', sizeof(longer));
	assert_int_equal(phrase_distance((struct sv){ longer, sizeof(longer) }, SV("a")), 64);
}

static void
test_wrap(void **state)
{
	struct buf out = BUF_INIT(1 << 12);

	(void)state;
	phrase_wrap(&out, SV("one two  three four"), 2, 10);
	assert_string_equal(buf_cstr(&out), "  one two\n  three\n  four\n");
	buf_clear(&out);
	phrase_wrap(&out, SV("averyveryverylongword x"), 0, 10);
	assert_string_equal(buf_cstr(&out), "averyveryverylongword\nx\n");
	buf_clear(&out);
}

static void
test_paragraphs(void **state)
{
	struct sv rest = SV("one\n\ntwo three");

	(void)state;
	assert_sv_equal(phrase_paragraph(&rest), "one");
	assert_sv_equal(phrase_paragraph(&rest), "two three");
	assert_null(rest.data);
}

static void
test_printable_and_count(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };
	struct buf out = BUF_INIT(1 << 12);

	(void)state;
	phrase_printable(&out, SV("a\x1b[1m\0\xc3\xa9\x7f~"));
	assert_string_equal(buf_cstr(&out), "a?[1m????~");
	buf_clear(&out);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		phrase_count(&out, rows[i].n);
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_paragraphs),
		cmocka_unit_test(test_printable_and_count),
	};

	return cmocka_run_group_tests_name("cli/phrase", tests, NULL, NULL);
}
