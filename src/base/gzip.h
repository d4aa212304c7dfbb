/* gzip.h - a text packed in one go (RFC 1952), for answers and requests. Reading is streamed, and ingest's. */
#ifndef COORD_BASE_GZIP_H
#define COORD_BASE_GZIP_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/sv.h"

/** Appends to `out`. `level` 1..9. False: no memory, or more than a gigabyte. */
bool gzip_pack(struct sv text, int level, struct buf *out);

#endif
