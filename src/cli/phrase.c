/* phrase.c - texts for people: wrapping, counting, likeness. */
#include "cli/phrase.h"

#include "ingest/ingest.h"

enum { DISTANCE_MOST = 64 };

unsigned
phrase_distance(struct sv a, struct sv b)
{
	unsigned row[DISTANCE_MOST + 1];

	if (a.len >= DISTANCE_MOST || b.len >= DISTANCE_MOST)
		return DISTANCE_MOST;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.len; j++) {
			unsigned replaced = diagonal + (a.data[i - 1] != b.data[j - 1]);
			unsigned least = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = replaced < least ? replaced : least;
		}
	}
	return row[b.len];
}

/* "text|json|csv" as "text, json or csv" */
static void
add_choices(const char *choices, struct buf *out)
{
	struct sv rest = sv_from(choices);

	for (bool first = true; rest.data != NULL; first = false) {
		struct sv choice = sv_cut(&rest, '|');

		if (!first)
			buf_add_str(out, rest.data == NULL ? " or " : ", ");
		buf_add_sv(out, choice);
	}
}

static void
add_formats(struct buf *out)
{
	const char *name;

	buf_add_str(out, "one of ");
	for (size_t i = 0; (name = ingest_format_name(i, NULL)) != NULL; i++)
		buf_printf(out, "%s%s", i == 0 ? "" : ", ", name);
}

void
phrase_expected(const struct option *option, struct buf *out)
{
	switch (option->type) {
	case OPTION_UINT:
		buf_printf(out, "a whole number from %.0f to %.0f", option->min, option->max);
		return;
	case OPTION_REAL:
		buf_printf(out, "a number from %g to %g", option->min, option->max);
		return;
	case OPTION_WORD:
	case OPTION_CHOICE:
		add_choices(option->choices, out);
		return;
	case OPTION_TIME:
		buf_add_str(out, "a time such as 2024-01-26 or 2024-01-26T03:27:00Z");
		return;
	case OPTION_ZONE:
		buf_add_str(out, "an offset such as +02:00");
		return;
	case OPTION_FORMAT:
		add_formats(out);
		return;
	case OPTION_FLAG:
	case OPTION_TEXT:
	case OPTION_FILE:
	case OPTION_FOLDER:
	case OPTION_LIST:
		break;
	}
	buf_add_str(out, option->argument == NULL ? "nothing" : option->argument);
}

void
phrase_wrap(struct buf *out, struct sv text, unsigned indent, unsigned columns)
{
	size_t column = 0;

	while (text.data != NULL) {
		struct sv word = sv_cut(&text, ' ');

		if (word.len == 0)
			continue;
		if (column > 0 && column + 1 + word.len > columns) {
			buf_add_char(out, '\n');
			column = 0;
		}
		if (column == 0) {
			buf_printf(out, "%*s", (int)indent, "");
			column = indent;
		} else {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add_sv(out, word);
		column += word.len;
	}
	buf_add_char(out, '\n');
}

struct sv
phrase_paragraph(struct sv *rest)
{
	size_t at = sv_find(*rest, SV("\n\n"));
	struct sv part = *rest;

	if (at == SIZE_MAX) {
		*rest = SV_NONE;
		return part;
	}
	*rest = sv_skip(*rest, at + 2);
	return sv_first(part, at);
}

void
phrase_printable(struct buf *out, struct sv text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		buf_add_char(out, c < 0x20 || c > 0x7e ? '?' : (char)c);
	}
}

void
phrase_count(struct buf *out, uint64_t n)
{
	char digits[24];
	int len = 0;

	do {
		digits[len++] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	while (len > 0) {
		buf_add_char(out, digits[--len]);
		if (len > 0 && len % 3 == 0)
			buf_add_char(out, ',');
	}
}
