/* test_score.c - the rule of score.h: what counts, what caps, and in which direction evidence moves the number. */
#include "testing.h"

#include <math.h>

#include "batch.h"
#include "detect/score.h"

/** Evidence of all channels, abstained until set. */
struct case_of {
	struct detect_evidence evidence[CHANNEL_COUNT];
	struct score_input in;
};

static void
start(struct case_of *c)
{
	*c = (struct case_of){ .in = { .p_world = NAN,
				   .p_world_adjusted = NAN,
				   .reference_given = true,
				   .prior = 0.1,
				   .visits = 100 } };
	for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++)
		c->evidence[ch] = (struct detect_evidence){
			.channel = ch, .abstained = true, .p = NAN, .log_e = NAN
		};
	c->in.evidence = c->evidence;
}

static void
set_p(struct case_of *c, enum detect_channel ch, double p, uint32_t worlds)
{
	c->evidence[ch].abstained = false;
	c->evidence[ch].p = p;
	c->evidence[ch].worlds = worlds;
}

static void
set_artefact(struct case_of *c, double bayes)
{
	c->evidence[CHANNEL_ARTEFACT].abstained = false;
	c->evidence[CHANNEL_ARTEFACT].log_e = log(bayes);
}

static void
assert_near(double got, double want)
{
	if (!(fabs(got - want) < 1e-9))
		fail_msg("got %.12f, want %.12f", got, want);
}

static double
posterior(double prior, double log_e)
{
	double odds = prior / (1 - prior) * exp(log_e);

	return odds / (1 + odds);
}

static void
test_nothing_leaves_the_prior(void **state)
{
	struct case_of c;
	struct score s;

	(void)state;
	start(&c);
	s = score_of(&c.in);
	assert_near(s.confidence, 0.1);
	assert_near(s.low, posterior(0.1, -log(3)));
	assert_near(s.high, posterior(0.1, log(3)));
	assert_null(s.cap);
	for (size_t f = 0; f < FAMILY_COUNT; f++)
		assert_true(isnan(s.family_log_e[f]));
}

static void
test_one_e_value_a_family(void **state)
{
	struct case_of c;
	struct score s;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_SYNCHRONY, 0.03, 0);
	assert_near(score_of(&c.in).confidence, posterior(0.1, channel_log_e(0.03)));
	/* two of one family: the smaller, twice */
	set_p(&c, CHANNEL_BEHAVIOUR, 0.2, 0);
	set_p(&c, CHANNEL_DICTIONARY, 0.02, 0);
	s = score_of(&c.in);
	assert_near(s.family_log_e[FAMILY_CONTENT], channel_log_e(0.04));
	assert_near(s.confidence, posterior(0.1, channel_log_e(0.03) + channel_log_e(0.04)));
	/* three: thrice; never above 1 */
	set_p(&c, CHANNEL_PAYLOAD, 0.9, 0);
	assert_near(score_of(&c.in).family_log_e[FAMILY_CONTENT], channel_log_e(0.06));
	set_p(&c, CHANNEL_DICTIONARY, 0.9, 0);
	set_p(&c, CHANNEL_BEHAVIOUR, 0.9, 0);
	assert_near(score_of(&c.in).family_log_e[FAMILY_CONTENT], log(0.5));
}

/* What formed the cluster counts by p_world in place of its channels. */
static void
test_formed_by_content(void **state)
{
	struct case_of c;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_BEHAVIOUR, 0.0001, 9999);
	c.in.formed_by_content = true;
	c.in.p_world = 0.02;
	c.in.p_world_adjusted = 0.04;
	assert_near(score_of(&c.in).family_log_e[FAMILY_CONTENT], channel_log_e(0.02));
}

static void
test_what_does_not_count(void **state)
{
	struct case_of c;
	double with, without;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_SYNCHRONY, 0.001, 0);
	set_p(&c, CHANNEL_INFRASTRUCTURE, 0.004, 0);
	with = score_of(&c.in).confidence;
	c.evidence[CHANNEL_SYNCHRONY].abstained = true;
	without = score_of(&c.in).confidence;
	assert_true(without < with);
	c.evidence[CHANNEL_SYNCHRONY].abstained = false;
	c.evidence[CHANNEL_SYNCHRONY].excluded = true;
	assert_near(score_of(&c.in).confidence, without);
	c.evidence[CHANNEL_SYNCHRONY].excluded = false;
	c.evidence[CHANNEL_SYNCHRONY].defining = true;
	assert_near(score_of(&c.in).confidence, without);
	c.evidence[CHANNEL_SYNCHRONY].defining = false;
	c.in.without = 1u << CHANNEL_SYNCHRONY;
	assert_near(score_of(&c.in).confidence, without);
	c.in.without = 1u << CHANNEL_BEHAVIOUR;
	assert_near(score_of(&c.in).confidence, with);
}

static void
test_artefact_bit(void **state)
{
	struct case_of c;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_SYNCHRONY, 0.2, 0);
	set_artefact(&c, 1e4);
	assert_true(score_of(&c.in).artefact);
	assert_near(score_of(&c.in).confidence, 0.99);
	c.in.without = 1u << CHANNEL_ARTEFACT;
	assert_false(score_of(&c.in).artefact);
	assert_near(score_of(&c.in).confidence, posterior(0.1, channel_log_e(0.2)));
}

static void
test_caps(void **state)
{
	struct case_of c;
	struct score s;

	(void)state;
	start(&c);
	/* one kind of evidence */
	set_p(&c, CHANNEL_SYNCHRONY, 1e-4, 0);
	s = score_of(&c.in);
	assert_near(s.confidence, 0.85);
	assert_non_null(s.cap);
	assert_int_equal(s.strong_families, 1);
	/* two kinds */
	set_p(&c, CHANNEL_INFRASTRUCTURE, 0.0099, 0);
	s = score_of(&c.in);
	assert_int_equal(s.strong_families, 2);
	assert_true(s.confidence > 0.9);
	assert_null(s.cap);
	/* 0.01 itself is not below it */
	set_p(&c, CHANNEL_INFRASTRUCTURE, 0.01, 0);
	assert_near(score_of(&c.in).confidence, 0.85);
	/* the whole-pipeline null does not reject it, or was not run */
	set_p(&c, CHANNEL_INFRASTRUCTURE, 1e-4, 0);
	c.in.formed_by_content = true;
	c.in.p_world = 0.005;
	c.in.p_world_adjusted = 0.0501;
	assert_near(score_of(&c.in).confidence, 0.5);
	c.in.p_world_adjusted = 0.05;
	assert_near(score_of(&c.in).confidence, 0.99);
	c.in.p_world = c.in.p_world_adjusted = NAN;
	assert_near(score_of(&c.in).confidence, 0.5);
	/* an exclusive artefact lifts them all */
	set_artefact(&c, 1e3);
	assert_near(score_of(&c.in).confidence, 0.99);
}

/* 0.90 and more come with a lower bound of 0.80 or not at all; the upper end stays. */
static void
test_low_cap(void **state)
{
	struct case_of c;
	struct score s;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_SYNCHRONY, 0.005, 199);
	set_p(&c, CHANNEL_INFRASTRUCTURE, 0.005, 199);
	set_p(&c, CHANNEL_BEHAVIOUR, 0.05, 199);
	s = score_of(&c.in);
	assert_true(s.low < 0.8);
	assert_near(s.confidence, 0.89);
	assert_true(s.high > 0.9);
	assert_non_null(strstr(s.cap, "lower bound"));
}

/* Fewer than eight visits carry no verdict, whatever they show. */
static void
test_visits_cap(void **state)
{
	struct case_of c;

	(void)state;
	start(&c);
	set_artefact(&c, 1e4);
	c.in.visits = SCORE_VISITS_LEAST - 1;
	assert_near(score_of(&c.in).confidence, 0.85);
	c.in.visits = SCORE_VISITS_LEAST;
	assert_near(score_of(&c.in).confidence, 0.99);
}

static void
test_reference_cap(void **state)
{
	struct case_of c;
	struct score s;

	(void)state;
	start(&c);
	set_p(&c, CHANNEL_SYNCHRONY, 1e-4, 0);
	set_p(&c, CHANNEL_INFRASTRUCTURE, 1e-4, 0);
	c.in.reference_given = false;
	s = score_of(&c.in);
	assert_near(s.confidence, 0.8);
	assert_true(s.high <= 0.8 && s.low <= 0.8);
	assert_near(s.evidence_confidence, 0.99); /* the verdict rests on the evidence */
	assert_non_null(strstr(s.cap, "reference"));
	/* a lower cap stays */
	c.in.formed_by_content = true;
	assert_near(score_of(&c.in).confidence, 0.5);
}

static uint32_t
draws(void)
{
	return test_quick() ? 200 : 3000;
}

static double
draw_p(struct rng *rng)
{
	return exp(-9 * rng_uniform(rng) * rng_uniform(rng));
}

static void
draw_case(struct case_of *c, struct rng *rng)
{
	static const uint32_t worlds[] = { 0, 199, 999, 9999 };

	start(c);
	for (enum detect_channel ch = 0; ch < CHANNEL_ARTEFACT; ch++)
		if (rng_below(rng, 3) > 0) {
			uint32_t w = worlds[rng_below(rng, 4)];
			double p = draw_p(rng);

			set_p(c, ch, w == 0 ? p : fmax(p, 1.0 / (w + 1)), w);
		}
	if (rng_below(rng, 4) == 0)
		set_artefact(c, 1e3);
	c->in.formed_by_content = rng_below(rng, 2) == 0;
	c->in.worlds = worlds[1 + rng_below(rng, 3)];
	c->in.p_world = rng_below(rng, 4) == 0 ? NAN : draw_p(rng);
	c->in.p_world_adjusted = fmin(1, c->in.p_world * (1 + rng_below(rng, 5)));
	c->in.reference_given = rng_below(rng, 2) == 0;
	c->in.prior = 0.01 + 0.6 * rng_uniform(rng);
}

static void
test_order_of_the_interval(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < draws(); i++) {
		struct rng rng = rng_at(5, 1, 0, i);
		struct case_of c;
		struct score s;

		draw_case(&c, &rng);
		s = score_of(&c.in);
		assert_true(s.low >= 0.01 && s.low <= s.confidence);
		assert_true(s.confidence <= s.high && s.high <= 0.99);
		assert_true(s.evidence_low <= s.evidence_confidence);
		assert_true(s.confidence <= s.evidence_confidence);
		assert_true(c.in.reference_given || s.high <= 0.8);
	}
}

/* A smaller p, of any channel or of the worlds, never lowers the confidence; nor does an artefact. */
static void
test_monotone(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < draws(); i++) {
		struct rng rng = rng_at(6, 1, 0, i);
		struct case_of c;
		struct score before, after;
		enum detect_channel ch;

		draw_case(&c, &rng);
		before = score_of(&c.in);
		ch = (enum detect_channel)rng_below(&rng, CHANNEL_ARTEFACT);
		c.evidence[ch].p *= rng_uniform(&rng); /* NAN stays NAN */
		after = score_of(&c.in);
		assert_true(after.confidence >= before.confidence && after.high >= before.high);
		c.in.p_world *= 0.5;
		c.in.p_world_adjusted *= 0.5;
		before = after;
		after = score_of(&c.in);
		assert_true(after.confidence >= before.confidence && after.high >= before.high);
		set_artefact(&c, 1e4);
		assert_true(score_of(&c.in).confidence >= after.confidence);
	}
}

/* Few draws could have hidden a larger p: the same p from fewer worlds has a wider interval. */
static void
test_few_worlds_widen(void **state)
{
	struct case_of few, many;

	(void)state;
	start(&few);
	start(&many);
	set_p(&few, CHANNEL_SYNCHRONY, 0.01, 199);
	set_p(&many, CHANNEL_SYNCHRONY, 0.01, 9999);
	assert_near(score_of(&few.in).confidence, score_of(&many.in).confidence);
	assert_true(score_of(&few.in).low < score_of(&many.in).low);
	/* p_world has its own number of worlds, whatever the channels had to test */
	start(&few);
	few.in.formed_by_content = true;
	few.in.p_world = few.in.p_world_adjusted = 0.005;
	many = few;
	many.in.evidence = many.evidence;
	few.in.worlds = 199;
	many.in.worlds = 9999;
	assert_true(score_of(&few.in).low < score_of(&many.in).low);
}

/* A p found among twenty clusters is worth what twenty times the p is, in its family alone; a factor below 1 does nothing. */
static void
test_selection(void **state)
{
	struct case_of one, many;

	(void)state;
	start(&one);
	set_p(&one, CHANNEL_SYNCHRONY, 0.02, 0);
	set_p(&one, CHANNEL_INFRASTRUCTURE, 0.001, 0);
	many = one;
	many.in.evidence = many.evidence;
	set_p(&many, CHANNEL_SYNCHRONY, 0.001, 0);
	many.in.selection[FAMILY_TIME] = 20;
	assert_near(score_of(&many.in).confidence, score_of(&one.in).confidence);
	assert_int_equal(score_of(&many.in).strong_families, 1);
	many.in.selection[FAMILY_PLACE] = 0.5;
	assert_near(score_of(&many.in).confidence, score_of(&one.in).confidence);
	many.in.selection[FAMILY_TIME] = 2000;
	assert_true(score_of(&many.in).confidence < score_of(&one.in).confidence);
}

/* An e-value has mean 1 under a uniform p: the integral of the calibrator, with p = exp(-t). The tail beyond t holds
 * 1/t. */
static void
test_calibrator(void **state)
{
	const double step = 0.001, most = 600;
	double integral = 0, last = INFINITY;

	(void)state;
	for (double t = step / 2; t < most; t += step)
		integral += exp(channel_log_e(exp(-t)) - t) * step;
	assert_true(integral + 1 / most > 0.999 && integral + 1 / most < 1.001);
	for (uint32_t i = 1; i <= 10000; i++) {
		double log_e = channel_log_e(i / 10000.0);

		assert_true(log_e <= last + 1e-9);
		last = log_e;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_leaves_the_prior),
		cmocka_unit_test(test_one_e_value_a_family),
		cmocka_unit_test(test_formed_by_content),
		cmocka_unit_test(test_what_does_not_count),
		cmocka_unit_test(test_artefact_bit),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_low_cap),
		cmocka_unit_test(test_visits_cap),
		cmocka_unit_test(test_reference_cap),
		cmocka_unit_test(test_order_of_the_interval),
		cmocka_unit_test(test_monotone),
		cmocka_unit_test(test_few_worlds_widen),
		cmocka_unit_test(test_selection),
		cmocka_unit_test(test_calibrator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
