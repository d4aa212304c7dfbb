/* feed.c - address lists as they are published: one address or prefix a line with or without columns around it
 * (blocklist.de, CINS, Tor exits, DShield's block list, CSV exports), a JSON array or one JSON object a line (Spamhaus
 * DROP, Feodo Tracker, ISC). What they have in common is read, the rest is left alone:
 *   text   the first field of a line that is an address or prefix; "start end length" as DShield writes blocks. A line
 *          without any is an error, but for a head line in front of all and the record lines of /exit-addresses.
 *   JSON   the first of the known keys that an object has; "asn" lists a whole AS; a metadata object must agree with the
 *          number of rows, so that a list that was cut short is refused. */
#include "detect/knowledge/knowledge.h"
#include "detect/knowledge/records.h"

enum { JSON_LINE_MOST = 65536, FEED_BITS_LEAST = 8 };

struct reader {
	struct feed *feed;
	struct records records; /* text */
	struct json_parser *parser;
	const char *name;
	uint64_t line;
	uint32_t entries;
	struct coord_error *err;
};

static enum coord_err
full(const struct reader *r)
{
	return error_set(r->err, COORD_ENOMEM, "%s: %s", r->name, error_text(COORD_ENOMEM));
}

static enum coord_err
fault(const struct reader *r, const char *what)
{
	return error_at(r->err, COORD_EPARSE, r->line, 0, "%.80s:%llu: %s", r->name,
	    (unsigned long long)r->line, what);
}

static enum coord_err
add(struct reader *r, struct addr base, unsigned bits)
{
	if (bits < FEED_BITS_LEAST)
		return fault(r, "a prefix shorter than /8 is no list of addresses");
	if (!networks_add(&r->feed->networks, base, bits, 0))
		return full(r);
	r->entries++;
	return COORD_OK;
}

/* "198.51.100.0 198.51.100.255 24": the block list of DShield. */
static bool
is_block(const struct records *records, uint32_t at, unsigned bits, unsigned *ret_bits)
{
	struct addr base, last;
	uint64_t length;
	unsigned single;

	if (at + 2 >= records->n || bits != 32 ||
	    !network_parse(records->field[at], &base, &single) ||
	    !network_parse(records->field[at + 1], &last, &single) || !addr_is_v4(last) ||
	    !sv_to_u64(records->field[at + 2], &length) || length > 32 ||
	    addr_cmp(addr_prefix(last, (unsigned)length), base) != 0)
		return false;
	*ret_bits = (unsigned)length;
	return true;
}

static bool
is_known_head(struct sv word)
{
	return sv_eq(word, SV("ExitNode")) || sv_eq(word, SV("Published")) ||
	       sv_eq(word, SV("LastStatus"));
}

static enum coord_err
read_text_line(struct reader *r)
{
	const struct records *records = &r->records;
	struct addr base;
	unsigned bits, block;

	r->line = records->line;
	for (uint32_t i = 0; i < records->n; i++) {
		if (!network_parse(records->field[i], &base, &bits))
			continue;
		return add(r, base, is_block(records, i, bits, &block) ? block : bits);
	}
	if (is_known_head(records->field[0]) || (r->entries == 0 && records->n > 1))
		return COORD_OK;
	return fault(r, "no address or prefix in this line");
}

static enum coord_err
read_text(struct reader *r, struct sv text)
{
	enum record_got got;

	records_begin(&r->records, r->name, RECORD_FEED, text);
	while ((got = records_next(&r->records, r->err)) == RECORD_LINE)
		TRY(read_text_line(r));
	return got == RECORD_BAD ? COORD_EPARSE : COORD_OK;
}

static enum coord_err
add_asn(struct reader *r, struct json_value value)
{
	uint64_t number;
	uint32_t *slot;

	if (!json_u64(value, &number) || number == 0 || number > UINT32_MAX)
		return fault(r, "asn: expected the number of an autonomous system");
	if ((slot = map_slot(&r->feed->asns, number)) == NULL)
		return full(r);
	*slot = 1;
	r->entries++;
	return COORD_OK;
}

static enum coord_err
read_object(struct reader *r, struct json_value object)
{
	static const char *const keys[] = { "cidr", "network", "prefix", "ip", "ip_address",
		"address", "ipv4", "ipv6", "src_ip", "indicator" };
	uint64_t records;
	struct sv text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct addr base;
		unsigned bits;

		if (!json_string(json_get(object, sv_from(keys[i])), &text))
			continue;
		if (!network_parse(text, &base, &bits))
			return fault(r, "expected an address or prefix");
		return add(r, base, bits);
	}
	if (json_exists(json_get(object, SV("asn"))))
		return add_asn(r, json_get(object, SV("asn")));
	if (!json_string(json_get(object, SV("type")), &text) || !sv_eq(text, SV("metadata")))
		return fault(r, "an object without an address");
	if (json_u64(json_get(object, SV("records")), &records) && records != r->entries)
		return fault(
		    r, "the list says that it has another number of records: it was cut short");
	return COORD_OK;
}

static enum coord_err
read_value(struct reader *r, struct json_value value)
{
	struct sv text;
	struct addr base;
	unsigned bits;

	if (json_type(value) == JSON_OBJECT)
		return read_object(r, value);
	if (json_string(value, &text) && network_parse(text, &base, &bits))
		return add(r, base, bits);
	return fault(r, "expected an object or an address");
}

static enum coord_err
parse(struct reader *r, struct sv text, struct json_value *ret)
{
	struct coord_error inner = { .code = COORD_OK };
	enum coord_err rc = json_parse(r->parser, text.data, text.len, false, ret, &inner);

	if (rc == COORD_OK)
		return COORD_OK;
	return error_at(r->err, rc, r->line, inner.byte, "%.80s:%llu: %.100s", r->name,
	    (unsigned long long)r->line, inner.what);
}

static enum coord_err
read_json_lines(struct reader *r, struct sv text)
{
	while (text.data != NULL) {
		struct sv line = sv_trim(sv_cut(&text, '\n'));
		struct json_value value;

		r->line++;
		if (line.len == 0)
			continue;
		if (line.len > JSON_LINE_MOST)
			return fault(r, "a line of more than 65536 bytes");
		TRY(parse(r, line, &value));
		TRY(read_value(r, value));
	}
	return COORD_OK;
}

static enum coord_err
read_json_array(struct reader *r, struct sv text)
{
	struct json_value array, value;
	struct json_iter iter;

	r->line = 1;
	TRY(parse(r, text, &array));
	r->line = 0; /* from here on: the number of the element */
	for (iter = json_each(array); json_next(&iter, &value);) {
		r->line++;
		TRY(read_value(r, value));
	}
	return COORD_OK;
}

static enum coord_err
read_json(struct reader *r, struct sv text)
{
	bool array = text.data[0] == '[';
	enum coord_err rc;

	r->parser = json_parser_new(array ? text.len : JSON_LINE_MOST, 8);
	if (r->parser == NULL)
		return full(r);
	rc = array ? read_json_array(r, text) : read_json_lines(r, text);
	json_parser_free(r->parser);
	return rc;
}

enum coord_err
knowledge_read_feed(struct feed *feed, const char *name, struct sv text, uint32_t *ret_entries,
    struct coord_error *err)
{
	struct reader r = { .feed = feed, .name = name, .err = err };
	struct sv start = sv_trim(text);
	bool json = start.len > 0 && (start.data[0] == '[' || start.data[0] == '{');

	TRY(json ? read_json(&r, start) : read_text(&r, text));
	networks_sort(&feed->networks);
	*ret_entries = r.entries;
	return COORD_OK;
}
