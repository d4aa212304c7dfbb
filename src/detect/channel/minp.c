/* minp.c - see minp.h. */
#include "detect/channel/minp.h"

#include "detect/model/model.h"
#include "detect/stats.h"

enum { WORKERS_MOST = 64, EXCEEDING_ENOUGH = 20 };
static const double clear_p = 0.05;

/* MINP_BRIEF, MINP_MANY: a round with a p from the threshold on is the last. The thresholds have to fall (minp.h); each lies between
 * two of the p-values that its round can have. */
enum { BRIEF_ROUNDS = 2 };
static const uint32_t brief_draws[] = { 9, 39 };
static const double brief_p[] = { 0.35, 0.11 };

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

	run->test->draw(run->test->context, index, worker, scratch, ret);
	for (unsigned l = run->test->first; l < run->test->levels; l++)
		run->counts[l][index] = ret[l];
	arena_rewind(scratch, mark);
}

/* Draws of one level at which anything was counted, ascending by the count. */
struct level {
	struct sort_pair *sorted,
	    *spare; /* key: the bits of a positive double, which ascend as it does */
	uint32_t n;
};

static double
count_at(const struct level *l, uint32_t at)
{
	double c;

	memcpy(&c, &l->sorted[at].key, sizeof(c));
	return c;
}

static void
sort_level(const double *counts, uint32_t n, struct level *l)
{
	l->n = 0;
	for (uint32_t d = 0; d < n; d++)
		if (counts[d] > 0) {
			memcpy(&l->sorted[l->n].key, &counts[d], sizeof(counts[d]));
			l->sorted[l->n++].value = d;
		}
	sort_pairs(l->sorted, l->n, l->spare);
}

/* How many of `all` draws are >= x; all of them for x = 0, where nothing was counted. */
static uint32_t
at_least(const struct level *l, uint32_t all, double x)
{
	uint32_t low = 0, high = l->n;

	if (x <= 0)
		return all;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (count_at(l, mid) >= x)
			high = mid;
		else
			low = mid + 1;
	}
	return l->n - low;
}

/* Lowers each draw's smallest rank so far, among the other draws and the observed world. */
static void
rank_draws(const struct level *l, double observed, uint32_t *least)
{
	for (uint32_t from = 0, to; from < l->n; from = to) {
		uint32_t rank = l->n - from - 1 + (observed >= count_at(l, from));

		for (to = from; to < l->n && l->sorted[to].key == l->sorted[from].key; to++)
			if (rank < least[l->sorted[to].value])
				least[l->sorted[to].value] = rank;
	}
}

static enum coord_err
rank_levels(
    const struct run *run, struct arena *scratch, struct minp_result *ret, struct coord_error *err)
{
	const struct minp *test = run->test;
	uint32_t best = UINT32_MAX, n = run->done;
	struct level level = { ARENA_ARRAY_RAW(scratch, n, struct sort_pair),
		ARENA_ARRAY_RAW(scratch, n, struct sort_pair), 0 };
	uint32_t *least = ARENA_ARRAY_RAW(scratch, n, uint32_t);

	*ret = (struct minp_result){ .draws = n };
	if (level.sorted == NULL || level.spare == NULL || least == NULL)
		return model_full(err);
	for (uint32_t d = 0; d < n; d++)
		least[d] = n;
	for (unsigned l = test->first; l < test->levels; l++) {
		uint32_t b;

		sort_level(run->counts[l], n, &level);
		b = at_least(&level, n, test->observed[l]);
		if (b < best ||
		    (test->nested && b == best && test->observed[l] > test->observed[ret->level])) {
			best = b;
			ret->level = l;
		}
		rank_draws(&level, test->observed[l], least);
	}
	for (uint32_t d = 0; d < n; d++) {
		ret->exceeding += least[d] <= best;
		ret->expected += run->counts[ret->level][d];
	}
	ret->expected = (ret->expected + test->observed[ret->level]) / (n + 1);
	ret->p = stats_monte_carlo_p(ret->exceeding, n);
	return COORD_OK;
}

static bool
is_clear(const struct minp *test, const struct minp_result *at, uint32_t most)
{
	if (at->draws >= most)
		return true;
	for (unsigned r = 0; test->rounds != MINP_FULL && r < BRIEF_ROUNDS; r++)
		if (at->draws == brief_draws[r])
			return at->p >= brief_p[r];
	if (at->p >= clear_p || at->exceeding > EXCEEDING_ENOUGH)
		return true;
	return at->draws >= 9999 && at->exceeding > 0; /* only a p at the floor is worth more */
}

static uint32_t
next_draws(const struct minp *test, uint32_t done, uint32_t most)
{
	uint32_t next = done < 999 ? 999 : done < 9999 ? 9999 : 99999;
	unsigned r = 0;

	while (r < BRIEF_ROUNDS && brief_draws[r] <= done)
		r++;
	if (test->rounds != MINP_FULL && r < BRIEF_ROUNDS)
		next = brief_draws[r];
	else if (test->rounds == MINP_BRIEF)
		next = most;
	else if (test->rounds == MINP_MANY && done < MINP_DRAWS_FIRST)
		next = MINP_DRAWS_FIRST;
	else if (test->rounds == MINP_MANY && done == 999)
		next = 2499; /* ends most p-values between 0.008 and 0.05 by their exceedances */
	return next < most ? next : most;
}

static enum coord_err
run_rounds(struct run *run, struct arena *scratch, struct minp_result *ret, struct coord_error *err)
{
	const struct minp *test = run->test;
	uint32_t most = test->draws_most, next = test->draws_first;

	if (test->rounds != MINP_FULL)
		next = next_draws(test, 0, most < 1 ? 1 : most);
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
		if (is_clear(test, ret, most))
			return COORD_OK;
		next = next_draws(test, run->done, most);
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
	run.workers[0] = scratch; /* the caller's thread works where the caller allocates */
	for (unsigned t = 1; rc == COORD_OK && t < limited.threads; t++)
		if ((run.workers[t] = arena_new(0)) == NULL)
			rc = model_full(err);
	if (rc == COORD_OK)
		rc = run_rounds(&run, scratch, &result, err);
	for (unsigned t = 1; t < limited.threads; t++)
		arena_free(run.workers[t]);
	arena_rewind(scratch, mark);
	if (rc == COORD_OK)
		*ret = result;
	return rc;
}
