/* records.c - see records.h. */
#include "detect/knowledge/records.h"

#include <stdio.h>

void
records_begin(struct records *r, const char *name, enum record_style style, struct sv text)
{
	r->name = name;
	r->style = style;
	r->rest = sv_starts(text, SV("\xef\xbb\xbf")) ? sv_skip(text, 3) : text;
	r->line = 0;
	r->n = 0;
}

enum coord_err
records_fault(const struct records *r, struct coord_error *err, const char *format, ...)
{
	char what[200];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	return error_at(err, COORD_EPARSE, r->line, 0, "%.80s:%llu: %s", r->name,
	    (unsigned long long)r->line, what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* A comment begins where no quote is open: "#" in a quoted field or inside a word is text (URLs have fragments). */
static struct sv
without_comment(const struct records *r, struct sv line)
{
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		quoted ^= line.data[i] == '"';
		if (!quoted && line.data[i] == '#' && (i == 0 || is_blank(line.data[i - 1])))
			line.len = i;
	}
	line = sv_trim(line);
	if (r->style == RECORD_FEED && line.len > 0 && line.data[0] == ';')
		line.len = 0;
	return line;
}

static bool
ends_field(const struct records *r, char c)
{
	return c == ',' || (r->style == RECORD_FEED && (is_blank(c) || c == ';'));
}

/* A field in quotes, taken out of them. False: no closing quote, or something behind it. */
static bool
take_quoted(struct records *r, size_t *at, char **to, struct sv *field)
{
	char *start = *to;

	for (size_t i = *at + 1; i < r->text.len; i++) {
		char c = r->text.data[i];

		if (c != '"') {
			*(*to)++ = c;
			continue;
		}
		if (i + 1 < r->text.len && r->text.data[i + 1] == '"') {
			*(*to)++ = c;
			i++;
			continue;
		}
		for (i++; i < r->text.len && is_blank(r->text.data[i]); i++)
			;
		*field = (struct sv){ start, (size_t)(*to - start) };
		*at = i;
		return i == r->text.len || ends_field(r, r->text.data[i]) ||
		       is_blank(r->text.data[i - 1]);
	}
	return false;
}

static enum record_got
split(struct records *r, struct coord_error *err)
{
	char *to = r->unquoted;
	size_t at = 0;

	for (r->n = 0;;) {
		struct sv field;
		size_t start;

		while (at < r->text.len && is_blank(r->text.data[at]))
			at++;
		if (r->n == RECORD_FIELDS_MOST) {
			if (r->style == RECORD_FEED)
				return RECORD_LINE; /* the address stands in front */
			(void)records_fault(r, err, "more than %d fields", RECORD_FIELDS_MOST);
			return RECORD_BAD;
		}
		start = at;
		if (at < r->text.len && r->text.data[at] == '"') {
			if (!take_quoted(r, &at, &to, &field)) {
				(void)records_fault(r, err, "a quote that is not closed");
				return RECORD_BAD;
			}
		} else {
			while (at < r->text.len && !ends_field(r, r->text.data[at]))
				at++;
			field = sv_trim((struct sv){ r->text.data + start, at - start });
		}
		r->field[r->n++] = field;
		if (at >= r->text.len)
			return RECORD_LINE;
		at++; /* the separator */
	}
}

enum record_got
records_next(struct records *r, struct coord_error *err)
{
	while (r->rest.data != NULL) {
		struct sv line = sv_cut(&r->rest, '\n');

		r->line++;
		if (line.len > RECORD_LINE_MOST) {
			(void)records_fault(
			    r, err, "a line of more than %d bytes", RECORD_LINE_MOST);
			return RECORD_BAD;
		}
		r->text = without_comment(r, line);
		if (r->text.len > 0)
			return split(r, err);
	}
	return RECORD_END;
}
