/* test_venn_abers.c - against the definition computed slowly, and its promise: calibrated under exchangeability. */
#include "testing.h"

#include <math.h>

#include "detect/judge/venn_abers.h"

enum { N = 60 };

/* The isotonic fit by its min-max formula: max over a <= i of min over b >= i of the mean of [a, b] (Robertson 1988). */
static double
slow_fit(const double *score, const double *label, uint32_t n, double at)
{
	double best = -1;

	for (uint32_t a = 0; a < n; a++) {
		double least = 2;

		if (score[a] > at || (a > 0 && score[a - 1] == score[a]))
			continue;
		for (uint32_t b = 0; b < n; b++) {
			double sum = 0, k = 0;

			if (score[b] < at || (b + 1 < n && score[b + 1] == score[b]))
				continue;
			for (uint32_t i = a; i <= b; i++) {
				sum += label[i];
				k++;
			}
			least = fmin(least, sum / k);
		}
		best = fmax(best, least);
	}
	return best;
}

static double
slow(const struct weights_calibration *c, double at, double label)
{
	double score[N + 1], labels[N + 1];
	uint32_t n = 0;
	bool placed = false;

	for (uint32_t i = 0; i <= c->n; i++) {
		if (!placed && (i == c->n || at <= c->score[i])) {
			score[n] = at;
			labels[n++] = label;
			placed = true;
		}
		if (i < c->n) {
			score[n] = c->score[i];
			labels[n++] = c->truth[i];
		}
	}
	return slow_fit(score, labels, n, at);
}

static void
draw(struct weights_calibration *c, struct rng *rng, uint32_t n)
{
	c->n = n;
	for (uint32_t i = 0; i < n; i++) {
		c->score[i] =
		    (i == 0 ? -2 : c->score[i - 1]) + 0.1 * rng_below(rng, 3); /* ties too */
		c->truth[i] = rng_below(rng, 1000) < 1000 / (1 + exp(-c->score[i]));
	}
}

static void
test_against_the_definition(void **state)
{
	double score[N];
	bool truth[N];
	struct weights_calibration c = { .score = score, .truth = truth };
	struct arena *scratch = arena_new(0);

	(void)state;
	for (unsigned k = 0; k < 200; k++) {
		struct rng rng = rng_at(3, 1, 0, k);
		struct arena_mark mark = arena_mark(scratch);
		struct venn_abers v;
		double at;

		draw(&c, &rng, 1 + rng_below(&rng, N));
		at = rng_below(&rng, 2) == 0 ? score[rng_below(&rng, c.n)]
					     : -3 + 0.01 * rng_below(&rng, 900);
		assert_int_equal(venn_abers_prepare(&c, scratch), COORD_OK);
		v = venn_abers(&c, at);
		arena_rewind(scratch, mark);
		assert_true(fabs(v.low - slow(&c, at, 0)) < 1e-12);
		assert_true(fabs(v.high - slow(&c, at, 1)) < 1e-12);
		assert_true(v.low <= v.p && v.p <= v.high);
	}
	arena_free(scratch);
}

static void
test_nothing_known(void **state)
{
	struct weights_calibration none = { .n = 0 };
	struct arena *scratch = arena_new(0);
	struct venn_abers v;

	(void)state;
	assert_int_equal(venn_abers_prepare(&none, scratch), COORD_OK);
	v = venn_abers(&none, 3);
	assert_true(v.low == 0 && v.high == 1 && v.p == 0.5);
	arena_free(scratch);
}

/* Of scores from the calibration's own law, the mean of p is the mean of the truths, within its standard error. */
static void
test_calibrated(void **state)
{
	enum { SETS = 400 };
	double score[N];
	bool truth[N];
	struct weights_calibration c = { .score = score, .truth = truth };
	struct arena *scratch = arena_new(0);
	double excess = 0;

	(void)state;
	for (unsigned k = 0; k < SETS; k++) {
		struct rng rng = rng_at(4, 1, 0, k);
		struct arena_mark mark = arena_mark(scratch);
		struct venn_abers v;
		uint32_t left_out;
		double at;
		bool is;

		draw(&c, &rng, N);
		left_out = rng_below(&rng, N); /* exchangeable: one of them is the test object */
		at = score[left_out];
		is = truth[left_out];
		for (uint32_t i = left_out; i + 1 < N; i++) {
			score[i] = score[i + 1];
			truth[i] = truth[i + 1];
		}
		c.n = N - 1;
		assert_int_equal(venn_abers_prepare(&c, scratch), COORD_OK);
		v = venn_abers(&c, at);
		arena_rewind(scratch, mark);
		excess += v.p - is;
	}
	assert_true(fabs(excess / SETS) < 0.06);
	arena_free(scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_the_definition),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_calibrated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
