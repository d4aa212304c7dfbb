/* test_baselines.c - what all baselines have in common: the table, empty input, full arenas, the order of input. */
#include "groups.h"

#include <math.h>

#include "generate/generate.h"

static struct session_table
generated(uint64_t seed)
{
	struct generate_plan plan = { .structure = STRUCTURE_C1,
		.difficulty = DIFFICULTY_STANDARD,
		.members = 8,
		.visits = 10 };
	struct generate_config config = {
		.seed = seed, .sources = 60, .sessions = 240, .plans = &plan, .n_plans = 1
	};
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels;
	struct session_table table;

	assert_non_null(builder);
	assert_int_equal(generate_sessions(&config, builder, &labels, NULL), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &table, NULL, NULL), COORD_OK);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	return table;
}

static void
test_table(void **state)
{
	(void)state;
	assert_int_equal(n_baselines, 15);
	for (size_t i = 0; i < n_baselines; i++) {
		const struct baseline *b = &baselines[i];

		assert_true(b->n_points > 0 && b->published < b->n_points);
		assert_non_null(b->title);
		assert_non_null(b->source);
		for (size_t k = 1; k < b->n_points; k++)
			assert_true(b->points[k - 1] < b->points[k]);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(b->id, baselines[k].id);
	}
}

static void
check_grouping(const struct grouping *g)
{
	double most = 0;

	for (uint32_t c = 0; c < g->n; c++) {
		assert_true(g->clusters[c].n > 0);
		assert_true(g->clusters[c].confidence >= 0 && g->clusters[c].confidence <= 1);
		most = fmax(most, g->clusters[c].confidence);
		for (uint32_t i = 1; i < g->clusters[c].n; i++)
			assert_true(
			    addr_cmp(g->clusters[c].sources[i - 1], g->clusters[c].sources[i]) < 0);
	}
	assert_true(g->confidence == most);
}

/* Equal in every bit. */
static void
assert_same(const struct grouping *a, const struct grouping *b)
{
	assert_int_equal(a->n, b->n);
	assert_int_equal(a->verdict, b->verdict);
	for (uint32_t c = 0; c < a->n; c++) {
		const struct grouping_cluster *x = &a->clusters[c], *y = &b->clusters[c];

		assert_int_equal(x->n, y->n);
		assert_true(x->confidence == y->confidence);
		assert_int_equal(x->verdict, y->verdict);
		assert_memory_equal(x->sources, y->sources, x->n * sizeof(*x->sources));
	}
}

/* Every point of every method gives well-formed groups, the same ones for shuffled input. */
static void
test_points(void **state)
{
	struct session_table table = generated(3), shuffled;
	struct batch *again = batch_new();

	(void)state;
	batch_add_table(again, &table, 5, NULL);
	shuffled = batch_finish(again);
	for (size_t i = 0; i < n_baselines; i++)
		for (size_t k = 0; k < baselines[i].n_points; k++) {
			struct groups a = { .table = table }, b = { .table = shuffled };

			groups_at(&a, NULL, baselines[i].id, baselines[i].points[k], 7);
			groups_at(&b, NULL, baselines[i].id, baselines[i].points[k], 7);
			check_grouping(&a.g);
			assert_same(&a.g, &b.g);
			arena_free(a.arena);
			arena_free(b.arena);
		}
	session_table_free(&table);
	session_table_free(&shuffled);
}

static void
test_nothing(void **state)
{
	struct session_table table = batch_finish(batch_new());

	(void)state;
	for (size_t i = 0; i < n_baselines; i++) {
		struct groups g = { .table = table };

		groups_of(&g, NULL, baselines[i].id);
		assert_int_equal(g.g.n, 0);
		assert_true(g.g.confidence == 0);
		assert_int_equal(g.g.verdict, VERDICT_INSUFFICIENT);
		arena_free(g.arena);
	}
	session_table_free(&table);
}

static void
test_one_session(void **state)
{
	struct batch *b = batch_new();
	struct session_table table;

	(void)state;
	batch_add(b, &(struct batch_session){
			 .ip = 1, .commands = { "uname -a" }, .credentials = { "root root" } });
	table = batch_finish(b);
	for (size_t i = 2; i < n_baselines; i++) {
		struct groups g = { .table = table };

		groups_of(&g, NULL, baselines[i].id);
		assert_int_equal(g.g.n, 0);
		arena_free(g.arena);
	}
	session_table_free(&table);
}

/* However early the memory ends: an error, never a crash or half an answer. */
static void
test_full_arena(void **state)
{
	struct session_table table = generated(4);

	(void)state;
	for (size_t i = 0; i < n_baselines; i++)
		for (size_t limit = 64; limit < 16 << 20; limit += limit / 2) {
			struct arena *arena = arena_new(limit);
			struct grouping g = { .n = 77 };
			struct coord_error err;
			enum coord_err rc =
			    baselines[i].run(&table, baselines[i].points[0], 1, arena, &g, &err);

			assert_true(rc == COORD_OK || rc == COORD_ELIMIT);
			assert_true(rc == COORD_OK || g.n == 77);
			arena_free(arena);
			if (rc == COORD_OK)
				break;
		}
	session_table_free(&table);
}

static void
test_points_out_of_range(void **state)
{
	struct session_table table = batch_finish(batch_new());

	(void)state;
	for (size_t i = 0; i < n_baselines; i++) {
		struct arena *arena = arena_new(0);
		struct grouping g;

		if (baselines[i].parameter != NULL && baselines[i].id[1] > '2')
			assert_int_equal(
			    baselines[i].run(&table, NAN, 1, arena, &g, NULL), COORD_EINVALID);
		arena_free(arena);
	}
	session_table_free(&table);
}

/* B0 says the same of everything. */
static void
test_constant(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = 1 });
	batch_add(b, &(struct batch_session){ .ip = 2, .at_s = 5e5 });
	groups_of(&g, b, "B0a");
	assert_int_equal(g.g.n, 1);
	assert_int_equal(g.g.clusters[0].n, 2);
	assert_true(g.g.confidence == 0.75);
	assert_int_equal(g.g.verdict, VERDICT_CAMPAIGN);
	arena_free(g.arena);
	groups_of(&g, NULL, "B0b");
	assert_true(g.g.confidence == 0.1);
	assert_int_equal(g.g.verdict, VERDICT_INSUFFICIENT);
	groups_clear(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_one_session),
		cmocka_unit_test(test_full_arena),
		cmocka_unit_test(test_points_out_of_range),
		cmocka_unit_test(test_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
