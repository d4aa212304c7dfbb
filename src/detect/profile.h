/* profile.h - how long the stages of an analysis take, for --profile (private to detect/). It reads clocks, but nothing else
 * sees them: no result depends on it. */
#ifndef COORD_DETECT_PROFILE_H
#define COORD_DETECT_PROFILE_H

#include "detect/detect.h"

struct stopwatch {
	struct detect_result *r;
	int64_t last, last_processor; /* microseconds */
};

/** Ends a stage, the time since the last lap; NULL: only begins. More stages than the result has room for are dropped. */
void profile_lap(struct stopwatch *s, const char *stage);
/** Adds a stage that somebody else timed; `part`: its time is in the stage before it. */
void profile_tell(
    struct detect_result *r, const char *stage, double seconds, double processor, bool part);

#endif
