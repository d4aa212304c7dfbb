/* span.c - see span.h. The text is valid JSON, but nothing here reads past its end if it were not. */
#include "api/span.h"

static const char *
skip_blank(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at++;
	return at;
}

/* `at` is behind the opening quote; returns behind the closing one. */
static const char *
skip_string(const char *at, const char *end)
{
	while (at < end) {
		const char *quote = memchr(at, '"', (size_t)(end - at));
		const char *back = quote;

		if (quote == NULL)
			return end;
		while (back > at && back[-1] == '\\')
			back--;
		at = quote + 1;
		if (((quote - back) & 1) == 0)
			return at;
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
