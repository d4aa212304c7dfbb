/* text.c - user names, commands and paths come from attackers as they like: one wrong byte must not lose the record. */
#include "ingest/text.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/** Length of the valid UTF-8 sequence at s[at], 0 when it is none (RFC 3629: no overlong forms, no surrogates). */
static size_t
sequence(const unsigned char *s, size_t left)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n = 0;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (left < n)
		return 0;
	if (s[0] == 0xe0)
		low = 0xa0;
	else if (s[0] == 0xed)
		high = 0x9f;
	else if (s[0] == 0xf0)
		low = 0x90;
	else if (s[0] == 0xf4)
		high = 0x8f;
	if (s[1] < low || s[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}

size_t
text_valid_prefix(struct sv text)
{
	static const uint64_t high_bits = UINT64_C(0x8080808080808080);
	const unsigned char *s = (const unsigned char *)text.data;
	size_t at = 0, n;
	uint64_t word;

	while (at < text.len) {
		if (at + sizeof(word) <= text.len) {
			memcpy(&word, s + at, sizeof(word));
			if ((word & high_bits) == 0) {
				at += sizeof(word);
				continue;
			}
		}
		if ((n = sequence(s + at, text.len - at)) == 0)
			return at;
		at += n;
	}
	return at;
}

void
text_repair(struct sv text, struct buf *out)
{
	while (text.len > 0) {
		size_t valid = text_valid_prefix(text);

		buf_add(out, text.data, valid);
		text = sv_skip(text, valid);
		if (text.len == 0)
			return;
		buf_add_str(out, replacement);
		text = sv_skip(text, 1);
	}
}

/** The four hex digits of "\uXXXX" at the start of `s`, or -1. */
static long
escape_unit(struct sv s)
{
	long unit = 0;

	if (s.len < 6 || s.data[0] != '\\' || s.data[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		char c = s.data[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

/** One piece of a string's inside: how many bytes it takes, and whether it has to be replaced. */
static size_t
piece(struct sv s, bool *spoiled)
{
	long unit = escape_unit(s);
	size_t n;

	*spoiled = false;
	if (s.len == 0)
		return 0;
	if (unit >= 0xd800 && unit < 0xdc00) {
		long next = escape_unit(sv_skip(s, 6));

		if (next >= 0xdc00 && next < 0xe000)
			return 12;
		*spoiled = true;
		return 6;
	}
	if (unit >= 0) {
		*spoiled = unit >= 0xdc00 && unit < 0xe000;
		return 6;
	}
	if (s.data[0] == '\\')
		return s.len < 2
			   ? 1
			   : 1 + (sequence((const unsigned char *)s.data + 1, s.len - 1) == 1);
	n = sequence((const unsigned char *)s.data, s.len);
	*spoiled = n == 0 || (unsigned char)s.data[0] < 0x20;
	return n == 0 ? 1 : n;
}

bool
text_repair_json(struct sv line, struct buf *out, uint64_t *byte)
{
	bool in_string = false, changed = false;
	size_t at = 0;

	if (line.data == NULL)
		return false;
	while (at < line.len) {
		struct sv rest = sv_skip(line, at);
		bool spoiled = false;
		size_t n = 1;

		if (rest.data[0] == '"')
			in_string = !in_string;
		else if (in_string)
			n = piece(rest, &spoiled);
		else
			spoiled = (unsigned char)rest.data[0] >= 0x80;
		if (spoiled && !changed)
			*byte = at;
		changed = changed || spoiled;
		if (spoiled)
			buf_add_str(out, replacement);
		else
			buf_add(out, rest.data, n);
		at += n;
	}
	return changed;
}

struct sv
text_cut(struct sv text, size_t most)
{
	if (text.len <= most)
		return text;
	while (most > 0 && ((unsigned char)text.data[most] & 0xc0) == 0x80)
		most--;
	return sv_first(text, most);
}
