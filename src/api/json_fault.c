/* json_fault.c - see json_fault.h: RFC 8259 as one loop over the text and a bit for each open bracket. It is only asked about texts that the
 * parser has refused, so it may take its time. */
#include "api/json_fault.h"

enum { LEVELS_MOST = 64 };

struct scan {
	struct sv text;
	size_t at;
	uint64_t objects; /* bit i: level i is an object */
	unsigned levels, levels_most;
};

static int
here(const struct scan *s)
{
	return s->at < s->text.len ? (unsigned char)s->text.data[s->at] : -1;
}

static void
skip_blanks(struct scan *s)
{
	while (here(s) == ' ' || here(s) == '\t' || here(s) == '\n' || here(s) == '\r')
		s->at++;
}

static bool
is_hex(int c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* One character of a string that is not ASCII: of the right bytes, no surrogate, not longer than needed (RFC 3629). */
static bool
take_utf8(struct scan *s)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned lead = (unsigned)here(s);
	unsigned n = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
	uint32_t code = lead & (0xffu >> (n + 1));

	if (lead < 0xc2 || lead > 0xf4 || s->text.len - s->at < n)
		return false;
	for (unsigned i = 1; i < n; i++) {
		unsigned c = (unsigned char)s->text.data[s->at + i];

		if ((c & 0xc0) != 0x80)
			return false;
		code = code << 6 | (c & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return false;
	s->at += n;
	return true;
}

static bool
take_escape(struct scan *s)
{
	s->at++;
	if (here(s) == 'u') {
		for (unsigned i = 0; i < 4; i++) {
			s->at++;
			if (!is_hex(here(s)))
				return false;
		}
	} else if (here(s) < 0 || strchr("\"\\/bfnrt", here(s)) == NULL) {
		return false;
	}
	s->at++;
	return true;
}

static bool
take_string(struct scan *s)
{
	if (here(s) != '"')
		return false;
	s->at++;
	while (here(s) != '"') {
		if (here(s) < 0x20)
			return false; /* the end too */
		if (here(s) == '\\') {
			if (!take_escape(s))
				return false;
		} else if (here(s) < 0x80) {
			s->at++;
		} else if (!take_utf8(s)) {
			return false;
		}
	}
	s->at++;
	return true;
}

static bool
take_digits(struct scan *s)
{
	size_t from = s->at;

	while (here(s) >= '0' && here(s) <= '9')
		s->at++;
	return s->at > from;
}

static bool
take_number(struct scan *s)
{
	if (here(s) == '-')
		s->at++;
	if (here(s) == '0')
		s->at++;
	else if (!take_digits(s))
		return false;
	if (here(s) == '.') {
		s->at++;
		if (!take_digits(s))
			return false;
	}
	if ((here(s) | 0x20) == 'e') {
		s->at++;
		if (here(s) == '+' || here(s) == '-')
			s->at++;
		return take_digits(s);
	}
	return true;
}

static bool
take_word(struct scan *s, struct sv word)
{
	for (size_t i = 0; i < word.len; i++, s->at++)
		if (here(s) != word.data[i])
			return false;
	return true;
}

static bool
take_scalar(struct scan *s)
{
	switch (here(s)) {
	case '"':
		return take_string(s);
	case 't':
		return take_word(s, SV("true"));
	case 'f':
		return take_word(s, SV("false"));
	case 'n':
		return take_word(s, SV("null"));
	default:
		return take_number(s);
	}
}

static bool
in_object(const struct scan *s)
{
	return (s->objects >> (s->levels - 1) & 1) != 0;
}

static bool
take_name(struct scan *s)
{
	skip_blanks(s);
	if (!take_string(s))
		return false;
	skip_blanks(s);
	if (here(s) != ':')
		return false;
	s->at++;
	return true;
}

/* *empty: it was closed at once. */
static bool
open_bracket(struct scan *s, bool *empty)
{
	bool object = here(s) == '{';

	if (s->levels == s->levels_most)
		return false;
	s->objects = (s->objects & ~(UINT64_C(1) << s->levels)) | (uint64_t)object << s->levels;
	s->levels++;
	s->at++;
	skip_blanks(s);
	*empty = here(s) == (object ? '}' : ']');
	return *empty || !object || take_name(s);
}

/* Behind a value: closes what ends here. True with *more when another value has to come, without when the document has ended. */
static bool
after_value(struct scan *s, bool *more)
{
	for (skip_blanks(s); s->levels > 0; skip_blanks(s)) {
		if (here(s) == ',') {
			s->at++;
			*more = true;
			return !in_object(s) || take_name(s);
		}
		if (here(s) != (in_object(s) ? '}' : ']'))
			return false;
		s->at++;
		s->levels--;
	}
	*more = false;
	return s->at == s->text.len;
}

size_t
json_fault(struct sv text, unsigned levels)
{
	struct scan s = { .text = text,
		.levels_most = levels < LEVELS_MOST ? levels : LEVELS_MOST };
	bool more = true;

	while (more) {
		bool empty = false;

		skip_blanks(&s);
		if (here(&s) == '{' || here(&s) == '[') {
			if (!open_bracket(&s, &empty))
				return s.at;
			if (!empty)
				continue;
		} else if (!take_scalar(&s)) {
			return s.at;
		}
		if (!after_value(&s, &more))
			return s.at;
	}
	return text.len;
}
