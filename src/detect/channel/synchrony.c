/* synchrony.c - channel T+: do the nodes act at the same times more than their stratum does anyway?
 * Statistic  cross-source coincidences: pairs of visits of different sources within 10, 60, 300 and 900 s; the smallest p
 *            over the scales is judged against the same surrogates (minp.h).
 * Null       empirical-background interval jitter (jitter.h) with bins of one and of four hours, Bonferroni x 2. */
#include "detect/channel/channel.h"

#include <math.h>

#include "detect/channel/jitter.h"
#include "detect/channel/minp.h"

enum {
	SCALES = 4,
	BINS = 2,
	STAGE_SURROGATE = 16,
	WORK_MOST = 100000000,
	SOURCES_LEAST = 2,
	UNIFORM_DRAWS_MOST = 999,
	COINCIDENCES_LEAST = 3,
};
static const double modest_p_least = 0.01;
static const int64_t scale_us[SCALES] = { 10 * TIME_SECOND, 60 * TIME_SECOND, 300 * TIME_SECOND,
	900 * TIME_SECOND };
static const int64_t bin_us[BINS] = { 3600 * TIME_SECOND, 4 * 3600 * TIME_SECOND };

/* One bin width: the plan of its surrogates, and what came out. */
struct width {
	const struct channel_input *in;
	struct jitter jitter;
	unsigned index;
	unsigned first_scale;
	double observed[SCALES];
	struct minp_result result;
};

/* By time; visits of one instant in any order, since nothing below depends on it. */
static void
sort_by_time(struct jitter_visit *v, uint32_t n, struct sort_pair *pairs, struct sort_pair *spare)
{
	for (uint32_t i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){ sort_key_i64(v[i].at), v[i].source };
	sort_pairs(pairs, n, spare);
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct jitter_visit){ (int64_t)(pairs[i].key ^ ((uint64_t)1 << 63)),
			pairs[i].value };
}

/* Pairs of visits of different sources within each scale. `v` sorted by time; `last` = times of each source's visits in
 * order is avoided by subtracting same-source pairs, found by walking each source's own visits through `next`. */
static void
count_coincidences(const struct jitter_visit *v, uint32_t n, unsigned first_scale, uint32_t sources,
    uint32_t *chain, uint32_t *last, double ret[SCALES])
{
	memset(last, 0xff, sources * sizeof(*last));
	for (uint32_t i = 0; i < n; i++) {
		chain[i] = last[v[i].source];
		last[v[i].source] = i;
	}
	for (unsigned s = first_scale; s < SCALES; s++) {
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
}

/* Counts the coincidences of visits in any order. False: scratch is full. */
static bool
count_visits(
    const struct width *w, struct jitter_visit *v, struct arena *scratch, double ret[SCALES])
{
	uint32_t n = w->jitter.n;
	uint32_t *chain = ARENA_ARRAY_RAW(scratch, n, uint32_t);
	uint32_t *last = ARENA_ARRAY_RAW(scratch, w->jitter.sources, uint32_t);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);

	if (chain == NULL || last == NULL || pairs == NULL || spare == NULL)
		return false;
	sort_by_time(v, n, pairs, spare);
	count_coincidences(v, n, w->first_scale, w->jitter.sources, chain, last, ret);
	return true;
}

static void
surrogate(void *context, uint32_t index, struct arena *scratch, double *ret)
{
	const struct width *w = context;
	struct jitter_visit *v = ARENA_ARRAY_RAW(scratch, w->jitter.n, struct jitter_visit);
	uint32_t *places = ARENA_ARRAY_RAW(scratch, w->jitter.pool_most, uint32_t);

	if (v == NULL || places == NULL)
		return;
	jitter_surrogate(&w->jitter, w->in->seed, STAGE_SURROGATE + w->index, index, places, v);
	(void)count_visits(w, v, scratch, ret);
}

static enum coord_err
observe(struct width *w, struct arena *scratch, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	struct jitter_visit *v = ARENA_ARRAY_RAW(scratch, w->jitter.n, struct jitter_visit);

	if (v == NULL)
		return model_full(err);
	memcpy(v, w->jitter.visits, w->jitter.n * sizeof(*v));
	if (!count_visits(w, v, scratch, w->observed))
		return model_full(err);
	arena_rewind(scratch, mark);
	return COORD_OK;
}

static bool
too_uniform(const struct jitter *j)
{
	return j->uniform * 5 > j->n;
}

static enum coord_err
test_width(struct width *w, const struct jitter_pools *pools, struct arena *scratch,
    struct coord_error *err)
{
	const struct channel_input *in = w->in;
	struct minp test = { .first = w->first_scale,
		.levels = SCALES,
		.draw = surrogate,
		.context = w,
		.draws_first = in->draws_first,
		.draws_most = in->draws_most,
		.threads = in->threads };
	uint64_t affordable;

	TRY(jitter_plan(in, pools, bin_us[w->index], scratch, &w->jitter, err));
	if (w->jitter.sources < SOURCES_LEAST)
		return COORD_OK;
	TRY(observe(w, scratch, err));
	memcpy(test.observed, w->observed, sizeof(w->observed));
	affordable = WORK_MOST / (w->jitter.work + 8 * (uint64_t)w->jitter.n + 1);
	if (too_uniform(&w->jitter) && affordable > UNIFORM_DRAWS_MOST)
		affordable = UNIFORM_DRAWS_MOST; /* no p below modest_p_least will be claimed */
	if (affordable < test.draws_most)
		test.draws_most = (uint32_t)affordable;
	return minp_test(&test, scratch, &w->result, err);
}

static enum coord_err
conclude(const struct width *w, struct detect_evidence *e, struct coord_error *err)
{
	const struct minp_result *r = &w->result;
	double observed = w->observed[r->level], p = fmin(1, r->p * BINS);

	/* a handful of coincidences, or a null known to reject 0.18 of bursty ones at 0.05 (methods.md P1): claim no more */
	if (too_uniform(&w->jitter) || observed < COINCIDENCES_LEAST)
		p = fmax(p, modest_p_least);
	if (too_uniform(&w->jitter))
		e->null_name = "uniform interval jitter (too little background)";
	e->p = p;
	e->worlds = r->draws;
	e->effect = r->expected > 0 ? observed / r->expected : NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	e->n = w->jitter.sources;
	e->detail = arena_printf(w->in->arena,
	    "%.0f pairs of visits by different sources fall within %lld s of each other; the "
	    "background's own "
	    "rhythm explains %.1f (%u visits by %u nodes).",
	    observed, (long long)(scale_us[r->level] / TIME_SECOND), r->expected, w->jitter.n,
	    w->in->n);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_widths(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct width w[BINS];
	struct jitter_pools *pools;

	TRY(jitter_pools_new(in, scratch, &pools, err));
	for (unsigned b = 0; b < BINS; b++) {
		w[b] = (struct width){
			.in = in, .index = b, .first_scale = in->m->coarse_time ? 1 : 0
		};
		TRY(test_width(&w[b], pools, scratch, err));
	}
	if (w[0].jitter.sources < SOURCES_LEAST) {
		e->abstained = true;
		e->detail = "Fewer than two sources have visits that the time tests may use.";
		return COORD_OK;
	}
	return conclude(&w[w[1].result.p < w[0].result.p], e, err);
}

static enum coord_err
synchrony_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	struct arena *scratch = arena_new(0);
	enum coord_err rc = scratch == NULL ? model_full(err) : test_widths(in, scratch, e, err);

	arena_free(scratch);
	return rc;
}

const struct channel channel_synchrony = {
	.name = "synchrony",
	.key = "temporal_correlation",
	.title = "Acting at the same times",
	.family = FAMILY_TIME,
	.layers = CHANNEL_LAYER(LAYER_TIME),
	.null_name = "empirical-background interval jitter",
	.null_meaning =
	    "each visit moved to a time at which the background was active, within the same hour",
	.test = synchrony_test,
};
