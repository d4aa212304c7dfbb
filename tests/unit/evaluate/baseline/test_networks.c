/* test_networks.c - B5, B6 and B7 (coshare.c, bicm.c, embedding.c, louvain.c): groups as communities of a network. */
#include "groups.h"

#include <math.h>
#include <stdio.h>

#include "evaluate/baseline/louvain.h"

/* `n` sources that draw `tries` words each from `vocabulary`, popular ones more often (Zipf, exponent 1). */
static void
add_crowd(struct batch *b, uint32_t first, uint32_t n, uint32_t tries, uint32_t vocabulary)
{
	for (uint32_t i = 0; i < n; i++) {
		char words[BATCH_ITEMS][24];
		struct batch_session s = { .ip = first + i };
		struct rng rng = rng_at(11, 3, i, first);

		s.at_s = rng_uniform(&rng) * 7 * 86400;
		for (uint32_t k = 0; k < tries; k++) {
			(void)snprintf(words[k], sizeof(words[k]), "root w%u",
			    (unsigned)exp(rng_uniform(&rng) * log(vocabulary)));
			s.credentials[k] = words[k];
		}
		batch_add(b, &s);
	}
}

static void
add_team(struct batch *b, uint32_t first, uint32_t n, const char *prefix, double at_s)
{
	for (uint32_t i = 0; i < n; i++)
		batch_add_credentials(b,
		    &(struct batch_session){ .ip = first + i, .at_s = at_s + 9000.0 * i }, prefix,
		    0, 12);
}

/* Two cliques with one link between them. */
static void
test_louvain_cliques(void **state)
{
	struct louvain_edge edges[64];
	struct arena *arena = arena_new(0);
	uint32_t label[12], count;
	size_t n = 0;

	(void)state;
	for (uint32_t c = 0; c < 2; c++)
		for (uint32_t i = 0; i < 5; i++)
			for (uint32_t j = i + 1; j < 5; j++)
				edges[n++] = (struct louvain_edge){ 5 * c + i, 5 * c + j, 1 };
	edges[n++] = (struct louvain_edge){ 4, 5, 1 };
	for (uint64_t seed = 0; seed < 20; seed++) {
		assert_int_equal(louvain(12, edges, n, seed, arena, label, &count, NULL), COORD_OK);
		assert_int_equal(count, 4); /* two of them nodes without edges */
		for (uint32_t v = 0; v < 10; v++)
			assert_int_equal(label[v], label[v < 5 ? 0 : 5]);
		assert_int_not_equal(label[0], label[5]);
		assert_int_equal(label[10], UINT32_MAX);
	}
	arena_free(arena);
}

/* Weights decide where a node between two groups belongs. */
static void
test_louvain_weights(void **state)
{
	static const struct louvain_edge edges[] = { { 0, 1, 5 }, { 1, 2, 5 }, { 0, 2, 5 },
		{ 3, 4, 5 }, { 4, 5, 5 }, { 3, 5, 5 }, { 2, 6, 1 }, { 3, 6, 3 } };
	struct arena *arena = arena_new(0);
	uint32_t label[7], count;

	(void)state;
	assert_int_equal(
	    louvain(7, edges, COUNT_OF(edges), 1, arena, label, &count, NULL), COORD_OK);
	assert_int_equal(label[6], label[3]);
	assert_int_not_equal(label[0], label[3]);
	arena_free(arena);
}

static void
test_louvain_no_edges(void **state)
{
	struct arena *arena = arena_new(0);
	uint32_t label[3], count;

	(void)state;
	assert_int_equal(louvain(3, NULL, 0, 1, arena, label, &count, NULL), COORD_OK);
	assert_int_equal(label[0], UINT32_MAX);
	assert_int_equal(louvain(0, NULL, 0, 1, arena, label, &count, NULL), COORD_OK);
	arena_free(arena);
}

static void
test_coshare_finds_a_team(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	add_crowd(b, 100, 120, 8, 2000);
	add_team(b, 10, 8, "private", 0);
	groups_of(&g, b, "B5a");
	assert_true(groups_hold(&g, 10, 8, &size));
	assert_int_equal(size, 8);
	groups_clear(&g);
}

/* A share of the edges is always on top: independent sources are never without a "campaign". */
static void
test_coshare_always_finds_something(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	add_crowd(b, 100, 200, 8, 300);
	groups_at(&g, b, "B5a", 0.02, 1);
	assert_true(groups_reported(&g) > 0);
	groups_clear(&g);
}

static void
test_same_half_hours(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		for (uint32_t v = 0; v < 6; v++)
			batch_add(b,
			    &(struct batch_session){ .ip = 10 + i, .at_s = 36000.0 * v + 60 * i });
	/* one visit in the same half hour is not enough to be compared */
	for (uint32_t i = 0; i < 5; i++)
		batch_add(b, &(struct batch_session){ .ip = 20 + i, .at_s = 36000 });
	for (uint32_t i = 0; i < 20; i++)
		for (uint32_t v = 0; v < 6; v++) {
			struct rng rng = rng_at(5, 4, i, v);

			batch_add(b, &(struct batch_session){
					 .ip = 100 + i, .at_s = rng_uniform(&rng) * 7 * 86400 });
		}
	groups_of(&g, b, "B5b");
	assert_int_equal(g.g.n, 1);
	assert_true(groups_hold(&g, 10, 5, &size));
	assert_int_equal(size, 5);
	groups_clear(&g);
}

/* Popularity explains the crowd and not the team. */
static void
test_bicm_finds_a_team(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t size;

	(void)state;
	add_crowd(b, 100, 150, 10, 800);
	add_team(b, 10, 8, "private", 0);
	groups_of(&g, b, "B6");
	assert_true(groups_hold(&g, 10, 8, &size));
	assert_int_equal(size, 8);
	assert_int_equal(groups_reported(&g), 1);
	groups_clear(&g);
}

/* P2: whoever uses one public wordlist is validated: the model knows no tool. */
static void
test_bicm_validates_copycats(void **state)
{
	struct batch *b = batch_new();
	struct groups g;

	(void)state;
	add_crowd(b, 100, 100, 10, 800);
	for (uint32_t i = 0; i < 30; i++) {
		struct rng rng = rng_at(6, 5, i, 0);
		uint32_t from = rng_below(&rng, 20);

		batch_add_credentials(b,
		    &(struct batch_session){ .ip = 10 + i, .at_s = 20000.0 * i }, "list", from,
		    from + 12);
	}
	groups_of(&g, b, "B6");
	assert_true(g.g.verdict == VERDICT_CAMPAIGN);
	assert_true(groups_hold(&g, 10, 1, NULL));
	groups_clear(&g);
}

/* Those who always come one after the other share neighbours and are near in the embedding. */
static void
test_embedding_finds_company(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	unsigned together = 0;

	(void)state;
	for (uint32_t v = 0; v < 30; v++)
		for (uint32_t i = 0; i < 6; i++)
			batch_add(b,
			    &(struct batch_session){ .ip = 10 + i, .at_s = 18000.0 * v + 20 * i });
	for (uint32_t i = 0; i < 60; i++)
		for (uint32_t v = 0; v < 20; v++) {
			struct rng rng = rng_at(5, 6, i, v);

			batch_add(b, &(struct batch_session){
					 .ip = 100 + i, .at_s = rng_uniform(&rng) * 7 * 86400 });
		}
	g.table = batch_finish(b);
	for (uint64_t seed = 1; seed <= 5; seed++) {
		groups_at(&g, NULL, "B7", -1, seed);
		together += groups_hold(&g, 10, 6, NULL);
		arena_free(g.arena);
	}
	session_table_free(&g.table);
	assert_int_equal(together, 5);
}

/* Everybody is in some community: without a cut, independent sources are all "campaigns". */
static void
test_embedding_groups_everybody(void **state)
{
	struct batch *b = batch_new();
	struct groups g;
	uint32_t grouped = 0;

	(void)state;
	for (uint32_t i = 0; i < 50; i++)
		for (uint32_t v = 0; v < 20; v++) {
			struct rng rng = rng_at(8, 6, i, v);

			batch_add(b, &(struct batch_session){
					 .ip = 100 + i, .at_s = rng_uniform(&rng) * 7 * 86400 });
		}
	groups_of(&g, b, "B7");
	for (uint32_t c = 0; c < g.g.n; c++)
		grouped += g.g.clusters[c].n;
	assert_true(grouped >= 45);
	assert_int_equal(g.g.verdict, VERDICT_CAMPAIGN);
	groups_clear(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_louvain_cliques),
		cmocka_unit_test(test_louvain_weights),
		cmocka_unit_test(test_louvain_no_edges),
		cmocka_unit_test(test_coshare_finds_a_team),
		cmocka_unit_test(test_coshare_always_finds_something),
		cmocka_unit_test(test_same_half_hours),
		cmocka_unit_test(test_bicm_finds_a_team),
		cmocka_unit_test(test_bicm_validates_copycats),
		cmocka_unit_test(test_embedding_finds_company),
		cmocka_unit_test(test_embedding_groups_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
