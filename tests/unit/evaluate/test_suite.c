/* test_suite.c - splits do not touch, plans do not depend on how many there are, and names choose cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/suite.h"

static struct suite
suite_on(enum evaluate_split split, const char *cells)
{
	struct evaluate_config config = { .suite = SUITE_SMALL, .split = split, .cells = cells };
	struct suite suite;

	assert_int_equal(COORD_OK, suite_init(&config, &suite, NULL));
	return suite;
}

static void
splits_share_no_site_no_week_and_no_seed(void **state)
{
	int64_t until = 0;

	(void)state;
	for (unsigned s = 0; s < SPLIT_COUNT; s++) {
		struct suite suite = suite_on((enum evaluate_split)s, NULL);
		struct generate_config reference = suite_reference(suite.split, 0);
		int64_t last = 0;

		assert_true(reference.start_us >= until);
		for (uint32_t b = 0; b < 50; b++) {
			struct batch_plan plan;
			int64_t end;

			suite_plan(&suite, &suite.cells[0], b, &plan);
			end = plan.config.start_us + plan.config.days * 86400 * TIME_SECOND;
			assert_true(plan.config.start_us >=
				    reference.start_us + reference.days * 86400 * TIME_SECOND);
			assert_int_equal(plan.config.site, reference.site + plan.site);
			assert_in_range(plan.site, 0, suite_sites(suite.split) - 1);
			last = end > last ? end : last;
		}
		until = last;
		if (s > 0)
			assert_true(
			    suite_reference((enum evaluate_split)(s - 1), 3).site < reference.site);
	}
}

static void
a_plan_depends_on_cell_and_number_alone(void **state)
{
	struct suite all = suite_on(SPLIT_DEV, NULL), one = suite_on(SPLIT_DEV, "HN1");
	struct batch_plan a, b;
	uint32_t at = 0;

	(void)state;
	while (all.cells[at].structure != STRUCTURE_HN1 || all.cells[at].kind != CELL_NEGATIVE)
		at++;
	assert_int_equal(1, one.n_cells);
	suite_plan(&all, &all.cells[at], 7, &a);
	suite_plan(&one, &one.cells[0], 7, &b);
	assert_int_equal(a.seed, b.seed);
	assert_int_equal(a.plan.members, b.plan.members);
	suite_plan(&one, &one.cells[0], 8, &b);
	assert_int_not_equal(a.seed, b.seed);
}

static void
groups_fit_into_the_batch(void **state)
{
	struct suite suite = suite_on(SPLIT_TEST, NULL);

	(void)state;
	for (uint32_t c = 0; c < suite.n_cells; c++)
		for (uint32_t b = 0; b < 40; b++) {
			struct batch_plan plan;

			suite_plan(&suite, &suite.cells[c], b, &plan);
			assert_in_range(plan.plan.members * plan.plan.visits, 0, 760);
			assert_in_range(plan.config.sessions, 400, 1000);
			assert_true(plan.config.sources <= plan.config.sessions);
		}
}

static void
points_fill_the_square_and_corners_its_edges(void **state)
{
	unsigned filled[4][4] = { { 0 } };

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		double u[2];

		suite_point(5, i, false, u);
		filled[(int)(u[0] * 4)][(int)(u[1] * 4)]++;
		suite_point(5, i, true, u);
		assert_true(u[0] < 1.0 / 7 + 1e-9 || u[0] > 6.0 / 7 - 1e-9);
	}
	for (unsigned i = 0; i < 16; i++)
		assert_in_range(filled[i / 4][i % 4], 2, 6);
}

static void
an_unknown_cell_is_named(void **state)
{
	struct evaluate_config config = { .cells = "C1,X9" };
	struct suite suite;
	struct coord_error err;

	(void)state;
	assert_int_equal(COORD_EINVALID, suite_init(&config, &suite, &err));
	assert_non_null(strstr(err.what, "X9"));
}

static void
a_word_means_a_cell_a_structure_a_difficulty_or_a_kind(void **state)
{
	(void)state;
	assert_int_equal(1, suite_on(SPLIT_DEV, "c1:easy").n_cells);
	assert_int_equal(3, suite_on(SPLIT_DEV, "C1").n_cells);
	assert_int_equal(10, suite_on(SPLIT_DEV, "hard").n_cells);
	assert_int_equal(11, suite_on(SPLIT_DEV, "negatives,null").n_cells);
	assert_int_equal(1, suite_on(SPLIT_DEV, "S").n_cells);
	assert_int_equal(43, suite_on(SPLIT_DEV, "!C2").n_cells);
	assert_int_equal(9, suite_on(SPLIT_DEV, "hard,!C2").n_cells);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_share_no_site_no_week_and_no_seed),
		cmocka_unit_test(a_plan_depends_on_cell_and_number_alone),
		cmocka_unit_test(groups_fit_into_the_batch),
		cmocka_unit_test(points_fill_the_square_and_corners_its_edges),
		cmocka_unit_test(an_unknown_cell_is_named),
		cmocka_unit_test(a_word_means_a_cell_a_structure_a_difficulty_or_a_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
