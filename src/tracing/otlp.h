/* otlp.h - spans as OTLP's JSON, and what a collector answers (private to tracing/). Ids in hex, enums as integers, 64-bit numbers as texts. */
#ifndef COORD_TRACING_OTLP_H
#define COORD_TRACING_OTLP_H

#include "tracing/tracing.h"

void otlp_write(const char *role, const struct tracing_span *spans, size_t n, struct buf *out);
/** How many spans the answer says were rejected, at most `sent`; 0 when it says nothing that can be read. */
uint64_t otlp_rejected(struct sv answer, uint64_t sent);

#endif
