/* clean.c - see clean.h. */
#include "report/clean.h"

#include <stdio.h>

/* RFC 3629: no surrogates, no overlong forms. */
static bool
is_sequence(uint32_t c, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

uint32_t
clean_next(struct sv *rest, bool *valid)
{
	const unsigned char *s = (const unsigned char *)rest->data;
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c = len < 2 ? s[0] : s[0] & (0xffu >> (len + 1));

	*valid = len != 0 && s[0] < 0xf8 && len <= rest->len;
	for (size_t i = 1; *valid && i < len; i++) {
		*valid = (s[i] & 0xc0) == 0x80;
		c = c << 6 | (s[i] & 0x3fu);
	}
	*valid = *valid && (len == 1 || is_sequence(c, len));
	if (!*valid) {
		c = s[0];
		len = 1;
	}
	*rest = sv_skip(*rest, len);
	return c;
}

unsigned
clean_width(uint32_t c)
{
	static const struct {
		uint32_t first, last;
		unsigned width;
	} good[] = {
		{ 0x20, 0x7e, 1 },     /* ASCII */
		{ 0xa1, 0xac, 1 },     /* Latin-1, without the soft hyphen */
		{ 0xae, 0x2af, 1 },    /* Latin extended, IPA */
		{ 0x391, 0x3a1, 1 },   /* Greek capitals */
		{ 0x3a3, 0x3ff, 1 },   /* Greek */
		{ 0x400, 0x482, 1 },   /* Cyrillic, without its combining marks */
		{ 0x48a, 0x52f, 1 },   /* Cyrillic */
		{ 0x1e00, 0x1eff, 1 }, /* Latin extended additional */
		{ 0x2010, 0x2015, 1 }, /* dashes */
		{ 0x2018, 0x2022, 1 }, /* quotes, bullet */
		{ 0x2026, 0x2026, 1 }, /* ellipsis */
		{ 0x20a0, 0x20bf, 1 }, /* currencies */
		{ 0x2190, 0x2193, 1 }, /* arrows */
		{ 0x2500, 0x259f, 1 }, /* box drawing, blocks */
		{ 0x3041, 0x3096, 2 }, /* Hiragana */
		{ 0x30a1, 0x30fa, 2 }, /* Katakana */
		{ 0x4e00, 0x9fff, 2 }, /* CJK */
		{ 0xac00, 0xd7a3, 2 }, /* Hangul syllables */
		{ 0xff01, 0xff60, 2 }, /* full-width forms */
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (c >= good[i].first && c <= good[i].last)
			return good[i].width;
	return 0;
}

/* One code point as it is shown; returns its columns. */
static unsigned
show(uint32_t c, bool valid, struct sv bytes, bool unicode, char ret[16])
{
	unsigned width = valid && (unicode || c < 0x80) ? clean_width(c) : 0;
	int len;

	if (width > 0) {
		memcpy(ret, bytes.data, bytes.len);
		ret[bytes.len] = 0;
		return width;
	}
	if (c == '\n' || c == '\r' || c == '\t')
		len = snprintf(ret, 16, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
	else if (c < 0x80 || !valid)
		len = snprintf(ret, 16, "\\x%02x", c);
	else
		len = snprintf(ret, 16, "\\u{%x}", c);
	return (unsigned)len;
}

unsigned
clean_add(struct buf *out, struct sv text, unsigned most, bool unicode)
{
	const char *ellipsis = unicode ? "\xe2\x80\xa6" : "...";
	unsigned room = most - (unicode ? 1 : 3);
	unsigned used = 0, used_at_cut = 0;
	size_t cut = out->len;

	while (text.len > 0) {
		struct sv before = text;
		char piece[16];
		bool valid;
		uint32_t c = clean_next(&text, &valid);
		unsigned width =
		    show(c, valid, sv_first(before, before.len - text.len), unicode, piece);

		if (used + width > most) {
			if (!out->failed)
				out->len = cut;
			buf_add_str(out, ellipsis);
			return used_at_cut + (unicode ? 1 : 3);
		}
		used += width;
		buf_add_str(out, piece);
		if (used <= room) {
			cut = out->len;
			used_at_cut = used;
		}
	}
	return used;
}
