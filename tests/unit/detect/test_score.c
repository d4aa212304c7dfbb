/* test_score.c - from features to the number: the account adds up, evidence never lowers it, guards hold. */
#include "testing.h"

#include <math.h>

#include "detect/judge/venn_abers.h"
#include "detect/judge/score.h"

enum { CALIBRATED = 2000 };

/** A head whose calibration set follows the logistic curve exactly enough, and an arena. */
struct bench {
	struct arena *arena;
	struct weights_head head;
	struct score_input in;
};

static void
begin(struct bench *x)
{
	struct weights_calibration *c = &x->head.calibration;

	*x = (struct bench){ .arena = arena_new(0) };
	x->head.base_rate = 0.5;
	x->head.coordinated.intercept = -2;
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		x->head.coordinated.weight[f] = f <= FEATURE_NULL_WORLDS ? 1 : 0;
	for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++)
		x->head.coordinated.present[ch] = -0.5;
	c->n = CALIBRATED;
	c->score = ARENA_ARRAY(x->arena, CALIBRATED, double);
	c->truth = ARENA_ARRAY(x->arena, CALIBRATED, bool);
	for (uint32_t i = 0; i < CALIBRATED; i++) {
		double p, golden = fmod(i * 0.6180339887498949, 1); /* evenly spread */

		c->score[i] = -6 + 12.0 * i / CALIBRATED;
		p = 1 / (1 + exp(-c->score[i]));
		c->truth[i] = golden < p;
	}
	assert_int_equal(venn_abers_prepare(c, x->arena), COORD_OK);
	x->in = (struct score_input){ .head = &x->head,
		.p_world_adjusted = 0.005,
		.reference_given = true,
		.strong_families = 2,
		.prior = 0.5,
		.visits = 100 };
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		x->in.features[f] = NAN;
}

static struct score
score(struct bench *x)
{
	struct score s = score_of(&x->in);

	assert_true(s.low <= s.confidence && s.confidence <= s.high);
	return s;
}

static int64_t
account(const struct score *s)
{
	int64_t sum = s->base + s->calibration + s->prior + s->guard;

	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		sum += s->contribution[f];
	return sum;
}

/* Every line of the ledger, guards included, adds up to the logit of the number that is reported. */
static void
test_the_account_adds_up(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	for (unsigned k = 0; k < 300; k++) {
		struct rng rng = rng_at(5, 1, 0, k);
		struct score s;

		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			x.in.features[f] =
			    rng_below(&rng, 3) == 0 ? NAN : 0.01 * rng_below(&rng, 600);
		x.in.prior = 0.01 + 0.01 * rng_below(&rng, 98);
		x.in.strong_families = rng_below(&rng, 3);
		x.in.formed_by_content = rng_below(&rng, 2) == 0;
		x.in.p_world_adjusted = rng_below(&rng, 2) == 0 ? 0.01 : 0.2;
		x.in.reference_given = rng_below(&rng, 2) == 0;
		x.in.visits = 4 + rng_below(&rng, 10);
		s = score(&x);
		assert_true(
		    fabs(1 / (1 + exp(-(double)account(&s) / 1e6)) - s.confidence) < 5.1e-7);
	}
	arena_free(x.arena);
}

/* Groups that null worlds were asked about start elsewhere: that is the base, and what the worlds say comes on top. */
static void
test_two_starts(void **state)
{
	struct bench x;
	struct score s;

	(void)state;
	begin(&x);
	x.head.coordinated.present[FEATURE_NULL_WORLDS] = 1.5;
	s = score(&x);
	assert_int_equal(s.base, -2000000);
	x.in.features[FEATURE_NULL_WORLDS] = 0;
	s = score(&x);
	assert_int_equal(s.base, -500000);
	assert_int_equal(s.contribution[FEATURE_NULL_WORLDS], 0);
	x.in.features[FEATURE_NULL_WORLDS] = 2;
	s = score(&x);
	assert_int_equal(s.base, -500000);
	assert_int_equal(s.contribution[FEATURE_NULL_WORLDS], 2000000);
	arena_free(x.arena);
}

/* The shipped model: no test that finds nothing speaks for coordination, none with p = 0.05 or less against it. */
static void
test_shipped_weights_speak_one_way(void **state)
{
	struct detect_model *m = NULL;
	struct coord_error err;

	(void)state;
	assert_int_equal(detect_model_parse(detect_model_builtin(), &m, &err), COORD_OK);
	for (unsigned head = 0; head < 2; head++) {
		const struct weights_linear *w =
		    head == 0 ? &m->with_reference.coordinated : &m->without_reference.coordinated;

		for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
			assert_true(w->present[c] <= 0 && w->weight[c] >= 0);
			assert_true(w->present[c] + 1.3010 * w->weight[c] > -1e-3);
		}
		assert_true(w->weight[CHANNEL_ARTEFACT] <= 2.3026);
	}
	detect_model_free(m);
}

/* A missing feature adds nothing; a present one its share, which may speak against. */
static void
test_missing_adds_nothing(void **state)
{
	struct bench x;
	struct score s;

	(void)state;
	begin(&x);
	s = score(&x);
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		assert_int_equal(s.contribution[f], 0);
	x.in.features[CHANNEL_SYNCHRONY] = 0;
	s = score(&x);
	assert_int_equal(s.contribution[CHANNEL_SYNCHRONY], -500000);
	x.in.features[CHANNEL_SYNCHRONY] = 3;
	s = score(&x);
	assert_int_equal(s.contribution[CHANNEL_SYNCHRONY], 2500000);
	arena_free(x.arena);
}

static void
test_more_evidence_never_lowers_it(void **state)
{
	struct bench x;

	(void)state;
	begin(&x);
	for (unsigned k = 0; k < 200; k++) {
		struct rng rng = rng_at(6, 1, 0, k);
		unsigned f = rng_below(&rng, FEATURE_NULL_WORLDS + 1);
		double before;

		for (unsigned g = 0; g <= FEATURE_NULL_WORLDS; g++)
			x.in.features[g] = 0.01 * rng_below(&rng, 400);
		before = score(&x).confidence;
		x.in.features[f] += 0.01 * rng_below(&rng, 200);
		assert_true(score(&x).confidence >= before - 2e-6);
	}
	arena_free(x.arena);
}

/* With the prior of the training mix the number is the calibrator's; other priors shift the log-odds. */
static void
test_prior_shifts(void **state)
{
	struct bench x;
	struct score at_half, at_tenth;
	double odds;

	(void)state;
	begin(&x);
	x.in.features[CHANNEL_SYNCHRONY] = 3; /* score 0.5 */
	at_half = score(&x);
	assert_true(fabs(at_half.confidence - 1 / (1 + exp(-0.5))) < 0.06);
	assert_int_equal(at_half.prior, 0);
	x.in.prior = 0.1;
	at_tenth = score(&x);
	odds = at_half.confidence / (1 - at_half.confidence) / 9;
	assert_true(fabs(at_tenth.confidence - odds / (1 + odds)) < 1e-5);
	arena_free(x.arena);
}

static void
test_guards(void **state)
{
	static const struct {
		bool formed, reference;
		double p_world_adjusted;
		unsigned families;
		uint32_t visits;
		double null_worlds, artefact, most;
	} cases[] = {
		{ false, true, NAN, 2, 100, NAN, NAN, 0.99 },
		{ true, true, 0.01, 2, 100, 2, NAN, 0.99 },
		{ true, true, 0.06, 2, 100, 2, NAN, 0.5 },  /* null worlds hold as much */
		{ true, true, NAN, 2, 100, NAN, NAN, 0.5 }, /* no worlds were run */
		{ true, true, 0.06, 2, 100, 2, 3, 0.99 },   /* an exclusive artefact needs none */
		{ false, true, NAN, 1, 100, NAN, NAN, 0.85 },
		{ false, true, NAN, 1, 100, NAN, 3, 0.99 },
		{ false, true, NAN, 2, 7, NAN, NAN, 0.85 },
		{ false, false, NAN, 2, 100, NAN, NAN, 0.80 },
		{ false, false, NAN, 1, 100, NAN, NAN, 0.70 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct bench x;
		struct score s;

		begin(&x);
		x.in.features[CHANNEL_SYNCHRONY] = x.in.features[CHANNEL_BEHAVIOUR] = 6;
		x.in.features[FEATURE_NULL_WORLDS] = cases[i].null_worlds;
		x.in.features[CHANNEL_ARTEFACT] = cases[i].artefact;
		x.in.formed_by_content = cases[i].formed;
		x.in.reference_given = cases[i].reference;
		x.in.p_world_adjusted = cases[i].p_world_adjusted;
		x.in.strong_families = cases[i].families;
		x.in.visits = cases[i].visits;
		s = score(&x);
		if (!(fabs(s.confidence - cases[i].most) < 1e-6))
			fail_msg("case %zu: got %.6f, want %.6f", i, s.confidence, cases[i].most);
		assert_true((s.cap != NULL) == (cases[i].most < 0.99));
		assert_true(s.cap == NULL || s.guard < 0);
		arena_free(x.arena);
	}
}

/* A verdict is not given on an interval whose lower end is far below the number. */
static void
test_lower_bound(void **state)
{
	struct bench x;
	struct score s;

	(void)state;
	begin(&x);
	x.head.calibration.n = 12; /* a dozen clusters cannot promise 0.90 with a low of 0.80 */
	for (uint32_t i = 0; i < 12; i++) {
		x.head.calibration.score[i] = i;
		x.head.calibration.truth[i] = i >= 9;
	}
	x.in.features[CHANNEL_SYNCHRONY] = x.in.features[CHANNEL_BEHAVIOUR] = 6;
	x.in.prior = 0.8;
	s = score(&x);
	assert_true(s.width > 0);
	assert_true(s.confidence < 0.9);
	arena_free(x.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_account_adds_up),
		cmocka_unit_test(test_two_starts),
		cmocka_unit_test(test_shipped_weights_speak_one_way),
		cmocka_unit_test(test_missing_adds_nothing),
		cmocka_unit_test(test_more_evidence_never_lowers_it),
		cmocka_unit_test(test_prior_shifts),
		cmocka_unit_test(test_guards),
		cmocka_unit_test(test_lower_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
