/* timing.c - see timing.h. */
#include "detect/channel/timing.h"

#include <math.h>

enum {
	BINS = 2,
	STAGE_SURROGATE = 16,
	WORK_MOST = 100000000,
	SOURCES_LEAST = 2,
	UNIFORM_DRAWS_MOST = 999,
};
static const double modest_p_least = 0.01;
static const double uniform_p_least =
    0.05; /* a null known to reject 0.18 of bursty ones there (methods.md P1) */
static const int64_t bin_us[BINS] = { 3600 * TIME_SECOND, 4 * 3600 * TIME_SECOND };

/* One bin width: the plan of its surrogates, and what came out. */
struct width {
	const struct channel_input *in;
	const struct timing *test;
	struct jitter jitter;
	unsigned index;
	double observed[MINP_LEVELS_MOST];
	struct minp_result result;
};

/* The visits by time; those of one instant in the plan's order. NULL: scratch is full. */
static struct timing_visit *
in_time_order(const struct jitter *j, const struct jitter_visit *drawn, struct arena *scratch)
{
	struct timing_visit *v = ARENA_ARRAY_RAW(scratch, j->n, struct timing_visit);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);

	if (v == NULL || pairs == NULL || spare == NULL)
		return NULL;
	for (uint32_t i = 0; i < j->n; i++)
		pairs[i] = (struct sort_pair){ sort_key_i64(drawn[i].at), i };
	sort_pairs(pairs, j->n, spare);
	for (uint32_t i = 0; i < j->n; i++) {
		const struct jitter_visit *d = &drawn[pairs[i].value];

		v[i] =
		    (struct timing_visit){ d->at, d->at + j->lasts_us[pairs[i].value], d->source };
	}
	return v;
}

static bool
measure(const struct width *w, const struct jitter_visit *drawn, struct arena *scratch, double *ret)
{
	const struct jitter *j = &w->jitter;
	struct timing_visits visits = { in_time_order(j, drawn, scratch), j->n, j->sources,
		j->source_of };

	return visits.v != NULL && w->test->measure(&visits, w->test->first, scratch, ret);
}

static void
surrogate(void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret)
{
	const struct width *w = context;
	struct jitter_visit *drawn = ARENA_ARRAY_RAW(scratch, w->jitter.n, struct jitter_visit);
	uint32_t *places = ARENA_ARRAY_RAW(scratch, w->jitter.pool_most, uint32_t);

	(void)worker;
	if (drawn == NULL || places == NULL)
		return;
	jitter_surrogate(&w->jitter, w->in->seed, STAGE_SURROGATE + w->index, index, places, drawn);
	(void)measure(w, drawn, scratch, ret);
}

static bool
too_uniform(const struct jitter *j)
{
	return j->uniform * 5 > j->n;
}

static uint32_t
affordable_draws(const struct width *w)
{
	uint32_t most = w->in->draws_most;
	uint64_t affordable =
	    WORK_MOST /
	    (w->jitter.work + (8 + (uint64_t)w->test->visit_work) * (uint64_t)w->jitter.n + 1);

	if (w->test->draws_most > 0 && most > w->test->draws_most)
		most = w->test->draws_most;
	/* no p below uniform_p_least will be claimed */
	if (too_uniform(&w->jitter) && most > UNIFORM_DRAWS_MOST)
		most = UNIFORM_DRAWS_MOST;
	return affordable < most ? (uint32_t)affordable : most;
}

static enum coord_err
test_width(struct width *w, const struct jitter_pools *pools, struct arena *scratch,
    struct coord_error *err)
{
	struct minp test = { .first = w->test->first,
		.levels = w->test->levels,
		.draw = surrogate,
		.context = w,
		.draws_first = w->in->draws_first,
		.rounds = w->in->rounds,
		.threads = w->in->threads };
	struct arena_mark mark;

	TRY(jitter_plan(w->in, pools, bin_us[w->index], scratch, &w->jitter, err));
	if (w->jitter.sources < SOURCES_LEAST)
		return COORD_OK;
	mark = arena_mark(scratch);
	if (!measure(w, w->jitter.visits, scratch, w->observed))
		return model_full(err);
	arena_rewind(scratch, mark);
	memcpy(test.observed, w->observed, sizeof(w->observed));
	test.draws_most = affordable_draws(w);
	return minp_test(&test, scratch, &w->result, err);
}

static void
conclude(const struct width *w, struct timing_result *ret, struct detect_evidence *e)
{
	const struct minp_result *r = &w->result;
	double p = fmin(1, r->p * BINS);

	memcpy(ret->value, w->observed, sizeof(ret->value));
	ret->best = *r;
	/* a handful of events claims no more */
	if (r->level >= w->test->least_from && w->observed[r->level] < w->test->least)
		p = fmax(p, modest_p_least);
	if (too_uniform(&w->jitter)) {
		p = fmax(p, uniform_p_least);
		e->null_name = "uniform interval jitter (too little background)";
	}
	ret->p = e->p = p;
	e->worlds = r->draws;
	e->log_e = channel_log_e(p);
	e->n = w->jitter.sources;
}

enum coord_err
timing_run(const struct channel_input *in, const struct timing *test, struct arena *scratch,
    struct timing_result *ret, struct detect_evidence *e, struct coord_error *err)
{
	struct width w[BINS];
	struct jitter_pools *pools;
	const struct jitter *j;

	*ret = (struct timing_result){ .p = NAN };
	TRY(jitter_pools_new(in, scratch, &pools, err));
	for (unsigned b = 0; b < BINS; b++) {
		w[b] = (struct width){ .in = in, .test = test, .index = b };
		TRY(test_width(&w[b], pools, scratch, err));
	}
	j = &w[0].jitter;
	if (j->sources < SOURCES_LEAST) {
		ret->abstained = e->abstained = true;
		e->detail = "Fewer than two sources have visits that the time tests may use.";
		return COORD_OK;
	}
	ret->observed = (struct timing_visits){ in_time_order(j, j->visits, scratch), j->n,
		j->sources, j->source_of };
	if (ret->observed.v == NULL)
		return model_full(err);
	conclude(&w[w[1].result.p < w[0].result.p], ret, e);
	return COORD_OK;
}
