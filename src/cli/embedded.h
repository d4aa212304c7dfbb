/* embedded.h - sessions that travel inside a result document (private to cli/). */
#ifndef COORD_CLI_EMBEDDED_H
#define COORD_CLI_EMBEDDED_H

#include "session/session.h"

/** The table of normalised records, a line each, as `coord ingest` writes them. `threads` 0: all cores. COORD_EPARSE: a
 *  line was refused; COORD_ENODATA; COORD_ENOMEM. */
MUST_CHECK enum coord_err embedded_read(
    struct sv ndjson, unsigned threads, struct session_table *ret, struct coord_error *err);

#endif
