/* report.h - the answer, for people and programs: text, JSON, HTML, CSV, STIX 2.1, explanation.
 * Attacker text is data: escaped for each format. Same result, same bytes: no clock is read here. */
#ifndef COORD_REPORT_H
#define COORD_REPORT_H

#include "detect/detect.h"
#include "ingest/ingest.h"

/** How the logs were read, as far as it changes what comes out. */
struct report_options {
	const char *format;     /* forced reader, or NULL */
	int64_t from_us, to_us; /* TIME_NONE: open */
	int year;               /* of lines that do not say it; 0: found out */
	int64_t zone_us;        /* east of UTC, of times that do not say it */
};

/** A file beside the logs that the result rests on. */
struct report_file {
	const char *role; /* "reference", "asn", "model" ... */
	const char *path; /* as named on the command line */
	const char *sha256;
};

#define REPORT_SESSIONS_MOST ((size_t)256 << 20) /* bytes of sessions put into a document */

/** Everything a report is made of. `ingest` may be NULL (sessions that came through the API). */
struct report_input {
	const struct session_table *table;
	const struct detect_result *result;
	const struct ingest_report *ingest;
	const char *
	    analysis_id; /* NULL: derived from input, reference, configuration (a name-based UUID) */
	const char *version;     /* of the program */
	bool enrichment_applied; /* external data (look-ups, index write-back) was really applied */
	/* what a repetition needs (`coord verify`); all may be left out */
	const struct ingest_source *sources; /* the logs, as named */
	size_t n_sources;
	const struct report_options *options;
	const struct report_file *files;
	size_t n_files;
	bool
	    self_contained; /* put the sessions into the document: COORD_ELIMIT past REPORT_SESSIONS_MOST */
};

struct report_style {
	bool colour;
	unsigned columns; /* 80 when not a terminal */
	bool unicode;
};

MUST_CHECK enum coord_err report_json(
    const struct report_input *in, struct buf *out, struct coord_error *err);
MUST_CHECK enum coord_err report_text(const struct report_input *in, struct report_style style,
    struct buf *out, struct coord_error *err);
MUST_CHECK enum coord_err report_html(
    const struct report_input *in, struct buf *out, struct coord_error *err);
MUST_CHECK enum coord_err report_csv(
    const struct report_input *in, struct buf *out, struct coord_error *err);
MUST_CHECK enum coord_err report_stix(
    const struct report_input *in, struct buf *out, struct coord_error *err);
/** Explains a campaign of a result document (as report_json wrote it): what would have to be removed for the verdict to
 *  fall. `campaign` is an id ("c1") or key; NULL: the first. COORD_EPARSE: not a result document; COORD_ENODATA: no
 *  such campaign (the error lists those there are). */
MUST_CHECK enum coord_err report_explain(struct sv result_json, const char *campaign,
    struct report_style style, struct buf *out, struct coord_error *err);

#endif
