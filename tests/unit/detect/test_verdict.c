/* test_verdict.c - four ways to end, from scores and evidence made by hand over a real model. */
#include "testing.h"

#include <math.h>

#include "detect/judge/verdict.h"
#include "reference/reference.h"
#include "study.h"

enum { BASE = 0x0a000000, SOURCES = 20 };

/** A cluster of the first nodes of a table, with a score that says "coordinated". */
struct bench {
	struct study s;
	struct detect_config config;
	struct evaluation ev;
	struct tested t;
	uint32_t nodes[SOURCES];
};

/* `visits` a source, hours apart; `background` other sources likewise. */
static void
begin(struct bench *x, uint32_t n, uint32_t visits, uint32_t background)
{
	struct batch *b = batch_new();

	for (uint32_t i = 0; i < n + background; i++)
		for (uint32_t v = 0; v < visits; v++)
			batch_add(
			    b, &(struct batch_session){ .ip = BASE + (i << 12),
				   .at_s = 0.1 * i + (i < n ? 0 : 1000) + 7200.0 * v + i * 97.0 });
	study_begin(&x->s, b, NULL);
	x->config = (struct detect_config){ .prior = 0.1 };
	x->ev = (struct evaluation){
		.m = &x->s.m, .config = &x->config, .observed = x->s.observed, .arena = x->s.arena
	};
	x->t = (struct tested){ .cluster = { .nodes = x->nodes, .n = n } };
	for (uint32_t i = 0; i < n; i++)
		x->nodes[i] = i;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		x->t.evidence[c].abstained = true;
}

static struct score
strong_score(void)
{
	return (struct score){ .confidence = 0.95,
		.evidence_confidence = 0.95,
		.low = 0.85,
		.evidence_low = 0.85,
		.single_actor = 0.5,
		.contribution = { [CHANNEL_SYNCHRONY] = 2000000, [CHANNEL_BEHAVIOUR] = 1000000 } };
}

static struct judgement
judge(struct bench *x, struct score score)
{
	struct judgement j = { .reason = NULL };
	struct coord_error err;

	assert_int_equal(verdict_of(&x->ev, &x->t, &score, &j, &err), COORD_OK);
	assert_non_null(j.reason);
	return j;
}

static void
test_campaign(void **state)
{
	struct bench x;
	struct judgement j;

	(void)state;
	begin(&x, 6, 4, 0);
	x.t.evidence[CHANNEL_SYNCHRONY] = (struct detect_evidence){ .p = 0.001 };
	x.t.evidence[CHANNEL_BEHAVIOUR] = (struct detect_evidence){ .p = 0.05 };
	j = judge(&x, strong_score());
	assert_int_equal(j.verdict, VERDICT_CAMPAIGN);
	assert_string_equal(j.qualifier, "control_structure_undetermined");
	assert_non_null(strstr(j.reason, detect_channel_title(CHANNEL_BEHAVIOUR)));
	assert_non_null(strstr(j.reason, detect_channel_title(CHANNEL_SYNCHRONY)));
	x.t.evidence[CHANNEL_BEHAVIOUR].p =
	    0.06; /* adds to the score, but is no more than a hint */
	j = judge(&x, strong_score());
	assert_null(strstr(j.reason, detect_channel_title(CHANNEL_BEHAVIOUR)));
	x.t.evidence[CHANNEL_SYNCHRONY].p = 0.5;
	assert_non_null(strstr(judge(&x, strong_score()).reason, "many small signs together"));
	study_end(&x.s);
}

/* Just below either bound it is no verdict. */
static void
test_thresholds(void **state)
{
	struct bench x;
	struct score s;

	(void)state;
	begin(&x, 6, 4, 0);
	s = strong_score();
	s.evidence_confidence = 0.9;
	s.evidence_low = 0.8;
	assert_int_equal(judge(&x, s).verdict, VERDICT_CAMPAIGN);
	s.evidence_confidence = 0.8999;
	assert_int_equal(judge(&x, s).verdict, VERDICT_INSUFFICIENT);
	s.evidence_confidence = 0.95;
	s.evidence_low = 0.7999;
	assert_int_equal(judge(&x, s).verdict, VERDICT_INSUFFICIENT);
	study_end(&x.s);
}

static void
test_cap_is_the_reason(void **state)
{
	struct bench x;
	struct score s = strong_score();

	(void)state;
	begin(&x, 6, 4, 0);
	s.evidence_confidence = 0.85;
	s.cap = "only one kind";
	assert_non_null(strstr(judge(&x, s).reason, "only one kind"));
	study_end(&x.s);
}

static void
test_too_few(void **state)
{
	struct bench x;
	struct score s = strong_score();

	(void)state;
	/* two sources need an exclusive artefact */
	begin(&x, 2, 10, 0);
	assert_int_equal(judge(&x, s).verdict, VERDICT_INSUFFICIENT);
	s.artefact = true;
	assert_int_equal(judge(&x, s).verdict, VERDICT_CAMPAIGN);
	study_end(&x.s);
	/* seven visits, whatever they show */
	begin(&x, 7, 1, 0);
	assert_int_equal(judge(&x, s).verdict, VERDICT_INSUFFICIENT);
	study_end(&x.s);
	begin(&x, 8, 1, 0);
	assert_int_equal(judge(&x, s).verdict, VERDICT_CAMPAIGN);
	study_end(&x.s);
}

static void
test_single_actor(void **state)
{
	static const struct {
		double single_actor;
		enum detect_verdict verdict;
		const char *qualifier;
	} cases[] = {
		{ 0.95, VERDICT_SINGLE_ACTOR, NULL },
		{ 0.80, VERDICT_SINGLE_ACTOR, NULL },
		{ 0.79, VERDICT_CAMPAIGN, "control_structure_undetermined" },
		{ 0.21, VERDICT_CAMPAIGN, "control_structure_undetermined" },
		{ 0.10, VERDICT_CAMPAIGN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bench x;
		struct score s = strong_score();
		struct judgement j;

		begin(&x, 6, 4, 0);
		s.single_actor = cases[i].single_actor;
		j = judge(&x, s);
		assert_int_equal(j.verdict, cases[i].verdict);
		assert_int_equal(j.qualifier == NULL, cases[i].qualifier == NULL);
		study_end(&x.s);
	}
}

/* An interval wider than 0.30 says nothing either way. */
static void
test_wide_interval(void **state)
{
	struct bench x;
	struct score s = strong_score();

	(void)state;
	begin(&x, 6, 4, 0);
	s.width = 0.30;
	assert_int_equal(judge(&x, s).verdict, VERDICT_CAMPAIGN);
	s.width = 0.31;
	assert_int_equal(judge(&x, s).verdict, VERDICT_INSUFFICIENT);
	study_end(&x.s);
}

/* "Coincidental" needs a background and power; without them no sign of coordination is no sign of coincidence. */
static void
test_coincidental(void **state)
{
	struct score none = { .confidence = 0.05, .evidence_confidence = 0.05 };
	struct bench x;

	(void)state;
	begin(&x, 6, 12, STRATUM_LEAST);
	assert_true(verdict_power(&x.ev, x.nodes, 6) >= 0.8);
	assert_int_equal(judge(&x, none).verdict, VERDICT_COINCIDENTAL);
	none.evidence_confidence = 0.1001;
	assert_int_equal(judge(&x, none).verdict, VERDICT_INSUFFICIENT);
	none.evidence_confidence = 0.05;
	none.artefact =
	    true; /* of one owner: chance does not explain it, whatever else is silent */
	assert_int_equal(judge(&x, none).verdict, VERDICT_INSUFFICIENT);
	none.artefact = false;
	study_end(&x.s);
	begin(&x, 6, 12, 20); /* no background */
	assert_int_equal(judge(&x, none).verdict, VERDICT_INSUFFICIENT);
	study_end(&x.s);
	begin(&x, 8, 1, STRATUM_LEAST); /* no power */
	assert_true(verdict_power(&x.ev, x.nodes, 8) < 0.8);
	assert_int_equal(judge(&x, none).verdict, VERDICT_INSUFFICIENT);
	study_end(&x.s);
}

static void
test_power_grows_with_visits(void **state)
{
	double last = 0;

	(void)state;
	for (uint32_t visits = 1; visits <= 20; visits += 3) {
		struct bench x;
		double power;

		begin(&x, 6, visits, 0);
		power = verdict_power(&x.ev, x.nodes, 6);
		assert_true(power >= 0 && power <= 1);
		assert_true(power >= last - 1e-9);
		assert_true(verdict_batch_power(&x.ev) >= 0 && verdict_batch_power(&x.ev) <= 1);
		last = power;
		study_end(&x.s);
	}
	assert_true(last > 0.8);
}

/* Fewer than five nodes: nothing could hide, nothing could be found. */
static void
test_batch_power_of_few(void **state)
{
	struct bench x;

	(void)state;
	begin(&x, 4, 30, 0);
	assert_true(verdict_batch_power(&x.ev) == 0);
	study_end(&x.s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_campaign),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_cap_is_the_reason),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_single_actor),
		cmocka_unit_test(test_wide_interval),
		cmocka_unit_test(test_coincidental),
		cmocka_unit_test(test_power_grows_with_visits),
		cmocka_unit_test(test_batch_power_of_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
