/* jsonw.c - see jsonw.h. */
#include "base/jsonw.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct jsonw
jsonw_init(struct buf *out, bool pretty)
{
	struct jsonw w = { .out = out, .pretty = pretty };

	w.first[0] = true;
	return w;
}

static void
newline(struct jsonw *w)
{
	if (!w->pretty)
		return;
	buf_add_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_add(w->out, "  ", 2);
}

/* What goes before any value or key: a comma and a new line where they belong. */
static void
separate(struct jsonw *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	if (w->depth == 0)
		return;
	if (!w->first[w->depth])
		buf_add_char(w->out, ',');
	w->first[w->depth] = false;
	newline(w);
}

static void
open_level(struct jsonw *w, char opener, char closer)
{
	separate(w);
	assert(w->depth + 1 < JSONW_DEPTH_MOST);
	w->depth++;
	w->first[w->depth] = true;
	w->closer[w->depth] = closer;
	buf_add_char(w->out, opener);
}

void
jsonw_object(struct jsonw *w)
{
	open_level(w, '{', '}');
}

void
jsonw_array(struct jsonw *w)
{
	open_level(w, '[', ']');
}

void
jsonw_end(struct jsonw *w)
{
	bool empty = w->first[w->depth];
	char closer = w->closer[w->depth];

	assert(w->depth > 0 && !w->after_key);
	w->depth--;
	if (!empty)
		newline(w);
	buf_add_char(w->out, closer);
}

/* Length of the valid UTF-8 sequence at `s`, 0 when invalid (RFC 3629: no surrogates, no overlong forms). */
static size_t
utf8_sequence(const unsigned char *s, size_t left)
{
	static const struct {
		unsigned char low, high, second_low, second_high;
		size_t len;
	} forms[] = { { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 } };

	for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++) {
		if (s[0] < forms[f].low || s[0] > forms[f].high || left < forms[f].len)
			continue;
		if (s[1] < forms[f].second_low || s[1] > forms[f].second_high)
			return 0;
		for (size_t i = 2; i < forms[f].len; i++)
			if (s[i] < 0x80 || s[i] > 0xbf)
				return 0;
		return forms[f].len;
	}
	return 0;
}

static void
escape_ascii(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add(out, "\\\"", 2);
		return;
	case '\\':
		buf_add(out, "\\\\", 2);
		return;
	case '\n':
		buf_add(out, "\\n", 2);
		return;
	case '\r':
		buf_add(out, "\\r", 2);
		return;
	case '\t':
		buf_add(out, "\\t", 2);
		return;
	default:
		buf_printf(out, "\\u%04x", c);
	}
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

static unsigned
code_point(const unsigned char *s, size_t len)
{
	return len == 2 ? (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)
			: (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
}

/* C1 controls, which drive terminals, and the characters that end lines or turn text around. */
static bool
is_unseen(const unsigned char *s, size_t len)
{
	unsigned c = len == 2 || len == 3 ? code_point(s, len) : 0;

	return (c >= 0x80 && c <= 0x9f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void
write_string(struct buf *out, struct sv text)
{
	const unsigned char *s = (const unsigned char *)text.data;
	size_t i = 0;

	buf_add_char(out, '"');
	while (i < text.len) {
		size_t run = i;
		size_t len;

		while (run < text.len && is_plain(s[run]))
			run++;
		if (run > i) {
			buf_add(out, s + i, run - i);
			i = run;
			continue;
		}
		if (s[i] < 0x80) {
			escape_ascii(out, s[i++]);
			continue;
		}
		len = utf8_sequence(s + i, text.len - i);
		if (len == 0) {
			buf_add(out, "\xef\xbf\xbd", 3);
			i++;
		} else if (is_unseen(s + i, len)) {
			buf_printf(out, "\\u%04x", code_point(s + i, len));
			i += len;
		} else {
			buf_add(out, s + i, len);
			i += len;
		}
	}
	buf_add_char(out, '"');
}

void
jsonw_key_sv(struct jsonw *w, struct sv key)
{
	assert(w->depth > 0 && w->closer[w->depth] == '}' && !w->after_key);
	separate(w);
	write_string(w->out, key);
	buf_add_char(w->out, ':');
	if (w->pretty)
		buf_add_char(w->out, ' ');
	w->after_key = true;
}

void
jsonw_key(struct jsonw *w, const char *key)
{
	jsonw_key_sv(w, sv_from(key));
}

static void
before_value(struct jsonw *w)
{
	assert(w->depth == 0 || w->closer[w->depth] == ']' || w->after_key);
	separate(w);
}

void
jsonw_sv(struct jsonw *w, struct sv text)
{
	before_value(w);
	if (text.data == NULL)
		buf_add(w->out, "null", 4);
	else
		write_string(w->out, text);
}

void
jsonw_str(struct jsonw *w, const char *text)
{
	jsonw_sv(w, sv_from(text));
}

void
jsonw_i64(struct jsonw *w, int64_t value)
{
	before_value(w);
	buf_printf(w->out, "%lld", (long long)value);
}

void
jsonw_u64(struct jsonw *w, uint64_t value)
{
	before_value(w);
	buf_printf(w->out, "%llu", (unsigned long long)value);
}

void
jsonw_f64(struct jsonw *w, double value)
{
	char text[40];

	before_value(w);
	if (!isfinite(value)) {
		buf_add(w->out, "null", 4);
		return;
	}
	if (value == 0)
		value = 0; /* no "-0" */
	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	buf_add_str(w->out, text);
}

void
jsonw_prob(struct jsonw *w, double value)
{
	jsonw_f64(w, isfinite(value) ? nearbyint(value * 1e6) / 1e6 : value);
}

void
jsonw_bool(struct jsonw *w, bool value)
{
	before_value(w);
	buf_add_str(w->out, value ? "true" : "false");
}

void
jsonw_null(struct jsonw *w)
{
	before_value(w);
	buf_add(w->out, "null", 4);
}

void
jsonw_raw(struct jsonw *w, struct sv json)
{
	before_value(w);
	buf_add_sv(w->out, json);
}
