/* span.c - see span.h. The text is valid JSON, but nothing here reads past its end if it were not. */
#include "api/span.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char *
skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at++;
	return at;
}

/* The next quote or backslash. Strings of sessions are short: a call of memchr for each costs more than the search. */
static const char *
find_quote(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\');

	for (; end - at >= 16; at += 16) {
		__m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
		int found = _mm_movemask_epi8(
		    _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash)));

		if (found != 0)
			return at + __builtin_ctz((unsigned)found);
	}
#endif
	while (at < end && *at != '"' && *at != '\\')
		at++;
	return at;
}

/* `at` is behind the opening quote; returns behind the closing one. */
static const char *
skip_string(const char *at, const char *end)
{
	while ((at = find_quote(at, end)) < end) {
		if (*at == '"')
			return at + 1;
		at = end - at > 1 ? at + 2 : end;
	}
	return end;
}

static const char *
skip_nested(const char *at, const char *end)
{
	size_t depth = 0;

	while (at < end) {
		char c = *at++;

		if (c == '"')
			at = skip_string(at, end);
		else if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return end;
}

static const char *
skip_value(const char *at, const char *end)
{
	if (at == end)
		return end;
	if (*at == '"')
		return skip_string(at + 1, end);
	if (*at == '{' || *at == '[')
		return skip_nested(at, end);
	while (at < end && *at != ',' && *at != '}' && *at != ']' && (unsigned char)*at > ' ')
		at++;
	return at;
}

struct span_iter
span_each(struct sv text)
{
	struct span_iter iter = { text.data, text.data + text.len, false };

	iter.at = skip_blank(iter.at, iter.end);
	if (iter.at < iter.end) {
		iter.object = *iter.at == '{';
		iter.at++;
	}
	return iter;
}

bool
span_next(struct span_iter *iter, struct sv *ret)
{
	const char *from;

	iter->at = skip_blank(iter->at, iter->end);
	if (iter->at < iter->end && *iter->at == ',')
		iter->at = skip_blank(iter->at + 1, iter->end);
	if (iter->at >= iter->end || *iter->at == ']' || *iter->at == '}')
		return false;
	if (iter->object) {
		iter->at = skip_blank(skip_value(iter->at, iter->end), iter->end);
		if (iter->at < iter->end && *iter->at == ':')
			iter->at = skip_blank(iter->at + 1, iter->end);
	}
	from = iter->at;
	iter->at = skip_value(from, iter->end);
	*ret = (struct sv){ from, (size_t)(iter->at - from) };
	return iter->at > from;
}

void
span_line(struct sv value, struct buf *out)
{
	size_t from = out->len;

	buf_add_sv(out, value);
	buf_add_char(out, '\n');
	if (out->failed)
		return;
	/* a raw line end cannot be inside a string, so it is white space */
	for (char *p = out->data + from, *last = out->data + out->len - 1;
	     (p = memchr(p, '\n', (size_t)(last - p))) != NULL; p++)
		*p = ' ';
	for (char *p = out->data + from, *last = out->data + out->len - 1;
	     (p = memchr(p, '\r', (size_t)(last - p))) != NULL; p++)
		*p = ' ';
}
