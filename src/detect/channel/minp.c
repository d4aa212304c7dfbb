/* minp.c - see minp.h. */
#include "detect/channel/minp.h"

#include <stdlib.h>

#include "detect/model/model.h"
#include "detect/stats.h"

enum { WORKERS_MOST = 64, EXCEEDING_ENOUGH = 20 };
static const double clear_p = 0.05;

struct run {
	const struct minp *test;
	double *counts[MINP_LEVELS_MOST]; /* by draw */
	uint32_t done;
	struct arena *workers[WORKERS_MOST];
};

static void
run_draw(void *context, size_t item, unsigned worker)
{
	struct run *run = context;
	struct arena *scratch = run->workers[worker];
	struct arena_mark mark = arena_mark(scratch);
	uint32_t index = run->done + (uint32_t)item;
	double ret[MINP_LEVELS_MOST] = { 0 };

	run->test->draw(run->test->context, index, scratch, ret);
	for (unsigned l = run->test->first; l < run->test->levels; l++)
		run->counts[l][index] = ret[l];
	arena_rewind(scratch, mark);
}

static int
f64_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How many of the ascending values are >= x; all of them for x = 0, where nothing was counted. */
static uint32_t
at_least(const double *sorted, uint32_t n, double x)
{
	uint32_t low = 0, high = x <= 0 ? 0 : n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (sorted[mid] >= x)
			high = mid;
		else
			low = mid + 1;
	}
	return n - low;
}

/* The smallest rank over the levels of one draw, among the other draws and the observed world. */
static uint32_t
draw_rank(const struct run *run, double *const sorted[], uint32_t draw)
{
	uint32_t least = UINT32_MAX;

	for (unsigned l = run->test->first; l < run->test->levels; l++) {
		double c = run->counts[l][draw];
		uint32_t b = at_least(sorted[l], run->done, c);

		if (c > 0)
			b = b - 1 + (run->test->observed[l] >= c);
		least = b < least ? b : least;
	}
	return least;
}

static enum coord_err
rank_levels(
    const struct run *run, struct arena *scratch, struct minp_result *ret, struct coord_error *err)
{
	const struct minp *test = run->test;
	double *sorted[MINP_LEVELS_MOST] = { NULL };
	uint32_t best = UINT32_MAX, n = run->done;

	*ret = (struct minp_result){ .draws = n };
	for (unsigned l = test->first; l < test->levels; l++) {
		uint32_t b;

		if ((sorted[l] = ARENA_ARRAY_RAW(scratch, n, double)) == NULL)
			return model_full(err);
		memcpy(sorted[l], run->counts[l], n * sizeof(**sorted));
		qsort(sorted[l], n, sizeof(**sorted), f64_order);
		b = at_least(sorted[l], n, test->observed[l]);
		if (b < best) {
			best = b;
			ret->level = l;
		}
	}
	for (uint32_t d = 0; d < n; d++) {
		ret->exceeding += draw_rank(run, sorted, d) <= best;
		ret->expected += run->counts[ret->level][d];
	}
	ret->expected = (ret->expected + test->observed[ret->level]) / (n + 1);
	ret->p = stats_monte_carlo_p(ret->exceeding, n);
	return COORD_OK;
}

static bool
is_clear(const struct minp_result *at, uint32_t most)
{
	if (at->draws >= most || at->p >= clear_p || at->exceeding > EXCEEDING_ENOUGH)
		return true;
	return at->draws >= 9999 && at->exceeding > 0; /* only a p at the floor is worth more */
}

static uint32_t
next_draws(uint32_t done, uint32_t most)
{
	uint32_t next = done < 999 ? 999 : done < 9999 ? 9999 : 99999;

	return next < most ? next : most;
}

static enum coord_err
run_rounds(struct run *run, struct arena *scratch, struct minp_result *ret, struct coord_error *err)
{
	const struct minp *test = run->test;
	uint32_t next = test->draws_first, most = test->draws_most;

	most = most < next ? next : most;
	for (unsigned l = test->first; l < test->levels; l++)
		if ((run->counts[l] = ARENA_ARRAY_RAW(scratch, most, double)) == NULL)
			return model_full(err);
	for (;;) {
		struct arena_mark mark = arena_mark(scratch);

		parallel_for(test->threads, next - run->done, run_draw, run);
		run->done = next;
		TRY(rank_levels(run, scratch, ret, err));
		arena_rewind(scratch, mark);
		if (is_clear(ret, most))
			return COORD_OK;
		next = next_draws(run->done, most);
	}
}

enum coord_err
minp_test(const struct minp *test, struct arena *scratch, struct minp_result *ret,
    struct coord_error *err)
{
	struct run run = { .test = test };
	struct minp limited = *test;
	struct arena_mark mark = arena_mark(scratch);
	struct minp_result result;
	enum coord_err rc = COORD_OK;

	limited.threads = test->threads < 1              ? 1
			  : test->threads > WORKERS_MOST ? WORKERS_MOST
							 : test->threads;
	run.test = &limited;
	for (unsigned t = 0; rc == COORD_OK && t < limited.threads; t++)
		if ((run.workers[t] = arena_new(0)) == NULL)
			rc = model_full(err);
	if (rc == COORD_OK)
		rc = run_rounds(&run, scratch, &result, err);
	for (unsigned t = 0; t < limited.threads; t++)
		arena_free(run.workers[t]);
	arena_rewind(scratch, mark);
	if (rc == COORD_OK)
		*ret = result;
	return rc;
}
