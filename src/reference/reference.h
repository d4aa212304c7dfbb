/* reference.h - the background: an immutable, hashed snapshot of what normal looks like (methods.md section 6).
 * For each stratum (service x tool family): sorted visit times, token -> distinct-node counts, linked token blocks, the
 * source population by prefix, sensor-subset counts. Built from logs once, memory-mapped afterwards. */
#ifndef COORD_REFERENCE_H
#define COORD_REFERENCE_H

#include "base/base.h"

struct reference;

/** Maps a snapshot file. COORD_EIO, COORD_EPARSE (not a snapshot, other version, hash does not match, table out of
 *  bounds: the error says which). Close it with reference_close. */
MUST_CHECK enum coord_err reference_open(
    const char *path, struct reference **ret, struct coord_error *err);
void reference_close(struct reference *ref);
/** Lower-case hex SHA-256 of the snapshot's content: the name that every result carries. */
const char *reference_hash(const struct reference *ref);

#endif
