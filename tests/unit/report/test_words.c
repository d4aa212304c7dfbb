/* Numbers and names in plain words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "report/words.h"

static void
counts_have_commas(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = { { 0, "0" }, { 999, "999" }, { 1000, "1,000" }, { 1234567, "1,234,567" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(100);

		words_count(&out, rows[i].n);
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_clear(&out);
	}
}

static void
chances_are_plain(void **state)
{
	static const struct {
		double p;
		const char *text;
	} rows[] = { { 1e-4, "about once in 10,000 tries (p = 0.0001)" },
		{ 0.005, "about once in 200 tries (p = 0.005)" },
		{ 0.0301, "about once in 33 tries (p = 0.03)" },
		{ 0.43, "about every second time (p = 0.43)" }, { 1, "most of the time (p = 1)" },
		{ 1e-300, "about once in more than a million billion tries (p = 1e-300)" },
		{ 0, "unknown" }, { -1, "unknown" }, { (double)NAN, "unknown" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(200);

		words_chance(&out, rows[i].p);
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_clear(&out);
	}
}

static void
every_verdict_has_words(void **state)
{
	(void)state;
	for (unsigned v = 0; v <= VERDICT_SINGLE_ACTOR; v++) {
		struct sv name = sv_from(detect_verdict_name((enum detect_verdict)v));

		assert_non_null(words_verdict(name));
		assert_non_null(words_verdict_meaning(name));
	}
	assert_null(words_verdict(SV("other")));
	assert_string_equal(words_confidence(0.97, VERDICT_CAMPAIGN), "very likely");
	assert_string_equal(words_confidence(0, VERDICT_COINCIDENTAL), "very unlikely");
	assert_string_equal(words_confidence((double)NAN, VERDICT_COINCIDENTAL), "not judged");
	/* beside "not enough evidence" no number is likely */
	for (double c = 0; c <= 1; c += 0.01)
		assert_null(strstr(words_confidence(c, VERDICT_INSUFFICIENT), "likely"));
	assert_string_equal(words_confidence((double)NAN, VERDICT_INSUFFICIENT), "not judged");
}

static void
what_is_taken_away_is_named(void **state)
{
	static const struct {
		const char *without, *text;
	} rows[] = { { "channel:synchrony", "the channel \"Acting at the same times\"" },
		{ "channel:new", "the channel \"new\"" },
		{ "artefact:ssh_key:SHA256:ab:cd", "the SSH key SHA256:ab:cd" },
		{ "artefact:odd", "the odd" }, { "\x1b[1m", "\\x1b[1m" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_INIT(200);

		words_without(&out, sv_from(rows[i].without), true);
		assert_string_equal(buf_cstr(&out), rows[i].text);
		buf_clear(&out);
	}
}

static void
every_term_has_words(void **state)
{
	static const unsigned weighed[] = { FEATURE_NULL_WORLDS, FEATURE_SIZE, FEATURE_VISITS };

	(void)state;
	for (size_t i = 0; i < sizeof(weighed) / sizeof(weighed[0]); i++) {
		struct sv name = sv_from(detect_feature_name(weighed[i]));
		struct buf out = BUF_INIT(200);

		words_term(&out, name, true);
		assert_false(sv_eq(buf_sv(&out), name));
		assert_int_equal(words_term_is_evidence(name), weighed[i] == FEATURE_NULL_WORLDS);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_have_commas),
		cmocka_unit_test(chances_are_plain),
		cmocka_unit_test(every_verdict_has_words),
		cmocka_unit_test(what_is_taken_away_is_named),
		cmocka_unit_test(every_term_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
