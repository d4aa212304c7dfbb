/* test_leiden.c - communities: known graphs, planted partitions, properties, and igraph as the oracle. */
#include "detect/graph/leiden.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

#ifdef HAVE_IGRAPH
#include <igraph.h>
#endif

enum { SCALE = 1024, STAGE_TEST = 1 };

struct edge {
	uint32_t a, b, weight;
};

struct graph {
	struct leiden_graph csr;
	uint64_t *start;
	uint32_t *target, *weight;
	struct edge *edges;
	size_t m, cap;
};

static void
graph_edge(struct graph *g, uint32_t a, uint32_t b, uint32_t weight)
{
	if (g->m == g->cap) {
		g->cap = g->cap == 0 ? 64 : g->cap * 2;
		g->edges = realloc(g->edges, g->cap * sizeof(*g->edges));
		assert_non_null(g->edges);
	}
	g->edges[g->m++] = (struct edge){ a < b ? a : b, a < b ? b : a, weight };
}

static int
edge_cmp(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	return (a->b > b->b) - (a->b < b->b);
}

/* Rows from the edge list; an edge given twice counts once. */
static void
graph_finish(struct graph *g, uint32_t n)
{
	size_t m = 0;
	uint64_t *at = calloc((size_t)n + 1, sizeof(*at));

	if (g->m > 0)
		qsort(g->edges, g->m, sizeof(*g->edges), edge_cmp);
	for (size_t i = 0; i < g->m; i++) {
		if (m == 0 || edge_cmp(&g->edges[m - 1], &g->edges[i]) != 0)
			g->edges[m++] = g->edges[i];
	}
	g->m = m;
	g->start = calloc((size_t)n + 1, sizeof(*g->start));
	g->target = calloc(2 * m + 1, sizeof(*g->target));
	g->weight = calloc(2 * m + 1, sizeof(*g->weight));
	assert_true(at != NULL && g->start != NULL && g->target != NULL && g->weight != NULL);
	for (size_t i = 0; i < m; i++) {
		g->start[g->edges[i].a + 1]++;
		g->start[g->edges[i].b + 1]++;
	}
	for (uint32_t v = 0; v < n; v++)
		g->start[v + 1] += g->start[v];
	memcpy(at, g->start, ((size_t)n + 1) * sizeof(*at));
	/* sorted by (a, b): first the smaller neighbours of every node, then the larger ones */
	for (size_t i = 0; i < m; i++) {
		g->target[at[g->edges[i].b]] = g->edges[i].a;
		g->weight[at[g->edges[i].b]++] = g->edges[i].weight;
	}
	for (size_t i = 0; i < m; i++) {
		g->target[at[g->edges[i].a]] = g->edges[i].b;
		g->weight[at[g->edges[i].a]++] = g->edges[i].weight;
	}
	g->csr = (struct leiden_graph){ n, g->start, g->target, g->weight };
	free(at);
}

static void
graph_free(struct graph *g)
{
	free(g->edges);
	free(g->start);
	free(g->target);
	free(g->weight);
}

static uint32_t
run(const struct graph *g, double gamma, uint64_t seed, uint32_t *community)
{
	struct arena *scratch = arena_new(0);
	uint32_t count = UINT32_MAX;

	assert_non_null(scratch);
	assert_int_equal(
	    leiden_run(&g->csr, gamma, SCALE, seed, 0, scratch, community, &count), COORD_OK);
	assert_int_equal(arena_used(scratch), 0);
	arena_free(scratch);
	return count;
}

static double
quality(const struct graph *g, double gamma, const uint32_t *community)
{
	struct arena *scratch = arena_new(0);
	double q = leiden_quality(&g->csr, gamma, SCALE, community, scratch);

	arena_free(scratch);
	return q;
}

/* Numbered 0.. by first member, and every community in one piece. */
static void
check_partition(const struct graph *g, const uint32_t *community, uint32_t count)
{
	uint32_t n = g->csr.n, seen = 0, pieces = 0;
	uint32_t *stack = calloc((size_t)n + 1, sizeof(*stack));
	uint8_t *reached = calloc((size_t)n + 1, 1);

	assert_true(stack != NULL && reached != NULL);
	for (uint32_t v = 0; v < n; v++) {
		uint32_t depth = 0;

		assert_true(community[v] <= seen);
		seen += community[v] == seen;
		if (reached[v])
			continue;
		pieces++;
		reached[v] = 1;
		stack[depth++] = v;
		while (depth > 0) {
			uint32_t w = stack[--depth];

			for (uint64_t e = g->start[w]; e < g->start[w + 1]; e++) {
				uint32_t u = g->target[e];

				if (reached[u] || community[u] != community[w])
					continue;
				reached[u] = 1;
				stack[depth++] = u;
			}
		}
	}
	assert_int_equal(seen, count);
	assert_int_equal(pieces, count);
	free(stack);
	free(reached);
}

/* `blocks` blocks of `size` nodes; edges with the given chances inside and between. */
static void
planted(
    struct graph *g, uint32_t blocks, uint32_t size, double inside, double between, uint64_t seed)
{
	struct rng rng = rng_at(seed, STAGE_TEST, 0, 0);
	uint32_t n = blocks * size;

	for (uint32_t a = 0; a < n; a++) {
		for (uint32_t b = a + 1; b < n; b++) {
			double chance = a / size == b / size ? inside : between;

			if (rng_uniform(&rng) < chance)
				graph_edge(g, a, b, 1 + rng_below(&rng, SCALE));
		}
	}
	graph_finish(g, n);
}

/* `m` random edges in 2-3 mixed densities: nothing planted, awkward shapes. */
static void
random_graph(struct graph *g, uint32_t n, uint32_t m, uint64_t seed)
{
	struct rng rng = rng_at(seed, STAGE_TEST, 1, 0);

	for (uint32_t i = 0; i < m; i++) {
		uint32_t a = rng_below(&rng, n);
		uint32_t b = rng_below(&rng, rng_below(&rng, 2) ? n : 1 + n / 8);

		if (a != b)
			graph_edge(g, a, b, 1 + rng_below(&rng, 6 * SCALE));
	}
	graph_finish(g, n);
}

static void
test_empty(void **state)
{
	struct graph none = { 0 }, isolated = { 0 };
	uint32_t community[5] = { 9, 9, 9, 9, 9 };

	(void)state;
	assert_int_equal(run(&none, 0.05, 1, community), 0);
	assert_int_equal(community[0], 9);
	graph_finish(&isolated, 5);
	assert_int_equal(run(&isolated, 0.05, 1, community), 5);
	for (uint32_t v = 0; v < 5; v++)
		assert_int_equal(community[v], v);
	graph_free(&isolated);
}

static void
test_arguments(void **state)
{
	static const struct {
		double gamma, scale;
	} bad[] = { { -0.1, 1024 }, { NAN, 1024 }, { INFINITY, 1024 }, { 0.1, 0 }, { 0.1, -1 },
		{ 0.1, NAN }, { 1e10, 1024 } };
	struct graph g = { 0 };
	struct arena *scratch = arena_new(0), *tight = arena_new(64);
	uint32_t community[2] = { 7, 7 }, count = 7;

	(void)state;
	graph_edge(&g, 0, 1, SCALE);
	graph_finish(&g, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(leiden_run(&g.csr, bad[i].gamma, bad[i].scale, 1, 0, scratch,
				     community, &count),
		    COORD_EINVALID);
	}
	assert_int_equal(
	    leiden_run(&g.csr, 0.1, SCALE, 1, 0, tight, community, &count), COORD_ELIMIT);
	assert_int_equal(count, 7);
	assert_int_equal(community[0], 7);
	arena_free(scratch);
	arena_free(tight);
	graph_free(&g);
}

/* Whatever the limit of the scratch arena: either the whole answer or COORD_ELIMIT and nothing written. */
static void
test_every_limit(void **state)
{
	enum { N = 60 };
	struct graph g = { 0 };
	uint32_t want[N], community[N];
	uint32_t refused = 0, answered = 0, want_count;

	(void)state;
	planted(&g, 6, 10, 0.6, 0.05, 3);
	want_count = run(&g, 0.05, 9, want);
	for (size_t limit = 16; limit < 200000; limit += limit / 8 + 16) {
		struct arena *scratch = arena_new(limit);
		uint32_t count = 77;
		enum coord_err rc;

		memset(community, 0xee, sizeof(community));
		assert_non_null(scratch);
		rc = leiden_run(&g.csr, 0.05, SCALE, 9, 0, scratch, community, &count);
		if (rc == COORD_OK) {
			answered++;
			assert_int_equal(count, want_count);
			assert_memory_equal(community, want, sizeof(want));
		} else {
			refused++;
			assert_int_equal(rc, COORD_ELIMIT);
			assert_int_equal(count, 77);
			assert_int_equal(community[0], 0xeeeeeeee);
		}
		assert_int_equal(arena_used(scratch), 0);
		arena_free(scratch);
	}
	assert_true(refused > 10 && answered > 10);
	graph_free(&g);
}

/* Two nodes join exactly when their edge weighs more than gamma. */
static void
test_pair_threshold(void **state)
{
	struct graph g = { 0 };
	uint32_t community[2];

	(void)state;
	graph_edge(&g, 0, 1, SCALE / 2);
	graph_finish(&g, 2);
	assert_int_equal(run(&g, 0.499, 1, community), 1);
	assert_int_equal(run(&g, 0.501, 1, community), 2);
	graph_free(&g);
}

static void
test_ring_of_cliques(void **state)
{
	enum { CLIQUES = 50, SIZE = 5, N = CLIQUES * SIZE };
	struct graph g = { 0 };
	uint32_t community[N];

	(void)state;
	for (uint32_t c = 0; c < CLIQUES; c++) {
		for (uint32_t a = 0; a < SIZE; a++) {
			for (uint32_t b = a + 1; b < SIZE; b++)
				graph_edge(&g, c * SIZE + a, c * SIZE + b, SCALE);
		}
		graph_edge(&g, c * SIZE, (c + 1) % CLIQUES * SIZE + 1, SCALE);
	}
	graph_finish(&g, N);
	/* no resolution limit: the cliques, never pairs of cliques */
	assert_int_equal(run(&g, 0.3, 7, community), CLIQUES);
	for (uint32_t v = 0; v < N; v++)
		assert_int_equal(community[v], v / SIZE);
	check_partition(&g, community, CLIQUES);
	graph_free(&g);
}

static void
test_disconnected(void **state)
{
	struct graph g = { 0 };
	uint32_t community[9];
	static const uint32_t want[9] = { 0, 0, 0, 1, 2, 2, 2, 3, 3 };

	(void)state;
	graph_edge(&g, 0, 1, SCALE);
	graph_edge(&g, 1, 2, SCALE);
	graph_edge(&g, 0, 2, SCALE);
	graph_edge(&g, 4, 5, SCALE);
	graph_edge(&g, 5, 6, SCALE);
	graph_edge(&g, 4, 6, SCALE);
	graph_edge(&g, 7, 8, SCALE);
	graph_finish(&g, 9);
	/* gamma 0: anything connected belongs together, and nothing else */
	assert_int_equal(run(&g, 0.0, 3, community), 4);
	assert_memory_equal(community, want, sizeof(want));
	assert_int_equal(run(&g, 0.05, 3, community), 4);
	assert_memory_equal(community, want, sizeof(want));
	graph_free(&g);
}

static void
test_planted_recovered(void **state)
{
	enum { BLOCKS = 20, SIZE = 30, N = BLOCKS * SIZE };
	uint32_t community[N], want[N];

	(void)state;
	for (uint32_t v = 0; v < N; v++)
		want[v] = v / SIZE;
	for (uint64_t seed = 0; seed < 5; seed++) {
		struct graph g = { 0 };
		uint32_t apart = 0;

		planted(&g, BLOCKS, SIZE, 0.5, 0.01, seed);
		run(&g, 0.05, seed, community);
		/* a weakly tied node may rightly stand alone, so quality is what must hold */
		assert_true(quality(&g, 0.05, community) >= quality(&g, 0.05, want) - 1e-9);
		for (uint32_t v = 0; v < N; v++)
			apart += community[v] != community[v / SIZE * SIZE];
		assert_true(apart <= 3);
		graph_free(&g);
	}
}

static void
test_connected_and_better_than_trivial(void **state)
{
	enum { N = 400 };
	static const double gammas[] = { 0.01, 0.05, 0.2, 1.0 };
	uint32_t community[N], alone[N], together[N] = { 0 };

	(void)state;
	for (uint32_t v = 0; v < N; v++)
		alone[v] = v;
	for (uint32_t i = 0; i < 40; i++) {
		struct graph g = { 0 };
		double gamma = gammas[i % 4];
		uint32_t count;

		random_graph(&g, N, 50 + 40 * i, i);
		count = run(&g, gamma, i, community);
		check_partition(&g, community, count);
		assert_true(quality(&g, gamma, community) >= quality(&g, gamma, alone));
		assert_true(quality(&g, gamma, community) >= quality(&g, gamma, together));
		graph_free(&g);
	}
}

/* No single node can gain by going elsewhere: the definition of a local optimum. */
static void
test_node_optimal(void **state)
{
	enum { N = 120 };
	struct graph g = { 0 };
	uint32_t community[N];
	uint32_t count;
	double best;

	(void)state;
	random_graph(&g, N, 500, 99);
	count = run(&g, 0.2, 5, community);
	best = quality(&g, 0.2, community);
	assert_true(count < N);
	for (uint32_t v = 0; v < N; v++) {
		uint32_t own = community[v];

		for (uint32_t c = 0; c < count; c++) {
			community[v] = c;
			assert_true(quality(&g, 0.2, community) <= best + 1e-6);
		}
		community[v] = own;
	}
	graph_free(&g);
}

static void
test_deterministic(void **state)
{
	enum { N = 2000 };
	struct graph g = { 0 };
	uint32_t *first = calloc(N, sizeof(*first)), *again = calloc(N, sizeof(*again));

	(void)state;
	random_graph(&g, N, 9000, 4);
	assert_int_equal(run(&g, 0.05, 11, first), run(&g, 0.05, 11, again));
	assert_memory_equal(first, again, N * sizeof(*first));
	run(&g, 0.05, 12, again);
	assert_memory_not_equal(first, again, N * sizeof(*first));
	free(first);
	free(again);
	graph_free(&g);
}

/* Isolated nodes anywhere change nothing for the others. */
static void
test_isolated_nodes_do_not_matter(void **state)
{
	enum { N = 300 };
	struct graph dense = { 0 }, sparse = { 0 };
	uint32_t a[N], b[3 * N];

	(void)state;
	random_graph(&dense, N, 900, 8);
	for (uint32_t v = 0; v < N; v++)
		graph_edge(&dense, v, (v + 1) % N, 10);
	free(dense.start);
	free(dense.target);
	free(dense.weight);
	graph_finish(&dense, N);
	for (size_t i = 0; i < dense.m; i++)
		graph_edge(&sparse, 3 * dense.edges[i].a + 1, 3 * dense.edges[i].b + 1,
		    dense.edges[i].weight);
	graph_finish(&sparse, 3 * N);
	run(&dense, 0.3, 2, a);
	run(&sparse, 0.3, 2, b);
	for (uint32_t v = 1; v < N; v++) {
		for (uint32_t u = 0; u < v; u++)
			assert_int_equal(a[u] == a[v], b[3 * u + 1] == b[3 * v + 1]);
	}
	graph_free(&dense);
	graph_free(&sparse);
}

#ifdef HAVE_IGRAPH
static void
igraph_partition(const struct graph *g, double gamma, uint32_t *community)
{
	igraph_t graph;
	igraph_vector_int_t edges, membership;
	igraph_vector_t weights;
	igraph_integer_t clusters;
	igraph_real_t q;

	assert_int_equal(igraph_vector_int_init(&edges, (igraph_integer_t)(2 * g->m)), 0);
	assert_int_equal(igraph_vector_init(&weights, (igraph_integer_t)g->m), 0);
	assert_int_equal(igraph_vector_int_init(&membership, 0), 0);
	for (size_t i = 0; i < g->m; i++) {
		VECTOR(edges)[2 * i] = g->edges[i].a;
		VECTOR(edges)[2 * i + 1] = g->edges[i].b;
		VECTOR(weights)[i] = (double)g->edges[i].weight / SCALE;
	}
	assert_int_equal(igraph_create(&graph, &edges, (igraph_integer_t)g->csr.n, false), 0);
	igraph_rng_seed(igraph_rng_default(), 42);
	assert_int_equal(igraph_community_leiden(&graph, &weights, NULL, gamma, 0.01, false, -1,
			     &membership, &clusters, &q),
	    0);
	for (uint32_t v = 0; v < g->csr.n; v++)
		community[v] = (uint32_t)VECTOR(membership)[v];
	igraph_destroy(&graph);
	igraph_vector_int_destroy(&edges);
	igraph_vector_int_destroy(&membership);
	igraph_vector_destroy(&weights);
}
#endif

static void
test_as_good_as_igraph(void **state)
{
	(void)state;
#ifndef HAVE_IGRAPH
	print_message("skipped: igraph was not found when this was built\n");
	skip();
#else
	enum { N = 1200 };
	uint32_t *ours = calloc(N, sizeof(*ours)), *theirs = calloc(N, sizeof(*theirs));

	for (uint32_t i = 0; i < 12; i++) {
		struct graph g = { 0 };
		double gamma = i % 3 == 0 ? 0.01 : i % 3 == 1 ? 0.05 : 0.2;
		double q;

		if (i % 2 == 0)
			random_graph(&g, N, 1000 + 500 * i, i);
		else
			planted(&g, 40, 30, 0.2, 0.01, i);
		run(&g, gamma, i, ours);
		igraph_partition(&g, gamma, theirs);
		q = quality(&g, gamma, theirs);
		assert_true(q > 0.0);
		if (quality(&g, gamma, ours) < 0.99 * q)
			fail_msg("graph %u gamma %g: ours %.3f, igraph %.3f", i, gamma,
			    quality(&g, gamma, ours), q);
		graph_free(&g);
	}
	free(ours);
	free(theirs);
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_every_limit),
		cmocka_unit_test(test_pair_threshold),
		cmocka_unit_test(test_ring_of_cliques),
		cmocka_unit_test(test_disconnected),
		cmocka_unit_test(test_planted_recovered),
		cmocka_unit_test(test_connected_and_better_than_trivial),
		cmocka_unit_test(test_node_optimal),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_isolated_nodes_do_not_matter),
		cmocka_unit_test(test_as_good_as_igraph),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
