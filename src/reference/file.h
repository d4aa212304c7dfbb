/* file.h - files of one header and some arrays: hashed, written whole or not at all, mapped (private to reference/). */
#ifndef COORD_REFERENCE_FILE_H
#define COORD_REFERENCE_FILE_H

#include "base/base.h"

struct file_part {
	const void *data;
	size_t bytes;
};

/** A mapped file; NULL and 0 when there is none. */
struct file_map {
	void *data;
	size_t bytes;
};

/** Total size and SHA-256 of a file whose first part is a header of which the first `hashed_from` bytes do not count. */
MUST_CHECK enum coord_err file_hash(const struct file_part *parts, size_t n, size_t hashed_from,
    uint64_t *ret_bytes, uint8_t ret_sha256[32], struct coord_error *err);
/** Writes to a temporary file beside `path`, then renames. COORD_EIO names the file and the reason. */
MUST_CHECK enum coord_err file_write(
    const struct file_part *parts, size_t n, const char *path, struct coord_error *err);
/** Maps a regular file that is not empty. COORD_EIO; COORD_EPARSE says that it is no `what`. */
MUST_CHECK enum coord_err file_map(
    const char *path, const char *what, struct file_map *ret, struct coord_error *err);
void file_unmap(struct file_map *map);

/** Takes n * size bytes off the front of what is left. False: there are not so many. */
bool file_take(const char **at, size_t *left, uint64_t n, size_t size, const void **ret);

#endif
