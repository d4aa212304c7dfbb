/* timing.h - tests of when a set of nodes acts (private to detect/).
 *
 * A statistic of the set's visits, at several levels, is judged against the surrogates of jitter.h with bins of one and
 * of four hours: the smaller p of the two, twice (Bonferroni). All time channels draw the same surrogates, since a draw
 * depends on (set, bin width, index) alone: what one sees in a draw the others see too. */
#ifndef COORD_DETECT_CHANNEL_TIMING_H
#define COORD_DETECT_CHANNEL_TIMING_H

#include "detect/channel/jitter.h"
#include "detect/channel/minp.h"

/** A visit in time order. Sources are local: 0 .. sources - 1. */
struct timing_visit {
	int64_t at, end; /* end > at */
	uint32_t source;
};

/** Visits of one world, in time order. */
struct timing_visits {
	const struct timing_visit *v;
	uint32_t n, sources;
	const uint32_t *source_of; /* local source -> source of the model */
};

struct timing {
	unsigned first, levels;
	uint32_t draws_most; /* 0: as the configuration says */
	uint32_t visit_work; /* steps that the measure takes a visit, roughly */
	double least;        /* of an observed statistic for a p below 0.01 to be claimed */
	unsigned least_from; /* the first level that this holds for */
	/** Larger is more unusual, 0: nothing there. False: scratch is full. */
	bool (*measure)(
	    const struct timing_visits *visits, unsigned first, struct arena *scratch, double *ret);
};

struct timing_result {
	bool abstained; /* fewer than two sources have visits: the evidence says so already */
	struct timing_visits observed;
	double value[MINP_LEVELS_MOST]; /* observed, at the bin width that counts */
	struct minp_result best;
	double p;
};

/** Runs both bin widths and fills p, draws, n, null name and log_e of the evidence. What *ret refers to is in scratch. */
MUST_CHECK enum coord_err timing_run(const struct channel_input *in, const struct timing *test,
    struct arena *scratch, struct timing_result *ret, struct detect_evidence *e,
    struct coord_error *err);

#define TIMING_NULL_NAME "empirical-background interval jitter"
#define TIMING_NULL_MEANING \
	"each visit moved to a time at which the background was active, within the same hour"

#endif
