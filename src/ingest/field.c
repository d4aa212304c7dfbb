/* field.c - reading fields with the tolerance that every JSON log needs (input-formats.md section 0). */
#include "ingest/reader.h"

#include <assert.h>
#include <math.h>

/** A one-element array counts as its element. */
static struct json_value
only_element(struct json_value v)
{
	struct json_iter iter;
	struct json_value element;

	if (json_type(v) != JSON_ARRAY || json_count(v) != 1)
		return v;
	iter = json_each(v);
	return json_next(&iter, &element) ? element : v;
}

static struct json_value
nested(struct json_value object, struct sv dotted, unsigned depth)
{
	struct json_value v = json_get(object, dotted);
	size_t dot = 0;

	if (json_exists(v) || depth == 0)
		return v;
	/* every split may be the literal one: {"source":{"geo.country":...}} */
	for (;;) {
		struct sv tail = sv_skip(dotted, dot);
		size_t at = sv_find_char(tail, '.');
		struct json_value inner;

		if (at == SIZE_MAX)
			return JSON_MISSING;
		dot += at + 1;
		inner = only_element(json_get(object, sv_first(dotted, dot - 1)));
		if (json_type(inner) != JSON_OBJECT)
			continue;
		v = nested(inner, sv_skip(dotted, dot), depth - 1);
		if (json_exists(v))
			return v;
	}
}

struct json_value
field_get(struct json_value object, struct sv dotted)
{
	static const unsigned deepest = 6;

	return nested(object, dotted, deepest);
}

enum { BUCKETS = 64, BUCKET_END = 255 };

static unsigned
bucket_of(struct sv name)
{
	if (name.len == 0)
		return 0;
	return (unsigned)(name.len * 5 + (unsigned char)name.data[0] * 3u +
			  (unsigned char)name.data[name.len - 1]) %
	       BUCKETS;
}

/** Names by bucket. Each thread keeps those of the last table: the records of a log are of one kind. */
struct buckets {
	const struct sv *names;
	uint8_t first[BUCKETS], next[FIELD_NAMES_MOST];
};

static void
fill_buckets(struct buckets *b, const struct sv *names, size_t n)
{
	b->names = names;
	memset(b->first, BUCKET_END, sizeof(b->first));
	for (size_t i = n; i-- > 0;) {
		unsigned bucket = bucket_of(names[i]);

		b->next[i] = b->first[bucket];
		b->first[bucket] = (uint8_t)i;
	}
}

static void
collect_one(const struct buckets *b, struct sv key, struct json_value value, struct json_value *ret)
{
	unsigned i = b->first[bucket_of(key)];

	while (i != BUCKET_END && !sv_eq(b->names[i], key))
		i = b->next[i];
	if (i != BUCKET_END && !json_exists(ret[i]))
		ret[i] = value;
}

void
field_collect(const struct record *record, const struct sv *names, size_t n, struct json_value *ret)
{
	static _Thread_local struct buckets b;
	struct json_iter iter;
	struct json_value value;
	struct sv key;

	assert(n <= FIELD_NAMES_MOST);
	if (b.names != names)
		fill_buckets(&b, names, n);
	memset(ret, 0, n * sizeof(*ret)); /* JSON_MISSING */
	for (size_t i = 0; i < record->n_members; i++)
		collect_one(&b, record->members[i].key, record->members[i].value, ret);
	if (record->n_members > 0)
		return;
	iter = json_each(record->json);
	while (json_next_member(&iter, &key, &value))
		collect_one(&b, key, value, ret);
}

struct json_value
record_get(const struct record *record, struct sv key)
{
	for (size_t i = 0; i < record->n_members; i++)
		if (sv_eq(record->members[i].key, key))
			return record->members[i].value;
	return record->n_members > 0 ? JSON_MISSING : json_get(record->json, key);
}

bool
value_string(struct json_value v, struct sv *ret)
{
	return json_string(v, ret) || (json_exists(v) && json_string(only_element(v), ret));
}

bool
value_u64(struct json_value v, uint64_t *ret)
{
	struct sv text;
	double number;

	if (json_u64(v, ret))
		return true;
	v = only_element(v);
	if (json_u64(v, ret))
		return true;
	if (json_string(v, &text))
		return sv_to_u64(sv_trim(text), ret);
	if (!json_f64(v, &number) || number < 0 || number >= 18446744073709551616.0 ||
	    number != floor(number))
		return false;
	*ret = (uint64_t)number;
	return true;
}

bool
value_f64(struct json_value v, double *ret)
{
	struct sv text;

	if (json_f64(v, ret))
		return true;
	v = only_element(v);
	if (json_f64(v, ret))
		return true;
	return json_string(v, &text) && sv_to_f64(sv_trim(text), ret);
}

/** "2025-07-28T10:00:00.123": has the text a date but no zone? */
static bool
lacks_zone(struct sv text)
{
	static const size_t date_time = 19;
	struct sv tail = sv_skip(text, date_time);

	if (text.len < date_time || text.data[4] != '-')
		return false;
	return sv_find_char(tail, 'Z') == SIZE_MAX && sv_find_char(tail, 'z') == SIZE_MAX &&
	       sv_find_char(tail, '+') == SIZE_MAX && sv_find_char(tail, '-') == SIZE_MAX;
}

bool
value_time(const struct reader_ctx *ctx, struct json_value v, int64_t *ret)
{
	struct sv text;
	double number;

	if (!json_string(v, &text))
		v = only_element(v);
	if (json_string(v, &text)) {
		text = sv_trim(text);
		if (!time_parse(text, reader_options(ctx)->zone_offset_us, ret))
			return false;
		if (lacks_zone(text))
			reader_assume_zone(ctx);
		return true;
	}
	return json_f64(v, &number) && time_from_number(number, ret);
}

bool
value_addr(struct json_value v, struct addr *ret)
{
	struct sv text;
	struct addr a;

	if (!value_string(v, &text) || !addr_parse(sv_trim(text), &a) || addr_is_unknown(a))
		return false;
	*ret = a;
	return true;
}

bool
value_port(struct json_value v, uint16_t *ret)
{
	uint64_t port;

	if (!value_u64(v, &port) || port > UINT16_MAX)
		return false;
	*ret = (uint16_t)port;
	return true;
}

bool
field_string(struct json_value object, struct sv dotted, struct sv *ret)
{
	return value_string(field_get(object, dotted), ret);
}

bool
field_u64(struct json_value object, struct sv dotted, uint64_t *ret)
{
	return value_u64(field_get(object, dotted), ret);
}

bool
field_f64(struct json_value object, struct sv dotted, double *ret)
{
	return value_f64(field_get(object, dotted), ret);
}

bool
field_time(const struct reader_ctx *ctx, struct json_value object, struct sv dotted, int64_t *ret)
{
	return value_time(ctx, field_get(object, dotted), ret);
}

bool
field_addr(struct json_value object, struct sv dotted, struct addr *ret)
{
	return value_addr(field_get(object, dotted), ret);
}

bool
field_port(struct json_value object, struct sv dotted, uint16_t *ret)
{
	return value_port(field_get(object, dotted), ret);
}

static inline int
hex_digit(char c)
{
	/* plus one; 0: none */
	/* clang-format off */
	static const unsigned char digits[256] = {
		['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
		['A'] = 11, 12, 13, 14, 15, 16, ['a'] = 11, 12, 13, 14, 15, 16 };
	/* clang-format on */

	return digits[(unsigned char)c] - 1;
}

/** The byte that an escape at `s` stands for; its length, or 0 when it is none. */
static inline size_t
unescape(const char *s, size_t left, char *ret)
{
	static const char from[] = "nrt0\\'\"", to[] = "\n\r\t\0\\'\"";
	const char *at;

	if (left < 2)
		return 0;
	if (s[1] == 'x') {
		int high = left < 4 ? -1 : hex_digit(s[2]);
		int low = left < 4 ? -1 : hex_digit(s[3]);

		if (high < 0 || low < 0)
			return 0;
		*ret = (char)(high << 4 | low);
		return 4;
	}
	if ((at = memchr(from, s[1], sizeof(from) - 1)) == NULL)
		return 0;
	*ret = to[at - from];
	return 2;
}

struct sv
field_unwrap_bytes(struct reader_ctx *ctx, struct sv text)
{
	const char *in, *end;
	char *out;
	size_t n;

	if (text.len < 3 || text.data[0] != 'b' || (text.data[1] != '\'' && text.data[1] != '"') ||
	    text.data[text.len - 1] != text.data[1])
		return text;
	text = (struct sv){ text.data + 2, text.len - 3 };
	if ((n = sv_find_char(text, '\\')) == SIZE_MAX ||
	    (out = reader_scratch(ctx, text.len)) == NULL)
		return text;
	memcpy(out, text.data, n);
	end = text.data + text.len;
	for (in = text.data + n; in < end; n++) {
		size_t taken = *in == '\\' ? unescape(in, (size_t)(end - in), &out[n]) : 0;

		if (taken == 0)
			out[n] = *in;
		in += taken == 0 ? 1 : taken;
	}
	return (struct sv){ out, n };
}
