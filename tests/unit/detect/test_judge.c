/* test_judge.c - which kinds of evidence stand behind a cluster: the guard against one kind alone. */
#include "testing.h"

#include <math.h>

#include "detect/judge/venn_abers.h"
#include "detect/judge/judge.h"
#include "study.h"

enum { NODES = 4, VISITS = 5, HELD_OUT = 400 };

/** A cluster of four nodes that every model would call coordinated, and nothing known of it yet. */
struct bench {
	struct study s;
	struct detect_model model;
	struct detect_config config;
	struct evaluation ev;
	struct tested t;
	uint32_t nodes[NODES];
};

static void
begin(struct bench *x)
{
	struct batch *b = batch_new();
	struct weights_calibration *c = &x->model.without_reference.calibration;

	*x = (struct bench){ .config = { .prior = 0.5 } };
	for (uint32_t i = 0; i < NODES; i++)
		for (uint32_t v = 0; v < VISITS; v++)
			batch_add(b, &(struct batch_session){
					 .ip = 0x0a000001 + i, .at_s = 7200.0 * v + 900 * i });
	study_begin(&x->s, b, NULL);
	x->model.without_reference.base_rate = 0.5;
	x->model.without_reference.coordinated.intercept = 5;
	c->n = HELD_OUT;
	c->score = ARENA_ARRAY(x->s.arena, HELD_OUT, double);
	c->truth = ARENA_ARRAY(x->s.arena, HELD_OUT, bool);
	for (uint32_t i = 0; i < HELD_OUT; i++) {
		c->score[i] = i < HELD_OUT / 2 ? -5 : 4;
		c->truth[i] = i >= HELD_OUT / 2;
	}
	assert_int_equal(venn_abers_prepare(c, x->s.arena), COORD_OK);
	x->ev = (struct evaluation){
		.m = &x->s.m, .config = &x->config, .weights = &x->model, .arena = x->s.arena
	};
	for (uint32_t i = 0; i < NODES; i++)
		x->nodes[i] = i;
	x->t = (struct tested){ .cluster = { .nodes = x->nodes, .n = NODES },
		.formed_by_content = true,
		.p_world = 0.005,
		.p_world_adjusted = 0.005,
		.visits = NODES * VISITS };
	for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++) {
		x->t.selection[ch] = 1;
		x->t.evidence[ch] = (struct detect_evidence){
			.channel = ch, .abstained = true, .p = NAN, .log_e = NAN
		};
	}
}

static double
judged(struct bench *x, uint32_t without)
{
	return judge_score(&x->ev, &x->t, x->t.evidence, without).evidence_confidence;
}

static void
define_by(struct bench *x, enum detect_channel c)
{
	x->t.evidence[c].abstained = false;
	x->t.evidence[c].defining = true;
}

static void
find_p(struct bench *x, enum detect_channel c, double p)
{
	x->t.evidence[c].abstained = false;
	x->t.evidence[c].p = p;
}

/* p_world alone is one kind of evidence, whatever it comes from; a second kind has to be significant by itself. */
static void
test_two_kinds_are_needed(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	assert_true(judged(&x, 0) == 0.85);
	find_p(&x, CHANNEL_SYNCHRONY, 0.02);
	assert_true(judged(&x, 0) == 0.85);
	find_p(&x, CHANNEL_SYNCHRONY, 0.001);
	assert_true(judged(&x, 0) > 0.9);
	assert_true(judged(&x, 1u << CHANNEL_SYNCHRONY) == 0.85);
	study_end(&x.s);
}

/* A cluster that is not found without its times and not found without its networks stands on both; one that is not found
 * without either of two kinds of content stands on one; and on none where null worlds hold the like. */
static void
test_found_by_two_kinds(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	define_by(&x, CHANNEL_SYNCHRONY);
	assert_true(judged(&x, 0) == 0.85);
	define_by(&x, CHANNEL_INFRASTRUCTURE);
	assert_true(judged(&x, 0) > 0.9);
	assert_true(judged(&x, 1u << CHANNEL_INFRASTRUCTURE) == 0.85);
	x.t.p_world = x.t.p_world_adjusted = 0.02;
	assert_true(judged(&x, 0) == 0.85);
	study_end(&x.s);

	begin(&x);
	define_by(&x, CHANNEL_BEHAVIOUR);
	define_by(&x, CHANNEL_DICTIONARY);
	assert_true(judged(&x, 0) == 0.85);
	study_end(&x.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_kinds_are_needed),
		cmocka_unit_test(test_found_by_two_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
