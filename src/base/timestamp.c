/* timestamp.c - civil time by Howard Hinnant's days-from-civil arithmetic; no libc time zone is consulted. */
#include "base/timestamp.h"

#include <math.h>
#include <stdio.h>

int64_t
time_days(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + (int64_t)day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + doe - 719468;
}

/* Reads exactly `digits` decimal digits at *at. */
static bool
take_digits(struct sv text, size_t *at, unsigned digits, unsigned *ret)
{
	unsigned value = 0;

	if (text.len - *at < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		unsigned d = (unsigned char)text.data[*at + i] - (unsigned)'0';

		if (d > 9)
			return false;
		value = value * 10 + d;
	}
	*at += digits;
	*ret = value;
	return true;
}

static bool
take_char(struct sv text, size_t *at, char c)
{
	if (*at >= text.len || text.data[*at] != c)
		return false;
	++*at;
	return true;
}

static bool
valid_day(unsigned year, unsigned month, unsigned day)
{
	static const unsigned char days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

static bool
take_clock(struct sv text, size_t *at, int64_t *us)
{
	unsigned hour, minute, second = 0, fraction = 0, digits = 0;

	if (!take_digits(text, at, 2, &hour) || !take_char(text, at, ':') ||
	    !take_digits(text, at, 2, &minute))
		return false;
	if (take_char(text, at, ':') && !take_digits(text, at, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	if (*at < text.len && (text.data[*at] == '.' || text.data[*at] == ',')) {
		++*at;
		for (; *at < text.len && text.data[*at] >= '0' && text.data[*at] <= '9';
		     ++*at, digits++)
			if (digits < 6)
				fraction = fraction * 10 + (unsigned)(text.data[*at] - '0');
		if (digits == 0 || digits > 9)
			return false;
		for (unsigned i = digits; i < 6; i++)
			fraction *= 10;
	}
	*us = ((int64_t)(hour * 60 + minute) * 60 + second) * TIME_SECOND + fraction;
	return true;
}

/* The zone at the end of an RFC 3339 time: "Z", "+hh:mm", "+hhmm", "+hh", or nothing (the given offset). */
static bool
take_zone(struct sv text, size_t *at, int64_t absent, int64_t *offset_us)
{
	unsigned hours, minutes = 0;
	bool west;

	*offset_us = absent;
	if (*at == text.len)
		return true;
	*offset_us = 0;
	if (take_char(text, at, 'Z') || take_char(text, at, 'z'))
		return *at == text.len;
	west = text.data[*at] == '-';
	if (!west && text.data[*at] != '+')
		return false;
	++*at;
	if (!take_digits(text, at, 2, &hours))
		return false;
	(void)take_char(text, at, ':');
	if (*at < text.len && !take_digits(text, at, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*offset_us = (int64_t)(hours * 60 + minutes) * 60 * TIME_SECOND * (west ? -1 : 1);
	return *at == text.len;
}

static inline unsigned
two_digits(const char *at, unsigned *bad)
{
	unsigned tens = (unsigned char)at[0] - (unsigned)'0',
		 ones = (unsigned char)at[1] - (unsigned)'0';

	*bad |= (unsigned)(tens > 9) | (unsigned)(ones > 9);
	return tens * 10 + ones;
}

/* "2020-01-26T00:00:00.028121Z", the form of nearly all logs, without the general parser's questions. */
static bool
parse_usual(const char *t, int64_t *ret)
{
	unsigned bad = 0;
	unsigned year = two_digits(t, &bad) * 100 + two_digits(t + 2, &bad);
	unsigned month = two_digits(t + 5, &bad), day = two_digits(t + 8, &bad);
	unsigned hour = two_digits(t + 11, &bad), minute = two_digits(t + 14, &bad);
	unsigned second = two_digits(t + 17, &bad);
	unsigned fraction = (two_digits(t + 20, &bad) * 100 + two_digits(t + 22, &bad)) * 100 +
			    two_digits(t + 24, &bad);

	if (bad != 0 || t[4] != '-' || t[7] != '-' || t[10] != 'T' || t[13] != ':' ||
	    t[16] != ':' || t[19] != '.' || t[26] != 'Z' || hour > 23 || minute > 59 ||
	    second > 60 || !valid_day(year, month, day))
		return false;
	*ret = time_days(year, month, day) * 86400 * TIME_SECOND +
	       ((int64_t)(hour * 60 + minute) * 60 + second) * TIME_SECOND + fraction;
	return true;
}

static bool
parse_civil(struct sv text, int64_t zone_offset_us, int64_t *ret)
{
	unsigned year, month, day;
	size_t at = 0;
	int64_t clock = 0, offset = zone_offset_us;

	if (!take_digits(text, &at, 4, &year) ||
	    (!take_char(text, &at, '-') && !take_char(text, &at, '/')) ||
	    !take_digits(text, &at, 2, &month) ||
	    (!take_char(text, &at, '-') && !take_char(text, &at, '/')) ||
	    !take_digits(text, &at, 2, &day) || !valid_day(year, month, day))
		return false;
	if (at < text.len) {
		if (!take_char(text, &at, 'T') && !take_char(text, &at, 't') &&
		    !take_char(text, &at, ' '))
			return false;
		if (!take_clock(text, &at, &clock))
			return false;
		if (at + 1 < text.len && text.data[at] == ' ' && text.data[at + 1] != ' ')
			at++; /* "2025-02-12 10:00:00 +0000" */
		if (!take_zone(text, &at, zone_offset_us, &offset))
			return false;
	}
	*ret = time_days(year, month, day) * 86400 * TIME_SECOND + clock - offset;
	return true;
}

bool
time_from_number(double number, int64_t *ret)
{
	double us;

	if (!isfinite(number) || number < 0)
		return false;
	us = number >= 1e14 ? number : number >= 1e11 ? number * 1e3 : number * 1e6;
	if (us >= 9e18)
		return false;
	*ret = (int64_t)llrint(us);
	return true;
}

/* Epoch seconds with a fraction are read digit by digit: a double is off by a microsecond after 2004. */
static bool
parse_epoch(struct sv text, int64_t *ret)
{
	size_t dot = sv_find_char(text, '.');
	uint64_t whole, fraction = 0;
	struct sv digits;

	if (!sv_to_u64(dot == SIZE_MAX ? text : sv_first(text, dot), &whole))
		return false;
	if (dot == SIZE_MAX || whole >= UINT64_C(100000000000)) {
		double number;

		if (dot == SIZE_MAX && whole < UINT64_C(100000000000)) {
			*ret = (int64_t)whole * TIME_SECOND;
			return true;
		}
		return sv_to_f64(text, &number) && time_from_number(number, ret);
	}
	digits = sv_skip(text, dot + 1);
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
		if (i < 6)
			fraction = fraction * 10 + (uint64_t)(digits.data[i] - '0');
	}
	if (digits.len == 0)
		return false;
	for (size_t i = digits.len; i < 6; i++)
		fraction *= 10;
	*ret = (int64_t)whole * TIME_SECOND + (int64_t)fraction;
	return true;
}

bool
time_parse(struct sv text, int64_t zone_offset_us, int64_t *ret)
{
	if (text.len == sizeof("2020-01-26T00:00:00.028121Z") - 1 && parse_usual(text.data, ret))
		return true;
	text = sv_trim(text);
	if (text.len >= 10 && (text.data[4] == '-' || text.data[4] == '/'))
		return parse_civil(text, zone_offset_us, ret);
	return text.len > 0 && parse_epoch(text, ret);
}

bool
time_parse_syslog(struct sv text, int year, int64_t zone_offset_us, int64_t *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned month, day = 0;
	size_t at = 3;
	int64_t clock;

	if (text.len < 15 || year < 1970 || year > 9999)
		return false;
	for (month = 0; month < 12; month++)
		if (memcmp(text.data, months + (size_t)3 * month, 3) == 0)
			break;
	if (month == 12 || !take_char(text, &at, ' '))
		return false;
	(void)take_char(text, &at, ' ');
	while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9' && day < 100)
		day = day * 10 + (unsigned)(text.data[at++] - '0');
	if (!valid_day((unsigned)year, month + 1, day) || !take_char(text, &at, ' ') ||
	    !take_clock(text, &at, &clock))
		return false;
	*ret = time_days(year, month + 1, day) * 86400 * TIME_SECOND + clock - zone_offset_us;
	return true;
}

void
time_format(int64_t us, bool whole_seconds, char ret[TIME_TEXT_MAX])
{
	int64_t seconds = us / TIME_SECOND, fraction = us % TIME_SECOND;
	int64_t days, z, era, doe, yoe, doy, mp, year;
	unsigned clock, day, month;

	if (fraction < 0) {
		fraction += TIME_SECOND;
		seconds--;
	}
	days = seconds / 86400;
	if (seconds % 86400 < 0)
		days--;
	clock = (unsigned)(seconds - days * 86400);
	z = days + 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	day = (unsigned)(doy - (153 * mp + 2) / 5 + 1);
	month = (unsigned)(mp < 10 ? mp + 3 : mp - 9);
	year = yoe + era * 400 + (month <= 2 ? 1 : 0);
	if (whole_seconds || fraction == 0)
		(void)snprintf(ret, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02u:%02u:%02uZ",
		    (long long)year, month, day, clock / 3600, clock / 60 % 60, clock % 60);
	else
		(void)snprintf(ret, TIME_TEXT_MAX, "%04lld-%02u-%02uT%02u:%02u:%02u.%06lldZ",
		    (long long)year, month, day, clock / 3600, clock / 60 % 60, clock % 60,
		    (long long)fraction);
}
