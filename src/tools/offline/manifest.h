/* manifest.h - the names of a folder's own files (private to tools/). */
#ifndef COORD_TOOLS_MANIFEST_H
#define COORD_TOOLS_MANIFEST_H

#include "tools/tools.h"

#define MANIFEST_NAME "tools.json"
#define MANIFEST_STATE "tools.state.json"
#define MANIFEST_LOCK ".tools.lock"

enum { MANIFEST_BYTES_MOST = 1 << 20, MANIFEST_FEEDS_MOST = 64 };

/** "FOLDER/NAME" in the arena; NULL: no memory. */
char *manifest_path(struct arena *arena, const char *folder, const char *name);
/** Writes what is known of the last time, atomically. COORD_EIO. */
MUST_CHECK enum coord_err manifest_keep_state(
    const char *folder, const struct tools_feed *feeds, size_t n, struct coord_error *err);
/** A file that appears whole or not at all. COORD_EIO. */
MUST_CHECK enum coord_err manifest_write_file(
    const char *path, struct sv content, struct coord_error *err);

#endif
