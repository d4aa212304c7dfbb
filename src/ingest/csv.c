/* csv.c - see csv.h. */
#include "ingest/csv.h"

#include <assert.h>

enum { HEADER_MOST = 16384 };

/* Cuts one field off *rest. Quotes around it are taken off, "" inside stays (unquote() halves them). False: the
 * closing quote is missing or followed by other text. */
static bool
cut_field(struct sv *rest, char separator, struct sv *ret, bool *doubled)
{
	struct sv text = *rest;
	size_t i;

	*doubled = false;
	if (!sv_starts(text, SV("\""))) {
		*ret = sv_cut(rest, separator);
		return true;
	}
	for (i = 1; i < text.len; i++) {
		if (text.data[i] != '"')
			continue;
		if (i + 1 >= text.len || text.data[i + 1] != '"')
			break;
		*doubled = true;
		i++;
	}
	if (i >= text.len)
		return false;
	*ret = sv_skip(sv_first(text, i), 1);
	text = sv_skip(text, i + 1);
	if (text.len > 0 && text.data[0] != separator)
		return false;
	*rest = text.len == 0 ? SV_NONE : sv_skip(text, 1);
	return true;
}

static struct sv
unquote(struct reader_ctx *ctx, struct sv text)
{
	char *copy = reader_scratch(ctx, text.len);
	size_t n = 0;

	if (copy == NULL)
		return SV_NONE;
	for (size_t i = 0; i < text.len; i++) {
		copy[n++] = text.data[i];
		if (text.data[i] == '"')
			i++;
	}
	return (struct sv){ copy, n };
}

static bool
is_filler(char c)
{
	return c == ' ' || c == '_' || c == '-' || c == '.';
}

static char
lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool
same_name(struct sv a, const char *b)
{
	size_t i = 0;

	for (; *b != 0; b++) {
		if (is_filler(*b))
			continue;
		while (i < a.len && is_filler(a.data[i]))
			i++;
		if (i >= a.len || lower(a.data[i++]) != *b)
			return false;
	}
	while (i < a.len && is_filler(a.data[i]))
		i++;
	return i == a.len;
}

static uint8_t
find_field(struct sv name, const struct csv_field *fields, size_t n)
{
	name = sv_trim(name);
	for (size_t i = 0; i < n; i++)
		for (const char *const *s = fields[i].names; *s != NULL; s++)
			if (same_name(name, *s))
				return (uint8_t)i;
	return CSV_IGNORED;
}

/* The separator of a header: the one that splits it most. */
static char
guess_separator(struct sv line)
{
	static const char CHOICES[] = { ',', ';', '\t', '|' };
	size_t most = 0;
	char ret = ',';

	for (size_t c = 0; c < sizeof(CHOICES); c++) {
		size_t n = 0;

		for (size_t i = 0; i < line.len; i++)
			n += line.data[i] == CHOICES[c];
		if (n > most) {
			most = n;
			ret = CHOICES[c];
		}
	}
	return ret;
}

static struct sv
without_ends(struct sv line)
{
	if (sv_starts(line, SV("\xef\xbb\xbf")))
		line = sv_skip(line, 3);
	if (sv_ends(line, SV("\r")))
		line.len--;
	return line;
}

bool
csv_may_be_header(struct sv line)
{
	return line.len > 0 && line.len <= HEADER_MOST &&
	       (line.data[0] < '0' || line.data[0] > '9') && sv_find_char(line, ':') == SIZE_MAX;
}

bool
csv_header(struct sv line, const struct csv_field *fields, size_t n_fields, struct csv_columns *ret,
    uint64_t *ret_has)
{
	struct csv_columns c = { .header_seen = 1 };
	struct sv rest = without_ends(line);
	struct sv name;
	uint64_t has = 0;
	bool doubled;

	assert(n_fields <= CSV_FIELDS_MOST);
	c.separator = guess_separator(rest);
	while (rest.data != NULL) {
		uint8_t field;

		if (c.n == CSV_COLUMNS_MOST || !cut_field(&rest, c.separator, &name, &doubled))
			return false;
		field = find_field(name, fields, n_fields);
		if (field != CSV_IGNORED && (has & UINT64_C(1) << field) != 0)
			field = CSV_IGNORED; /* the first of two columns of one meaning counts */
		if (field != CSV_IGNORED)
			has |= UINT64_C(1) << field;
		c.field[c.n++] = field;
	}
	if (has == 0)
		return false;
	*ret = c;
	*ret_has = has;
	return true;
}

enum coord_err
csv_row(
    struct reader_ctx *ctx, struct sv line, const struct csv_columns *columns, struct csv_row *ret)
{
	struct sv rest = without_ends(line);
	struct csv_row row = { .value = { SV_NONE } };
	unsigned n = 0;

	while (rest.data != NULL) {
		uint64_t byte = (uint64_t)(rest.data - line.data);
		struct sv value;
		bool doubled;

		if (!cut_field(&rest, columns->separator, &value, &doubled))
			return reader_refuse(ctx, REFUSED_FIELD_INVALID, byte,
			    "column %u: expected a closing quote, got the line's end", n + 1);
		if (n < columns->n && columns->field[n] != CSV_IGNORED) {
			row.value[columns->field[n]] =
			    doubled ? unquote(ctx, value) : sv_trim(value);
			row.byte[columns->field[n]] = byte;
		}
		n++;
	}
	/* empty values at the end of a tab-separated line went with its trailing blanks */
	if (columns->separator == '\t' && n < columns->n)
		n = columns->n;
	if (n != columns->n)
		return reader_refuse(ctx, REFUSED_FIELD_MISSING, line.len,
		    "row: expected %u columns, got %u", (unsigned)columns->n, n);
	*ret = row;
	return COORD_OK;
}
