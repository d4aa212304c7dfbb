/* test_measures.c - exact intervals, ROC, calibration and bootstrap against numbers known from elsewhere. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/bootstrap.h"
#include "evaluate/calibration.h"
#include "evaluate/exact.h"
#include "evaluate/roc.h"
#include "truth_support.h"

static void
intervals_are_those_of_clopper_and_pearson(void **state)
{
	/* 0 of n: 1 - (alpha / 2)^(1 / n); 5 of 20: 0.08657, 0.49104 (R, binom.test) */
	struct exact_interval got = exact_binomial(0, 40, 0.95);

	(void)state;
	assert_close(0, got.low, 0);
	assert_close(1 - pow(0.025, 1.0 / 40), got.high, 1e-9);
	got = exact_binomial(5, 20, 0.95);
	assert_close(0.08657147, got.low, 1e-6);
	assert_close(0.4910459, got.high, 1e-6);
	got = exact_binomial(20, 20, 0.95);
	assert_close(pow(0.025, 1.0 / 20), got.low, 1e-9);
	assert_close(1, got.high, 0);
	got = exact_binomial(0, 0, 0.95);
	assert_close(1, got.high - got.low, 0);
}

static void
tails_add_up(void **state)
{
	(void)state;
	assert_close(0.0625, exact_binomial_upper(4, 4, 0.5), 1e-12);
	assert_close(1, exact_binomial_upper(0, 4, 0.5), 0);
	assert_close(0.9375, exact_binomial_upper(1, 4, 0.5), 1e-12);
	assert_close(0, exact_binomial_upper(5, 4, 0.5), 0);
}

static void
small_p_values_are_seen_and_large_ones_are_not(void **state)
{
	double small[50], even[50], large[50];

	(void)state;
	for (int i = 0; i < 50; i++) {
		small[i] = (i + 0.5) / 50 * 0.5;
		even[i] = (i + 0.5) / 50;
		large[i] = 0.5 + (i + 0.5) / 100;
	}
	assert_true(exact_ks_smaller(small, 50) < 1e-6);
	assert_true(exact_ks_smaller(even, 50) > 0.9);
	assert_close(1, exact_ks_smaller(large, 50), 0.02);
}

static void
holm_steps_down(void **state)
{
	double p[4] = { 0.04, 0.01, NAN, 0.03 };

	(void)state;
	exact_holm(p, 4);
	assert_close(0.03, p[1], 1e-12);
	assert_close(0.06, p[3], 1e-12);
	assert_close(0.06, p[0], 1e-12);
	assert_true(isnan(p[2]));
}

static void
roc_counts_ties_half_and_weights_as_copies(void **state)
{
	struct roc_item items[] = { { 0.9, 1, 0, true }, { 0.8, 1, 1, false }, { 0.8, 2, 2, true },
		{ 0.1, 1, 3, false } };

	(void)state;
	roc_sort(items, 4);
	/* positives 0.9, 0.8, 0.8; negatives 0.8, 0.1: (2 + 1.5 + 1.5) / 6 */
	assert_close(5.0 / 6, roc_area(items, 4), 1e-12);
	assert_close((1.0 * 1 + 2 * 3.0 / 4) / 3, roc_precision(items, 4), 1e-12);
	assert_close(1.0 / 3, roc_recall_at(items, 4, 0.01), 1e-12);
	assert_close(1, roc_recall_at(items, 4, 0.5), 1e-12);
	assert_true(isnan(roc_area(items, 1)));
}

static void
risk_falls_as_less_is_decided(void **state)
{
	struct roc_item items[] = { { 3, 1, 0, true }, { 2, 1, 1, true }, { 1, 1, 2, false },
		{ 0, 1, 3, false } };
	struct roc_point points[8];
	double area;
	size_t n;

	(void)state;
	roc_sort(items, 4);
	n = roc_risk(items, 4, points, 8, &area);
	assert_int_equal(4, n);
	assert_close(0, points[1].precision, 0);
	assert_close(0.5, points[3].precision, 1e-12);
	assert_close((0 + 0 + 1.0 / 3 + 2.0 / 4) / 4, area, 1e-12);
}

static struct forecast forecasts[2000];

static void
fill(double (*rate)(double))
{
	for (unsigned i = 0; i < 2000; i++) {
		struct rng rng = rng_at(7, 1, i, 0);
		double p = rng_uniform(&rng);

		forecasts[i] = (struct forecast){ .p = p,
			.low = p - 0.02,
			.high = p + 0.02,
			.weight = 1,
			.batch = i,
			.truth = rng_uniform(&rng) < rate(p) };
	}
	calibration_sort(forecasts, 2000);
}

static double
honest(double p)
{
	return p;
}

static double
boastful(double p)
{
	return 0.5 + (p - 0.5) * 0.4;
}

static void
an_honest_forecast_has_no_error_and_a_boastful_one_has(void **state)
{
	struct calibration got;

	(void)state;
	fill(honest);
	got = calibration_of(forecasts, 2000);
	assert_true(got.ece < 0.02);
	assert_close(1, got.slope, 0.12);
	assert_close(0, got.intercept, 0.15);
	assert_true(got.coverage > 0.8);
	assert_close(1.0 / 6, got.brier, 0.015);
	fill(boastful);
	got = calibration_of(forecasts, 2000);
	assert_true(got.ece > 0.1);
	assert_true(got.slope < 0.6);
	assert_true(got.coverage < 0.6);
}

static void
another_base_rate_is_a_change_of_weights(void **state)
{
	(void)state;
	fill(honest);
	calibration_set_rate(forecasts, 2000, 0.02);
	assert_close(0.02, calibration_of(forecasts, 2000).base_rate, 1e-9);
	assert_close(0.5, calibration_move_prior(0.1, 0.1, 0.5), 1e-9);
}

struct sample {
	double values[40];
};

static double
mean_of(const void *context, const double *times)
{
	const struct sample *s = context;
	double sum = 0, n = 0;

	for (unsigned i = 0; i < 40; i++) {
		sum += times[i] * s->values[i];
		n += times[i];
	}
	return sum / n;
}

static void
an_interval_holds_the_mean_and_keeps_the_strata(void **state)
{
	struct sample s;
	uint32_t strata[40];
	struct bootstrap b = { .n = 40, .stratum = strata, .resamples = 500, .seed = 3 };
	struct arena *arena = arena_new(0);
	struct figure got;
	double p;

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		strata[i] = i / 20;
		s.values[i] = i < 20 ? 10 : i % 2; /* nothing varies in the first stratum */
	}
	assert_int_equal(COORD_OK, bootstrap_difference(&b, mean_of, &s, arena, &got, &p, NULL));
	assert_close(5.25, got.value, 1e-12);
	assert_true(got.low > 5.1 && got.low < 5.2 && got.high > 5.3 && got.high < 5.4);
	assert_close(2.0 / 501, p, 1e-12);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_are_those_of_clopper_and_pearson),
		cmocka_unit_test(tails_add_up),
		cmocka_unit_test(small_p_values_are_seen_and_large_ones_are_not),
		cmocka_unit_test(holm_steps_down),
		cmocka_unit_test(roc_counts_ties_half_and_weights_as_copies),
		cmocka_unit_test(risk_falls_as_less_is_decided),
		cmocka_unit_test(an_honest_forecast_has_no_error_and_a_boastful_one_has),
		cmocka_unit_test(another_base_rate_is_a_change_of_weights),
		cmocka_unit_test(an_interval_holds_the_mean_and_keeps_the_strata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
