/* clean.h - attacker text made safe to show on a terminal.
 * Only characters known to be one or two columns wide, left to right and without effect on their neighbours pass;
 * everything else (control characters, escapes, bidi overrides, right-to-left scripts, combining marks, private use,
 * invalid UTF-8) is shown as what it is: \x1b, \u{202e}. A list of the good instead of the bad: what nobody thought of
 * is escaped. */
#ifndef COORD_REPORT_CLEAN_H
#define COORD_REPORT_CLEAN_H

#include "base/base.h"

/** Takes one code point off *rest (not empty). Invalid UTF-8: one byte, and *valid is false. */
uint32_t clean_next(struct sv *rest, bool *valid);
/** Columns of a code point that passes (1 or 2); 0: it must be escaped. */
unsigned clean_width(uint32_t code_point);
/** Appends `text` in at most `most` columns (>= 4), cut with an ellipsis; returns the columns used.
 *  Without `unicode` everything beyond ASCII is escaped. */
unsigned clean_add(struct buf *out, struct sv text, unsigned most, bool unicode);

#endif
