/* minp.h - one Monte Carlo test over several scales at once (private to detect/).
 *
 * A statistic is computed at up to MINP_LEVELS_MOST levels (time scales, prefix lengths) of the observed world and of
 * each draw under the null. The smallest p over the levels is itself judged against the draws' own smallest p, so having
 * looked at several levels costs nothing but is paid for (min-p: Westfall & Young 1993). A level where nothing was
 * counted has p = 1.
 * Sequential: 199 draws, 999 and 9,999 while p < 0.05, 99,999 while nothing exceeds; more than 20 exceedances end it
 * (Besag & Clifford 1991). p = (b + 1) / (m + 1) (Phipson & Smyth 2010).
 * Brief: 9 draws, 39 while p <= 0.3, the rest while p <= 0.1. A round's p is the rank of the observed world among its
 * draws, and only a p below the round's threshold goes on; the thresholds fall. So for any level a the tests that end
 * with p <= a all had p <= a in the first round whose threshold is not above a, which has a chance of at most a: the p
 * that is told is valid, whichever round ended the drawing.
 * Many: brief, then on as above while p < 0.05, with a round of 2,499 before that of 9,999: for batches of so many sets that
 * the most of the draws would go where nothing is. Its thresholds fall as well. */
#ifndef COORD_DETECT_CHANNEL_MINP_H
#define COORD_DETECT_CHANNEL_MINP_H

#include "base/base.h"

enum { MINP_LEVELS_MOST = 28, MINP_DRAWS_FIRST = 199 };

/** How the drawing goes on. */
enum minp_rounds {
	MINP_FULL,  /* from draws_first on, for small p-values */
	MINP_BRIEF, /* as few draws as say that there is nothing */
	MINP_MANY,  /* both: few where there is nothing, many for small p-values */
};

struct minp {
	unsigned first, levels;            /* levels first .. levels - 1 are used */
	double observed[MINP_LEVELS_MOST]; /* larger is more unusual; 0: nothing */
	/** Fills ret[first .. levels - 1] with draw number `index`: the same for the same index, whatever the thread.
	 *  `scratch` is the worker's own and is rewound by the caller; worker < threads. */
	void (*draw)(
	    void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret);
	void *context;
	uint32_t draws_first, draws_most; /* only MINP_FULL begins with draws_first */
	enum minp_rounds rounds;
	unsigned threads;
	bool
	    nested; /* of levels equally unusual the one with the largest count is named, else the first */
};

struct minp_result {
	double p;
	unsigned level; /* that gave the smallest p */
	double
	    expected; /* mean at that level, the observed world counted in, so that it is never zero */
	uint32_t exceeding, draws;
};

/** COORD_ELIMIT: scratch is full. *ret is written on success only. Cost O(draws * (draw + levels)). */
MUST_CHECK enum coord_err minp_test(const struct minp *test, struct arena *scratch,
    struct minp_result *ret, struct coord_error *err);

#endif
