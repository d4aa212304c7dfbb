/* sheet.h - a table's cells on their way to a terminal, to Markdown or to a page (private to evaluate/). */
#ifndef COORD_EVALUATE_SHEET_H
#define COORD_EVALUATE_SHEET_H

#include "evaluate/bootstrap.h"

enum sheet_form { SHEET_TEXT, SHEET_MARKDOWN, SHEET_HTML };

struct sheet {
	struct buf *out;
	enum sheet_form form;
	bool first; /* the first cell of a line */
	bool open;  /* HTML: a table that is not closed yet */
};

struct sheet sheet_init(struct buf *out, enum sheet_form form);
/** A heading; closes the table before it. */
void sheet_title(struct sheet *sheet, const char *title);
/** A paragraph; closes the table before it. */
void sheet_note(struct sheet *sheet, const char *text);
void sheet_head(struct sheet *sheet, const char *const *heads, unsigned n);
void sheet_cell(struct sheet *sheet, const char *text);
/** "0.912 [0.88 0.94]", "-" for NaN or NULL. */
void sheet_figure(struct sheet *sheet, const struct figure *figure);
void sheet_number(struct sheet *sheet, int digits, double value);
void sheet_end(struct sheet *sheet); /* of a line */
void sheet_close(struct sheet *sheet);
/** Text with < > & " escaped. */
void sheet_escape(struct buf *out, const char *text);

struct evaluation;
/** tables.c: every table of an evaluation. */
void tables_write(const struct evaluation *evaluation, struct sheet *sheet);

#endif
