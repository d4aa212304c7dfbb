/* cowrie.h - Cowrie's events, for honeypots that log alike (private to ingest/). */
#ifndef COORD_INGEST_COWRIE_H
#define COORD_INGEST_COWRIE_H

#include "ingest/reader.h"

/** Reads an event whose eventid, without its first `prefix` bytes, is one of Cowrie's. `protocol`: where the event
 *  names none, or SV_NONE. */
MUST_CHECK enum coord_err cowrie_read_as(
    struct reader_ctx *ctx, const struct record *record, size_t prefix, struct sv protocol);

#endif
