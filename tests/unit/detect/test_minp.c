/* test_minp.c - the sequential min-p test: level under the null, power, order, threads, and where it stops. */
#include "testing.h"

#include <math.h>

#include "detect/channel/minp.h"

enum { LEVELS = 3, STAGE = 99 };

/* Draws of LEVELS numbers that move together, as time scales do: a shared part and one of their own. */
struct source {
	uint64_t seed;
};

static void
fill(uint64_t seed, uint32_t index, double *ret)
{
	struct rng rng = rng_at(seed, STAGE, index, 0);
	double shared = rng_below(&rng, 20);

	for (unsigned l = 0; l < LEVELS; l++)
		ret[l] = shared + rng_below(&rng, 10);
}

static void
draw(void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret)
{
	const struct source *s = context;

	(void)worker;
	assert_non_null(scratch);
	fill(s->seed, index, ret);
}

static struct minp_result
run_rounds(struct source *s, const double observed[LEVELS], enum minp_rounds rounds, uint32_t most,
    unsigned threads)
{
	struct arena *scratch = arena_new(0);
	struct minp test = { .levels = LEVELS,
		.draw = draw,
		.context = s,
		.draws_first = MINP_DRAWS_FIRST,
		.draws_most = most,
		.rounds = rounds,
		.threads = threads };
	struct minp_result result;

	memcpy(test.observed, observed, sizeof(double) * LEVELS);
	assert_int_equal(minp_test(&test, scratch, &result, NULL), COORD_OK);
	arena_free(scratch);
	return result;
}

static struct minp_result
run(struct source *s, const double observed[LEVELS], uint32_t most, unsigned threads)
{
	return run_rounds(s, observed, MINP_FULL, most, threads);
}

/* Looking at three levels must not raise the level of the test: 400 nulls, at most 37 below 0.05 (exact 0.999 quantile). */
static void
test_level(void **state)
{
	uint32_t rejected = 0;

	(void)state;
	for (uint32_t i = 0; i < 400; i++) {
		struct source s = { 1000 + i };
		double observed[LEVELS];

		fill(500000 + i, 0, observed);
		rejected += run(&s, observed, MINP_DRAWS_FIRST, 1).p <= 0.05;
	}
	assert_in_range(rejected, 5, 37);
}

/* Whichever round ends it, at most a share a of nulls has p <= a, at every level that a p-value can have: 2,000 nulls, within
 * four standard errors. And it is brief. */
static void
check_valid(enum minp_rounds rounds, uint32_t draws_most, uint32_t draws_mean)
{
	enum { NULLS = 2000 };
	static const double levels[] = { 0.005, 0.01, 0.025, 0.05, 0.1, 0.11, 0.2, 0.3, 0.35, 0.5,
		0.8 };
	uint32_t rejected[sizeof(levels) / sizeof(levels[0])] = { 0 };
	uint64_t draws = 0;

	for (uint32_t i = 0; i < NULLS; i++) {
		struct source s = { 90000 + i };
		double observed[LEVELS];
		struct minp_result r;

		fill(700000 + i, 0, observed);
		r = run_rounds(&s, observed, rounds, draws_most, 1);
		draws += r.draws;
		for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++)
			rejected[l] += r.p <= levels[l];
	}
	for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++) {
		double a = levels[l], most = NULLS * a + 4 * sqrt(NULLS * a * (1 - a));

		assert_true(rejected[l] <= most);
	}
	assert_true(rejected[3] > NULLS * 0.02); /* and it does reject */
	assert_true(draws < (uint64_t)draws_mean * NULLS);
}

static void
test_brief_is_valid(void **state)
{
	(void)state;
	check_valid(MINP_BRIEF, MINP_DRAWS_FIRST, 60);
}

static void
test_many_is_valid(void **state)
{
	(void)state;
	check_valid(MINP_MANY, 9999, 250);
}

static void
test_brief_rounds(void **state)
{
	struct source s = { 7 };
	double ordinary[LEVELS] = { 14, 14, 14 }, far[LEVELS] = { 1, 100, 1 };

	(void)state;
	assert_int_equal(run_rounds(&s, ordinary, MINP_BRIEF, MINP_DRAWS_FIRST, 1).draws, 9);
	assert_int_equal(
	    run_rounds(&s, far, MINP_BRIEF, MINP_DRAWS_FIRST, 1).draws, MINP_DRAWS_FIRST);
	assert_int_equal(run_rounds(&s, far, MINP_BRIEF, 30, 1).draws, 30);
	assert_int_equal(run_rounds(&s, far, MINP_BRIEF, 5, 1).draws, 5);
	assert_int_equal(run_rounds(&s, far, MINP_BRIEF, 0, 1).draws, 1);
}

static void
test_many_rounds(void **state)
{
	struct source s = { 7 };
	double ordinary[LEVELS] = { 14, 14, 14 }, far[LEVELS] = { 1, 100, 1 };

	(void)state;
	assert_int_equal(run_rounds(&s, ordinary, MINP_MANY, 9999, 1).draws, 9);
	assert_int_equal(run_rounds(&s, far, MINP_MANY, 9999, 1).draws, 9999);
	assert_int_equal(run_rounds(&s, far, MINP_MANY, 2000, 1).draws, 2000);
}

static void
test_far_out_is_at_the_floor(void **state)
{
	struct source s = { 7 };
	double observed[LEVELS] = { 1, 100, 1 };
	struct minp_result r = run(&s, observed, 9999, 1);

	(void)state;
	assert_int_equal(r.exceeding, 0);
	assert_int_equal(r.draws, 9999);
	assert_int_equal(r.level, 1);
	assert_true(r.p > 0.00009 && r.p < 0.00011);
	assert_true(r.expected > 10 && r.expected < 20);
}

/* Nothing exceeds after 9,999: it goes on to what is allowed; one exceedance would have ended it. */
static void
test_goes_on_at_the_floor(void **state)
{
	struct source s = { 7 };
	double far[LEVELS] = { 1, 100, 1 };

	(void)state;
	assert_int_equal(run(&s, far, 99999, 2).draws, 99999);
	assert_int_equal(run(&s, far, 20000, 2).draws, 20000);
}

static void
test_ordinary_ends_early(void **state)
{
	struct source s = { 7 };
	double ordinary[LEVELS] = { 14, 14, 14 };

	(void)state;
	assert_int_equal(run(&s, ordinary, 99999, 1).draws, MINP_DRAWS_FIRST);
	assert_true(run(&s, ordinary, 99999, 1).p > 0.05);
}

/* Where nothing was counted there is nothing to be surprised at. */
static void
test_nothing_is_p_1(void **state)
{
	struct source s = { 7 };
	double nothing[LEVELS] = { 0, 0, 0 };

	(void)state;
	assert_true(run(&s, nothing, 9999, 1).p == 1.0);
}

static void
test_threads_change_nothing(void **state)
{
	struct source s = { 11 };
	double observed[LEVELS] = { 26, 27, 27 };
	struct minp_result one = run(&s, observed, 9999, 1), four = run(&s, observed, 9999, 4);

	(void)state;
	assert_true(one.p == four.p && one.expected == four.expected);
	assert_int_equal(one.draws, four.draws);
	assert_int_equal(one.level, four.level);
}

static void
test_larger_is_never_less_significant(void **state)
{
	struct source s = { 13 };
	double before = 2;

	(void)state;
	for (double x = 1; x < 32; x++) {
		double observed[LEVELS] = { x, x, x };
		double p = run(&s, observed, MINP_DRAWS_FIRST, 1).p;

		assert_true(p <= before);
		before = p;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_brief_is_valid),
		cmocka_unit_test(test_brief_rounds),
		cmocka_unit_test(test_many_is_valid),
		cmocka_unit_test(test_many_rounds),
		cmocka_unit_test(test_far_out_is_at_the_floor),
		cmocka_unit_test(test_goes_on_at_the_floor),
		cmocka_unit_test(test_ordinary_ends_early),
		cmocka_unit_test(test_nothing_is_p_1),
		cmocka_unit_test(test_threads_change_nothing),
		cmocka_unit_test(test_larger_is_never_less_significant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
