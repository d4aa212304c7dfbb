/* base64.c - both alphabets from two tables of 64; decoding by a search-free inverse. */
#include "base/base64.h"

static const char alphabets[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t
base64_encode(enum base64_kind kind, const void *data, size_t len, char *ret)
{
	const char *alphabet = alphabets[kind];
	const uint8_t *in = data;
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i < 3 ? len - i : 3;
		uint32_t word = (uint32_t)in[i] << 16;

		word |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
		word |= left > 2 ? in[i + 2] : 0u;
		for (size_t c = 0; c <= left; c++)
			ret[n++] = alphabet[word >> (18 - 6 * c) & 63];
		for (size_t c = left; kind == BASE64_STANDARD && c < 3; c++)
			ret[n++] = '=';
	}
	ret[n] = 0;
	return n;
}

/** The six bits of a character, or 64. */
static uint32_t
bits_of(enum base64_kind kind, char c)
{
	const char *alphabet = alphabets[kind];

	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (uint32_t)(c - '0') + 52;
	return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : 64;
}

bool
base64_decode(enum base64_kind kind, struct sv text, uint8_t *ret, size_t most, size_t *ret_len)
{
	uint32_t word = 0;
	unsigned held = 0; /* bits of `word` not yet written */
	size_t n = 0;

	if (kind == BASE64_STANDARD) {
		if (text.len % 4 != 0)
			return false;
		for (unsigned pad = 0; pad < 2 && text.len > 0; pad++)
			text.len -= text.data[text.len - 1] == '=';
	}
	if (text.len % 4 == 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint32_t bits = bits_of(kind, text.data[i]);

		if (bits == 64)
			return false;
		word = (word << 6 | bits) & 0xffffu;
		held += 6;
		if (held < 8)
			continue;
		if (n == most)
			return false;
		held -= 8;
		ret[n++] = (uint8_t)(word >> held);
	}
	if ((word & ((1u << held) - 1)) != 0)
		return false;
	*ret_len = n;
	return true;
}
