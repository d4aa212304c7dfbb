/* sv.h - string views: borrowed bytes with a length. Not NUL-terminated, may hold NUL and invalid UTF-8.
 * An absent string has data == NULL; an empty one has len == 0 and data != NULL. */
#ifndef COORD_BASE_SV_H
#define COORD_BASE_SV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sv {
	const char *data;
	size_t len;
};

/** A view of a string literal. */
#define SV(literal) ((struct sv){ "" literal, sizeof(literal) - 1 })
#define SV_NONE ((struct sv){ NULL, 0 })
/** For printf: printf("%.*s", SV_ARG(view)). */
#define SV_ARG(view) \
	(int)((view).len > 4096 ? 4096 : (view).len), (view).data != NULL ? (view).data : ""

static inline struct sv
sv_from(const char *text)
{
	return text == NULL ? SV_NONE : (struct sv){ text, strlen(text) };
}

/** Names are short: words that overlap in the middle are compared without a call. */
static inline bool
sv_eq(struct sv a, struct sv b)
{
	uint64_t x = 0, y = 0, u = 0, v = 0;

	if (a.len != b.len || a.len > 2 * sizeof(x))
		return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
	if (a.len >= sizeof(x)) {
		memcpy(&x, a.data, sizeof(x));
		memcpy(&y, b.data, sizeof(y));
		memcpy(&u, a.data + a.len - sizeof(u), sizeof(u));
		memcpy(&v, b.data + a.len - sizeof(v), sizeof(v));
	} else if (a.len >= sizeof(uint32_t)) {
		memcpy(&x, a.data, sizeof(uint32_t));
		memcpy(&y, b.data, sizeof(uint32_t));
		memcpy(&u, a.data + a.len - sizeof(uint32_t), sizeof(uint32_t));
		memcpy(&v, b.data + a.len - sizeof(uint32_t), sizeof(uint32_t));
	} else {
		return a.len == 0 ||
		       (a.data[0] == b.data[0] && a.data[a.len / 2] == b.data[a.len / 2] &&
			   a.data[a.len - 1] == b.data[a.len - 1]);
	}
	return ((x ^ y) | (u ^ v)) == 0;
}

/** Byte order, shorter first when one is a prefix of the other: the canonical order of strings everywhere. */
static inline int
sv_cmp(struct sv a, struct sv b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n == 0 ? 0 : memcmp(a.data, b.data, n);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static inline bool
sv_starts(struct sv s, struct sv prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static inline bool
sv_ends(struct sv s, struct sv suffix)
{
	return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.data + s.len - suffix.len,
							      suffix.data, suffix.len) == 0);
}

/** The view without its first n bytes (all of them when n is larger). */
static inline struct sv
sv_skip(struct sv s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct sv){ s.data == NULL ? NULL : s.data + n, s.len - n };
}

static inline struct sv
sv_first(struct sv s, size_t n)
{
	return (struct sv){ s.data, n < s.len ? n : s.len };
}

/** ASCII case folded comparison. */
bool sv_ieq(struct sv a, struct sv b);
/** Position of `needle` in `s`, or SIZE_MAX. */
size_t sv_find(struct sv s, struct sv needle);
size_t sv_find_char(struct sv s, char c);
static inline bool
sv_has(struct sv s, struct sv needle)
{
	return sv_find(s, needle) != SIZE_MAX;
}
/** Without leading and trailing ASCII white space. */
struct sv sv_trim(struct sv s);
/** Cuts the part before the first `sep` off *rest and returns it; the whole when there is none (then *rest is
 *  absent: data NULL). A loop ends when (*rest).data == NULL. */
struct sv sv_cut(struct sv *rest, char sep);
/** Whole-view decimal numbers: no sign for u64, no blanks. False on overflow, emptiness or any other byte. */
bool sv_to_u64(struct sv s, uint64_t *ret);
bool sv_to_i64(struct sv s, int64_t *ret);
/** Characters of UTF-8: continuation bytes do not count. */
size_t sv_characters(struct sv s);
/** Decimal floating point as JSON writes it, locale-free. False unless the whole view is one finite number. */
bool sv_to_f64(struct sv s, double *ret);

#endif
