/* source.h - one opened database as offline.c sees it (private to tools/). A new kind of file is a file with a struct source_kind
 * and its row in offline.c. */
#ifndef COORD_TOOLS_SOURCE_H
#define COORD_TOOLS_SOURCE_H

#include "tools/tools.h"

/** A file in memory. The bytes stay as they are: files are replaced whole, never written in place. */
struct mapped {
	const uint8_t *data;
	size_t len;
	void *at; /* what to unmap; NULL: nothing */
};
/** COORD_EIO; COORD_EPARSE for a folder, a pipe or an empty file. */
MUST_CHECK enum coord_err mapped_open(
    const char *path, struct mapped *ret, struct coord_error *err);
void mapped_close(struct mapped *file);

struct source_kind {
	const char *name;
	/** Is it such a file? Looks at the bytes only. */
	bool (*recognise)(const struct mapped *file);
	/** `file` is borrowed and outlives the source. Fills in type, made_us and data of *told. */
	enum coord_err (*open)(const char *path, const struct mapped *file, struct tools_file *told,
	    void **ret, struct coord_error *err);
	void (*close)(void *source);
	/** Fills in what of `want` it knows; returns those bits. Fields of other bits stay as they are. */
	unsigned (*find)(
	    const void *source, struct addr a, unsigned want, struct tools_address *ret);
	/** The AS number alone, 0 unknown, where that is much cheaper; NULL: by find. */
	uint32_t (*asn)(const void *source, struct addr a);
};

extern const struct source_kind source_mmdb, source_location;

/** Two upper-case letters as a number; 0: something else. */
static inline uint32_t
country_number(const char *letters)
{
	if (letters[0] < 'A' || letters[0] > 'Z' || letters[1] < 'A' || letters[1] > 'Z')
		return 0;
	return (uint32_t)(unsigned char)letters[0] << 8 | (unsigned char)letters[1];
}

#endif
