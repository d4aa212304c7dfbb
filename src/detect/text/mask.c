/* mask.c - one word with what differs from run to run replaced by placeholders.
 *
 * A word is cut into atoms (runs of letters and digits) and the bytes between them. Shapes that span several atoms
 * (addresses, UUIDs, base64, escapes, keys) are looked for first, where a word or atom starts, longest first. */
#include "detect/text/mask.h"

#include "base/base.h"
#include "detect/text/data/words.h"
#include "detect/text/decode.h"
#include "detect/text/normalise.h"

enum {
	RANDOM_MIN = 6,
	RANDOM_LETTERS_MIN = 7,
	RANDOM_MAX = 64,
	HEX_MIN = 16,
	BASE64_MIN = 32,
	ESCAPED_TEXT_MAX = 64,
	KEY_BLOB_MIN = 48,
	DRAWN_MARKER = 5,
};

void
mask_put(struct mask_out *out, struct sv text)
{
	size_t n = text.len < out->cap - out->len ? text.len : out->cap - out->len;

	if (n > 0)
		memcpy(out->data + out->len, text.data, n);
	out->len += n;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || is_lower(c) || is_upper(c);
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static int
kind_of(char c)
{
	return is_lower(c) ? 0 : is_upper(c) ? 1 : 2;
}

static bool
is_plausible(char a, char b)
{
	unsigned i = (unsigned)((a | 32) - 'a'), j = (unsigned)((b | 32) - 'a');

	return (words_bigrams[i] >> j & 1) != 0;
}

size_t
mask_odd_pairs(struct sv word)
{
	size_t odd = 0;

	for (size_t i = 1; i < word.len; i++) {
		char a = word.data[i - 1], b = word.data[i];

		odd += (is_lower(a) || is_upper(a)) && (is_lower(b) || is_upper(b)) &&
		       !is_plausible(a, b);
	}
	return odd;
}

bool
mask_is_drawn_marker(struct sv word)
{
	if (word.len != DRAWN_MARKER)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (!is_upper(word.data[i]) && !is_lower(word.data[i]))
			return false;
	for (size_t i = 1; i < word.len; i++)
		if (kind_of(word.data[i]) != kind_of(word.data[0]))
			return false;
	return mask_odd_pairs(word) > 0;
}

bool
normalise_is_random(struct sv word)
{
	size_t changes = 0, odd = mask_odd_pairs(word), digits, kinds[3] = { 0, 0, 0 };

	if (word.len < RANDOM_MIN || word.len > RANDOM_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		if (!is_alnum(word.data[i]))
			return false;
		kinds[kind_of(word.data[i])]++;
	}
	digits = kinds[2];
	if (digits == word.len || words_is_known(word))
		return false;
	for (size_t i = 1; i < word.len; i++) {
		int before = kind_of(word.data[i - 1]), now = kind_of(word.data[i]);

		changes += before != now && !(i == 1 && before == 1 && now == 0);
	}
	if (digits > 0)
		return 2 * (2 * odd + changes) >= word.len;
	if (changes > 0)
		return 2 * (2 * odd + changes) >= word.len + 4;
	return word.len >= RANDOM_LETTERS_MIN && 3 * odd >= word.len;
}

bool
mask_is_crypt(struct sv word)
{
	struct sv rest = sv_skip(word, 1);
	size_t end = sv_find_char(sv_first(rest, 4), '$');

	return word.len > 12 && word.data[0] == '$' && end != SIZE_MAX &&
	       WORDS_AMONG(sv_first(rest, end), "1", "2a", "2b", "2y", "5", "6", "y");
}

/** The base64 of a key that starts here: its first bytes are the length and name of its type. */
static struct sv
key_blob(struct sv text)
{
	static const char *const starts[] = { "AAAAB3NzaC1yc2", "AAAAC3NzaC1lZDI1NTE5",
		"AAAAB3NzaC1kc3", "AAAAE2VjZHNhLXNoYTIt" };
	size_t end = 0;

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (!sv_starts(text, sv_from(starts[i])))
			continue;
		while (end < text.len &&
		       (decode_is_base64_char(text.data[end]) || text.data[end] == '='))
			end++;
		return end < KEY_BLOB_MIN ? SV_NONE : sv_first(text, end);
	}
	return SV_NONE;
}

/** Where "ssh-rsa " and the like in front of the blob starts, else the blob itself. */
static size_t
key_start(struct sv text, size_t blob)
{
	static const char *const types[] = { "ssh-rsa", "ssh-ed25519", "ssh-dss",
		"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521" };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct sv type = sv_from(types[i]);

		if (blob > type.len &&
		    sv_eq((struct sv){ text.data + blob - type.len - 1, type.len }, type))
			return blob - type.len - 1;
	}
	return blob;
}

size_t
mask_find_key(struct sv text, struct sv *blob)
{
	for (size_t at = 0; at < text.len; at++) {
		size_t next = sv_find(sv_skip(text, at), SV("AAAA"));

		if (next == SIZE_MAX)
			return SIZE_MAX;
		at += next;
		*blob = key_blob(sv_skip(text, at));
		if (blob->data != NULL)
			return key_start(text, at);
	}
	return SIZE_MAX;
}

/** Length of an IPv4 address at the start of `s`, 0: none. A fifth number means a version, not an address. */
static size_t
ipv4_length(struct sv s)
{
	size_t at = 0;

	for (int part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t start = at;

		while (at < s.len && at - start < 4 && is_digit(s.data[at]))
			value = value * 10 + (unsigned)(s.data[at++] - '0');
		if (at == start || at - start > 3 || value > 255)
			return 0;
		if (part < 3 && (at >= s.len || s.data[at++] != '.'))
			return 0;
	}
	if (at < s.len && (is_alnum(s.data[at]) ||
			      (s.data[at] == '.' && at + 1 < s.len && is_digit(s.data[at + 1]))))
		return 0;
	return at;
}

/** Length of "8-4-4-4-12" hex digits at the start, 0: none. */
static size_t
uuid_length(struct sv s)
{
	static const char shape[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
	size_t n = sizeof(shape) - 1;

	if (s.len < n || (s.len > n && is_alnum(s.data[n])))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (shape[i] == 'h' ? !is_hex(s.data[i]) : s.data[i] != '-')
			return 0;
	return n;
}

/** Length of six hex pairs joined by ':' or '-', 0: none. */
static size_t
mac_length(struct sv s)
{
	if (s.len < 17 || (s.len > 17 && (is_alnum(s.data[17]) || s.data[17] == ':')) ||
	    (s.data[2] != ':' && s.data[2] != '-'))
		return 0;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s.data[i] != s.data[2] : !is_hex(s.data[i]))
			return 0;
	return 17;
}

static size_t
atom_length(struct sv s)
{
	size_t n = 0;

	while (n < s.len && is_alnum(s.data[n]))
		n++;
	return n;
}

static bool
is_hex_blob(struct sv atom)
{
	bool prefixed = atom.len > 2 && atom.data[0] == '0' && (atom.data[1] | 32) == 'x';
	struct sv body = prefixed ? sv_skip(atom, 2) : atom;
	size_t digits = 0;

	for (size_t i = 0; i < body.len; i++) {
		if (!is_hex(body.data[i]))
			return false;
		digits += is_digit(body.data[i]);
	}
	return prefixed || (atom.len >= HEX_MIN && digits > 0 && digits < atom.len);
}

static void
put_digits_masked(struct sv atom, struct mask_out *out)
{
	for (size_t i = 0; i < atom.len;) {
		size_t start = i;

		while (i < atom.len && is_digit(atom.data[i]))
			i++;
		if (i > start)
			mask_put(out, SV("<n>"));
		start = i;
		while (i < atom.len && !is_digit(atom.data[i]))
			i++;
		mask_put(out, (struct sv){ atom.data + start, i - start });
	}
}

static void
put_atom(struct sv atom, struct mask_out *out)
{
	if (words_is_known(atom))
		mask_put(out, atom);
	else if (is_hex_blob(atom))
		mask_put(out, SV("<hex>"));
	else if (words_is_arch(atom))
		mask_put(out, SV("<arch>"));
	else if (normalise_is_random(atom))
		mask_put(out, SV("<rand>"));
	else if (atom.len > RANDOM_MAX)
		mask_put(out, SV("<b64>"));
	else
		put_digits_masked(atom, out);
}

/** What starts at a place where an atom may start. Behind a dot no address starts. Returns the bytes read. */
static size_t
put_shape(struct sv s, bool after_dot, struct mask_out *out)
{
	static const struct {
		size_t (*length)(struct sv s);
		const char *placeholder;
	} shapes[] = {
		{ ipv4_length, "<ip>" },
		{ uuid_length, "<uuid>" },
		{ mac_length, "<mac>" },
	};
	size_t n;

	for (size_t i = after_dot ? 1 : 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if ((n = shapes[i].length(s)) == 0)
			continue;
		mask_put(out, sv_from(shapes[i].placeholder));
		return n;
	}
	if (sv_starts(s, SV("x86_64")) && (s.len == 6 || !is_alnum(s.data[6]))) {
		mask_put(out, SV("<arch>"));
		return 6;
	}
	n = atom_length(s);
	put_atom(sv_first(s, n), out);
	return n;
}

void
mask_name(struct sv name, struct mask_out *out)
{
	bool after_dot = false;

	while (name.len > 0 && out->len < out->cap) {
		size_t n = is_alnum(name.data[0]) ? put_shape(name, after_dot, out) : 0;

		after_dot = n == 0 && name.data[0] == '.';
		if (n == 0) {
			mask_put(out, sv_first(name, 1));
			n = 1;
		}
		name = sv_skip(name, n);
	}
}

static bool
is_base64_blob(struct sv s)
{
	size_t kinds[3] = { 0, 0, 0 }, other = 0;

	if (s.len < BASE64_MIN)
		return false;
	while (s.len > 0 && s.data[s.len - 1] == '=')
		s.len--;
	for (size_t i = 0; i < s.len; i++) {
		if (!decode_is_base64_char(s.data[i]))
			return false;
		if (is_alnum(s.data[i]))
			kinds[kind_of(s.data[i])]++;
		else
			other++;
	}
	return kinds[0] > 0 && kinds[1] > 0 && kinds[2] > 0 && other * 8 <= s.len;
}

static bool
is_ipv6(struct sv s)
{
	struct addr a;
	size_t colons = 0;

	for (size_t i = 0; i < s.len; i++)
		colons += s.data[i] == ':';
	return colons >= 2 && s.len >= 3 && s.len < 64 && addr_parse(s, &a) && !addr_is_v4(a);
}

/** A piece without blanks. */
static void
mask_piece(struct sv s, struct mask_out *out, struct arena *scratch)
{
	struct sv plain;

	if (mask_is_crypt(s)) {
		mask_put(out, SV("<pw>"));
		return;
	}
	if (is_ipv6(s)) {
		mask_put(out, SV("<ip>"));
		return;
	}
	if (is_base64_blob(s)) {
		mask_put(out, SV("<b64>"));
		return;
	}
	if (s.len >= 24 && decode_base64_text(s, scratch, &plain)) {
		mask_put(out, SV("<b64>"));
		return;
	}
	mask_name(s, out);
}

static void
mask_pieces(struct sv word, struct mask_out *out, struct arena *scratch)
{
	bool first = true;

	for (size_t i = 0; i < word.len && out->len < out->cap;) {
		size_t start;

		while (i < word.len && strchr(" \t\r\n\"'", word.data[i]) != NULL)
			i++;
		for (start = i; i < word.len && strchr(" \t\r\n\"'", word.data[i]) == NULL;)
			i++;
		if (i == start)
			break;
		if (!first)
			mask_put(out, SV(" "));
		first = false;
		mask_piece((struct sv){ word.data + start, i - start }, out, scratch);
	}
}

void
mask_word(struct sv word, struct mask_out *out, struct arena *scratch)
{
	struct sv blob, plain;
	size_t key = mask_find_key(word, &blob);

	if (key != SIZE_MAX) {
		mask_pieces(sv_first(word, key), out, scratch);
		if (out->len > 0 && out->data[out->len - 1] != ' ')
			mask_put(out, SV(" "));
		mask_put(out, SV("<key>"));
		return;
	}
	if (!sv_has(word, SV("\\"))) {
		mask_pieces(word, out, scratch);
		return;
	}
	plain = decode_escapes(word, scratch);
	if (!decode_is_text(plain) || (sv_has(word, SV("\\x")) && plain.len > ESCAPED_TEXT_MAX))
		mask_put(out, SV("<hex>"));
	else
		mask_pieces(plain, out, scratch);
}
