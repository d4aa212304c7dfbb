/* pen.h - writes wrapped paragraphs to a terminal of a known width.
 * A paragraph is cleaned UTF-8 (clean.h) with style marks in it: bytes below 0x10 that clean text never holds, turned
 * into colour codes or dropped. */
#ifndef COORD_REPORT_PEN_H
#define COORD_REPORT_PEN_H

#include "report/report.h"

#define PEN_BOLD "\x01"
#define PEN_DIM "\x02"
#define PEN_GOOD "\x03"
#define PEN_WARN "\x04"
#define PEN_BAD "\x05"
#define PEN_NAME "\x06"
#define PEN_OFF "\x0f"

struct pen {
	struct buf *out;
	struct buf text; /* the paragraph being made */
	unsigned columns;
	bool colour, unicode;
};

struct pen pen_init(struct buf *out, struct report_style style);
void pen_clear(struct pen *pen);
/** Writes pen->text wrapped: the first line behind `label` (at column `label_at`) from column `indent`, or from
 *  `label_at` when there is no label; all others from `indent`. Empties it. */
void pen_paragraph(struct pen *pen, unsigned label_at, const char *label, unsigned indent);
/** A heading with a rule under it. */
void pen_heading(struct pen *pen, const char *text);
void pen_blank(struct pen *pen);
void pen_add(struct pen *pen, const char *text);
/** Attacker bytes: cleaned, in at most `most` columns. */
void pen_add_foreign(struct pen *pen, struct sv text, unsigned most);
/** The engine's own sentence, which may quote attacker bytes: cleaned, of any length within reason. */
void pen_add_sentence(struct pen *pen, const char *text);

#endif
