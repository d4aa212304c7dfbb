/* Millionths of log-odds: printed with every digit, read back exactly, and their sum is the confidence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "report/ledger.h"

static void
every_digit_is_printed_and_read(void **state)
{
	static const struct {
		int64_t micro;
		const char *text, *brief;
	} rows[] = { { 0, "0.000000", "+0.00" }, { 1, "0.000001", "+0.00" },
		{ -1, "-0.000001", "-0.00" }, { -405465, "-0.405465", "-0.41" },
		{ 4605170, "4.605170", "+4.61" }, { -12000000, "-12.000000", "-12.00" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[LEDGER_TEXT];
		int64_t back = 7;

		ledger_text(rows[i].micro, text);
		assert_string_equal(text, rows[i].text);
		assert_true(ledger_read(strtod(text, NULL), &back));
		assert_int_equal(back, rows[i].micro);
		ledger_text_brief(rows[i].micro, text);
		assert_string_equal(text, rows[i].brief);
	}
	ledger_text(INT64_MIN, (char[LEDGER_TEXT]){ 0 });
}

static void
other_numbers_are_not_read(void **state)
{
	static const double numbers[] = { 0.1234567, 1e5, (double)NAN, (double)INFINITY, -1e300 };
	int64_t micro = 5;

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_false(ledger_read(numbers[i], &micro));
	assert_int_equal(micro, 5);
}

static void
sum_is_the_confidence(void **state)
{
	struct detect_ledger_line lines[] = { { "prior", -2197225, NULL },
		{ "synchrony", 4394450, NULL } };
	struct detect_campaign c = { .ledger = lines, .n_ledger = 2 };

	(void)state;
	assert_int_equal(ledger_sum(&c), 2197225);
	assert_true(fabs(ledger_confidence(2197225) - 0.9) < 1e-7);
	assert_true(ledger_confidence(0) == 0.5);
	assert_true(ledger_confidence(INT64_MIN) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_digit_is_printed_and_read),
		cmocka_unit_test(other_numbers_are_not_read),
		cmocka_unit_test(sum_is_the_confidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
