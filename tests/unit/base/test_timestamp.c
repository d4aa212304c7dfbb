#include "testing.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *text, *utc;
	} rows[] = {
		{ "2026-11-23T15:50:09.123456Z", "2026-11-23T15:50:09.123456Z" },
		{ "2016-12-31T23:59:60.000001Z", "2017-01-01T00:00:00.000001Z" },
		{ "2026-11-23 15:50:09.123456z", "2026-11-23T15:50:09.123456Z" },
		{ "2026-11-23T15:50:09.123456789Z", "2026-11-23T15:50:09.123456Z" },
		{ "2026-11-23T15:50:09.5z", "2026-11-23T15:50:09.500000Z" },
		{ "2026-11-23T15:50:09,5", "2026-11-23T15:50:09.500000Z" },
		{ "2026-11-23T15:50:09+01:00", "2026-11-23T14:50:09Z" },
		{ "2026-11-23T15:50:09-0530", "2026-11-23T21:20:09Z" },
		{ "2026-11-23T15:50:09+02", "2026-11-23T13:50:09Z" },
		{ "2025-02-12 10:00:00 +0000", "2025-02-12T10:00:00Z" },
		{ "2025/02/12 10:00", "2025-02-12T10:00:00Z" },
		{ " 2024-02-29 ", "2024-02-29T00:00:00Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
		{ "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
		{ "0", "1970-01-01T00:00:00Z" },
		{ "1700000000", "2023-11-14T22:13:20Z" },
		{ "1700000000.25", "2023-11-14T22:13:20.250000Z" },
		{ "1700000000.123456789", "2023-11-14T22:13:20.123456Z" },
		{ "1700000000123", "2023-11-14T22:13:20.123000Z" },
		{ "1700000000123456", "2023-11-14T22:13:20.123456Z" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[TIME_TEXT_MAX];
		int64_t us;

		assert_true(time_parse(sv_from(rows[i].text), 0, &us));
		time_format(us, false, text);
		assert_string_equal(text, rows[i].utc);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const rows[] = { "", " ", "-5", "now", "2026-13-01", "2026-00-01",
		"2026-02-29", "2026-11-31T00:00:00Z", "2026-11-23T24:00:00Z",
		"2026-11-23T10:60:00Z", "2026-11-23T10:00:61Z", "2026-11-23T10",
		"2026-11-23T10:00:00.Z", "2026-02-29T10:00:00.000000Z",
		"2026-11-23T24:00:00.000000Z", "2026-11-23T10:00:0x.000000Z",
		"2026-11-23T10:00:00.1234567890Z", "2026-11-23T10:00:00Zx",
		"2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+1", "2026-11-23x10:00:00",
		"2026-11-23T10:00:00  Z", "26-11-23T10:00:00", "1700000000.", "1700000000.12345x",
		"1700000000.1234567x", "1e9", "99999999999999999999", "2026-1-1T00:00:00Z" };
	int64_t us = 7;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_false(time_parse(sv_from(rows[i]), 0, &us));
	assert_true(us == 7);
}

static void
test_zone_of_zoneless_times(void **state)
{
	int64_t zoned, zoneless, syslog;

	(void)state;
	assert_true(time_parse(SV("2022-07-28T10:00:00+02:00"), 0, &zoned));
	assert_true(time_parse(SV("2022-07-28T10:00:00"), 7200 * TIME_SECOND, &zoneless));
	assert_true(time_parse_syslog(
	    SV("Jul 28 10:00:00 host kernel:"), 2022, 7200 * TIME_SECOND, &syslog));
	assert_true(zoned == zoneless && zoned == syslog);
	assert_true(time_parse(SV("2022-07-28T10:00:00+02:00"), 7200 * TIME_SECOND, &zoneless));
	assert_true(zoned == zoneless);
}

static void
test_syslog(void **state)
{
	static const char *const refused[] = { "Jul 28 10:00", "Foo 28 10:00:00", "Feb 29 10:00:00",
		"Jul 32 10:00:00", "Jul 281 10:00:00", "Jul 28 25:00:00", "Jul-28 10:00:00",
		"jul 28 10:00:00" };
	char text[TIME_TEXT_MAX];
	int64_t us;

	(void)state;
	assert_true(time_parse_syslog(SV("Feb 29 10:00:00"), 2024, 0, &us));
	time_format(us, false, text);
	assert_string_equal(text, "2024-02-29T10:00:00Z");
	assert_true(time_parse_syslog(SV("Dec  1 23:59:59"), 2024, 0, &us));
	time_format(us, false, text);
	assert_string_equal(text, "2024-12-01T23:59:59Z");
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		assert_false(time_parse_syslog(sv_from(refused[i]), 2023, 0, &us));
	assert_false(time_parse_syslog(SV("Jul 28 10:00:00"), 0, 0, &us));
}

static void
test_numbers(void **state)
{
	int64_t us = 7;

	(void)state;
	assert_false(time_from_number(-1, &us));
	assert_false(time_from_number(1e300, &us));
	assert_false(time_from_number(0.0 / 0.0, &us));
	assert_true(us == 7);
	assert_true(time_from_number(1.5, &us) && us == 1500000);
	assert_true(time_from_number(1700000000000.0, &us) && us == INT64_C(1700000000000000));
	assert_true(time_from_number(1700000000000000.0, &us) && us == INT64_C(1700000000000000));
}

static void
test_days_and_back(void **state)
{
	(void)state;
	assert_int_equal(time_days(1970, 1, 1), 0);
	assert_int_equal(time_days(2000, 3, 1), 11017);
	assert_int_equal(time_days(1969, 12, 31), -1);
	for (int64_t day = -800000; day < 800000; day += 97) {
		char text[TIME_TEXT_MAX];
		int64_t back;

		time_format(day * 86400 * TIME_SECOND + 1, false, text);
		if (text[0] == '-')
			continue;
		assert_true(time_parse(sv_from(text), 0, &back));
		assert_true(back == day * 86400 * TIME_SECOND + 1);
	}
}

static void
test_format_whole_seconds_and_extremes(void **state)
{
	char text[TIME_TEXT_MAX];

	(void)state;
	time_format(1999999, true, text);
	assert_string_equal(text, "1970-01-01T00:00:01Z");
	time_format(INT64_MAX, false, text);
	assert_string_equal(text, "294247-01-10T04:00:54.775807Z");
	time_format(INT64_MIN, false, text);
	assert_int_equal(text[0], '-');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_zone_of_zoneless_times),
		cmocka_unit_test(test_syslog),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_days_and_back),
		cmocka_unit_test(test_format_whole_seconds_and_extremes),
	};

	return cmocka_run_group_tests_name("base/timestamp", tests, NULL, NULL);
}
