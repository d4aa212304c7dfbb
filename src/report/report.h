/* report.h - the answer, for people and programs: text, JSON, HTML, CSV, STIX 2.1, explanation.
 * Attacker text is data: escaped for each format. Same result, same bytes: no clock is read here. */
#ifndef COORD_REPORT_H
#define COORD_REPORT_H

#include "detect/detect.h"
#include "ingest/ingest.h"

/** Everything a report is made of. `ingest` may be NULL (sessions that came through the API). */
struct report_input {
	const struct session_table *table;
	const struct detect_result *result;
	const struct ingest_report *ingest;
	const char *
	    analysis_id; /* NULL: derived from input, reference, configuration (a name-based UUID) */
	const char *version;     /* of the program */
	bool enrichment_applied; /* external data (look-ups, index write-back) was really applied */
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
