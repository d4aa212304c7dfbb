/* retry.c - when to come again: Retry-After in seconds or as a date (RFC 9110 sections 10.2.3 and 5.6.7), X-RateLimit-Reset. */
#include "net/private.h"

#define WEEK_S INT64_C(604800)

enum { RELATIVE_MOST = 1000000000 }; /* larger numbers are seconds since the epoch */

static bool
take_wait(int64_t seconds, int64_t *ret)
{
	seconds = seconds < 0 ? 0 : seconds > WEEK_S ? WEEK_S : seconds;
	*ret = seconds * TIME_SECOND;
	return true;
}

/** 1 to 12, or 0. */
static unsigned
month_of(struct sv name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned m = 0; m < 12; m++)
		if (name.len == 3 && memcmp(name.data, names + 3 * (size_t)m, 3) == 0)
			return m + 1;
	return 0;
}

static bool
number(struct sv text, size_t digits, uint64_t most, uint64_t *ret)
{
	return text.len == digits && sv_to_u64(text, ret) && *ret <= most;
}

/** "08:49:37" */
static bool
take_clock(struct sv text, int64_t *ret)
{
	uint64_t h, m, s;
	struct sv hour = sv_cut(&text, ':'), minute = sv_cut(&text, ':');

	if (!number(hour, 2, 23, &h) || !number(minute, 2, 59, &m) || !number(text, 2, 60, &s))
		return false;
	*ret = (int64_t)(h * 3600 + m * 60 + s);
	return true;
}

static bool
take_date(struct sv day_text, struct sv month_text, uint64_t year, struct sv clock, int64_t *ret)
{
	unsigned month = month_of(month_text);
	uint64_t day;
	int64_t seconds;

	if (month == 0 || !number(day_text, day_text.len == 1 ? 1 : 2, 31, &day) || day == 0 ||
	    !take_clock(clock, &seconds) || year < 1900 || year > 9999)
		return false;
	*ret = time_days((int64_t)year, month, (unsigned)day) * 86400 + seconds;
	return true;
}

/** Words of a date, at most six. */
static size_t
words_of(struct sv text, struct sv words[6])
{
	size_t n = 0;

	while (text.data != NULL) {
		struct sv word = sv_cut(&text, ' ');

		if (word.len == 0)
			continue;
		if (n == 6)
			return 0;
		words[n++] = word;
	}
	return n;
}

/** "Sun, 06 Nov 1994 08:49:37 GMT" */
static bool
imf_date(const struct sv w[6], int64_t *ret)
{
	uint64_t year;

	return w[0].len == 4 && w[0].data[3] == ',' && sv_eq(w[5], SV("GMT")) &&
	       number(w[3], 4, 9999, &year) && take_date(w[1], w[2], year, w[4], ret);
}

/** "Sunday, 06-Nov-94 08:49:37 GMT": two digits of a year are of the 50 years around now. */
static bool
rfc850_date(const struct sv w[6], int64_t now_s, int64_t *ret)
{
	struct sv date = w[1], day = sv_cut(&date, '-'), month = sv_cut(&date, '-');
	uint64_t short_year, year, this_year = 1970 + (uint64_t)(now_s / 31556952);

	if (!sv_ends(w[0], SV(",")) || !sv_eq(w[3], SV("GMT")) || date.data == NULL ||
	    !number(date, 2, 99, &short_year))
		return false;
	year = this_year - this_year % 100 + short_year;
	if (year > this_year + 50)
		year -= 100;
	return take_date(day, month, year, w[2], ret);
}

/** "Sun Nov  6 08:49:37 1994" */
static bool
asctime_date(const struct sv w[6], int64_t *ret)
{
	uint64_t year;

	return w[0].len == 3 && number(w[4], 4, 9999, &year) &&
	       take_date(w[2], w[1], year, w[3], ret);
}

static bool
http_date(struct sv text, int64_t now_s, int64_t *ret)
{
	struct sv words[6];

	switch (words_of(text, words)) {
	case 6:
		return imf_date(words, ret);
	case 5:
		return asctime_date(words, ret);
	case 4:
		return rfc850_date(words, now_s, ret);
	default:
		return false;
	}
}

/** Whole seconds; more digits than a number holds are for ever. */
static bool
seconds_of(struct sv text, int64_t *ret)
{
	uint64_t n;

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	if (text.len == 0)
		return false;
	*ret = sv_to_u64(text, &n) && n < INT64_MAX ? (int64_t)n : INT64_MAX;
	return true;
}

bool
retry_after_parse(struct sv text, int64_t now_s, int64_t *ret)
{
	int64_t s;

	text = sv_trim(text);
	if (seconds_of(text, &s))
		return take_wait(s, ret);
	return http_date(text, now_s, &s) && take_wait(s - now_s, ret);
}

bool
rate_reset_parse(struct sv text, int64_t now_s, int64_t *ret)
{
	int64_t s;

	return seconds_of(sv_trim(text), &s) && take_wait(s > RELATIVE_MOST ? s - now_s : s, ret);
}
