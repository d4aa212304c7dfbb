/* test_parameters.c - every drawn parameter lies in its difficulty's range; what is given is kept. */
#include "world_support.h"

static void
check_range(double value, enum generate_difficulty difficulty, enum generate_factor which)
{
	struct parameter_range r = parameters_range(difficulty, which);

	if (value < r.low - 1e-9 || value > r.high + 1e-9)
		fail_msg("parameter %d: %g is not in [%g, %g]", which, value, r.low, r.high);
}

static void
test_within_ranges(void **state)
{
	uint32_t least = UINT32_MAX, most = 0;

	(void)state;
	for (uint32_t seed = 0; seed < 60; seed++) {
		for (int d = 0; d < DIFFICULTY_COUNT; d++) {
			enum generate_difficulty difficulty = (enum generate_difficulty)d;
			struct generate_plan plan = { .structure = STRUCTURE_C1,
				.difficulty = difficulty,
				.members = 0,
				.visits = 0 };
			struct generate_config c = {
				.seed = seed, .plans = &plan, .n_plans = 1, .days = 1
			};
			struct world *w = make_world(&c);
			const struct generate_group *g = &w->groups[0];

			check_range(g->members, difficulty, FACTOR_MEMBERS);
			check_range(g->visits, difficulty, FACTOR_VISITS);
			check_range(g->synchronised, difficulty, FACTOR_SYNCHRONISED);
			check_range(g->jitter_s, difficulty, FACTOR_JITTER);
			check_range(g->mutated, difficulty, FACTOR_MUTATED);
			if (difficulty == DIFFICULTY_STANDARD) {
				least = g->members < least ? g->members : least;
				most = g->members > most ? g->members : most;
			}
			world_free(w);
		}
	}
	/* the range is used, not one value of it */
	assert_true(least < 12 && most > 30);
}

static void
test_given_values_are_kept(void **state)
{
	static const struct generate_plan plans[] = {
		{ .structure = STRUCTURE_C1,
		    .difficulty = DIFFICULTY_HARD,
		    .members = 77,
		    .visits = 13 },
		{ .structure = STRUCTURE_HN1,
		    .difficulty = DIFFICULTY_EASY,
		    .members = 9,
		    .visits = 2 },
	};
	struct generate_config c = { .seed = 1, .plans = plans, .n_plans = 2 };
	struct world *w = make_world(&c);

	(void)state;
	assert_int_equal(w->groups[0].members, 77);
	assert_int_equal(w->groups[0].visits, 13);
	assert_int_equal(w->groups[1].members, 9);
	assert_string_equal(w->groups[0].id, "g1-C1");
	assert_string_equal(w->groups[1].id, "g2-HN1");
	assert_string_equal(w->groups[0].artefact, "none");
	world_free(w);
}

/* n plans of a cell: every n-th of every factor's range is taken exactly once, in orders of their own. */
static void
test_hypercube(void **state)
{
	enum { N = 40 };
	struct generate_plan plans[N], again[N];
	uint32_t equal = 0;

	(void)state;
	generate_hypercube(STRUCTURE_C3, DIFFICULTY_STANDARD, 9, N, plans);
	generate_hypercube(STRUCTURE_C3, DIFFICULTY_STANDARD, 9, N, again);
	assert_memory_equal(plans, again, sizeof(plans));
	for (uint32_t f = 0; f < FACTOR_COUNT; f++) {
		bool taken[N] = { false };

		for (uint32_t i = 0; i < N; i++) {
			double q = plans[i].quantile[f];

			assert_true(q > 0.0 && q < 1.0);
			assert_false(taken[(uint32_t)(q * N)]);
			taken[(uint32_t)(q * N)] = true;
			equal += f > 0 && (uint32_t)(q * N) == (uint32_t)(plans[i].quantile[0] * N);
		}
	}
	assert_true(equal < N * FACTOR_COUNT / 8);
	assert_int_equal(plans[0].structure, STRUCTURE_C3);
}

/* A quantile near 0 or 1 gives the ends of the ranges and the first or second choice, and the manifest says so. */
static void
test_quantiles_are_used(void **state)
{
	for (uint32_t high = 0; high < 2; high++) {
		struct generate_plan plan = { .difficulty = DIFFICULTY_STANDARD };
		struct generate_config c = { .seed = 1, .plans = &plan, .n_plans = 1 };
		const struct generate_group *g;
		struct world *w;

		for (uint32_t f = 0; f < FACTOR_COUNT; f++)
			plan.quantile[f] = high ? 1.0 : 1e-9;
		plan.quantile[FACTOR_SHARE] = 0.0;
		w = make_world(&c);
		g = &w->groups[0];
		assert_int_equal(g->members, high ? 50 : 5);
		assert_int_equal(g->visits, high ? 30 : 8);
		assert_true(high ? g->jitter_s > 599 : g->jitter_s < 61);
		assert_string_equal(g->payload, "per_architecture");
		world_free(w);
	}
	(void)state;
}

/* The share sets the visits as far as their range allows. */
static void
test_share(void **state)
{
	struct generate_plan plan = { .difficulty = DIFFICULTY_STANDARD, .members = 10 };
	struct generate_config c = {
		.seed = 1, .sources = 500, .sessions = 4000, .plans = &plan, .n_plans = 1
	};
	struct world *w;

	(void)state;
	plan.quantile[FACTOR_SHARE] = 0.7;
	w = make_world(&c);
	/* 0.02 (0.1 / 0.02)^0.7 */
	assert_true(w->groups[0].share > 0.05 && w->groups[0].share < 0.075);
	world_free(w);
	plan.quantile[FACTOR_SHARE] = 1.0;
	c.sessions = 40000;
	w = make_world(&c);
	assert_int_equal(w->groups[0].visits, 30);
	world_free(w);
}

static void
test_bad_plans(void **state)
{
	static const struct generate_plan bad[] = { { .structure = STRUCTURE_HN6, .variant = 5 },
		{ .structure = STRUCTURE_C1, .variant = 1 },
		{ .structure = STRUCTURE_C1, .quantile = { 1.5 } } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct generate_config c = { .seed = 1, .plans = &bad[i], .n_plans = 1 };
		struct world *w;
		struct coord_error err;

		assert_int_equal(world_new(&c, &w, &err), COORD_EINVALID);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_ranges),
		cmocka_unit_test(test_given_values_are_kept),
		cmocka_unit_test(test_hypercube),
		cmocka_unit_test(test_quantiles_are_used),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_bad_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
