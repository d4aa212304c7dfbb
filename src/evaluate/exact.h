/* exact.h - intervals and tests for counts and p-values (private to evaluate/). Pure. */
#ifndef COORD_EVALUATE_EXACT_H
#define COORD_EVALUATE_EXACT_H

#include <stddef.h>
#include <stdint.h>

struct exact_interval {
	double low, high;
};
/** Clopper & Pearson 1934: the exact interval of a rate after k of n, at `confidence`. n == 0: [0, 1]. */
struct exact_interval exact_binomial(uint64_t k, uint64_t n, double confidence);
/** P(X >= k), X binomial with n trials of chance p. */
double exact_binomial_upper(uint64_t k, uint64_t n, double p);

/** One-sided Kolmogorov-Smirnov: are p-values smaller than uniform ones would be? `sorted` ascending. Returns the p-value
 *  (Smirnov's limit exp(-2 n d^2), conservative for discrete p-values); n == 0: 1. */
double exact_ks_smaller(const double *sorted, size_t n);

/** Holm 1979: adjusted p-values in place of the raw ones; NaN stays and is no hypothesis. n <= 64. */
void exact_holm(double *p, size_t n);

#endif
