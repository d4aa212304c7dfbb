/* source.h - where bytes come from: a file, standard input or memory, decompressed by what its first bytes are
 * (private to ingest/). */
#ifndef COORD_INGEST_SOURCE_H
#define COORD_INGEST_SOURCE_H

#include "base/base.h"

struct source;

/** Opens a path ("-": standard input). COORD_EIO. */
MUST_CHECK enum coord_err source_open(
    const char *path, struct source **ret, struct coord_error *err);
/** The lines of a plain file that begin in bytes [from, to), whole. COORD_EIO. */
MUST_CHECK enum coord_err source_open_lines(
    const char *path, uint64_t from, uint64_t to, struct source **ret, struct coord_error *err);
/** Reads from memory; `data` is borrowed. NULL: no memory. */
struct source *source_memory(const char *data, size_t len);
void source_close(struct source *s);
/** For CLEANUP. */
static inline void
source_close_in(struct source **s)
{
	source_close(*s);
}
/** Not compressed; known after the first read. */
bool source_is_plain(const struct source *s);
/** Up to `cap` decompressed bytes; 0 at the end. Errors: COORD_EIO, COORD_EPARSE (damaged or cut compressed data:
 *  what came before was delivered), COORD_ENOMEM. */
MUST_CHECK enum coord_err source_read(
    struct source *s, char *to, size_t cap, size_t *ret, struct coord_error *err);
/** Bytes taken from the file so far, as stored. */
uint64_t source_stored(const struct source *s);

#endif
