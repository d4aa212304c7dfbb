/* stats.h - tails in the log domain, and the small statistics that every channel needs.
 * Naming  stats_log_* return natural logarithms; "upper" is P(X >= k), "lower" is P(X <= k), "sf" is P(X > x).
 * Ranges  counts up to 1e12; relative error of a log tail about 1e-12 (checked against GSL in the tests). An argument
 *         outside its range (probability outside [0, 1], negative mean, NaN) gives NaN; an impossible event -INFINITY.
 * Empty   every function says what n == 0 means. Threads: pure, no state. Cost O(1) unless stated. */
#ifndef COORD_DETECT_STATS_H
#define COORD_DETECT_STATS_H

#include "base/base.h"

/* Normal distribution. */
double stats_normal_cdf(double x);
double stats_normal_sf(double x);
/** ln P(Z > x); accurate where stats_normal_sf underflows (Abramowitz & Stegun 26.2.12). */
double stats_log_normal_sf(double x);
/** The x with cdf(x) = p: Wichura 1988, AS 241. p 0 and 1 give the infinities, outside NaN. */
double stats_normal_quantile(double p);

/** ln Gamma(x), x > 0 (Stirling's series; no global state as in lgamma). */
double stats_log_gamma(double x);
/** ln C(n, k); -INFINITY for k > n. No cancellation for large n: Loader 2000, through the binomial density. */
double stats_log_choose(uint64_t n, uint64_t k);

/** ln P(X = k), Poisson with mean mu >= 0. */
double stats_log_poisson(uint64_t k, double mu);
/** ln P(X >= k) and ln P(X <= k). Cost O(sqrt(mu)) terms at most. */
double stats_log_poisson_upper(uint64_t k, double mu);
double stats_log_poisson_lower(uint64_t k, double mu);

/** ln P(X = k), binomial: n trials, chance p in [0, 1]. */
double stats_log_binomial(uint64_t k, uint64_t n, double p);
/** ln P(X >= k) and ln P(X <= k). Cost O(sqrt(n)) terms at most. */
double stats_log_binomial_upper(uint64_t k, uint64_t n, double p);
double stats_log_binomial_lower(uint64_t k, uint64_t n, double p);

/** ln P(X >= k) where X of `drawn` items drawn from `total` without replacement are among `marked`.
 *  NaN when marked or drawn exceed total. */
double stats_log_hypergeometric_upper(uint64_t k, uint64_t marked, uint64_t drawn, uint64_t total);

/** ln P(X > x), chi-square with `dof` > 0 degrees of freedom (not necessarily whole), x >= 0. */
double stats_log_chi_square_sf(double x, double dof);

struct stats_interval {
	double low, high;
};
/** Clopper & Pearson 1934: the exact interval for k successes in n trials at `confidence` in (0, 1).
 *  n == 0: [0, 1]; k > n: NaN. */
struct stats_interval stats_clopper_pearson(uint64_t k, uint64_t n, double confidence);

/** ln sum exp(x_i) and ln mean exp(x_i), without overflow. -INFINITY entries add nothing; any NaN gives NaN; empty:
 *  -INFINITY (a sum of nothing) and NaN (a mean of nothing). */
double stats_log_sum_exp(const double *x, size_t n);
double stats_log_mean_exp(const double *x, size_t n);

/** (exceeding + 1) / (worlds + 1): Phipson & Smyth 2010. Never 0; no worlds: 1. */
double stats_monte_carlo_p(uint64_t exceeding, uint64_t worlds);

/** Benjamini & Hochberg 1995: ret_adjusted[i] <= q exactly when hypothesis i is rejected at FDR q. NaN stays NaN and does
 *  not count as a hypothesis. ret_adjusted may be p. COORD_ELIMIT: scratch full (rewound). Cost O(n log n). */
MUST_CHECK enum coord_err stats_benjamini_hochberg(
    const double *p, size_t n, struct arena *scratch, double *ret_adjusted);
/** e-BH, Wang & Ramdas 2022: how many of the largest e-values are rejected at FDR q: the largest k with
 *  k-th largest log_e >= log_m - ln(q k). `log_m`: ln of ALL hypotheses, of which those not listed have e = 0.
 *  NaN entries count as e = 0. 0 when none, when n is 0, or when q is not in (0, 1]. */
size_t stats_ebh(const double *log_e, size_t n, double log_m, double q);
/** Cauchy combination of dependent p-values with equal weights (Liu & Xie 2020), truncated at 0.99 (Fang et al. 2023) so
 *  that a Monte Carlo p of exactly 1 does not erase all others. NaN entries are missing: they add nothing. A p of 0
 *  gives 0; outside [0, 1], or nothing to combine: NaN. */
double stats_cauchy_combine(const double *p, size_t n);

/** One-sided Kolmogorov-Smirnov: how far the empirical distribution lies ABOVE the uniform on [0, 1], that is, how much
 *  too small the values are. `sorted`: ascending. Empty: 0. */
double stats_ks_uniform_distance(const double *sorted, size_t n);
/** P(distance >= d) for n uniform values, exact: Birnbaum & Tingey 1951. Cost O(n). */
double stats_ks_uniform_p(double d, size_t n);

/** Quantile q in [0, 1] by linear interpolation (Hyndman & Fan 1996, type 7). `values` is sorted in place and must not
 *  hold NaN. Empty or bad q: NaN. Cost O(n log n). */
double stats_quantile(double *values, size_t n, double q);
double stats_median(double *values, size_t n);

/** Compensated sum (Neumaier 1974): exact to one rounding for any order of magnitudes; add in a fixed order. */
struct stats_sum {
	double sum, lost;
};
void stats_sum_add(struct stats_sum *sum, double value);
double stats_sum_value(const struct stats_sum *sum);
double stats_sum_of(const double *x, size_t n);

#endif
