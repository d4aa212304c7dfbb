/* test_evaluate.c - how many null worlds a batch gets, and what evaluation makes of clusters without any. */
#include "testing.h"

#include <math.h>

#include "detect/evaluate.h"
#include "study.h"

static void
test_worlds(void **state)
{
	static const struct {
		uint32_t asked, nodes, worlds;
	} cases[] = { { 199, 10, 199 }, { 199, 5000, 199 }, { 999, 10000, 499 }, { 199, 20000, 99 },
		{ 199, 50000, 39 }, { 999, 50000, 99 }, { 999, UINT32_MAX, 19 }, { 0, 50000, 0 },
		{ 99, 1000000, 19 }, { 5, 1000000, 5 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(evaluate_worlds(cases[i].asked, cases[i].nodes), cases[i].worlds);
}

/* A cluster that vanishes without a channel is defined by it, and that channel says nothing more. */
static void
test_defining_channel(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t nodes[3] = { 0, 1, 2 };
	struct tested t = { .cluster = { .nodes = nodes, .n = 3 }, .formed_by_content = true };
	struct detect_config config = { .prior = 0.1, .threads = 2, .draws_most = 199 };
	struct evaluation ev = { .config = &config, .tested = &t, .n_tested = 1, .worlds = 19 };
	struct detect_model *weights;
	struct coord_error err;

	(void)state;
	for (uint32_t i = 0; i < 9; i++)
		batch_add(b, &(struct batch_session){ .ip = 0x0a000000 + (i << 16),
				 .at_s = 100.0 * i,
				 .credentials = { i < 3 ? "root own" : "root 1", "root 2" } });
	study_begin(&s, b, NULL);
	assert_int_equal(detect_model_parse(detect_model_builtin(), &weights, &err), COORD_OK);
	ev.weights = weights;
	config.fdr = 0.01;
	ev.m = &s.m;
	ev.observed = s.observed;
	ev.plan = s.plan;
	ev.arena = s.arena;
	ev.seed = 1;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if (c != CHANNEL_DICTIONARY) {
			t.on[c].nodes = nodes;
			t.on[c].n = 3;
		}
	assert_int_equal(evaluate_all(&ev, &err), COORD_OK);
	assert_true(t.evidence[CHANNEL_DICTIONARY].defining);
	assert_true(t.evidence[CHANNEL_DICTIONARY].p == t.p_world);
	assert_true(isnan(t.evidence[CHANNEL_DICTIONARY].similarity));
	assert_true(t.evidence[CHANNEL_BEHAVIOUR].abstained); /* no commands */
	assert_true(t.evidence[CHANNEL_ARTEFACT].abstained);
	assert_false(t.evidence[CHANNEL_INFRASTRUCTURE].abstained);
	assert_true(t.p_world > 0 && t.p_world <= 1 && t.p_world_adjusted == t.p_world);
	assert_int_equal(t.visits, 3);
	detect_model_free(weights);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worlds),
		cmocka_unit_test(test_defining_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
