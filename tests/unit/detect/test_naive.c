/* test_naive.c - what the nulls hold fixed, and what becomes of tests that do not: six strangers who happen to use the tool of
 * an early hour and of five networks are nothing to the engine, and stand out beside naive nulls by all of it. */
#include "testing.h"

#include "detect/channel/channel.h"
#include "study.h"

enum { NODES = 2000, COHORT = 200, SET = 6, DAYS = 7, WORDS = 40, DRAWS = 999, WORLDS = 199 };

/* Five networks, each source in a /24 of its own. */
static uint32_t
cohort_address(uint32_t i)
{
	return 0x60000000 + (i % 5 << 16) + 256 * (i / 5) + 7;
}

/* One of the cohort: one tool with a wordlist, between three and four in the morning at two sensors, in five crowded networks. */
static void
add_cohort(struct batch *b, uint32_t i, uint32_t day, struct rng *rng)
{
	char word[4][32];
	struct batch_session s = { .ip = cohort_address(i),
		.at_s = 86400.0 * day + 3 * 3600 + 3600 * rng_uniform(rng),
		.sensor = rng_below(rng, 2) == 0 ? "s1" : "s2",
		.hassh = "cohort" };

	for (uint32_t w = 0; w < 4; w++) {
		(void)snprintf(word[w], sizeof(word[w]), "root early%u", rng_below(rng, WORDS));
		s.credentials[w] = word[w];
	}
	batch_add(b, &s);
}

/* All others: another tool, any time, networks of their own. */
static void
add_other(struct batch *b, uint32_t i, uint32_t day, struct rng *rng)
{
	char word[32], sensor[8];

	(void)snprintf(word, sizeof(word), "root any%u", rng_below(rng, WORDS));
	(void)snprintf(sensor, sizeof(sensor), "s%u", rng_below(rng, 20));
	batch_add(b, &(struct batch_session){ .ip = 0x90000000 + (i << 16) + 9,
			 .at_s = 86400.0 * day + 86400 * rng_uniform(rng),
			 .sensor = sensor,
			 .hassh = "other",
			 .credentials = { word } });
}

static void
begin(struct study *s, bool naive)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < NODES; i++)
		for (uint32_t day = 0; day < DAYS; day++) {
			struct rng rng = rng_at(7, 1, day, i);

			if (i < COHORT)
				add_cohort(b, i, day, &rng);
			else
				add_other(b, i, day, &rng);
		}
	if (naive)
		study_begin_naive(s, b);
	else
		study_begin(s, b, NULL);
}

/* Among null worlds, as a statistic is judged. */
static double
rank_of(struct study *s, const struct channel *c, const uint32_t *nodes)
{
	double observed = c->statistic(&s->observed, nodes, SET, 5, s->arena);
	uint32_t above = 0;

	assert_true(observed > 0);
	for (uint32_t i = 0; i < WORLDS; i++) {
		struct arena_mark mark = arena_mark(s->arena);
		struct world w;

		assert_int_equal(world_null(s->plan, 1, i + 1, s->arena, &w, NULL), COORD_OK);
		above += c->statistic(&w, nodes, SET, 5, s->arena) >= observed;
		arena_rewind(s->arena, mark);
	}
	return (1.0 + above) / (1 + WORLDS);
}

static double
p_of(struct study *s, const struct channel *c, const uint32_t *nodes)
{
	struct channel_input in = { .m = &s->m,
		.observed = &s->observed,
		.nodes = nodes,
		.n = SET,
		.seed = 5,
		.draws_first = 199,
		.draws_most = DRAWS,
		.threads = 1,
		.arena = s->arena };
	struct detect_evidence e = { .p = 1 };

	if (c->statistic != NULL)
		return rank_of(s, c, nodes);
	assert_int_equal(c->test(&in, &e, NULL), COORD_OK);
	return e.abstained ? 1 : e.p; /* where all are alike there is nothing to say */
}

static void
test_strangers_stand_out_beside_naive_nulls(void **state)
{
	static const struct channel *const tests[] = { &channel_synchrony, &channel_dictionary,
		&channel_infrastructure, &channel_victims };
	static const uint32_t set[SET] = { 0, 5, 1, 2, 3, 4 }; /* in order of addresses */

	(void)state;
	for (unsigned naive = 0; naive < 2; naive++) {
		struct study s;
		uint32_t nodes[SET];

		begin(&s, naive != 0);
		for (uint32_t i = 0; i < SET; i++)
			nodes[i] = study_node(&s, cohort_address(set[i]), SERVICE_SSH);
		for (size_t c = 0; c < COUNT_OF(tests); c++) {
			double p = p_of(&s, tests[c], nodes);

			print_message("%s, %s nulls: p %.4f\n", tests[c]->name,
			    naive ? "naive" : "careful", p);
			assert_true(naive ? p <= 0.02 : p > 0.05);
		}
		study_end(&s);
	}
}

/* One population, and every visit of a null world anywhere in the span. */
static void
test_worlds_know_no_hours(void **state)
{
	uint32_t moved[2] = { 0, 0 };

	(void)state;
	for (unsigned naive = 0; naive < 2; naive++) {
		struct study s;
		struct world w;

		begin(&s, naive != 0);
		assert_int_equal(s.m.n_strata, naive ? 1 : 2);
		assert_int_equal(world_null(s.plan, 1, 1, s.arena, &w, NULL), COORD_OK);
		for (uint32_t v = 0; v < s.m.n_visits; v++)
			moved[naive] += w.visit_us[v] / (3600 * TIME_SECOND) !=
					s.m.visits[v].start_us / (3600 * TIME_SECOND);
		study_end(&s);
	}
	assert_int_equal(moved[0], 0);
	assert_true(moved[1] > NODES * DAYS * 9 / 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers_stand_out_beside_naive_nulls),
		cmocka_unit_test(test_worlds_know_no_hours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
