/* stats.c - sums, multiple testing, quantiles, and the Kolmogorov-Smirnov distance; distributions are in tails.c. */
#include "detect/stats.h"

#include <math.h>
#include <stdlib.h>

#define PI 3.14159265358979323846

double
stats_log_sum_exp(const double *x, size_t n)
{
	struct stats_sum sum = { 0 };
	double most = -INFINITY;

	for (size_t i = 0; i < n; i++) {
		if (isnan(x[i]))
			return NAN;
		most = fmax(most, x[i]);
	}
	if (isinf(most))
		return most;
	for (size_t i = 0; i < n; i++)
		stats_sum_add(&sum, exp(x[i] - most));
	return most + log(stats_sum_value(&sum));
}

double
stats_log_mean_exp(const double *x, size_t n)
{
	return n == 0 ? NAN : stats_log_sum_exp(x, n) - log((double)n);
}

double
stats_monte_carlo_p(uint64_t exceeding, uint64_t worlds)
{
	return ((double)exceeding + 1.0) / ((double)worlds + 1.0);
}

struct ranked {
	double p;
	size_t at;
};

static int
ranked_cmp(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;

	return (a->p > b->p) - (a->p < b->p);
}

enum coord_err
stats_benjamini_hochberg(const double *p, size_t n, struct arena *scratch, double *ret_adjusted)
{
	struct arena_mark mark = arena_mark(scratch);
	struct ranked *rank = ARENA_ARRAY_RAW(scratch, n, struct ranked);
	size_t m = 0;
	double least = 1.0;

	if (rank == NULL)
		return COORD_ELIMIT;
	for (size_t i = 0; i < n; i++) {
		if (isnan(p[i]))
			ret_adjusted[i] = NAN;
		else
			rank[m++] = (struct ranked){ p[i], i };
	}
	if (m > 0)
		qsort(rank, m, sizeof(*rank), ranked_cmp);
	for (size_t i = m; i-- > 0;) {
		least = fmin(least, rank[i].p * (double)m / (double)(i + 1));
		ret_adjusted[rank[i].at] = least;
	}
	arena_rewind(scratch, mark);
	return COORD_OK;
}

static int
descending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a < b) - (a > b);
}

/* The `k` values at or above `least`, sorted: the answer is at most k. SIZE_MAX: no memory. */
static size_t
ebh_sorted(const double *log_e, size_t n, double log_m, double q, double least, size_t k)
{
	double *values = malloc(k * sizeof(*values));
	size_t m = 0, best = 0;

	if (values == NULL)
		return SIZE_MAX;
	for (size_t i = 0; i < n && m < k; i++) {
		if (log_e[i] >= least)
			values[m++] = log_e[i];
	}
	qsort(values, m, sizeof(*values), descending);
	for (size_t i = 0; i < m; i++) {
		if (values[i] >= log_m - log(q * (double)(i + 1)))
			best = i + 1;
	}
	free(values);
	return best;
}

size_t
stats_ebh(const double *log_e, size_t n, double log_m, double q)
{
	enum { ROUNDS = 12 };
	size_t k = n;

	if (!(q > 0.0 && q <= 1.0) || isnan(log_m))
		return 0;
	/* Every k that qualifies is at most the number of e-values above the threshold of any larger k, so walking down
	 * from n by counting stops at the largest one, mostly after a few rounds; what is left then is sorted. */
	for (unsigned round = 1; k > 0; round++) {
		double threshold = log_m - log(q * (double)k);
		size_t above = 0, found;

		for (size_t i = 0; i < n; i++)
			above += log_e[i] >= threshold;
		if (above >= k)
			break;
		k = above;
		if (k == 0 || round < ROUNDS)
			continue;
		found = ebh_sorted(log_e, n, log_m, q, threshold, k);
		if (found != SIZE_MAX)
			return found;
	}
	return k;
}

double
stats_cauchy_combine(const double *p, size_t n)
{
	struct stats_sum sum = { 0 };
	size_t m = 0;
	double mean;

	for (size_t i = 0; i < n; i++) {
		if (isnan(p[i]))
			continue;
		if (p[i] < 0.0 || p[i] > 1.0)
			return NAN;
		if (p[i] == 0.0)
			return 0.0;
		m++;
		/* tan((1/2 - p) pi) = 1 / tan(p pi), which keeps its digits for tiny p */
		stats_sum_add(&sum, 1.0 / tan(PI * fmin(p[i], 0.99)));
	}
	if (m == 0)
		return NAN;
	mean = stats_sum_value(&sum) / (double)m;
	return atan2(1.0, mean) / PI;
}

double
stats_ks_uniform_distance(const double *sorted, size_t n)
{
	double most = 0.0;

	for (size_t i = 0; i < n; i++)
		most = fmax(most, (double)(i + 1) / (double)n - sorted[i]);
	return most;
}

double
stats_ks_uniform_p(double d, size_t n)
{
	struct stats_sum sum = { 0 };
	double count = (double)n;

	if (isnan(d) || n == 0)
		return n == 0 ? 1.0 : NAN;
	if (d <= 0.0 || d >= 1.0)
		return d <= 0.0 ? 1.0 : 0.0;
	for (size_t j = 0; j <= n; j++) {
		double share = (double)j / count, left = 1.0 - d - share;

		if (left <= 0.0)
			break;
		stats_sum_add(&sum, exp(stats_log_choose(n, j) + (count - (double)j) * log(left) +
					((double)j - 1.0) * log(d + share)));
	}
	return fmin(1.0, d * stats_sum_value(&sum));
}

static int
double_cmp(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

double
stats_quantile(double *values, size_t n, double q)
{
	double at;
	size_t below;

	if (n == 0 || !(q >= 0.0 && q <= 1.0))
		return NAN;
	qsort(values, n, sizeof(*values), double_cmp);
	at = q * (double)(n - 1);
	below = (size_t)at;
	if (below + 1 >= n)
		return values[n - 1];
	return values[below] + (at - (double)below) * (values[below + 1] - values[below]);
}

double
stats_median(double *values, size_t n)
{
	return stats_quantile(values, n, 0.5);
}

void
stats_sum_add(struct stats_sum *sum, double value)
{
	double next = sum->sum + value;

	if (fabs(sum->sum) >= fabs(value))
		sum->lost += (sum->sum - next) + value;
	else
		sum->lost += (value - next) + sum->sum;
	sum->sum = next;
}

double
stats_sum_value(const struct stats_sum *sum)
{
	return sum->sum + sum->lost;
}

double
stats_sum_of(const double *x, size_t n)
{
	struct stats_sum sum = { 0 };

	for (size_t i = 0; i < n; i++)
		stats_sum_add(&sum, x[i]);
	return stats_sum_value(&sum);
}
