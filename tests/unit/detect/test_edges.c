/* test_edges.c - e-values of pairs against a slow literal reading of methods.md section 8; candidates, e-BH, the limit a
 * node; validity on independent data. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "detect/graph/edges.h"
#include "study.h"

enum { BASE = 0x0a000000, ALL_BUT_CREDENTIALS = 0x1f & ~(1u << LAYER_CREDENTIAL) };

/* Does a node carry a token? */
static bool
carries(const struct study *s, uint32_t node, uint32_t token)
{
	const struct layer_tokens *l = &s->m.layers[LAYER_CREDENTIAL];

	for (uint32_t c = l->start[node]; c < l->start[node + 1]; c++)
		if (l->cell_token[l->cell[c]] == token)
			return true;
	return false;
}

/* A population of its own (a tool family), else everybody. */
static bool
same_population(const struct study *s, uint32_t node, uint32_t of)
{
	const struct stratum *st = &s->m.strata[s->m.node_stratum[of]];

	return st->tool[0] == 0 ? true : s->m.node_stratum[node] == s->m.node_stratum[of];
}

/* x = d (n + 0.5) / D, p = x / (1 + x), counted by hand. */
static double
chance(const struct study *s, uint32_t node, uint32_t token)
{
	double n = 0, total = 0, x;

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		if (same_population(s, i, node)) {
			n += carries(s, i, token);
			total += model_degree(&s->m, LAYER_CREDENTIAL, i);
		}
	x = model_degree(&s->m, LAYER_CREDENTIAL, node) * (n + 0.5) / total;
	return x / (1 + x);
}

static double
literal_e(const struct study *s, uint32_t a, uint32_t b)
{
	static const double rhos[] = { 0.05, 0.2, 0.5, 0.9 };
	const struct layer_tokens *l = &s->m.layers[LAYER_CREDENTIAL];
	double d_a = model_degree(&s->m, LAYER_CREDENTIAL, a);
	double d_b = model_degree(&s->m, LAYER_CREDENTIAL, b), mean = 0;

	for (size_t r = 0; r < COUNT_OF(rhos); r++) {
		double log_e = -rhos[r] * fmin(d_a, d_b);

		for (uint32_t t = 0; t < l->n_tokens; t++) {
			double p_a, p_b;

			if (!carries(s, a, t) || !carries(s, b, t))
				continue;
			p_a = chance(s, a, t);
			p_b = chance(s, b, t);
			log_e += log(fmax(p_a * p_b, rhos[r] * fmin(p_a, p_b)) / (p_a * p_b));
		}
		mean += exp(log_e) / 4;
	}
	return mean;
}

/* `popular` tokens drawn by everybody, `rare` ones shared by neighbours, in one or two tool families. */
static void
begin(struct study *s, uint32_t nodes, bool two_families, uint64_t seed)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < nodes; i++) {
		struct rng rng = rng_at(seed, 1, 0, i);
		uint32_t n = 2 + rng_below(&rng, 8);
		char text[10][32];
		struct batch_session session = { .ip = BASE + i,
			.at_s = 1.0 * i,
			.hassh = two_families && i % 2 == 0 ? "aa" : NULL };

		for (uint32_t k = 0; k < n; k++) {
			if (k < 2)
				(void)snprintf(text[k], 32, "rare %u", i / 5 * 2 + k);
			else
				(void)snprintf(text[k], 32, "popular %u",
				    (uint32_t)(30 * rng_uniform(&rng) * rng_uniform(&rng)));
			session.credentials[k] = text[k];
		}
		batch_add(b, &session);
	}
	study_begin(s, b, NULL);
}

static void
check_pairs(uint32_t nodes, bool two_families, uint32_t pairs)
{
	struct study s;
	struct rng rng = rng_at(3, 2, 0, 0);

	begin(&s, nodes, two_families, 1);
	assert_int_equal(s.m.n_strata, two_families ? 2 : 1);
	for (uint32_t i = 0; i < pairs; i++) {
		uint32_t a = rng_below(&rng, nodes),
			 b = i % 3 == 0 ? a / 5 * 5 + i % 5 : rng_below(&rng, nodes);
		double got, want;

		if (a == b || b >= nodes)
			continue;
		got = edges_pair_log_e(&s.observed, LAYER_CREDENTIAL, a, b);
		want = log(literal_e(&s, a, b));
		if (!(fabs(got - want) < 1e-4))
			fail_msg("%u %u: got %f, want %f", a, b, got, want);
		/* a pair has no direction */
		assert_true(got == edges_pair_log_e(&s.observed, LAYER_CREDENTIAL, b, a));
	}
	study_end(&s);
}

static void
test_literal_formula(void **state)
{
	(void)state;
	check_pairs(60, false, test_quick() ? 60 : 400);
}

/* Nodes of different tool families: each with its own family's counts. */
static void
test_literal_formula_across_strata(void **state)
{
	(void)state;
	check_pairs(410, true, test_quick() ? 5 : 60);
}

static void
test_nothing_to_share(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	batch_add(b, &(struct batch_session){ .ip = BASE, .credentials = { "root 1" } });
	batch_add(b, &(struct batch_session){ .ip = BASE + 1 });
	study_begin(&s, b, NULL);
	assert_true(edges_pair_log_e(&s.observed, LAYER_CREDENTIAL, 0, 1) == -INFINITY);
	study_end(&s);
}

/* The literal e-BH and the literal limit a node, over every pair of different sources. */
struct brute {
	struct pair *pairs;
	size_t n;
};

static int
strength(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->log_e != y->log_e)
		return x->log_e > y->log_e ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static void
brute_force(const struct study *s, double q, struct brute *ret)
{
	uint32_t n = s->m.n_nodes, *taken = calloc(n, sizeof(*taken));
	double m = (double)s->m.layers[LAYER_CREDENTIAL].active;
	size_t all = 0, k = 0;

	m = m * (m - 1) / 2;
	ret->pairs = calloc((size_t)n * n, sizeof(*ret->pairs));
	assert_true(ret->pairs != NULL && taken != NULL);
	for (uint32_t a = 0; a < n; a++)
		for (uint32_t b = a + 1; b < n; b++)
			ret->pairs[all++] = (struct pair){ a, b,
				edges_pair_log_e(&s->observed, LAYER_CREDENTIAL, a, b) };
	qsort(ret->pairs, all, sizeof(*ret->pairs), strength);
	for (size_t i = 0; i < all; i++)
		if (exp(ret->pairs[i].log_e) >= m / (q * (double)(i + 1)))
			k = i + 1;
	ret->n = 0;
	for (size_t i = 0; i < k; i++) {
		struct pair p = ret->pairs[i];

		if (taken[p.a] >= EDGE_PER_NODE && taken[p.b] >= EDGE_PER_NODE)
			continue;
		taken[p.a]++;
		taken[p.b]++;
		ret->pairs[ret->n++] = p;
	}
	free(taken);
}

static size_t
check_edges(const struct study *s, double q)
{
	struct edge_list edges;
	struct brute want;
	struct coord_error err;

	assert_int_equal(
	    edges_find(&s->observed, q, ALL_BUT_CREDENTIALS, s->arena, &edges, &err), COORD_OK);
	brute_force(s, q, &want);
	assert_int_equal(edges.n, want.n);
	for (size_t i = 0; i < want.n; i++) {
		bool found = false;

		for (size_t e = 0; e < edges.n && !found; e++)
			found = edges.edges[e].a == want.pairs[i].a &&
				edges.edges[e].b == want.pairs[i].b &&
				fabs((double)edges.edges[e].log10_e[LAYER_CREDENTIAL] -
				     fmin(want.pairs[i].log_e / log(10), EDGE_LOG10_MOST)) < 1e-5;
		assert_true(found);
	}
	for (size_t e = 1; e < edges.n; e++)
		assert_true(edges.edges[e - 1].a < edges.edges[e].a ||
			    (edges.edges[e - 1].a == edges.edges[e].a &&
				edges.edges[e - 1].b < edges.edges[e].b));
	assert_int_equal(edges.possible, (uint64_t)s->m.layers[LAYER_CREDENTIAL].active *
					     (s->m.layers[LAYER_CREDENTIAL].active - 1) / 2);
	free(want.pairs);
	return edges.n;
}

/* Cliques of `size` nodes with `shared` rare credentials each, among `noise` nodes with popular ones. */
static void
begin_cliques(struct study *s, uint32_t cliques, uint32_t size, uint32_t shared, uint32_t noise)
{
	struct batch *b = batch_new();
	char prefix[32];

	for (uint32_t c = 0; c < cliques; c++)
		for (uint32_t i = 0; i < size; i++) {
			(void)snprintf(prefix, sizeof(prefix), "clique%u_ ", c);
			batch_add_credentials(b,
			    &(struct batch_session){ .ip = BASE + 1000 * c + i }, prefix, i % 3,
			    shared);
		}
	for (uint32_t i = 0; i < noise; i++)
		batch_add_credentials(b, &(struct batch_session){ .ip = BASE + 900000 + i },
		    "popular ", i % 11, i % 11 + 3 + i % 4);
	study_begin(s, b, NULL);
}

static void
test_candidates_and_cut_off(void **state)
{
	struct study s;

	(void)state;
	begin_cliques(&s, 6, 6, 12, 40);
	assert_int_equal(check_edges(&s, 0.01), 6 * 15);
	(void)check_edges(&s, 0.5);
	study_end(&s);
	begin_cliques(&s, 8, 5, 4, 60); /* weak ones pass at a lax level only */
	assert_int_equal(check_edges(&s, 1e-5), 0);
	assert_int_equal(check_edges(&s, 0.9), 48);
	study_end(&s);
}

static void
test_limit_a_node(void **state)
{
	struct study s;
	size_t n;

	(void)state;
	begin_cliques(&s, 1, 30, 20, 1200);
	n = check_edges(&s, 0.01);
	assert_true(n < 30 * 29 / 2 && n >= 30 * EDGE_PER_NODE / 2);
	study_end(&s);
}

/* A token of more than 64 nodes pairs each with its next eight only. */
static void
test_near_candidates(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct edge_list edges;
	struct coord_error err;

	(void)state;
	for (uint32_t i = 0; i < EDGE_DF_ALL + 1; i++)
		batch_add(b, &(struct batch_session){
				 .ip = BASE + i, .at_s = i, .credentials = { "root 1" } });
	study_begin(&s, b, NULL);
	assert_int_equal(
	    edges_find(&s.observed, 0.01, ALL_BUT_CREDENTIALS, s.arena, &edges, &err), COORD_OK);
	assert_int_equal(
	    edges.tested, (EDGE_DF_ALL + 1) * EDGE_NEAR - EDGE_NEAR * (EDGE_NEAR + 1) / 2);
	assert_int_equal(edges.n, 0); /* everybody's token joins nobody */
	study_end(&s);
}

/* More nodes than a bit matrix holds, and a token that too many carry to pair anybody. Each pair of neighbours shares two
 * rare credentials, which name the pair twice but count it once. */
static void
test_many_nodes(void **state)
{
	enum { MANY = 16500 };
	struct batch *b = batch_new();
	struct study s;
	struct edge_list edges;
	struct coord_error err;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		char one[32], two[32];

		(void)snprintf(one, sizeof(one), "one %u", i / 2);
		(void)snprintf(two, sizeof(two), "two %u", i / 2);
		batch_add(b,
		    &(struct batch_session){ .ip = BASE + i,
			.at_s = i,
			.credentials = { one, two, i < EDGE_DF_NEAR + 100 ? "root hub" : NULL } });
	}
	study_begin(&s, b, NULL);
	assert_int_equal(
	    edges_find(&s.observed, 0.01, ALL_BUT_CREDENTIALS, s.arena, &edges, &err), COORD_OK);
	assert_int_equal(edges.tested, MANY / 2);
	assert_int_equal(edges.n, MANY / 2);
	for (size_t e = 0; e < edges.n; e++)
		assert_true(edges.edges[e].a / 2 == edges.edges[e].b / 2);
	study_end(&s);
}

/* Nodes of one source are never evidence of each other. */
static void
test_same_source(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	struct edge_list edges;
	struct coord_error err;

	(void)state;
	for (uint32_t i = 0; i < 60; i++)
		batch_add_credentials(b,
		    &(struct batch_session){
			.ip = BASE + i / 2, .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET },
		    i < 2 ? "own " : "popular ", i < 2 ? 0 : i % 7, i < 2 ? 30 : i % 7 + 3);
	study_begin(&s, b, NULL);
	assert_int_equal(edges_find(&s.observed, 0.01, 0, s.arena, &edges, &err), COORD_OK);
	for (size_t e = 0; e < edges.n; e++)
		assert_int_not_equal(
		    s.m.node_source[edges.edges[e].a], s.m.node_source[edges.edges[e].b]);
	study_end(&s);
}

/* Layers left out are neither searched nor counted. */
static void
test_skip(void **state)
{
	struct study s;
	struct edge_list edges;
	struct coord_error err;

	(void)state;
	begin_cliques(&s, 2, 5, 12, 20);
	assert_int_equal(
	    edges_find(&s.observed, 0.01, 1u << LAYER_CREDENTIAL, s.arena, &edges, &err), COORD_OK);
	for (size_t e = 0; e < edges.n; e++)
		assert_true(edges.edges[e].log10_e[LAYER_CREDENTIAL] == 0);
	assert_int_equal(edges_find(&s.observed, 0.01, 0x1f, s.arena, &edges, &err), COORD_OK);
	assert_int_equal(edges.n, 0);
	assert_int_equal(edges.possible, 0);
	study_end(&s);
}

/* Tokens drawn independently by popularity: the mean of e over pairs is at most one. */
static void
test_mean_of_e_under_independence(void **state)
{
	enum { NODES = 150, TOKENS = 400 };
	uint32_t batches = test_quick() ? 2 : 12;
	double sum = 0, pairs = 0;

	(void)state;
	for (uint32_t r = 0; r < batches; r++) {
		struct batch *b = batch_new();
		struct study s;

		for (uint32_t i = 0; i < NODES; i++) {
			struct rng rng = rng_at(77, 1, r, i);
			uint32_t n = 1 + rng_below(&rng, 30);

			for (uint32_t k = 0; k < n; k++) {
				/* Zipf-like popularity */
				uint32_t t = (uint32_t)pow(TOKENS, rng_uniform(&rng));
				char text[32];

				(void)snprintf(text, sizeof(text), "root %u", t);
				batch_add(b, &(struct batch_session){
						 .ip = BASE + i, .credentials = { text } });
			}
		}
		study_begin(&s, b, NULL);
		for (uint32_t x = 0; x < NODES; x++)
			for (uint32_t y = x + 1; y < NODES; y++) {
				sum += exp(edges_pair_log_e(&s.observed, LAYER_CREDENTIAL, x, y));
				pairs++;
			}
		study_end(&s);
	}
	if (sum / pairs > 1)
		fail_msg("mean of e over %.0f independent pairs: %f", pairs, sum / pairs);
}

/* And the shared draws of curveball worlds, whose popularity is the batch's own. */
static void
test_mean_of_e_in_null_worlds(void **state)
{
	struct study s;
	double sum = 0, pairs = 0;

	(void)state;
	begin(&s, 150, false, 9);
	for (uint32_t k = 1; k <= (test_quick() ? 2u : 20u); k++) {
		struct world w;
		struct coord_error err;

		assert_int_equal(world_null(s.plan, 4, k, s.arena, &w, &err), COORD_OK);
		for (uint32_t x = 0; x < s.m.n_nodes; x++)
			for (uint32_t y = x + 1; y < s.m.n_nodes; y++) {
				sum += exp(edges_pair_log_e(&w, LAYER_CREDENTIAL, x, y));
				pairs++;
			}
	}
	if (sum / pairs > 1)
		fail_msg("mean of e over %.0f null pairs: %f", pairs, sum / pairs);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal_formula),
		cmocka_unit_test(test_literal_formula_across_strata),
		cmocka_unit_test(test_nothing_to_share),
		cmocka_unit_test(test_candidates_and_cut_off),
		cmocka_unit_test(test_limit_a_node),
		cmocka_unit_test(test_near_candidates),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_same_source),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_mean_of_e_under_independence),
		cmocka_unit_test(test_mean_of_e_in_null_worlds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
