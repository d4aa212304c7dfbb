/* exact.c - binomial tails by summing from the larger end, intervals by bisection on them: a few hundred trials at most,
 * so that plain sums are fast and exact enough (1e-10). */
#include "evaluate/exact.h"

#include <math.h>
#include <stdbool.h>

static double
log_choose(uint64_t n, uint64_t k)
{
	double sum = 0;

	k = k < n - k ? k : n - k;
	for (uint64_t i = 1; i <= k; i++)
		sum += log((double)(n - k + i)) - log((double)i);
	return sum;
}

/* The sum over [from, to] of the probabilities, each from the one before. */
static double
sum_between(uint64_t from, uint64_t to, uint64_t n, double p)
{
	double term, sum;

	if (from > to)
		return 0;
	term = exp(log_choose(n, from) + (double)from * log(p) + (double)(n - from) * log1p(-p));
	sum = term;
	for (uint64_t k = from; k < to; k++) {
		term *= (double)(n - k) / (double)(k + 1) * p / (1 - p);
		sum += term;
	}
	return sum;
}

double
exact_binomial_upper(uint64_t k, uint64_t n, double p)
{
	if (k == 0)
		return 1;
	if (k > n || p <= 0)
		return 0;
	if (p >= 1)
		return 1;
	if ((double)k > (double)n * p)
		return fmin(1, sum_between(k, n, n, p));
	return fmax(0, 1 - sum_between(0, k - 1, n, p));
}

/* The p at which the upper tail at k is `level`: it grows with p. */
static double
solve_upper(uint64_t k, uint64_t n, double level)
{
	double low = 0, high = 1;

	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (exact_binomial_upper(k, n, mid) < level)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

struct exact_interval
exact_binomial(uint64_t k, uint64_t n, double confidence)
{
	double tail = (1 - confidence) / 2;

	if (n == 0 || k > n)
		return (struct exact_interval){ 0, 1 };
	return (struct exact_interval){
		.low = k == 0 ? 0 : solve_upper(k, n, tail),
		.high = k == n ? 1 : solve_upper(k + 1, n, 1 - tail),
	};
}

double
exact_ks_smaller(const double *sorted, size_t n)
{
	double d = 0;

	for (size_t i = 0; i < n; i++)
		d = fmax(d, (double)(i + 1) / (double)n - sorted[i]);
	return n == 0 ? 1 : fmin(1, exp(-2 * (double)n * d * d));
}

void
exact_holm(double *p, size_t n)
{
	bool done[64] = { false };
	size_t left = 0;
	double least = 0;

	for (size_t i = 0; i < n; i++)
		left += isnan(p[i]) ? 0 : 1;
	for (; left > 0; left--) {
		size_t best = n;

		for (size_t i = 0; i < n; i++)
			if (!done[i] && !isnan(p[i]) && (best == n || p[i] < p[best]))
				best = i;
		done[best] = true;
		least = fmax(least, fmin(1, p[best] * (double)left));
		p[best] = least;
	}
}
