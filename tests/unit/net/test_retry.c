/* test_retry.c - when to come again, in seconds and in three kinds of date. */
#include "net/private.h"
#include "testing.h"

#define NOW INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define WEEK INT64_C(604800)

static const struct {
	const char *text;
	int64_t seconds; /* -1: neither */
} retry_after[] = {
	{ "0", 0 },
	{ "120", 120 },
	{ " 120 ", 120 },
	{ "0120", 120 },
	{ "604800", WEEK },
	{ "604801", WEEK },
	{ "99999999999999999999999999", WEEK },
	{ "Sun, 06 Nov 1994 08:51:37 GMT", 120 },
	{ "Sunday, 06-Nov-94 08:51:37 GMT", 120 },
	{ "Sun Nov  6 08:51:37 1994", 120 },
	{ "Sun Nov 16 08:49:37 1994", WEEK },
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
	{ "Sun, 06 Nov 1994 08:00:00 GMT", 0 },
	{ "Mon, 07 Nov 1994 08:49:37 GMT", 86400 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", WEEK },
	{ "", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ "1.5", -1 },
	{ "1 2", -1 },
	{ "soon", -1 },
	{ "120s", -1 },
	{ "Sun, 06 Nov 1994 08:51:37", -1 },
	{ "Sun, 06 Nov 1994 08:51:37 PST", -1 },
	{ "Sun, 06 Nov 1994 24:00:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:60:00 GMT", -1 },
	{ "Sun, 06 Nov 1994 8:51:37 GMT", -1 },
	{ "Sun, 00 Nov 1994 08:51:37 GMT", -1 },
	{ "Sun, 32 Nov 1994 08:51:37 GMT", -1 },
	{ "Sun, 06 Nev 1994 08:51:37 GMT", -1 },
	{ "Sun, 06 Nov 94 08:51:37 GMT", -1 },
	{ "Sun, 06 Nov 1994 08:51:37 GMT now", -1 },
	{ "1994-11-06T08:51:37Z", -1 },
};

static void
test_retry_after(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(retry_after); i++) {
		int64_t us = -TIME_SECOND;

		if (retry_after_parse(sv_from(retry_after[i].text), NOW, &us) !=
			(retry_after[i].seconds >= 0) ||
		    us != retry_after[i].seconds * TIME_SECOND)
			fail_msg("%s -> %lld", retry_after[i].text, (long long)us);
	}
}

static void
test_two_digits_of_a_year(void **state)
{
	int64_t us, now = INT64_C(1795000000); /* in 2026 */

	(void)state;
	assert_true(retry_after_parse(SV("Friday, 01-Jan-27 00:00:00 GMT"), now, &us));
	assert_true(us == WEEK * TIME_SECOND);
	assert_true(retry_after_parse(SV("Friday, 01-Jan-77 00:00:00 GMT"), now, &us));
	assert_true(us == 0); /* 1977 */
}

static void
test_rate_reset(void **state)
{
	int64_t us = 7;

	(void)state;
	assert_true(rate_reset_parse(SV("60"), NOW, &us) && us == 60 * TIME_SECOND);
	assert_true(rate_reset_parse(SV("1800000060"), 1800000000, &us) && us == 60 * TIME_SECOND);
	assert_true(rate_reset_parse(SV("1800000000"), 1800000060, &us) && us == 0);
	us = 7;
	assert_false(rate_reset_parse(SV("soon"), NOW, &us) || rate_reset_parse(SV(""), NOW, &us));
	assert_true(us == 7);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_two_digits_of_a_year),
		cmocka_unit_test(test_rate_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
