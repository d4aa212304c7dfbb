/* request.h - a stored request made ready: its options, and its text unpacked (private to jobs/). */
#ifndef COORD_JOBS_REQUEST_H
#define COORD_JOBS_REQUEST_H

#include "detect/detect.h"
#include "ingest/ingest.h"

/** jobs.h says what each means. Texts live in the arena they were read into. */
struct request_options {
	bool logs; /* kind "logs": a log's bytes, where one session is many records */
	bool group;
	bool approve;
	const char *selected_by, *format, *sensor, *tools; /* NULL: not given */
	double prior;                                      /* 0: not given */
	uint32_t worlds;
	uint64_t seed;
	int64_t zone_us;
	int year;
};

/** COORD_EPARSE: no JSON object; COORD_EINVALID names the member. An absent or empty text has the defaults. */
MUST_CHECK enum coord_err request_options_read(
    struct sv json, struct arena *arena, struct request_options *ret, struct coord_error *err);
/** The year of a time, UTC; 0: none. */
int request_year(int64_t us);
/** "minimal", "standard" (also when absent), "deep". COORD_EINVALID. */
MUST_CHECK enum coord_err request_depth(
    struct sv text, enum detect_depth *ret, struct coord_error *err);
/** Appends what `packed` holds: frames of zstd one behind the other, or plain text as it is. COORD_EPARSE: broken; COORD_ELIMIT: more than out's maximum;
 *  COORD_ENOMEM. */
MUST_CHECK enum coord_err request_unpack(
    struct sv packed, struct buf *out, struct coord_error *err);
/** One frame of zstd in the arena. */
MUST_CHECK enum coord_err request_pack(
    struct sv text, struct arena *arena, struct sv *ret, struct coord_error *err);
/** The sessions of a request. Nothing usable in it is an empty table, not an error. *ret and *report are the caller's to release (also on failure, when
 *  they are zero). */
MUST_CHECK enum coord_err request_table(struct sv text, const struct request_options *options,
    unsigned threads, struct session_table *ret, struct ingest_report *report,
    struct coord_error *err);

#endif
