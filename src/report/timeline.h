/* timeline.h - how many sessions of a set started when, in equal bins over a span. */
#ifndef COORD_REPORT_TIMELINE_H
#define COORD_REPORT_TIMELINE_H

#include "session/session.h"

/** Counts the starts of `rows` into bins[0..n_bins) over [from, to]; starts outside fall into the first or last. */
void timeline_bins(const struct session_table *table, const uint32_t *rows, uint32_t n_rows,
    int64_t from_us, int64_t to_us, uint32_t *bins, unsigned n_bins);
/** One character a bin: block elements, or ASCII. Empty bins are a dot, so that silence is seen. */
void timeline_draw(struct buf *out, const uint32_t *bins, unsigned n_bins, bool unicode);

#endif
