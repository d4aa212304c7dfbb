/* test_fit.c - the fit finds planted weights, never a negative one, and writes a file that the engine reads. */
#include "testing.h"

#include <math.h>

#include "detect/judge/weights.h"
#include "evaluate/fit.h"

enum { ROWS = 4000, FEWER = 1000 };

/* synchrony matters twice as much as behaviour, infrastructure not at all, geography... nothing; payload speaks against,
 * which a weight may not. One actor lives in one network. */
static void
draw(struct fit_row *rows, uint64_t seed)
{
	for (uint32_t i = 0; i < ROWS; i++) {
		struct rng rng = rng_at(seed, 1, 0, i);
		struct fit_row *r = &rows[i];
		double score = -2;

		*r = (struct fit_row){ .single_actor = -1 };
		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			r->features[f] = NAN;
		r->features[CHANNEL_SYNCHRONY] = 0.001 * rng_below(&rng, 4000);
		r->features[CHANNEL_INFRASTRUCTURE] = 0.001 * rng_below(&rng, 4000);
		r->features[CHANNEL_PAYLOAD] = 0.001 * rng_below(&rng, 2000);
		r->features[FEATURE_ONE_NETWORK] = 0.001 * rng_below(&rng, 1001);
		score += r->features[CHANNEL_SYNCHRONY] - 0.5 * r->features[CHANNEL_PAYLOAD];
		if (rng_below(&rng, 2) == 0) {
			r->features[CHANNEL_BEHAVIOUR] = 0.001 * rng_below(&rng, 4000);
			score += 0.5 * r->features[CHANNEL_BEHAVIOUR] - 0.7;
		}
		r->coordinated = rng_below(&rng, 1000000) < 1e6 / (1 + exp(-score));
		if (r->coordinated)
			r->single_actor = rng_below(&rng, 1000000) <
					  1e6 / (1 + exp(3 - 6 * r->features[FEATURE_ONE_NETWORK]));
	}
}

static struct detect_model *
fit(const struct fit_row *rows, const struct fit_row *held_out, size_t n)
{
	struct fit_head head = { { rows, n }, { held_out, n } };
	struct fit_config config = {
		.name = "test", .with_reference = head, .without_reference = head
	};
	struct buf out = BUF_INIT(16 << 20);
	struct detect_model *model = NULL;
	struct coord_error err = { .what = "" };

	if (fit_model(&config, &out, &err) != COORD_OK ||
	    detect_model_parse((struct sv){ out.data, out.len }, &model, &err) != COORD_OK)
		fail_msg("%s", err.what);
	buf_clear(&out);
	return model;
}

static void
near(double got, double want, double within)
{
	if (!(fabs(got - want) < within))
		fail_msg("got %.3f, want %.3f", got, want);
}

static void
test_finds_the_weights(void **state)
{
	static struct fit_row rows[ROWS], held_out[ROWS];
	struct detect_model *m;
	const struct weights_linear *w;

	(void)state;
	draw(rows, 1);
	draw(held_out, 2);
	m = fit(rows, held_out, ROWS);
	w = &m->with_reference.coordinated;
	assert_true(m->trained);
	near(w->weight[CHANNEL_SYNCHRONY], 1, 0.12);
	near(w->weight[CHANNEL_BEHAVIOUR], 0.5, 0.12);
	near(w->present[CHANNEL_BEHAVIOUR], -0.7, 0.3);
	near(w->weight[CHANNEL_INFRASTRUCTURE], 0, 0.08);
	assert_true(w->weight[CHANNEL_PAYLOAD] == 0);     /* it speaks against: clipped */
	assert_true(w->weight[FEATURE_ONE_NETWORK] == 0); /* not for this question */
	near(m->with_reference.single_actor.weight[FEATURE_ONE_NETWORK], 6, 1);
	assert_int_equal(m->with_reference.calibration.n, ROWS);
	detect_model_free(m);
}

/* Whoever shows the channel without its evidence is hardly ever coordinated: the fit takes two fifths of the odds, no more. */
static void
test_silence_is_bounded(void **state)
{
	static struct fit_row rows[ROWS];
	struct detect_model *m;

	(void)state;
	draw(rows, 3);
	for (uint32_t i = 0; i < ROWS; i++)
		if (rows[i].features[CHANNEL_BEHAVIOUR] < 2.5) {
			rows[i].coordinated = false;
			rows[i].single_actor = -1;
		}
	m = fit(rows, rows, ROWS);
	assert_true(fabs(m->with_reference.coordinated.present[CHANNEL_BEHAVIOUR] + 0.5) < 1e-9);
	assert_true(m->with_reference.coordinated.weight[CHANNEL_BEHAVIOUR] > 0);
	detect_model_free(m);
}

/* Whoever has payloads is coordinated more often whatever the test says of them: having them is no evidence. */
static void
test_presence_never_speaks_for(void **state)
{
	static struct fit_row rows[ROWS];
	struct detect_model *m;
	const struct weights_linear *w;

	(void)state;
	draw(rows, 4);
	for (uint32_t i = 0; i < FEWER; i++)
		if (!rows[i].coordinated && i % 2 == 0)
			rows[i].features[CHANNEL_PAYLOAD] = NAN;
	m = fit(rows, rows, FEWER);
	w = &m->with_reference.coordinated;
	for (unsigned f = 0; f < FEATURE_NULL_WORLDS; f++) {
		assert_true(w->present[f] <= 0);
		assert_true(w->weight[f] >= 0);
	}
	detect_model_free(m);
}

/* Groups with a hand-over are coordinated less often, and those with a significant one hardly more: p = 0.05 still never
 * speaks against, and the descent does not stop in the corner of that bound, where both coefficients are 0. */
static void
test_significance_never_speaks_against(void **state)
{
	static struct fit_row rows[ROWS];
	struct detect_model *m;
	const struct weights_linear *w;

	(void)state;
	draw(rows, 5);
	for (uint32_t i = 0; i < FEWER; i++) {
		struct rng rng = rng_at(6, 1, 0, i);

		if (rng_below(&rng, 2) == 0)
			continue;
		rows[i].features[CHANNEL_HANDOVER] = 0.001 * rng_below(&rng, 4000);
		if (rows[i].features[CHANNEL_HANDOVER] < 1.5 && rng_below(&rng, 10) < 8)
			rows[i].coordinated = false;
	}
	m = fit(rows, rows, FEWER);
	w = &m->with_reference.coordinated;
	assert_true(w->present[CHANNEL_HANDOVER] < -0.3);
	assert_true(w->present[CHANNEL_HANDOVER] + 1.301 * w->weight[CHANNEL_HANDOVER] > -1e-3);
	detect_model_free(m);
}

/* A stated Bayes factor of 10 is worth ln 10, however well artefacts tell the rows apart. */
static void
test_factor_counts_as_stated(void **state)
{
	static struct fit_row rows[ROWS];
	struct detect_model *m;
	double weight;

	(void)state;
	draw(rows, 7);
	for (uint32_t i = 0; i < FEWER; i++)
		rows[i].features[CHANNEL_ARTEFACT] = rows[i].coordinated ? 4 : 3;
	m = fit(rows, rows, FEWER);
	weight = m->with_reference.coordinated.weight[CHANNEL_ARTEFACT];
	if (!(weight > 1 && weight <= log(10) + 1e-4))
		fail_msg("got %.3f", weight);
	detect_model_free(m);
}

static void
test_needs_both_kinds(void **state)
{
	static struct fit_row rows[ROWS];
	struct fit_head head = { { rows, 3 }, { rows, 3 } };
	struct fit_config config = { .with_reference = head, .without_reference = head };
	struct buf out = BUF_INIT(1 << 20);
	struct coord_error err;

	(void)state;
	draw(rows, 1);
	for (unsigned i = 0; i < 3; i++)
		rows[i].coordinated = false;
	assert_int_equal(fit_model(&config, &out, &err), COORD_ENODATA);
	assert_non_null(strstr(err.what, "with_reference"));
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_finds_the_weights),
		cmocka_unit_test(test_silence_is_bounded),
		cmocka_unit_test(test_presence_never_speaks_for),
		cmocka_unit_test(test_significance_never_speaks_against),
		cmocka_unit_test(test_factor_counts_as_stated),
		cmocka_unit_test(test_needs_both_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
