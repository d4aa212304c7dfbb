/* test_joint.c - times and networks together tie pairs that neither ties alone. */
#include "testing.h"

#include "detect/graph/joint.h"
#include "study.h"

enum { BASE = 0x0a000000, OTHERS = 150, MEMBERS = 4, MEETINGS = 7 };

/* Members that meet now and then, in one /24 or far apart, among others who come when they like. */
static void
begin(struct study *s, bool one_network, bool meet)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < OTHERS; i++)
		for (uint32_t v = 0; v < 24; v++) {
			struct rng rng = rng_at(9, 1, i, v);

			batch_add(b, &(struct batch_session){ .ip = BASE + 0x100000 + (i << 8),
					 .at_s = rng_uniform(&rng) * 600000 });
		}
	for (uint32_t i = 0; i < MEMBERS; i++)
		for (uint32_t v = 0; v < MEETINGS; v++) {
			struct rng rng = rng_at(9, 2, meet ? 0 : i, v);

			batch_add(b, &(struct batch_session){
					 .ip = one_network ? BASE + i : BASE + (i << 16),
					 .at_s = rng_uniform(&rng) * 600000 + 10.0 * i });
		}
	study_begin(s, b, NULL);
}

static size_t
edges_without(const struct study *s, unsigned skip)
{
	struct edge_layers layers;
	struct edge_list edges;
	struct coord_error err;

	assert_int_equal(
	    edges_validate(&s->observed, 0.01, 0, 1, s->arena, &layers, &err), COORD_OK);
	for (unsigned l = 0; l < EDGE_LAYERS; l++)
		layers.n[l] = 0; /* what single layers prove is not asked here */
	assert_int_equal(edges_join(&layers, skip, s->arena, &edges, &err), COORD_OK);
	return edges.n;
}

static void
test_together(void **state)
{
	struct study s;

	(void)state;
	begin(&s, true, true);
	assert_int_equal(edges_without(&s, 0), MEMBERS * (MEMBERS - 1) / 2);
	assert_int_equal(edges_without(&s, 1u << LAYER_TIME), 0); /* a network alone is no proof */
	study_end(&s);
	begin(&s, true, false);
	assert_int_equal(edges_without(&s, 0), 0);
	study_end(&s);
}

/* The network adds to what times say, and is left out with its own layer. */
static void
test_place_adds(void **state)
{
	struct study near, far;
	struct edge_layers layers;
	struct edge *with, *without, *apart;
	size_t n_with, n_without, n_apart;
	struct coord_error err;

	(void)state;
	begin(&near, true, true);
	begin(&far, false, true);
	assert_int_equal(
	    edges_validate(&near.observed, 0.01, 0, 2, near.arena, &layers, &err), COORD_OK);
	assert_int_equal(
	    joint_edges(&near.observed, layers.weak, 0.5, 0, near.arena, &with, &n_with, &err),
	    COORD_OK);
	assert_int_equal(joint_edges(&near.observed, layers.weak, 0.5, 1u << LAYER_PLACE,
			     near.arena, &without, &n_without, &err),
	    COORD_OK);
	assert_int_equal(
	    edges_validate(&far.observed, 0.01, 0, 2, far.arena, &layers, &err), COORD_OK);
	assert_int_equal(
	    joint_edges(&far.observed, layers.weak, 0.5, 0, far.arena, &apart, &n_apart, &err),
	    COORD_OK);
	assert_int_equal(n_with, MEMBERS * (MEMBERS - 1) / 2);
	assert_true(n_without <= n_with && n_apart <= n_with);
	if (n_without > 0)
		assert_true(without[0].log10_e[LAYER_TIME] <= with[0].log10_e[LAYER_TIME]);
	study_end(&near);
	study_end(&far);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_place_adds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
