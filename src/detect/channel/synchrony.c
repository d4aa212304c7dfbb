/* synchrony.c - channel T+: do the nodes act at the same times more than their stratum does anyway?
 * Statistic  cross-source coincidences: pairs of visits of different sources within 10, 60, 300 and 900 s; the smallest p
 *            over the scales is judged against the same surrogates (minp.h).
 * Null       empirical-background interval jitter (jitter.h) with bins of one and of four hours, Bonferroni x 2. */
#include <math.h>

#include "detect/channel/timing.h"

enum { SCALES = 4, COINCIDENCES_LEAST = 3 };
static const int64_t scale_us[SCALES] = { 10 * TIME_SECOND, 60 * TIME_SECOND, 300 * TIME_SECOND,
	900 * TIME_SECOND };

/* Pairs of visits of different sources within each scale. Counting the times of each source's visits anew is avoided by
 * subtracting same-source pairs, found by walking each source's own visits through `chain`. */
static bool
count_coincidences(
    const struct timing_visits *visits, unsigned first, struct arena *scratch, double *ret)
{
	const struct timing_visit *v = visits->v;
	uint32_t n = visits->n;
	uint32_t *chain = ARENA_ARRAY_RAW(scratch, n, uint32_t);
	uint32_t *last = ARENA_ARRAY_RAW(scratch, visits->sources, uint32_t);

	if (chain == NULL || last == NULL)
		return false;
	memset(last, 0xff, visits->sources * sizeof(*last));
	for (uint32_t i = 0; i < n; i++) {
		chain[i] = last[v[i].source];
		last[v[i].source] = i;
	}
	for (unsigned s = first; s < SCALES; s++) {
		uint64_t pairs = 0;

		for (uint32_t i = 0, from = 0; i < n; i++) {
			while (v[i].at - v[from].at > scale_us[s])
				from++;
			pairs += i - from;
			for (uint32_t k = chain[i]; k != UINT32_MAX && k >= from; k = chain[k])
				pairs--;
		}
		ret[s] = (double)pairs;
	}
	return true;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	const struct timing test = { .first = in->m->coarse_time ? 1 : 0,
		.levels = SCALES,
		.least = COINCIDENCES_LEAST,
		.measure = count_coincidences };
	struct timing_result r;
	double observed;

	TRY(timing_run(in, &test, scratch, &r, e, err));
	if (r.abstained)
		return COORD_OK;
	observed = r.value[r.best.level];
	e->effect = r.best.expected > 0 ? observed / r.best.expected : NAN;
	e->similarity = channel_attributable(e->effect);
	e->detail = arena_printf(in->arena,
	    "%.0f pairs of visits by different sources fall within %lld s of each other; the "
	    "background's own "
	    "rhythm explains %.1f (%u visits by %u nodes).",
	    observed, (long long)(scale_us[r.best.level] / TIME_SECOND), r.best.expected,
	    r.observed.n, in->n);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
synchrony_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_synchrony = {
	.name = "synchrony",
	.key = "temporal_correlation",
	.title = "Acting at the same times",
	.family = FAMILY_TIME,
	.layers = CHANNEL_LAYER(LAYER_TIME),
	.null_name = TIMING_NULL_NAME,
	.null_meaning = TIMING_NULL_MEANING,
	.test = synchrony_test,
};
