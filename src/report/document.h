/* document.h - what the formats share: the result document itself, its id, and checks on what they are given. */
#ifndef COORD_REPORT_DOCUMENT_H
#define COORD_REPORT_DOCUMENT_H

#include "base/json.h"
#include "report/report.h"
#include "report/uuid.h"

enum { DOCUMENT_DEPTH_MOST = 24 };

/** in->analysis_id, or the name-based one: the v5 UUID, in the project's name space, of
 *  "analysis:<input SHA-256>/<reference>/<configuration>/<seed>/<version>". */
MUST_CHECK enum coord_err document_id(
    const struct report_input *in, char ret[UUID_TEXT], struct coord_error *err);
/** The id of the parts that name it. */
MUST_CHECK enum coord_err document_named_id(struct sv input, struct sv reference,
    struct sv configuration, struct sv seed, struct sv version, char ret[UUID_TEXT],
    struct coord_error *err);
/** Copies a value of a parsed document, on its own depth of at most DOCUMENT_DEPTH_MOST. */
void document_copy(struct jsonw *w, struct json_value value);
/** Parses a document of ours, whatever it is: bounded in size and depth. *parser is the caller's to free, also on
 *  failure. COORD_EPARSE: not an object. */
MUST_CHECK enum coord_err document_parse(
    struct sv text, struct json_parser **parser, struct json_value *ret, struct coord_error *err);
/** Writes the result document as one JSON value. */
MUST_CHECK enum coord_err document_write(
    const struct report_input *in, struct jsonw *w, struct coord_error *err);
/** COORD_OK, or what went wrong with `out` as an error. */
MUST_CHECK enum coord_err document_done(const struct buf *out, struct coord_error *err);
/** Start of the first session and the latest end. Both 0 without sessions. */
void document_span(const struct session_table *table, int64_t *from_us, int64_t *to_us);
/** A verdict that says one hand is behind the sources. */
static inline bool
document_is_coordinated(enum detect_verdict verdict)
{
	return verdict == VERDICT_CAMPAIGN || verdict == VERDICT_SINGLE_ACTOR;
}
/** Rounded to six significant digits; not finite: as it is. */
double document_digits(double value);
/** null for TIME_NONE. */
void document_time(struct jsonw *w, int64_t us);
void document_addr(struct jsonw *w, struct addr a);

#endif
