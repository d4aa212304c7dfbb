/* minp.h - one Monte Carlo test over several scales at once (private to detect/).
 *
 * A statistic is computed at up to MINP_LEVELS_MOST levels (time scales, prefix lengths) of the observed world and of
 * each draw under the null. The smallest p over the levels is itself judged against the draws' own smallest p, so having
 * looked at several levels costs nothing but is paid for (min-p: Westfall & Young 1993). A level where nothing was
 * counted has p = 1.
 * Sequential: 199 draws, 999 and 9,999 while p < 0.05, 99,999 while nothing exceeds; more than 20 exceedances end it
 * (Besag & Clifford 1991). p = (b + 1) / (m + 1) (Phipson & Smyth 2010). */
#ifndef COORD_DETECT_CHANNEL_MINP_H
#define COORD_DETECT_CHANNEL_MINP_H

#include "base/base.h"

enum { MINP_LEVELS_MOST = 28, MINP_DRAWS_FIRST = 199 };

struct minp {
	unsigned first, levels;            /* levels first .. levels - 1 are used */
	double observed[MINP_LEVELS_MOST]; /* larger is more unusual; 0: nothing */
	/** Fills ret[first .. levels - 1] with draw number `index`: the same for the same index, whatever the thread.
	 *  `scratch` is the worker's own and is rewound by the caller; worker < threads. */
	void (*draw)(
	    void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret);
	void *context;
	uint32_t draws_first, draws_most;
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
