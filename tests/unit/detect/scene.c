/* scene.c - see scene.h. */
#include "testing.h"

#include "scene.h"

#include <math.h>

#include "detect/stats.h"

enum { BURSTS = 12, LEVEL_DRAWS = 199 };

static double
diurnal_second(struct rng *rng)
{
	for (;;) {
		double s = 86400 * rng_uniform(rng);

		if (rng_uniform(rng) < 0.15 + 0.85 * pow(sin(s / 86400 * 3.14159), 2))
			return s;
	}
}

double
scene_time(uint64_t seed, struct rng *rng)
{
	struct rng burst = rng_at(seed, 2, 0, rng_below(rng, BURSTS));

	if (rng_below(rng, 10) < 3)
		return 86400.0 * SCENE_DAYS * rng_uniform(&burst) + 300 * rng_exponential(rng);
	return 86400.0 * rng_below(rng, SCENE_DAYS) + diurnal_second(rng);
}

uint32_t
scene_address(uint32_t node)
{
	return 0x60000000 + (node << 16) + 0x0907;
}

void
scene_begin(struct study *s, scene_source add, int planted, uint64_t seed)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < SCENE_NODES; i++)
		add(b, i, planted, seed);
	study_begin(s, b, NULL);
}

void
scene_planted(const struct study *s, uint32_t nodes[SCENE_SET])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->m.n_nodes; i++)
		for (uint32_t k = 0; k < SCENE_SET; k++)
			if (addr_cmp(s->m.source_addr[s->m.node_source[i]],
				addr_from_v4(scene_address(k))) == 0 &&
			    n < SCENE_SET)
				nodes[n++] = i;
	assert_int_equal(n, SCENE_SET);
}

struct detect_evidence
scene_ask(struct study *s, const struct channel *c, const uint32_t *nodes, uint32_t n,
    uint32_t draws_most, void (*change)(struct channel_input *in))
{
	struct channel_input in = { .m = &s->m,
		.observed = &s->observed,
		.nodes = nodes,
		.n = n,
		.seed = 5 + nodes[0],
		.draws_first = LEVEL_DRAWS,
		.draws_most = draws_most,
		.threads = 1,
		.arena = s->arena };
	struct detect_evidence e = {
		.p = NAN, .effect = NAN, .log_e = NAN, .null_name = c->null_name
	};
	struct coord_error err;

	if (change != NULL)
		change(&in);
	assert_int_equal(c->test(&in, &e, &err), COORD_OK);
	assert_non_null(e.detail);
	assert_non_null(detect_null_meaning(sv_from(e.null_name)));
	if (!e.abstained) {
		assert_true(e.p > 0 && e.p <= 1);
		assert_true(fabs(e.log_e - channel_log_e(e.p)) < 1e-9);
		assert_true(e.n >= 2 && e.worlds >= LEVEL_DRAWS);
	}
	return e;
}

/* Disjoint sets of shuffled nodes, each ascending. */
static void
deal_sets(uint64_t seed, uint32_t n_nodes, uint32_t sets[SCENE_SETS][SCENE_SET])
{
	uint32_t order[SCENE_NODES] = { 0 };
	struct rng rng = rng_at(seed, 9, 0, 0);

	assert_true(n_nodes >= SCENE_NODES);
	for (uint32_t i = 0; i < SCENE_NODES; i++) {
		uint32_t j = rng_below(&rng, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (uint32_t i = 0; i < SCENE_SETS; i++)
		for (uint32_t k = 0; k < SCENE_SET; k++) {
			uint32_t at = k, node = order[i * SCENE_SET + k];

			for (; at > 0 && sets[i][at - 1] > node; at--)
				sets[i][at] = sets[i][at - 1];
			sets[i][at] = node;
		}
}

void
scene_check_level(
    const struct channel *c, scene_source add, double talk, void (*change)(struct channel_input *))
{
	uint32_t scenes = test_quick() ? 1 : 6, sets_each = test_quick() ? 20 : SCENE_SETS;
	uint32_t at_05 = 0, at_01 = 0, n = 0, high = 0;

	for (uint32_t scene = 0; scene < scenes; scene++) {
		struct study s;
		uint32_t sets[SCENE_SETS][SCENE_SET];

		scene_begin(&s, add, 0, 100 + scene);
		deal_sets(scene, s.m.n_nodes, sets);
		for (uint32_t i = 0; i < sets_each; i++) {
			struct detect_evidence e =
			    scene_ask(&s, c, sets[i], SCENE_SET, LEVEL_DRAWS, change);

			if (e.abstained)
				continue;
			at_05 += e.p <= 0.05;
			at_01 += e.p <= 0.01;
			high += e.p > 0.5;
			n++;
		}
		study_end(&s);
	}
	print_message("%s: of %u null sets %u at 0.05, %u at 0.01, %u with p > 0.5\n", c->name, n,
	    at_05, at_01, high);
	assert_true(n >= talk * scenes * sets_each);
	if (stats_log_binomial_upper(at_05, n, 0.05) < log(0.0005) ||
	    stats_log_binomial_upper(at_01, n, 0.01) < log(0.0005))
		fail_msg("%s rejects too many null sets", c->name);
	/* and is no constant: the larger half of p-values is there */
	assert_true(high > n / 4);
}
