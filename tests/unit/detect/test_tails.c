/* test_tails.c - distributions: GSL as the oracle over wide ranges, closed forms in the extreme tails, and the
 * documented meaning of empty, missing and impossible. */
#include "detect/stats.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#ifdef HAVE_GSL
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#endif

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

/* A log probability compared as such: absolute where the probability is near 1, relative where it is tiny. */
static void
near_log_at(double got, double want, double tolerance, int line)
{
	if (got == want || (isnan(got) && isnan(want)))
		return;
	if (!(fabs(got - want) <= tolerance * fmax(fabs(want), 1.0)))
		fail_msg("line %d: got log %.17g, want %.17g", line, got, want);
}
#define assert_near_log(got, want, tolerance) near_log_at((got), (want), (tolerance), __LINE__)

#ifdef HAVE_GSL
static void
test_normal_like_gsl(void **state)
{
	(void)state;
	for (double x = -37.0; x <= 37.0; x += 0.37) {
		assert_near(stats_normal_cdf(x), gsl_cdf_ugaussian_P(x), 1e-12);
		assert_near(stats_normal_sf(x), gsl_cdf_ugaussian_Q(x), 1e-12);
	}
	for (double x = -8.0; x <= 1000.0; x += 0.83)
		assert_near_log(
		    stats_log_normal_sf(x), gsl_sf_log_erfc(x / sqrt(2.0)) - log(2.0), 1e-12);
	for (double log_p = -600.0; log_p < -0.1; log_p += 0.7)
		assert_near(
		    stats_normal_quantile(exp(log_p)), gsl_cdf_ugaussian_Pinv(exp(log_p)), 1e-10);
	assert_near(stats_normal_quantile(0.975), 1.959963984540054, 1e-14);
}

static void
test_gamma_like_gsl(void **state)
{
	(void)state;
	for (double x = 1e-9; x < 1e12; x *= 1.7) {
		double want = gsl_sf_lngamma(x);

		assert_true(fabs(stats_log_gamma(x) - want) <= 2e-13 * fmax(1.0, fabs(want)));
	}
	for (unsigned n = 1; n < 4000; n += 37) {
		for (unsigned k = 0; k <= n; k += 1 + n / 17)
			assert_near_log(stats_log_choose(n, k), gsl_sf_lnchoose(n, k), 1e-11);
	}
}

static void
test_poisson_like_gsl(void **state)
{
	static const double means[] = { 1e-8, 0.01, 0.5, 1, 3.3, 20, 150, 5000, 123456.7 };

	(void)state;
	for (size_t i = 0; i < LENGTH(means); i++) {
		double mu = means[i];
		/* GSL's asymptotic gamma tail is good to 1e-5 there; direct sums agree with ours to 1e-11 */
		double tolerance = mu > 1e5 ? 1e-5 : 1e-9;

		for (int z = -8; z <= 8; z++) {
			double at = mu + z * sqrt(mu) + (mu < 1.0 ? z : 0);
			unsigned k = at > 0.0 ? (unsigned)at : 0;
			double upper = k == 0 ? 1.0 : gsl_cdf_poisson_Q(k - 1, mu);

			assert_near_log(stats_log_poisson_upper(k, mu), log(upper), tolerance);
			assert_near_log(stats_log_poisson_lower(k, mu),
			    log(gsl_cdf_poisson_P(k, mu)), tolerance);
		}
	}
}

static void
test_binomial_like_gsl(void **state)
{
	static const double chances[] = { 1e-9, 1e-4, 0.03, 0.3, 0.5, 0.9, 0.9999 };
	static const unsigned trials[] = { 1, 2, 10, 77, 1000, 50000 };

	(void)state;
	for (size_t i = 0; i < LENGTH(chances) * LENGTH(trials); i++) {
		double p = chances[i % LENGTH(chances)];
		unsigned n = trials[i / LENGTH(chances)];

		for (int z = -8; z <= 8; z++) {
			double at = n * p + z * (sqrt(n * p * (1 - p)) + 0.6);
			unsigned k = at <= 0 ? 0 : at > n ? n : (unsigned)at;
			double upper = k == 0 ? 1.0 : gsl_cdf_binomial_Q(k - 1, p, n);

			assert_near_log(stats_log_binomial_upper(k, n, p), log(upper), 1e-9);
			assert_near_log(stats_log_binomial_lower(k, n, p),
			    log(gsl_cdf_binomial_P(k, p, n)), 1e-9);
			assert_near_log(
			    stats_log_binomial(k, n, p), log(gsl_ran_binomial_pdf(k, p, n)), 1e-9);
		}
	}
}

static void
test_hypergeometric_like_gsl(void **state)
{
	static const unsigned cases[][3] = { { 5, 5, 100 }, { 50, 20, 60 }, { 10, 90, 100 },
		{ 300, 40, 1200 }, { 900, 700, 1000 }, { 30, 1000, 20000 }, { 1, 1, 1 },
		{ 0, 5, 10 }, { 7, 10, 10 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		unsigned marked = cases[i][0], drawn = cases[i][1], total = cases[i][2];
		unsigned most = marked < drawn ? marked : drawn;

		for (unsigned k = 0; k <= most + 1; k++) {
			double upper =
			    k == 0 ? 1.0
				   : gsl_cdf_hypergeometric_Q(k - 1, marked, total - marked, drawn);

			/* GSL sums densities from log gammas: its own tail is good to about 1e-8 */
			assert_near_log(stats_log_hypergeometric_upper(k, marked, drawn, total),
			    log(upper), 1e-8);
		}
	}
}

static void
test_chi_square_like_gsl(void **state)
{
	static const double dofs[] = { 0.5, 1, 2, 3, 10, 47, 1000 };

	(void)state;
	for (size_t i = 0; i < LENGTH(dofs); i++) {
		for (double x = 1e-6; x < 1300; x *= 1.9)
			assert_near_log(stats_log_chi_square_sf(x, dofs[i]),
			    log(gsl_cdf_chisq_Q(x, dofs[i])), 1e-10);
	}
}

static void
test_clopper_pearson_like_gsl(void **state)
{
	static const unsigned cases[][2] = { { 0, 10 }, { 10, 10 }, { 1, 10 }, { 3, 200 },
		{ 500, 1000 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		double k = cases[i][0], n = cases[i][1];
		struct stats_interval got = stats_clopper_pearson(cases[i][0], cases[i][1], 0.95);

		assert_near(got.low, k == 0 ? 0.0 : gsl_cdf_beta_Pinv(0.025, k, n - k + 1), 1e-7);
		assert_near(got.high, k == n ? 1.0 : gsl_cdf_beta_Pinv(0.975, k + 1, n - k), 1e-7);
	}
}
#else
static void
test_gsl_missing(void **state)
{
	(void)state;
	print_message("skipped: GSL was not found when this was built\n");
	skip();
}
#endif

#define assert_near_log(got, want, tolerance) near_log_at((got), (want), (tolerance), __LINE__)

/* Where GSL underflows, identities hold: one-term tails and the complement. */
static void
test_extreme_tails(void **state)
{
	(void)state;
	assert_near(stats_log_normal_sf(1e4), -50000010.129278915, 1e-13);
	assert_near(stats_log_binomial_upper(1000000, 1000000, 1e-6), 1e6 * log(1e-6), 1e-12);
	assert_near(stats_log_binomial_lower(0, 1000000000000, 1e-15), -1e-3, 1e-9);
	assert_near(stats_log_poisson_lower(0, 1e6), -1e6, 1e-12);
	/* far above the mean the first term rules: P(X >= k) < density / (1 - mu / k) */
	assert_true(stats_log_poisson_upper(1000, 1e-3) >= stats_log_poisson(1000, 1e-3));
	assert_near(
	    stats_log_poisson_upper(1000, 1e-3), stats_log_poisson(1000, 1e-3) + 1e-6, 1e-9);
	assert_near(stats_log_choose(1000000000000, 1), log(1e12), 1e-12);
	assert_near(stats_log_choose(1000000000000, 2), log(1e12) + log(1e12 - 1) - log(2), 1e-12);
	assert_near(stats_log_hypergeometric_upper(20, 20, 20, 1000000),
	    -stats_log_choose(1000000, 20), 1e-11);
	assert_near(stats_log_poisson_upper(123808, 123456.7), -1.8385771568026759, 1e-10);
	/* chi-square with 2 degrees is exponential */
	assert_near(stats_log_chi_square_sf(1e5, 2), -5e4, 1e-12);
}

/* Each end of the interval is where the tail reaches its half of the error: the definition. */
static void
test_clopper_pearson_definition(void **state)
{
	static const uint64_t cases[][2] = { { 5, 99999 }, { 1, 1000000000 }, { 40, 50 } };

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		uint64_t k = cases[i][0], n = cases[i][1];
		struct stats_interval got = stats_clopper_pearson(k, n, 0.9);

		assert_near(stats_log_binomial_upper(k, n, got.low), log(0.05), 1e-9);
		assert_near(stats_log_binomial_lower(k, n, got.high), log(0.05), 1e-9);
	}
	assert_near(stats_clopper_pearson(0, 1000000000, 0.9).high, 1.0 - pow(0.05, 1e-9), 1e-6);
}

static void
test_impossible_and_invalid(void **state)
{
	(void)state;
	assert_near(stats_log_choose(3, 4), -INFINITY, 0);
	assert_near(stats_log_choose(0, 0), 0.0, 0);
	assert_near(stats_log_poisson_upper(0, 5), 0.0, 0);
	assert_near(stats_log_poisson_upper(1, 0), -INFINITY, 0);
	assert_near(stats_log_poisson_lower(0, 0), 0.0, 0);
	assert_near(stats_log_poisson_upper(1, -1), NAN, 0);
	assert_near(stats_log_poisson_lower(1, NAN), NAN, 0);
	assert_near(stats_log_binomial_upper(6, 5, 0.5), -INFINITY, 0);
	assert_near(stats_log_binomial_upper(5, 5, 1.0), 0.0, 0);
	assert_near(stats_log_binomial_upper(1, 5, 0.0), -INFINITY, 0);
	assert_near(stats_log_binomial_lower(5, 5, 0.3), 0.0, 0);
	assert_near(stats_log_binomial_upper(1, 5, 1.1), NAN, 0);
	assert_near(stats_log_hypergeometric_upper(1, 11, 2, 10), NAN, 0);
	assert_near(stats_log_hypergeometric_upper(0, 0, 0, 0), 0.0, 0);
	assert_near(stats_log_hypergeometric_upper(5, 8, 7, 10), 0.0, 0);
	assert_near(stats_log_chi_square_sf(-1, 2), NAN, 0);
	assert_near(stats_log_chi_square_sf(1, 0), NAN, 0);
	assert_near(stats_normal_quantile(0), -INFINITY, 0);
	assert_near(stats_normal_quantile(1.5), NAN, 0);
	assert_near(stats_log_normal_sf(-INFINITY), 0.0, 0);
	assert_near(stats_log_normal_sf(INFINITY), -INFINITY, 0);
	assert_near(stats_log_gamma(0), NAN, 0);
	assert_near(stats_log_gamma(INFINITY), INFINITY, 0);
	assert_near(stats_log_poisson(0, 0), 0.0, 0);
	assert_near(stats_log_poisson(2, 0), -INFINITY, 0);
	assert_near(stats_log_poisson_upper(1, INFINITY), NAN, 0);
	assert_near(stats_log_binomial(0, 4, 0.0), 0.0, 0);
	assert_near(stats_log_binomial(3, 4, 1.0), -INFINITY, 0);
	assert_near(stats_log_binomial_lower(1, 4, -0.1), NAN, 0);
	assert_near(stats_log_chi_square_sf(0, 3), 0.0, 0);
	assert_near(stats_log_chi_square_sf(INFINITY, 3), -INFINITY, 0);
	assert_near(stats_clopper_pearson(0, 0, 0.95).high, 1.0, 0);
	assert_near(stats_clopper_pearson(3, 2, 0.95).low, NAN, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef HAVE_GSL
		cmocka_unit_test(test_normal_like_gsl),
		cmocka_unit_test(test_gamma_like_gsl),
		cmocka_unit_test(test_poisson_like_gsl),
		cmocka_unit_test(test_binomial_like_gsl),
		cmocka_unit_test(test_hypergeometric_like_gsl),
		cmocka_unit_test(test_chi_square_like_gsl),
		cmocka_unit_test(test_clopper_pearson_like_gsl),
#else
		cmocka_unit_test(test_gsl_missing),
#endif
		cmocka_unit_test(test_extreme_tails),
		cmocka_unit_test(test_clopper_pearson_definition),
		cmocka_unit_test(test_impossible_and_invalid),
	};

#ifdef HAVE_GSL
	gsl_set_error_handler_off();
#endif
	return cmocka_run_group_tests(tests, NULL, NULL);
}
