/* test_stats.c - sums, multiple testing and quantiles, with the documented meaning of empty and missing. */
#include "detect/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define assert_near(got, want, relative) near_at((got), (want), (relative), __LINE__)

static void
near_at(double got, double want, double relative, int line)
{
	if (got == want || (isnan(got) && isnan(want)))
		return;
	if (!(fabs(got - want) <= relative * fmax(fabs(want), 1e-300)))
		fail_msg("line %d: got %.17g, want %.17g", line, got, want);
}

static void
test_log_sums(void **state)
{
	const double big[] = { 1000.0, 1000.0, -INFINITY }, bad[] = { 0.0, NAN };
	const double nothing[] = { -INFINITY, -INFINITY };

	(void)state;
	assert_near(stats_log_sum_exp(big, 3), 1000.0 + log(2.0), 1e-15);
	assert_near(stats_log_mean_exp(big, 2), 1000.0, 1e-15);
	assert_near(stats_log_sum_exp(nothing, 2), -INFINITY, 0);
	assert_near(stats_log_sum_exp(bad, 2), NAN, 0);
	assert_near(stats_log_sum_exp(NULL, 0), -INFINITY, 0);
	assert_near(stats_log_mean_exp(NULL, 0), NAN, 0);
}

static void
test_monte_carlo_p(void **state)
{
	(void)state;
	assert_near(stats_monte_carlo_p(0, 199), 0.005, 1e-15);
	assert_near(stats_monte_carlo_p(199, 199), 1.0, 0);
	assert_near(stats_monte_carlo_p(0, 0), 1.0, 0);
}

/* The worked example of Benjamini & Hochberg 1995, section 3: four rejections at 0.05. */
static void
test_benjamini_hochberg(void **state)
{
	const double p[] = { 0.0095, 0.0001, 0.0004, NAN, 0.0019, 0.0201, 0.0278, 0.0298, 0.0344,
		0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000 };
	double adjusted[LENGTH(p)];
	struct arena *scratch = arena_new(0), *tight = arena_new(16);
	size_t rejected = 0;

	(void)state;
	assert_int_equal(stats_benjamini_hochberg(p, LENGTH(p), scratch, adjusted), COORD_OK);
	for (size_t i = 0; i < LENGTH(p); i++)
		rejected += adjusted[i] <= 0.05;
	assert_int_equal(rejected, 4);
	assert_near(adjusted[0], 0.0095 * 15 / 4, 1e-14);
	assert_near(adjusted[1], 0.0015, 1e-14);
	assert_near(adjusted[3], NAN, 0);
	assert_near(adjusted[15], 1.0, 0);
	assert_int_equal(stats_benjamini_hochberg(p, 0, scratch, adjusted), COORD_OK);
	assert_int_equal(stats_benjamini_hochberg(p, LENGTH(p), tight, adjusted), COORD_ELIMIT);
	arena_free(scratch);
	arena_free(tight);
}

static int
descending(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a < b) - (a > b);
}

static void
test_ebh(void **state)
{
	const double e[] = { log(400), log(30), log(250), 0.0, NAN, -INFINITY };

	(void)state;
	/* m = 10, q = 0.1: thresholds 100, 50, 33.3, 25 ... */
	assert_int_equal(stats_ebh(e, LENGTH(e), log(10), 0.1), 2);
	assert_int_equal(stats_ebh(e, LENGTH(e), log(9), 0.1), 3);
	assert_int_equal(stats_ebh(e, LENGTH(e), log(1e6), 0.1), 0);
	assert_int_equal(stats_ebh(e, 0, log(10), 0.1), 0);
	assert_int_equal(stats_ebh(e, LENGTH(e), log(10), 0.0), 0);
	for (uint32_t round = 0; round < 200; round++) {
		double values[300];
		struct rng rng = rng_at(round, 1, 2, 3);
		size_t n = 1 + rng_below(&rng, 300), want = 0;

		for (size_t i = 0; i < n; i++)
			values[i] = 8.0 * rng_exponential(&rng) - 4.0;
		qsort(values, n, sizeof(*values), descending);
		for (size_t k = 1; k <= n; k++) {
			if (values[k - 1] >= log(5000.0) - log(0.2 * (double)k))
				want = k;
		}
		assert_int_equal(stats_ebh(values, n, log(5000.0), 0.2), want);
	}
}

/* e-values that fall like 1 / rank, just too small: counting alone would take as many rounds as there are values. */
static void
test_ebh_slow_descent(void **state)
{
	enum { N = 20000 };
	double *values = calloc(N, sizeof(*values));

	(void)state;
	assert_non_null(values);
	for (size_t i = 0; i < N; i++)
		values[N - 1 - i] = log(1e6 / 0.1) - log((double)(i + 1)) - 1e-6;
	assert_int_equal(stats_ebh(values, N, log(1e6), 0.1), 0);
	values[N - 300] += 2e-6; /* rank 300 alone passes */
	assert_int_equal(stats_ebh(values, N, log(1e6), 0.1), 300);
	free(values);
}

static void
test_cauchy(void **state)
{
	const double same[] = { 0.03, 0.03, 0.03 }, with_one[] = { 1e-6, 1.0, NAN };
	const double tiny[] = { 1e-200, 0.5 }, zero[] = { 0.0, 0.7 }, bad[] = { 1.2 };
	const double missing[] = { NAN };

	(void)state;
	assert_near(stats_cauchy_combine(same, 3), 0.03, 1e-12);
	assert_true(stats_cauchy_combine(with_one, 3) < 3e-6);
	assert_near(stats_cauchy_combine(tiny, 2), 2e-200, 1e-9);
	assert_near(stats_cauchy_combine(zero, 2), 0.0, 0);
	assert_near(stats_cauchy_combine(bad, 1), NAN, 0);
	assert_near(stats_cauchy_combine(missing, 1), NAN, 0);
	assert_near(stats_cauchy_combine(NULL, 0), NAN, 0);
}

static void
test_ks(void **state)
{
	const double even[] = { 0.25, 0.5, 0.75, 1.0 }, low[] = { 0.01, 0.02, 0.03, 0.04 };

	(void)state;
	assert_near(stats_ks_uniform_distance(even, 4), 0.0, 0);
	assert_near(stats_ks_uniform_distance(low, 4), 0.96, 1e-15);
	assert_near(stats_ks_uniform_distance(NULL, 0), 0.0, 0);
	/* n = 1: P(1 - U >= d) = 1 - d; tabled one-sided 5 % points: n = 10 0.3687, n = 50 0.1696 */
	assert_near(stats_ks_uniform_p(0.3, 1), 0.7, 1e-12);
	assert_near(stats_ks_uniform_p(0.36866, 10), 0.05, 1e-3);
	assert_near(stats_ks_uniform_p(0.16959, 50), 0.05, 1e-3);
	/* the limit exp(-2 n d^2) */
	assert_near(stats_ks_uniform_p(0.01, 100000), exp(-20.0), 1e-2);
	assert_near(stats_ks_uniform_p(0.0, 10), 1.0, 0);
	assert_near(stats_ks_uniform_p(1.0, 10), 0.0, 0);
	assert_near(stats_ks_uniform_p(0.5, 0), 1.0, 0);
}

static void
test_quantiles(void **state)
{
	double values[] = { 9, 1, 5, 3 }, one[] = { 7 };

	(void)state;
	assert_near(stats_median(values, 4), 4.0, 0);
	assert_near(stats_quantile(values, 4, 0.25), 2.5, 0);
	assert_near(stats_quantile(values, 4, 1.0), 9.0, 0);
	assert_near(stats_quantile(one, 1, 0.3), 7.0, 0);
	assert_near(stats_median(NULL, 0), NAN, 0);
	assert_near(stats_quantile(values, 4, 1.1), NAN, 0);
}

static void
test_compensated_sum(void **state)
{
	const double values[] = { 1.0, 1e100, 1.0, -1e100 };

	(void)state;
	assert_near(stats_sum_of(values, 4), 2.0, 0);
	assert_near(stats_sum_of(NULL, 0), 0.0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_sums),
		cmocka_unit_test(test_monte_carlo_p),
		cmocka_unit_test(test_benjamini_hochberg),
		cmocka_unit_test(test_ebh),
		cmocka_unit_test(test_ebh_slow_descent),
		cmocka_unit_test(test_cauchy),
		cmocka_unit_test(test_ks),
		cmocka_unit_test(test_quantiles),
		cmocka_unit_test(test_compensated_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
