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
	/* what look-ups outside gave, the story, and how the result came about: JSON of their makers; SV_NONE, NULL: left out */
	const struct sv *external; /* by campaign: an array */
	struct sv answers, provider_status, narrative, workflow, evidence_chain;
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
/** One tested group as in that document, on one line, without its members (sources, sensors, session ids). */
MUST_CHECK enum coord_err report_campaign(
    const struct detect_campaign *campaign, struct buf *out, struct coord_error *err);
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

/** What a result document alone can prove: members and their types, ledgers that add up to the confidence, verdicts that
 *  follow the thresholds, counts, order, hashes. */
struct report_check {
	uint64_t held; /* statements that hold */
	uint64_t failed;
	struct buf
	    failures; /* the first ones, a line each: "/campaigns/0/ledger: what" (the caller's to clear) */
};
/** COORD_EPARSE: no JSON object; COORD_ENOMEM. */
MUST_CHECK enum coord_err report_check(
    struct sv result_json, struct report_check *ret, struct coord_error *err);

/** SHA-256 (hex) of what a document says, whatever its layout: without analysis_id, narrative, workflow, evidence_chain, sessions, and how its files are called.
 *  The evidence chain has it. COORD_EPARSE. */
MUST_CHECK enum coord_err report_core_hash(
    struct sv result_json, char ret[65], struct coord_error *err);

/** What is needed to repeat the analysis of a document. Texts live in `arena`. */
struct report_recall {
	struct arena *arena;
	const char *version, *analysis_id, *input_sha256, *reference, *model; /* NULL: not said */
	struct detect_config config;
	bool enrichment_applied;
	struct ingest_source *sources;
	size_t n_sources;
	struct report_options options;
	struct report_file *files;
	size_t n_files;
	struct sv answers; /* from outside, a JSON array; SV_NONE */
	bool embedded;     /* the document has the sessions */
};
/** COORD_EPARSE names what is missing or wrong. Release it with report_recall_clear. */
MUST_CHECK enum coord_err report_recall(
    struct sv result_json, struct report_recall *ret, struct coord_error *err);
void report_recall_clear(struct report_recall *recall);
/** Appends the embedded sessions, a normalised record a line. COORD_EPARSE; COORD_ENODATA: there are none; COORD_ELIMIT. */
MUST_CHECK enum coord_err report_embedded(
    struct sv result_json, struct buf *ret, struct coord_error *err);

/** The first difference between two documents, in the order of the first one. */
struct report_difference {
	bool found;
	uint64_t compared; /* values */
	char path[400];    /* JSON pointer (RFC 6901) */
	char first[200], second[200];
};
/** `skip`: JSON pointers not looked at, NULL behind the last; "*" stands for any index. COORD_EPARSE, COORD_ENOMEM. */
MUST_CHECK enum coord_err report_compare(struct sv first_json, struct sv second_json,
    const char *const *skip, struct report_difference *ret, struct coord_error *err);

#endif
