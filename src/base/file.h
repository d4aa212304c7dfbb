/* file.h - a small file read whole. */
#ifndef COORD_BASE_FILE_H
#define COORD_BASE_FILE_H

#include "base/buf.h"
#include "base/error.h"

/** Appends the file at `path`, "-" for standard input. COORD_EIO; COORD_ELIMIT: larger than out's maximum. */
MUST_CHECK enum coord_err file_read_whole(
    const char *path, struct buf *out, struct coord_error *err);

#endif
