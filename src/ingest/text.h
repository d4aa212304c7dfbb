/* text.h - attackers' bytes made into valid UTF-8 (private to ingest/). */
#ifndef COORD_INGEST_TEXT_H
#define COORD_INGEST_TEXT_H

#include "base/base.h"

/** Length of the valid UTF-8 prefix: text.len when all is valid. */
size_t text_valid_prefix(struct sv text);
/** Appends the text with every invalid byte replaced by U+FFFD. */
void text_repair(struct sv text, struct buf *out);
/** A JSON line made parsable where attackers' bytes spoiled it: invalid UTF-8, control bytes inside strings and lone
 *  surrogate escapes become U+FFFD. False when there was nothing to repair. *byte: the first spoiled place. */
bool text_repair_json(struct sv line, struct buf *out, uint64_t *byte);
/** At most `most` bytes of a valid text, cut between characters. */
struct sv text_cut(struct sv text, size_t most);

#endif
