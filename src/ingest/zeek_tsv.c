/* zeek_tsv.c - Zeek logs in their own tab-separated form.
 *
 *   #separator \x09
 *   #set_separator ,          #empty_field (empty)          #unset_field -
 *   #path conn
 *   #fields ts uid id.orig_h id.orig_p ...
 *
 * The header lines may come again in the middle of a file (logs of several days joined) and then count anew. Bytes that
 * would break the form are written \xNN. The header's content is kept in the memo. */
#include "ingest/text.h"
#include "ingest/zeek.h"

#include <stddef.h>

enum { NO_COLUMN = 0xff, COLUMNS_MOST = 254, WORD_MOST = 32 };

struct memo {
	bool seen_fields;
	char separator;
	char set_separator;
	uint8_t log; /* enum zeek_log */
	uint8_t unset_len, empty_len, path_len, n_columns;
	char unset[WORD_MOST], empty[WORD_MOST], path[WORD_MOST];
	uint8_t column[COLUMNS_MOST]; /* enum zeek_field of each, or NO_COLUMN */
	uint64_t has;
};

static bool
is_row(struct sv line)
{
	struct sv rest = line;
	struct sv stamp = sv_cut(&rest, '\t');
	struct sv uid = sv_cut(&rest, '\t');
	int64_t us;

	if (rest.data == NULL || uid.len < 10 || uid.len > 24 || !time_parse(stamp, 0, &us))
		return false;
	for (size_t i = 0; i < uid.len; i++) {
		char c = uid.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return false;
	}
	return true;
}

static bool
recognise(const struct record *record)
{
	static const char *const HEADS[] = { "#separator ", "#set_separator", "#empty_field",
		"#unset_field", "#path", "#open", "#fields", "#types", "#close" };

	if (json_exists(record->json))
		return false;
	for (size_t i = 0; i < sizeof(HEADS) / sizeof(HEADS[0]); i++)
		if (sv_starts(record->line, sv_from(HEADS[i])))
			return true;
	return is_row(record->line);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_escape(struct sv text, size_t i)
{
	return i + 3 < text.len && text.data[i] == '\\' && text.data[i + 1] == 'x' &&
	       hex_digit(text.data[i + 2]) >= 0 && hex_digit(text.data[i + 3]) >= 0;
}

/** \xNN below `limit` back to bytes, in scratch. */
static struct sv
unescape_below(struct reader_ctx *ctx, struct sv text, int limit)
{
	char *copy = reader_scratch(ctx, text.len);
	size_t n = 0;

	if (copy == NULL)
		return text;
	for (size_t i = 0; i < text.len; i++) {
		int byte = is_escape(text, i)
			       ? hex_digit(text.data[i + 2]) * 16 + hex_digit(text.data[i + 3])
			       : limit;

		copy[n++] = byte < limit ? (char)byte : text.data[i];
		i += byte < limit ? 3 : 0;
	}
	return (struct sv){ copy, n };
}

/** \xNN back to bytes. Bytes that do not make UTF-8 stay escaped. */
static struct sv
unescape(struct reader_ctx *ctx, struct sv text)
{
	struct sv decoded;

	if (!sv_has(text, SV("\\x")))
		return text;
	decoded = unescape_below(ctx, text, 0x100);
	return text_valid_prefix(decoded) == decoded.len ? decoded
							 : unescape_below(ctx, text, 0x80);
}

static void
keep(struct sv text, char *ret, uint8_t *ret_len)
{
	text = sv_first(text, WORD_MOST);
	memcpy(ret, text.data == NULL ? "" : text.data, text.len);
	*ret_len = (uint8_t)text.len;
}

static uint8_t
find_field(struct sv name)
{
	for (unsigned i = 0; i < ZEEK_FIELD_COUNT; i++) {
		const char *known = zeek_field_name((enum zeek_field)i);
		bool same = strlen(known) == name.len;

		for (size_t k = 0; same && k < name.len; k++)
			same = name.data[k] == known[k] || (known[k] == '.' && name.data[k] == '_');
		if (same)
			return (uint8_t)i;
	}
	return NO_COLUMN;
}

static enum coord_err
read_fields(struct reader_ctx *ctx, struct memo *memo, struct sv names)
{
	struct memo next = *memo;

	next.n_columns = 0;
	next.has = 0;
	while (names.data != NULL) {
		uint8_t field = find_field(sv_cut(&names, memo->separator));

		if (next.n_columns == COLUMNS_MOST)
			return reader_refuse(ctx, REFUSED_FIELD_INVALID, 0,
			    "#fields: expected at most %d columns, got more", COLUMNS_MOST);
		next.column[next.n_columns++] = field;
		if (field != NO_COLUMN)
			next.has |= UINT64_C(1) << field;
	}
	next.seen_fields = true;
	next.log = (uint8_t)zeek_log_of((struct sv){ next.path, next.path_len }, next.has);
	*memo = next;
	return reader_ignore(ctx);
}

static void
memo_reset(struct memo *memo)
{
	*memo = (struct memo){ .separator = '\t', .set_separator = ',' };
	keep(SV("-"), memo->unset, &memo->unset_len);
	keep(SV("(empty)"), memo->empty, &memo->empty_len);
}

/** "#separator \x09" is followed by a blank, all others by the separator it names. */
static enum coord_err
read_header(struct reader_ctx *ctx, struct memo *memo, struct sv line)
{
	struct sv value = line;
	struct sv name;

	if (sv_starts(line, SV("#separator "))) {
		value = unescape(ctx, sv_skip(line, 11));
		memo_reset(memo);
		if (value.len != 1)
			return reader_refuse(ctx, REFUSED_FIELD_INVALID, 11,
			    "#separator: expected one character, got %zu", value.len);
		memo->separator = value.data[0];
		return reader_ignore(ctx);
	}
	name = sv_cut(&value, memo->separator);
	if (sv_eq(name, SV("#fields")))
		return read_fields(ctx, memo, value);
	if (sv_eq(name, SV("#path")))
		keep(value, memo->path, &memo->path_len);
	else if (sv_eq(name, SV("#unset_field")))
		keep(value, memo->unset, &memo->unset_len);
	else if (sv_eq(name, SV("#empty_field")))
		keep(value, memo->empty, &memo->empty_len);
	else if (sv_eq(name, SV("#set_separator")) && value.len == 1)
		memo->set_separator = value.data[0];
	return reader_ignore(ctx);
}

static struct sv
value_of(struct reader_ctx *ctx, const struct memo *memo, struct sv text)
{
	if (sv_eq(text, (struct sv){ memo->unset, memo->unset_len }))
		return SV_NONE;
	if (sv_eq(text, (struct sv){ memo->empty, memo->empty_len }))
		return SV("");
	return unescape(ctx, text);
}

/** The analyzers of a connection are a set: its separator becomes the comma that zeek_emit knows. */
static struct sv
with_commas(struct reader_ctx *ctx, const struct memo *memo, struct sv set)
{
	char *copy;

	if (memo->set_separator == ',' || set.len == 0 ||
	    (copy = reader_scratch(ctx, set.len)) == NULL)
		return set;
	for (size_t i = 0; i < set.len; i++)
		copy[i] = (char)(set.data[i] == memo->set_separator ? ',' : set.data[i]);
	return (struct sv){ copy, set.len };
}

static enum coord_err
read_row(struct reader_ctx *ctx, const struct record *record, const struct memo *memo)
{
	struct zeek_row row = { .sensor = SV_NONE };
	struct sv rest = record->line;
	unsigned n = 0;

	if (memo->log == ZEEK_OTHER)
		return reader_ignore(ctx);
	for (; rest.data != NULL; n++) {
		uint64_t byte = (uint64_t)(rest.data - record->line.data);
		struct sv text = sv_cut(&rest, memo->separator);

		if (n >= memo->n_columns || memo->column[n] == NO_COLUMN)
			continue;
		row.value[memo->column[n]] = value_of(ctx, memo, text);
		row.byte[memo->column[n]] = byte;
	}
	if (n != memo->n_columns)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, record->line.len,
		    "row: expected %u columns, got %u", (unsigned)memo->n_columns, n);
	row.value[ZEEK_SERVICE] = with_commas(ctx, memo, row.value[ZEEK_SERVICE]);
	return zeek_emit(ctx, record, (enum zeek_log)memo->log, &row);
}

static enum coord_err
read_record(struct reader_ctx *ctx, const struct record *record)
{
	struct memo *memo = reader_memo(ctx);
	struct record row = *record;

	_Static_assert(sizeof(struct memo) <= READER_MEMO, "the header fits the memo");
	if (memo->separator == 0)
		memo_reset(memo);
	if (sv_ends(row.line, SV("\r")))
		row.line.len--;
	if (row.line.len == 0)
		return reader_ignore(ctx);
	if (sv_starts(row.line, SV("#")))
		return read_header(ctx, memo, row.line);
	if (!memo->seen_fields)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, 0,
		    "#fields: expected a header before the rows, got a row");
	return read_row(ctx, &row, memo);
}

const struct reader reader_zeek_tsv = {
	.name = "zeek-tsv",
	.title = "Zeek conn, http and ssh logs (tab-separated)",
	.json = false,
	.network = true,
	.recognise = recognise,
	.read = read_record,
};
