/* decode.c - one layer of wrapping taken off; see decode.h. */
#include "detect/text/decode.h"

#include "base/base.h"

enum { BASE64_TEXT_MIN = 12, LOOKUP_ROUNDS = 8 };

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool
decode_is_base64_char(char c)
{
	return base64_value(c) >= 0;
}

static struct sv
without_padding(struct sv text)
{
	for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++)
		text.len--;
	return text;
}

bool
decode_base64(struct sv text, struct arena *scratch, struct sv *ret)
{
	struct sv body = without_padding(text);
	uint32_t bits = 0;
	size_t n = 0;
	char *out;

	if (body.len == 0 || body.len % 4 == 1 || (body.len != text.len && text.len % 4 != 0) ||
	    (out = arena_array_raw(scratch, body.len / 4 + 1, 3)) == NULL)
		return false;
	for (size_t i = 0; i < body.len; i++) {
		int v = base64_value(body.data[i]);

		if (v < 0)
			return false;
		bits = (bits << 6 | (uint32_t)v) & 0xffffff;
		if (i % 4 != 0)
			out[n++] = (char)(bits >> (6 - 2 * (i % 4)) & 0xff);
	}
	*ret = (struct sv){ out, n };
	return true;
}

bool
decode_is_text(struct sv text)
{
	size_t printable = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		printable += (c >= ' ' && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
	}
	return text.len > 0 && printable * 10 >= text.len * 9;
}

bool
decode_base64_text(struct sv text, struct arena *scratch, struct sv *ret)
{
	struct sv plain;

	if (!decode_base64(text, scratch, &plain) || plain.len < BASE64_TEXT_MIN ||
	    !decode_is_text(plain))
		return false;
	*ret = plain;
	return true;
}

/** One escape at text[i] == '\\': its byte in *byte, the number of characters read; 0: it is none. */
static size_t
escape_at(struct sv text, size_t i, char *byte)
{
	static const char names[] = "n\nr\rt\te\033\\\\";
	size_t left = text.len - i;

	if (left < 2)
		return 0;
	if (text.data[i + 1] == 'x') {
		int high = left > 2 ? hex_value(text.data[i + 2]) : -1;
		int low = left > 3 ? hex_value(text.data[i + 3]) : -1;

		*byte = (char)(low < 0 ? high : high * 16 + low);
		return high < 0 ? 0 : low < 0 ? 3 : 4;
	}
	if (text.data[i + 1] >= '0' && text.data[i + 1] <= '7') {
		unsigned value = 0;
		size_t n = 1, most = text.data[i + 1] == '0' ? 5 : 4;

		for (; n < most && n < left && text.data[i + n] >= '0' && text.data[i + n] <= '7';
		     n++)
			value = value * 8 + (unsigned)(text.data[i + n] - '0');
		*byte = (char)(value & 0xff);
		return n;
	}
	for (size_t k = 0; k + 1 < sizeof(names) - 1; k += 2) {
		if (names[k] == text.data[i + 1]) {
			*byte = names[k + 1];
			return 2;
		}
	}
	return 0;
}

struct sv
decode_escapes(struct sv text, struct arena *scratch)
{
	size_t n = 0;
	char *out;

	if (sv_find_char(text, '\\') == SIZE_MAX ||
	    (out = arena_array_raw(scratch, text.len, 1)) == NULL)
		return text;
	for (size_t i = 0; i < text.len;) {
		size_t read = text.data[i] == '\\' ? escape_at(text, i, &out[n]) : 0;

		if (read == 0) {
			out[n] = text.data[i];
			read = 1;
		}
		n++;
		i += read;
	}
	return (struct sv){ out, n };
}

struct sv
decode_percent(struct sv text, bool plus, struct arena *scratch)
{
	size_t n = 0;
	char *out;

	if ((sv_find_char(text, '%') == SIZE_MAX &&
		(!plus || sv_find_char(text, '+') == SIZE_MAX)) ||
	    (out = arena_array_raw(scratch, text.len, 1)) == NULL)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '%' && i + 2 < text.len && hex_value(text.data[i + 1]) >= 0 &&
		    hex_value(text.data[i + 2]) >= 0) {
			c = (char)(hex_value(text.data[i + 1]) * 16 + hex_value(text.data[i + 2]));
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		out[n++] = c;
	}
	return (struct sv){ out, n };
}

/** What an inner look-up stands for: the default behind ":-", or the argument of lower: and upper:.
 *  False when it does something real (jndi:) or is unknown. */
static bool
lookup_value(struct sv body, struct sv *ret, bool *lower)
{
	size_t at = sv_find(body, SV(":-"));

	*lower = body.len > 6 && sv_ieq(sv_first(body, 6), SV("lower:"));
	if (*lower || (body.len > 6 && sv_ieq(sv_first(body, 6), SV("upper:")))) {
		*ret = sv_skip(body, 6);
		return true;
	}
	if (at == SIZE_MAX || (body.len > 5 && sv_ieq(sv_first(body, 5), SV("jndi:"))))
		return false;
	*ret = sv_skip(body, at + 2);
	return true;
}

/** One round: every innermost look-up that only hides letters is replaced. Returns whether any was. */
static bool
lookup_round(const char *in, size_t len, char *out, size_t *ret_len)
{
	size_t n = 0, open = SIZE_MAX, open_out = 0;
	bool changed = false;

	for (size_t i = 0; i < len; i++) {
		struct sv value;
		bool lower;

		if (in[i] == '$' && i + 1 < len && in[i + 1] == '{') {
			open = i;
			open_out = n;
		}
		if (in[i] != '}' || open == SIZE_MAX ||
		    !lookup_value((struct sv){ in + open + 2, i - open - 2 }, &value, &lower)) {
			if (in[i] == '}')
				open = SIZE_MAX;
			out[n++] = in[i];
			continue;
		}
		n = open_out;
		for (size_t k = 0; k < value.len; k++)
			out[n++] = lower && value.data[k] >= 'A' && value.data[k] <= 'Z'
				       ? (char)(value.data[k] + 32)
				       : value.data[k];
		open = SIZE_MAX;
		changed = true;
	}
	*ret_len = n;
	return changed;
}

struct sv
decode_lookups(struct sv text, struct arena *scratch)
{
	char *a, *b;
	size_t len = text.len;

	if (!sv_has(text, SV("${")) || (a = arena_array_raw(scratch, len, 1)) == NULL ||
	    (b = arena_array_raw(scratch, len, 1)) == NULL)
		return text;
	memcpy(a, text.data, len);
	for (int round = 0; round < LOOKUP_ROUNDS; round++) {
		char *swap = a;

		if (!lookup_round(a, len, b, &len))
			break;
		a = b;
		b = swap;
	}
	return (struct sv){ a, len };
}
