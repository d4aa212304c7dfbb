/* test_world.c - what a null world keeps, and that it destroys the rest. */
#include "testing.h"

#include <stdlib.h>

#include "reference/reference.h"
#include "study.h"

enum { BASE = 0x0a000000, NODES = 240, VISITS = 6 };
static const int64_t hour_us = WORLD_HOUR_S * TIME_SECOND;

/* Two tool strata; a few popular and many rare credentials; visits over two days, some hours of a stratum with one
 * node only. */
static void
begin(struct study *s)
{
	struct batch *b = batch_new();
	struct rng rng = rng_at(7, 1, 0, 0);

	for (uint32_t i = 0; i < 2 * NODES; i++)
		for (uint32_t v = 0; v < VISITS; v++) {
			char c[4][32], payload[64];
			double hour = i % NODES < 20 ? 24 + i % 20 : rng_below(&rng, 10);

			for (size_t k = 0; k < 4; k++)
				(void)snprintf(c[k], sizeof(c[k]), "root %u",
				    k < 2 ? rng_below(&rng, 12) : 100 + rng_below(&rng, 900));
			(void)snprintf(
			    payload, sizeof(payload), "payload number %u of somebody", i);
			batch_add(b, &(struct batch_session){ .ip = BASE + i * 300,
					 .at_s = hour * 3600 + rng_uniform(&rng) * 3600,
					 .hassh = i < NODES ? "aa" : "bb",
					 .credentials = { c[0], c[1], c[2], c[3] },
					 .payload = i % 3 == 0 ? payload : NULL });
		}
	study_begin(s, b, NULL);
	assert_int_equal(s->m.n_strata, 2);
}

static void
draw_world(const struct study *s, uint64_t seed, uint32_t index, struct world *w)
{
	struct coord_error err;

	assert_int_equal(world_null(s->plan, seed, index, s->arena, w, &err), COORD_OK);
	assert_true(w->null);
}

/* The cell of a token in the node's stratum: there must be one, tokens do not leave their strata. */
static uint32_t
cell_of(const struct study *s, enum layer layer, uint32_t node, uint32_t token)
{
	const struct layer_tokens *l = &s->m.layers[layer];

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		for (uint32_t c = l->start[i];
		     s->m.node_stratum[i] == s->m.node_stratum[node] && c < l->start[i + 1]; c++)
			if (l->cell_token[l->cell[c]] == token)
				return l->cell[c];
	fail_msg("token %u came from another stratum", token);
	return 0;
}

static void
test_margins(void **state)
{
	struct study s;
	struct world w;
	const struct layer_tokens *l;
	uint32_t *count, moved = 0;

	(void)state;
	begin(&s);
	draw_world(&s, 1, 1, &w);
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++) {
		l = &s.m.layers[layer];
		count = calloc((size_t)l->n_cells + 1, sizeof(*count));
		assert_non_null(count);
		for (uint32_t i = 0; i < s.m.n_nodes; i++)
			for (uint32_t c = l->start[i]; c < l->start[i + 1]; c++) {
				uint32_t cell = cell_of(&s, layer, i, w.token[layer][c]);

				/* rows ascend, without repeats; degrees are start[]'s, which is shared */
				assert_true(
				    c == l->start[i] || w.token[layer][c - 1] < w.token[layer][c]);
				count[cell]++;
				moved += cell != l->cell[c];
			}
		/* a cell is a token in a stratum: each keeps its number of nodes */
		for (uint32_t i = 0; i < l->start[s.m.n_nodes]; i++)
			count[l->cell[i]]--;
		for (uint32_t c = 0; c < l->n_cells; c++)
			assert_int_equal(count[c], 0);
		free(count);
	}
	assert_true(moved > s.m.layers[LAYER_CREDENTIAL].start[s.m.n_nodes] / 2);
	study_end(&s);
}

struct timed {
	uint64_t bin; /* stratum and hour */
	int64_t at;
	uint32_t node;
};

static int
timed_order(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;

	if (x->bin != y->bin)
		return x->bin < y->bin ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static struct timed *
by_bin(const struct study *s, const int64_t *us)
{
	struct timed *t = calloc(s->m.n_visits, sizeof(*t));

	assert_non_null(t);
	for (uint32_t v = 0; v < s->m.n_visits; v++) {
		uint32_t node = s->m.visits[v].node;

		t[v] = (struct timed){ (uint64_t)s->m.node_stratum[node] << 44 |
					   (uint64_t)(s->m.visits[v].start_us / hour_us),
			us[v], node };
		/* no visit leaves its hour */
		assert_int_equal(us[v] / hour_us, s->m.visits[v].start_us / hour_us);
	}
	qsort(t, s->m.n_visits, sizeof(*t), timed_order);
	return t;
}

static void
test_jitter(void **state)
{
	struct study s;
	struct world w;
	struct timed *before, *after;
	uint32_t alone = 0, together = 0, redrawn = 0;

	(void)state;
	begin(&s);
	draw_world(&s, 1, 1, &w);
	before = by_bin(&s, s.observed.visit_us);
	after = by_bin(&s, w.visit_us);
	for (uint32_t from = 0, to; from < s.m.n_visits; from = to) {
		bool company = false;

		for (to = from; to < s.m.n_visits && before[to].bin == before[from].bin; to++)
			company = company || before[to].node != before[from].node;
		alone += !company;
		together += company;
		for (uint32_t i = from; i < to; i++) {
			assert_true(before[i].bin == after[i].bin);
			if (company)
				assert_int_equal(before[i].at, after[i].at);
			else
				redrawn += before[i].at != after[i].at;
		}
	}
	assert_true(alone > 10 && together >= 20);
	assert_true(redrawn > 10);
	free(before);
	free(after);
	study_end(&s);
}

/* Nodes that keep meeting lend nobody their times and take any of their hour; the others' worlds do without them. */
static void
test_scattered(void **state)
{
	struct study s;
	struct world w;
	bool *meeting;
	uint32_t taken = 0, kept = 0, n = 0;

	(void)state;
	begin(&s);
	meeting = ARENA_ARRAY(s.arena, s.m.n_nodes, bool);
	assert_non_null(meeting);
	for (uint32_t i = 0; i < s.m.n_nodes; i += 7)
		meeting[i] = true;
	assert_int_equal(world_plan_scatter(s.plan, meeting, s.arena, NULL), COORD_OK);
	draw_world(&s, 1, 1, &w);
	for (uint32_t v = 0; v < s.m.n_visits; v++) {
		bool known = false, own = meeting[s.m.visits[v].node];

		assert_int_equal(w.visit_us[v] / hour_us, s.m.visits[v].start_us / hour_us);
		for (uint32_t k = 0; k < s.m.n_visits && !known; k++)
			known = s.m.visits[k].start_us == w.visit_us[v] &&
				meeting[s.m.visits[k].node] != own;
		n += own;
		kept += own && w.visit_us[v] == s.m.visits[v].start_us;
		taken += known;
	}
	assert_true(n > 300);
	assert_int_equal(taken, 0);
	assert_int_equal(kept, 0);
	study_end(&s);
}

static void
test_permutations(void **state)
{
	struct study s;
	struct world w;
	uint32_t *sources, moved = 0;
	bool *payloads;

	(void)state;
	begin(&s);
	draw_world(&s, 1, 3, &w);
	sources = calloc(s.m.n_sources, sizeof(*sources));
	payloads = calloc(s.m.n_nodes, sizeof(*payloads));
	assert_true(sources != NULL && payloads != NULL);
	for (uint32_t i = 0; i < s.m.n_nodes; i++) {
		uint32_t from = w.node_payload[i];

		sources[s.m.node_source[i]]++;
		moved += w.node_source[i] != s.m.node_source[i];
		assert_false(payloads[from]);
		payloads[from] = true;
		/* only those that brought any exchange, within their stratum */
		assert_int_equal(s.m.payloads[i].n > 0, s.m.payloads[from].n > 0);
		assert_int_equal(s.m.node_stratum[i], s.m.node_stratum[from]);
	}
	for (uint32_t i = 0; i < s.m.n_nodes; i++)
		sources[w.node_source[i]]--;
	for (uint32_t i = 0; i < s.m.n_sources; i++)
		assert_int_equal(sources[i], 0);
	assert_true(moved > s.m.n_nodes / 2);
	free(sources);
	free(payloads);
	study_end(&s);
}

static bool
worlds_equal(const struct study *s, const struct world *a, const struct world *b)
{
	const struct layer_tokens *l = &s->m.layers[LAYER_CREDENTIAL];

	return memcmp(a->visit_us, b->visit_us, s->m.n_visits * sizeof(*a->visit_us)) == 0 &&
	       memcmp(a->node_source, b->node_source, s->m.n_nodes * sizeof(*a->node_source)) ==
		   0 &&
	       memcmp(a->token[LAYER_CREDENTIAL], b->token[LAYER_CREDENTIAL],
		   l->start[s->m.n_nodes] * sizeof(**a->token)) == 0;
}

static void
test_address_of_a_world(void **state)
{
	struct study s;
	struct world one, again, next, other;

	(void)state;
	begin(&s);
	draw_world(&s, 11, 5, &one);
	draw_world(&s, 11, 6, &next);
	draw_world(&s, 12, 5, &other);
	draw_world(&s, 11, 5, &again);
	assert_true(worlds_equal(&s, &one, &again));
	assert_false(worlds_equal(&s, &one, &next));
	assert_false(worlds_equal(&s, &one, &other));
	study_end(&s);
}

static void
test_full_arena(void **state)
{
	struct study s;
	struct world w;
	struct coord_error err;
	struct arena *small = arena_new(1000);

	(void)state;
	begin(&s);
	assert_int_equal(world_null(s.plan, 1, 1, small, &w, &err), COORD_ELIMIT);
	assert_int_equal(world_observed(&s.m, small, &w, &err), COORD_ELIMIT);
	arena_free(small);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_margins),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_permutations),
		cmocka_unit_test(test_address_of_a_world),
		cmocka_unit_test(test_full_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
