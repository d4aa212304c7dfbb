/* pen.c - see pen.h. */
#include "report/pen.h"

#include "report/clean.h"

enum { COLUMNS_LEAST = 40, COLUMNS_MOST = 160, SENTENCE_MOST = 1200 };

struct pen
pen_init(struct buf *out, struct report_style style)
{
	unsigned columns = style.columns < COLUMNS_LEAST  ? COLUMNS_LEAST
			   : style.columns > COLUMNS_MOST ? COLUMNS_MOST
							  : style.columns;

	return (struct pen){ .out = out,
		.text = BUF_INIT(1 << 20),
		.columns = columns,
		.colour = style.colour,
		.unicode = style.unicode };
}

void
pen_clear(struct pen *pen)
{
	buf_clear(&pen->text);
}

static void
put_mark(struct pen *pen, char mark)
{
	static const char *const codes[16] = {
		[1] = "1", [2] = "2", [3] = "32", [4] = "33", [5] = "31", [6] = "36", [15] = "0"
	};

	if (pen->colour && codes[(unsigned char)mark] != NULL)
		buf_printf(pen->out, "\x1b[%sm", codes[(unsigned char)mark]);
}

static bool
is_mark(char c)
{
	return (unsigned char)c < 0x10 && c != '\n';
}

/* Columns of one word (up to a blank). */
static unsigned
word_width(struct sv word)
{
	unsigned width = 0;

	while (word.len > 0) {
		bool valid;
		uint32_t c;

		if (is_mark(word.data[0])) {
			word = sv_skip(word, 1);
			continue;
		}
		c = clean_next(&word, &valid);
		width += clean_width(c);
	}
	return width;
}

static void
new_line(struct pen *pen, unsigned indent, unsigned *at)
{
	buf_add_char(pen->out, '\n');
	for (unsigned i = 0; i < indent; i++)
		buf_add_char(pen->out, ' ');
	*at = indent;
}

/* Writes a word from column *at, broken where it is longer than a line. */
static void
put_word(struct pen *pen, struct sv word, unsigned indent, unsigned *at)
{
	while (word.len > 0) {
		struct sv before = word;
		bool valid;
		unsigned width;

		if (is_mark(word.data[0])) {
			put_mark(pen, word.data[0]);
			word = sv_skip(word, 1);
			continue;
		}
		width = clean_width(clean_next(&word, &valid));
		if (*at + width > pen->columns)
			new_line(pen, indent, at);
		buf_add(pen->out, before.data, before.len - word.len);
		*at += width;
	}
}

void
pen_paragraph(struct pen *pen, unsigned label_at, const char *label, unsigned indent)
{
	struct sv rest = buf_sv(&pen->text);
	unsigned at = 0;
	bool first = true;

	pen->out->failed = pen->out->failed || pen->text.failed;
	for (; at < label_at; at++)
		buf_add_char(pen->out, ' ');
	put_word(pen, sv_from(label), label_at, &at);
	for (; at < indent && label[0] >= ' '; at++)
		buf_add_char(pen->out, ' ');
	while (rest.data != NULL) {
		struct sv word = sv_cut(&rest, ' ');
		unsigned width = word_width(word);

		if (!first && at + 1 + width > pen->columns && at > indent) {
			new_line(pen, indent, &at);
		} else if (!first) {
			buf_add_char(pen->out, ' ');
			at++;
		}
		put_word(pen, word, indent, &at);
		first = false;
	}
	if (pen->colour)
		buf_add_str(pen->out, "\x1b[0m");
	buf_add_char(pen->out, '\n');
	pen->text.len = 0;
}

void
pen_heading(struct pen *pen, const char *text)
{
	pen_blank(pen);
	pen_add(pen, PEN_BOLD);
	pen_add(pen, text);
	pen_paragraph(pen, 0, "", 0);
	for (unsigned i = 0; i < pen->columns; i++)
		pen_add(pen, pen->unicode ? "\xe2\x94\x80" : "-");
	pen_paragraph(pen, 0, PEN_DIM, 0);
}

void
pen_blank(struct pen *pen)
{
	buf_add_char(pen->out, '\n');
}

void
pen_add(struct pen *pen, const char *text)
{
	buf_add_str(&pen->text, text);
}

void
pen_add_foreign(struct pen *pen, struct sv text, unsigned most)
{
	(void)clean_add(&pen->text, text, most, pen->unicode);
}

void
pen_add_sentence(struct pen *pen, const char *text)
{
	(void)clean_add(&pen->text, sv_from(text), SENTENCE_MOST, pen->unicode);
}
