/* real.h - the parts of the evaluation on real logs that tests look at (private to evaluate/). */
#ifndef COORD_EVALUATE_REAL_H
#define COORD_EVALUATE_REAL_H

#include "evaluate/outcome.h"
#include "evaluate/sheet.h"

/** A text with words that would give a campaign away (keys, hashes, addresses, URLs, known markers) replaced. */
void real_strip_text(struct sv text, struct buf *out);
/** A table without artefacts: items that are one are dropped, texts go through real_strip_text. */
MUST_CHECK enum coord_err real_strip(
    const struct session_table *table, struct session_table *ret, struct coord_error *err);

#endif
