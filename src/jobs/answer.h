/* answer.h - the public answer of an analysis, the CoordinationResponse (private to jobs/). */
#ifndef COORD_JOBS_ANSWER_H
#define COORD_JOBS_ANSWER_H

#include "report/report.h"
#include "store/store.h"

struct answer_input {
	const struct report_input *report;
	const struct store_analysis *analysis;
	bool enriched;             /* answers from outside are in it, or an index took it */
	struct sv provider_status; /* of providers and index; SV_NONE */
	bool logs;                 /* a log's bytes: refused records are no sessions */
	int64_t now_us;            /* analysis_timestamp */
	double processing_time;    /* seconds */
};

/** Sessions whose cluster is told one by one. */
enum { ANSWER_SESSIONS_MOST = 1000 };

/** The confidence that is published: 0 when nothing could be judged, which is so for fewer than two sources only (one address alone is never
 *  coordinated): published clients compare the number without looking whether there is one. */
double answer_confidence(const struct detect_result *result);
/** One JSON object: the five members of the contract in its order, then what stands beside them (docs/api.md). */
void answer_write(const struct answer_input *in, struct buf *out);

#endif
