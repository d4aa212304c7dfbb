/* discover.h - fills an evaluation with the groups to test (private to detect/; methods.md sections 8 and 9). */
#ifndef COORD_DETECT_DISCOVER_H
#define COORD_DETECT_DISCOVER_H

#include "detect/evaluate.h"
#include "detect/profile.h"

/** Group mode: all nodes are the group, and what it was selected by does not count. COORD_EINVALID: no such channel. */
MUST_CHECK enum coord_err discover_given(struct evaluation *ev, struct coord_error *err);
/** Searches the batch, and once more without each channel's layers: no channel is judged on a cluster that it formed. Counts
 *  pairs and edges in the result, and times itself. COORD_ELIMIT. */
MUST_CHECK enum coord_err discover_groups(struct evaluation *ev, struct detect_result *r,
    struct stopwatch *watch, struct coord_error *err);

#endif
