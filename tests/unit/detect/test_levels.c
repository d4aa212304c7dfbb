/* test_levels.c - the honesty of every p-value: on batches in which nothing is coordinated, sets of nodes chosen by lot are
 * rejected at 0.05 and 0.01 no more often than that, channel by channel. A channel fails when the exact binomial interval of
 * its rate lies above the level (99.8 %: about forty intervals are looked at). Batches of mode S, generated, with and without
 * a reference; of mode N, real logs with every coordination across sources destroyed. */
#include "testing.h"

#include <math.h>
#include <stdlib.h>

#include "detect/evaluate.h"
#include "detect/stats.h"
#include "generate/generate.h"
#include "real.h"
#include "reference/reference.h"
#include "study.h"

enum { JUDGED_LEAST = 40 };
enum { SETS = 4, SET_NODES = 8, WORLDS = 99, REAL_SOURCES_ONE_OF = 3 };

struct tally {
	uint32_t tested, at_05, at_01;
};

/** Counts of all channels over all sets of one kind of null batch. */
struct levels {
	const char *name;
	struct tally channel[CHANNEL_COUNT];
};

/* SETS disjoint sets of nodes by lot. */
static bool
choose_sets(const struct model *m, uint64_t seed, uint32_t nodes[SETS][SET_NODES])
{
	uint32_t *deck = malloc(m->n_nodes * sizeof(*deck));
	struct rng rng = rng_at(seed, 7, 0, 0);

	assert_non_null(deck);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		deck[i] = i;
	for (uint32_t i = 0; i < SETS * SET_NODES && m->n_nodes >= 2 * SETS * SET_NODES; i++) {
		uint32_t j = i + rng_below(&rng, m->n_nodes - i), taken = deck[j];

		deck[j] = deck[i];
		nodes[i / SET_NODES][i % SET_NODES] = taken;
	}
	free(deck);
	for (uint32_t s = 0; s < SETS; s++) /* ascending */
		for (uint32_t i = 1; i < SET_NODES; i++)
			for (uint32_t k = i; k > 0 && nodes[s][k - 1] > nodes[s][k]; k--) {
				uint32_t swap = nodes[s][k];

				nodes[s][k] = nodes[s][k - 1];
				nodes[s][k - 1] = swap;
			}
	return m->n_nodes >= 2 * SETS * SET_NODES;
}

static void
count(struct levels *l, const struct tested *t)
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const struct detect_evidence *e = &t->evidence[c];

		if (e->abstained || e->defining || isnan(e->p))
			continue;
		l->channel[c].tested++;
		l->channel[c].at_05 += e->p <= 0.05;
		l->channel[c].at_01 += e->p <= 0.01;
	}
}

/* The channels on sets of one batch. Group mode: the sets are given, nothing is searched. */
static void
test_batch(struct levels *l, const struct session_table *table, const struct reference *ref,
    const struct detect_model *weights, uint64_t seed)
{
	struct detect_config config = {
		.prior = 0.1, .threads = 1, .draws_most = 199, .fdr = 0.01, .group = true
	};
	struct tested tested[SETS] = { { .visits = 0 } };
	uint32_t nodes[SETS][SET_NODES];
	struct model *m;
	struct evaluation ev = { .ref = ref,
		.config = &config,
		.weights = weights,
		.tested = tested,
		.n_tested = SETS,
		.worlds = WORLDS,
		.seed = seed,
		.arena = arena_new(0) };
	struct coord_error err;

	assert_non_null(ev.arena);
	ev.m = m = ARENA_NEW(ev.arena, struct model);
	assert_non_null(m);
	assert_int_equal(model_build(table, ref, ev.arena, m, &err), COORD_OK);
	assert_int_equal(world_observed(m, ev.arena, &ev.observed, &err), COORD_OK);
	assert_int_equal(world_plan_new(m, ref, ev.arena, &ev.plan, &err), COORD_OK);
	if (choose_sets(m, seed, nodes)) {
		for (uint32_t s = 0; s < SETS; s++) {
			tested[s].cluster = (struct cluster){ .nodes = nodes[s], .n = SET_NODES };
			tested[s].seed = hash_mix(seed, s);
			for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
				tested[s].on[c].nodes = nodes[s];
				tested[s].on[c].n = SET_NODES;
			}
		}
		assert_int_equal(evaluate_all(&ev, &err), COORD_OK);
		for (uint32_t s = 0; s < SETS; s++)
			count(l, &tested[s]);
	}
	arena_free(ev.arena);
}

static void
expect_level(const struct levels *l, enum detect_channel c, uint32_t rejected, double level)
{
	const struct tally *t = &l->channel[c];

	/* fewer are told, not judged; open: partition on mode N, 6 of 22 (docs/methodology.md section 11) */
	if (t->tested >= JUDGED_LEAST &&
	    stats_clopper_pearson(rejected, t->tested, 0.998).low > level)
		fail_msg("%s, %s: %u of %u sets rejected at %.2f", l->name, detect_channel_name(c),
		    rejected, t->tested, level);
}

static void
expect_levels(const struct levels *l)
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const struct tally *t = &l->channel[c];

		if (t->tested == 0)
			continue;
		print_message("%s, %s: %u sets, %u at 0.05, %u at 0.01\n", l->name,
		    detect_channel_name(c), t->tested, t->at_05, t->at_01);
	}
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		expect_level(l, c, l->channel[c].at_05, 0.05);
		expect_level(l, c, l->channel[c].at_01, 0.01);
	}
	assert_true(l->channel[CHANNEL_BEHAVIOUR].tested > 20);
	assert_true(l->channel[CHANNEL_DICTIONARY].tested > 20);
	assert_true(l->channel[CHANNEL_SYNCHRONY].tested > 20);
}

static struct detect_model *
program_weights(void)
{
	struct detect_model *weights;
	struct coord_error err;

	assert_int_equal(detect_model_parse(detect_model_builtin(), &weights, &err), COORD_OK);
	return weights;
}

static struct session_table
generated(uint64_t seed, uint64_t site, uint32_t sources, int64_t start_us)
{
	struct generate_config config = { .seed = seed,
		.site = site,
		.start_us = start_us,
		.sources = sources,
		.sessions = 4 * sources };
	struct session_builder *builder = session_builder_new();
	struct generate_labels labels;
	struct session_table table;
	struct coord_error err;

	assert_non_null(builder);
	assert_int_equal(generate_sessions(&config, builder, &labels, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &table, NULL, &err), COORD_OK);
	session_builder_free(builder);
	generate_labels_clear(&labels);
	return table;
}

static void
simulated(const char *name, bool with_reference)
{
	const int64_t week = 7 * 86400 * TIME_SECOND;
	struct detect_model *weights = program_weights();
	struct levels l = { .name = name };
	uint32_t batches = test_quick() ? 12 : 60;

	for (uint64_t seed = 1; seed <= batches; seed++) {
		struct session_table table = generated(seed, 900 + seed, 150, 0);
		struct reference *ref = NULL;

		if (with_reference) {
			struct session_table before =
			    generated(seed + 5000, 900 + seed, 450, BATCH_START_US - week);

			ref = study_reference(&before);
			session_table_free(&before);
		}
		test_batch(&l, &table, ref, weights, seed);
		reference_close(ref);
		session_table_free(&table);
	}
	expect_levels(&l);
	detect_model_free(weights);
}

static void
test_simulated(void **state)
{
	(void)state;
	simulated("mode S with a reference", true);
}

static void
test_simulated_alone(void **state)
{
	(void)state;
	simulated("mode S without a reference", false);
}

/* One in so many sources of a real log, and every coordination among them destroyed. */
static struct session_table
sampled(const struct session_table *real, uint64_t seed)
{
	struct session_builder *some = session_builder_new(), *null = session_builder_new();
	struct session_table part, ret;
	struct coord_error err;

	assert_true(some != NULL && null != NULL);
	for (uint32_t row = 0; row < real->n; row++) {
		struct sv a = { (const char *)real->source[row].bytes, 16 };

		if (hash_mix(hash_content(a), seed) % REAL_SOURCES_ONE_OF == 0)
			assert_int_equal(session_builder_add_from(some, real, row, &err), COORD_OK);
	}
	assert_int_equal(session_builder_finish(some, &part, NULL, &err), COORD_OK);
	assert_int_equal(generate_decoordinate(&part, seed, null, &err), COORD_OK);
	assert_int_equal(session_builder_finish(null, &ret, NULL, &err), COORD_OK);
	session_table_free(&part);
	session_builder_free(some);
	session_builder_free(null);
	return ret;
}

static void
test_real_decoordinated(void **state)
{
	struct detect_model *weights;
	struct levels l = { .name = "mode N without a reference" };
	struct session_table real;

	(void)state;
	if (!real_load("cowrie-2018/cowrie.json.2018-05.gz", &real))
		skip();
	weights = program_weights();
	for (uint64_t seed = 1; seed <= (test_quick() ? 6u : 24u); seed++) {
		struct session_table null = sampled(&real, seed);

		test_batch(&l, &null, NULL, weights, seed);
		session_table_free(&null);
	}
	expect_levels(&l);
	detect_model_free(weights);
	session_table_free(&real);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_simulated),
		cmocka_unit_test(test_simulated_alone),
		cmocka_unit_test(test_real_decoordinated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
