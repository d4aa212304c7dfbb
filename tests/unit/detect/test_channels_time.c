/* test_channels_time.c - hand-off and regularity: see addresses that take turns and one clock behind many, keep their
 * level on independent sources, and tell a crowd from a rotation. */
#include "testing.h"

#include <math.h>

#include "scene.h"

enum planted { NOTHING, TURNS, FAST_TURNS, CLOCK, TIMER, CROWD, ONE_CLOCKED };

/* The planted visits, as the k-th of the whole set: source k % SET acts. */
static double
planted_start(enum planted planted, uint32_t k, uint64_t seed)
{
	struct rng rng = rng_at(seed, 5, 0, k);
	double turn = k / SCENE_SET, member = k % SCENE_SET;

	switch (planted) {
	case TURNS: /* sessions of 20 minutes, the next address within a minute */
		return 100000 + 1240.0 * k + 40 * rng_uniform(&rng);
	case FAST_TURNS: /* a minute each, 30 s between, ten rounds */
		return 200000 + 40000 * (k / 12) + 90.0 * (k % 12) + 20 * rng_uniform(&rng);
	case CLOCK: /* now and then, but always at the tenth second of a five-minute step */
		return 300 * floor(scene_time(seed, &rng) / 300) + 10 + 4 * rng_uniform(&rng);
	case TIMER: /* every 437 s */
		return 205000 + 437.0 * k + 20 * rng_uniform(&rng);
	case CROWD: /* all six within 20 s, now and then: synchrony */
		rng = rng_at(seed, 6, (uint32_t)turn, 0);
		return scene_time(seed, &rng) + 3 * member;
	default:
		return 0;
	}
}

static double
planted_length(enum planted planted)
{
	return planted == TURNS ? 1200 : planted == FAST_TURNS || planted == CROWD ? 60 : 5;
}

static void
add_source(struct batch *b, uint32_t node, int planted, uint64_t seed)
{
	struct rng rng = rng_at(seed, 1, 0, node);
	bool member = planted != NOTHING && node < SCENE_SET;
	uint32_t visits = 10 + rng_below(&rng, 8);

	for (uint32_t v = 0; v < visits; v++) {
		struct batch_session s = { .ip = scene_address(node) };

		s.at_s = scene_time(seed, &rng);
		s.lasts_s = 200 * rng_exponential(&rng);
		if (member && planted == ONE_CLOCKED) {
			s.at_s = node == 0 ? 300 * floor(s.at_s / 300) + 7 : s.at_s;
		} else if (member && v < 10) {
			s.at_s = planted_start((enum planted)planted, v * SCENE_SET + node, seed);
			s.lasts_s = planted_length((enum planted)planted);
		} else if (member) {
			continue;
		}
		batch_add(b, &s);
	}
}

static struct detect_evidence
ask_planted(const struct channel *c, enum planted planted)
{
	struct study s;
	uint32_t nodes[SCENE_SET];
	struct detect_evidence e;

	scene_begin(&s, add_source, (int)planted, 40);
	scene_planted(&s, nodes);
	e = scene_ask(&s, c, nodes, SCENE_SET, 999, NULL);
	print_message(
	    "%s on %d: p %.4f, effect %.2f: %s\n", c->name, (int)planted, e.p, e.effect, e.detail);
	e.top = NULL; /* gone with the study */
	e.detail = NULL;
	study_end(&s);
	return e;
}

static void
test_turns_are_seen(void **state)
{
	static const enum planted cases[] = { TURNS, FAST_TURNS };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct detect_evidence e = ask_planted(&channel_handoff, cases[i]);

		assert_true(e.p < 0.01 && e.effect > 1.5 && e.similarity > 0.3);
		assert_int_equal(e.n, SCENE_SET);
		assert_true(e.n_top > 0);
	}
}

/* A crowd at one time is no rotation: its visits overlap. */
static void
test_crowd_is_no_rotation(void **state)
{
	(void)state;
	assert_true(ask_planted(&channel_handoff, CROWD).p > 0.5);
	assert_true(ask_planted(&channel_synchrony, CROWD).p < 0.01);
}

static void
test_clocks_are_seen(void **state)
{
	static const enum planted cases[] = { CLOCK, TIMER };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct detect_evidence e = ask_planted(&channel_regularity, cases[i]);

		assert_true(e.p < 0.01 && e.effect > 1.2);
		assert_int_equal(e.n, SCENE_SET);
	}
}

/* One node with a cron job among five without: no common clock. */
static void
test_one_clocked_node_is_no_clock(void **state)
{
	(void)state;
	assert_true(ask_planted(&channel_regularity, ONE_CLOCKED).p > 0.05);
}

static void
test_level_of_handoff(void **state)
{
	(void)state;
	scene_check_level(&channel_handoff, add_source, 1, NULL);
}

static void
test_level_of_regularity(void **state)
{
	(void)state;
	scene_check_level(&channel_regularity, add_source, 1, NULL);
}

/* Two nodes of one source and nothing else: nobody to take turns with. */
static void
test_abstain(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[2] = { 0, 1 };

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000001,
				 .at_s = 1000.0 * i,
				 .service = i % 2 == 0 ? SERVICE_SSH : SERVICE_TELNET });
	study_begin(&s, b, NULL);
	assert_true(scene_ask(&s, &channel_handoff, nodes, 2, 199, NULL).abstained);
	assert_true(scene_ask(&s, &channel_regularity, nodes, 2, 199, NULL).abstained);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turns_are_seen),
		cmocka_unit_test(test_crowd_is_no_rotation),
		cmocka_unit_test(test_clocks_are_seen),
		cmocka_unit_test(test_one_clocked_node_is_no_clock),
		cmocka_unit_test(test_level_of_handoff),
		cmocka_unit_test(test_level_of_regularity),
		cmocka_unit_test(test_abstain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
