/* test_parameters.c - every drawn parameter lies in its difficulty's range; what is given is kept. */
#include "world_support.h"

static void
check_range(double value, enum generate_difficulty difficulty, enum parameter which)
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
			struct generate_plan plan = { STRUCTURE_C1, difficulty, 0, 0 };
			struct generate_config c = {
				.seed = seed, .plans = &plan, .n_plans = 1, .days = 1
			};
			struct world *w = make_world(&c);
			const struct generate_group *g = &w->groups[0];

			check_range(g->members, difficulty, PARAMETER_MEMBERS);
			check_range(g->visits, difficulty, PARAMETER_VISITS);
			check_range(g->synchronised, difficulty, PARAMETER_SYNCHRONISED);
			check_range(g->jitter_s, difficulty, PARAMETER_JITTER);
			check_range(g->mutated, difficulty, PARAMETER_MUTATED);
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
		{ STRUCTURE_C1, DIFFICULTY_HARD, 77, 13 },
		{ STRUCTURE_HN1, DIFFICULTY_EASY, 9, 2 },
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_ranges),
		cmocka_unit_test(test_given_values_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
