/* bootstrap.h - intervals by drawing batches again (Efron 1979): whole batches, since clusters of one batch are no
 * independent cases, and within each cell, since the cells are fixed. A statistic gets how often each batch was drawn. */
#ifndef COORD_EVALUATE_BOOTSTRAP_H
#define COORD_EVALUATE_BOOTSTRAP_H

#include "base/base.h"

/** A number with its 95 % interval. */
struct figure {
	double value, low, high;
	uint32_t n; /* batches behind it */
};

struct bootstrap {
	uint32_t n;              /* batches */
	const uint32_t *stratum; /* of each batch: ascending from 0; drawn again within it */
	uint32_t resamples;      /* 500 are enough for the second digit of an interval */
	uint64_t seed;
};

enum { BOOTSTRAP_RESAMPLES = 500 };

/** `statistic` gets the number of times each batch counts (1 everywhere: the sample itself). NaN results are left out of
 *  the percentiles. COORD_ENOMEM. */
MUST_CHECK enum coord_err bootstrap_figure(const struct bootstrap *bootstrap,
    double (*statistic)(const void *context, const double *times), const void *context,
    struct arena *scratch, struct figure *ret, struct coord_error *err);
/** The same, and the share of resamples at or below 0, doubled on the smaller side: a two-sided p-value of the statistic
 *  being 0, at least 2 / (resamples + 1). */
MUST_CHECK enum coord_err bootstrap_difference(const struct bootstrap *bootstrap,
    double (*statistic)(const void *context, const double *times), const void *context,
    struct arena *scratch, struct figure *ret, double *ret_p, struct coord_error *err);

#endif
