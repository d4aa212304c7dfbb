/* bootstrap.c - percentile intervals; draws by address, so that a figure's interval does not depend on the others. */
#include "evaluate/bootstrap.h"

#include <math.h>
#include <stdlib.h>

enum { STAGE_BOOTSTRAP = 0xb007 };

/* Counts a draw with replacement within each stratum. */
static void
draw(const struct bootstrap *b, uint32_t resample, double *times)
{
	struct rng rng = rng_at(b->seed, STAGE_BOOTSTRAP, resample, 0);

	for (uint32_t i = 0; i < b->n; i++)
		times[i] = 0;
	for (uint32_t from = 0, to; from < b->n; from = to) {
		for (to = from; to < b->n && b->stratum[to] == b->stratum[from]; to++)
			;
		for (uint32_t i = from; i < to; i++)
			times[from + rng_below(&rng, to - from)] += 1;
	}
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The statistic of every resample, ascending, NaN left out. */
static enum coord_err
resample(const struct bootstrap *b, double (*statistic)(const void *context, const double *times),
    const void *context, struct arena *scratch, double **ret, uint32_t *ret_n, double *ret_value,
    struct coord_error *err)
{
	double *times = ARENA_ARRAY_RAW(scratch, b->n + 1, double);
	double *values = ARENA_ARRAY_RAW(scratch, b->resamples, double);
	uint32_t n = 0;

	if (times == NULL || values == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for intervals");
	for (uint32_t i = 0; i < b->n; i++)
		times[i] = 1;
	*ret_value = statistic(context, times);
	for (uint32_t r = 0; r < b->resamples; r++) {
		double value;

		draw(b, r, times);
		value = statistic(context, times);
		if (!isnan(value))
			values[n++] = value;
	}
	qsort(values, n, sizeof(*values), order);
	*ret = values;
	*ret_n = n;
	return COORD_OK;
}

static double
percentile(const double *sorted, uint32_t n, double q)
{
	return n == 0 ? NAN : sorted[(uint32_t)(q * (n - 1) + 0.5)];
}

enum coord_err
bootstrap_difference(const struct bootstrap *b,
    double (*statistic)(const void *context, const double *times), const void *context,
    struct arena *scratch, struct figure *ret, double *ret_p, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	uint32_t n = 0, below = 0, above = 0, least;
	double *values = NULL, value = NAN;

	TRY(resample(b, statistic, context, scratch, &values, &n, &value, err));
	for (uint32_t i = 0; i < n; i++) {
		below += values[i] <= 0;
		above += values[i] >= 0;
	}
	least = below < above ? below : above;
	*ret = (struct figure){ .value = value,
		.low = percentile(values, n, 0.025),
		.high = percentile(values, n, 0.975),
		.n = b->n };
	*ret_p = n == 0 ? NAN : fmin(1, 2 * (least + 1.0) / (n + 1.0));
	arena_rewind(scratch, mark);
	return COORD_OK;
}

enum coord_err
bootstrap_figure(const struct bootstrap *b,
    double (*statistic)(const void *context, const double *times), const void *context,
    struct arena *scratch, struct figure *ret, struct coord_error *err)
{
	double p;

	return bootstrap_difference(b, statistic, context, scratch, ret, &p, err);
}
