/* sv.c - searching and number parsing on string views. */
#define _GNU_SOURCE /* memmem */
#include "base/sv.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

static inline unsigned char
lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool
sv_ieq(struct sv a, struct sv b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.data[i]) != lower(b.data[i]))
			return false;
	return true;
}

size_t
sv_find(struct sv s, struct sv needle)
{
	const char *at;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return SIZE_MAX;
	at = memmem(s.data, s.len, needle.data, needle.len);
	return at == NULL ? SIZE_MAX : (size_t)(at - s.data);
}

size_t
sv_find_char(struct sv s, char c)
{
	const char *at = s.len == 0 ? NULL : memchr(s.data, c, s.len);

	return at == NULL ? SIZE_MAX : (size_t)(at - s.data);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct sv
sv_trim(struct sv s)
{
	while (s.len > 0 && is_space(s.data[0]))
		s = sv_skip(s, 1);
	while (s.len > 0 && is_space(s.data[s.len - 1]))
		s.len--;
	return s;
}

struct sv
sv_cut(struct sv *rest, char sep)
{
	size_t at = sv_find_char(*rest, sep);
	struct sv part;

	if (at == SIZE_MAX) {
		part = *rest;
		*rest = SV_NONE;
		return part;
	}
	part = sv_first(*rest, at);
	*rest = sv_skip(*rest, at + 1);
	return part;
}

bool
sv_to_u64(struct sv s, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.data[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, (uint64_t)10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	*ret = value;
	return true;
}

bool
sv_to_i64(struct sv s, int64_t *ret)
{
	bool negative = s.len > 0 && s.data[0] == '-';
	uint64_t value;

	if (!sv_to_u64(negative ? sv_skip(s, 1) : s, &value))
		return false;
	if (value > (uint64_t)INT64_MAX + negative)
		return false;
	*ret = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

bool
sv_to_f64(struct sv s, double *ret)
{
	char text[64];
	char *end;
	double value;

	if (s.len == 0 || s.len >= sizeof(text))
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (strchr("0123456789+-.eE", s.data[i]) == NULL || s.data[i] == 0)
			return false;
	memcpy(text, s.data, s.len);
	text[s.len] = 0;
	errno = 0;
	value = strtod(text, &end); /* the program never calls setlocale(LC_NUMERIC) */
	if (*end != 0 || end == text || !isfinite(value))
		return false;
	*ret = value;
	return true;
}

size_t
sv_characters(struct sv s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.data[i] & 0xc0) != 0x80;
	return n;
}
