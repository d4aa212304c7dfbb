/* synchrony.c - channel T+: do the nodes act at the same times more than their stratum does anyway?
 *
 * Statistic  cross-node coincidences: pairs of visits of different sources within 10, 60, 300 and 900 s; the smallest p
 *            over the scales is judged against the same surrogates (min-p).
 * Null       empirical-background interval jitter: each visit is replaced by a draw, without replacement, from the visits
 *            of its stratum in the same fixed bin, the set's own members left out; where the bin is too empty, from the
 *            service, then from all, then uniformly in the bin. Run with bins of one and of four hours, Bonferroni x 2.
 *            Fixed bins make the test exact, jitter centred on the visit would invent synchrony (Platkiewicz et al.
 *            2017); diurnal cycles, shared bursts and outages are in the background's own visits (methods.md P1).
 * Sequential 199 draws, extended to 999 and 9,999 while p < 0.05, to 99,999 while nothing exceeds; more than 20
 *            exceedances end it (Besag & Clifford 1991). */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/channel.h"
#include "detect/stats.h"
#include "reference/reference.h"

enum {
	SCALES = 4,
	BINS = 2,
	STAGE_SURROGATE = 16,
	WORK_MOST = 100000000,
	MEMBERS_LEAST = 2,
	UNIFORM_DRAWS_MOST = 999,
	COINCIDENCES_LEAST = 3,
	PLACES_SEARCHED = 16
};
static const double modest_p_least = 0.01;
static const int64_t scale_us[SCALES] = { 10 * TIME_SECOND, 60 * TIME_SECOND, 300 * TIME_SECOND,
	900 * TIME_SECOND };
static const int64_t bin_us[BINS] = { 3600 * TIME_SECOND, 4 * 3600 * TIME_SECOND };

/* A member's visit; the source numbers are local, 0 .. sources - 1. */
struct member_visit {
	int64_t at;
	uint32_t source;
};

/* Visits of one (pool, bin): members' places and the background times that may take them. */
struct draw_bin {
	uint32_t member_from, member_to; /* in member order of this bin width */
	const int64_t *pool;             /* NULL: uniform */
	uint32_t pool_n;
	int64_t start_us;
};

struct jitter {
	const struct channel_input *in;
	int64_t width;
	struct member_visit *visits; /* grouped by draw bin */
	uint32_t n;
	struct draw_bin *bins;
	uint32_t n_bins;
	uint32_t sources;
	uint32_t pool_most;
	uint32_t uniform; /* visits that found no pool */
	unsigned first_scale;
	uint64_t observed[SCALES];
	uint32_t *counts[SCALES]; /* by draw */
	uint32_t draws;
	struct arena **worker_scratch;
	unsigned width_index;
};

/* By time; visits of one instant in any order, since nothing below depends on it. */
static void
sort_by_time(struct member_visit *v, uint32_t n, struct sort_pair *pairs, struct sort_pair *spare)
{
	for (uint32_t i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){ sort_key_i64(v[i].at), v[i].source };
	sort_pairs(pairs, n, spare);
	for (uint32_t i = 0; i < n; i++)
		v[i] = (struct member_visit){ (int64_t)(pairs[i].key ^ ((uint64_t)1 << 63)),
			pairs[i].value };
}

/* Pairs of visits of different sources within each scale. `v` sorted by time; `last` = times of each source's visits in
 * order is avoided by subtracting same-source pairs, found by walking each source's own visits through `next`. */
static void
count_coincidences(const struct member_visit *v, uint32_t n, const struct jitter *j,
    uint32_t *chain, uint32_t *last, uint64_t ret[SCALES])
{
	memset(last, 0xff, j->sources * sizeof(*last));
	for (uint32_t i = 0; i < n; i++) {
		chain[i] = last[v[i].source];
		last[v[i].source] = i;
	}
	for (unsigned s = j->first_scale; s < SCALES; s++) {
		uint64_t pairs = 0;

		for (uint32_t i = 0, from = 0; i < n; i++) {
			while (v[i].at - v[from].at > scale_us[s])
				from++;
			pairs += i - from;
			for (uint32_t k = chain[i]; k != UINT32_MAX && k >= from; k = chain[k])
				pairs--;
		}
		ret[s] = pairs;
	}
}

/* k places of n, distinct: Floyd's algorithm (Bentley & Floyd 1987) while its search through the places taken is short,
 * else the first k of a shuffled index. */
static void
draw_places(uint32_t n, uint32_t k, struct rng *rng, uint32_t *index)
{
	if (k <= PLACES_SEARCHED && n > 2 * k) {
		for (uint32_t i = 0; i < k; i++) {
			uint32_t pick = rng_below(rng, n - k + i + 1);

			for (uint32_t t = 0; t < i; t++)
				if (index[t] == pick) {
					pick = n - k + i;
					break;
				}
			index[i] = pick;
		}
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		index[i] = i;
	for (uint32_t i = 0; i < k; i++) {
		uint32_t pick = i + rng_below(rng, n - i);
		uint32_t swap = index[i];

		index[i] = index[pick];
		index[pick] = swap;
	}
}

static void
draw_bin_times(const struct draw_bin *b, int64_t width, struct rng *rng, uint32_t *index,
    struct member_visit *out)
{
	uint32_t k = b->member_to - b->member_from;

	if (b->pool == NULL) {
		for (uint32_t i = 0; i < k; i++)
			out[b->member_from + i].at =
			    b->start_us + (int64_t)rng_below64(rng, (uint64_t)width);
		return;
	}
	/* which visit gets which of the drawn places must be random too: Floyd's places are not in random order */
	draw_places(b->pool_n, k, rng, index);
	for (uint32_t i = k; i > 1; i--) {
		uint32_t other = rng_below(rng, i);
		uint32_t swap = index[i - 1];

		index[i - 1] = index[other];
		index[other] = swap;
	}
	for (uint32_t i = 0; i < k; i++)
		out[b->member_from + i].at = b->pool[index[i]];
}

static void
surrogate(void *context, size_t draw, unsigned worker)
{
	struct jitter *j = context;
	struct arena *scratch = j->worker_scratch[worker];
	struct arena_mark mark = arena_mark(scratch);
	struct member_visit *v = ARENA_ARRAY_RAW(scratch, j->n, struct member_visit);
	uint32_t *index = ARENA_ARRAY_RAW(scratch, j->pool_most, uint32_t);
	uint32_t *chain = ARENA_ARRAY_RAW(scratch, j->n, uint32_t);
	uint32_t *last = ARENA_ARRAY_RAW(scratch, j->sources, uint32_t);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);
	uint64_t counts[SCALES] = { 0 };
	uint32_t at = j->draws + (uint32_t)draw;

	if (v != NULL && index != NULL && chain != NULL && last != NULL && pairs != NULL &&
	    spare != NULL) {
		memcpy(v, j->visits, j->n * sizeof(*v));
		for (uint32_t b = 0; b < j->n_bins; b++) {
			struct rng rng =
			    rng_at(j->in->seed, STAGE_SURROGATE + j->width_index, at, b);

			draw_bin_times(&j->bins[b], j->width, &rng, index, v);
		}
		sort_by_time(v, j->n, pairs, spare);
		count_coincidences(v, j->n, j, chain, last, counts);
	}
	for (unsigned s = 0; s < SCALES; s++)
		j->counts[s][at] = counts[s] > UINT32_MAX ? UINT32_MAX : (uint32_t)counts[s];
	arena_rewind(scratch, mark);
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* How many of the ascending values are >= x. */
static uint32_t
at_least(const uint32_t *sorted, uint32_t n, uint64_t x)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (sorted[mid] >= x)
			high = mid;
		else
			low = mid + 1;
	}
	return n - low;
}

struct min_p {
	double p;        /* of the smallest p over scales, against the surrogates' own */
	unsigned scale;  /* that gave it */
	double expected; /* mean count at that scale */
	uint32_t exceeding;
};

/* Each world's smallest p over the scales, the observed world among them, ranked. */
static enum coord_err
rank_scales(const struct jitter *j, uint32_t draws, struct arena *scratch, struct min_p *ret,
    struct coord_error *err)
{
	uint32_t *sorted[SCALES];
	uint32_t best = UINT32_MAX;

	*ret = (struct min_p){ .p = 1 };
	for (unsigned s = j->first_scale; s < SCALES; s++) {
		uint32_t b;

		if ((sorted[s] = ARENA_ARRAY_RAW(scratch, draws, uint32_t)) == NULL)
			return model_full(err);
		memcpy(sorted[s], j->counts[s], draws * sizeof(**sorted));
		qsort(sorted[s], draws, sizeof(**sorted), u32_order);
		b = j->observed[s] == 0 ? draws : at_least(sorted[s], draws, j->observed[s]);
		if (b < best) {
			best = b;
			ret->scale = s;
		}
	}
	for (uint32_t d = 0; d < draws; d++) {
		uint32_t least = UINT32_MAX;

		for (unsigned s = j->first_scale; s < SCALES; s++) {
			/* rank among the draws and the observed world, itself not counted */
			uint32_t b = j->counts[s][d] == 0
					 ? draws
					 : at_least(sorted[s], draws, j->counts[s][d]) - 1 +
					       (j->observed[s] >= j->counts[s][d]);

			least = b < least ? b : least;
		}
		ret->exceeding += least <= best;
		ret->expected += j->counts[ret->scale][d];
	}
	ret->expected = (ret->expected + (double)j->observed[ret->scale]) / (draws + 1);
	ret->p = stats_monte_carlo_p(ret->exceeding, draws);
	return COORD_OK;
}

/* Pools: the unmasked visit times of everybody but the members, by stratum, service and all; each ascending. */
struct pool {
	int64_t *at;
	uint32_t n;
};

struct pools {
	struct pool *stratum; /* by stratum */
	struct pool service[SERVICE_COUNT];
	struct pool all;
};

static int
i64_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum coord_err
fill_pool(const struct channel_input *in, const bool *member, int stratum, int service,
    uint64_t key, struct arena *scratch, struct pool *ret, struct coord_error *err)
{
	const struct model *m = in->m;
	const int64_t *more = NULL;
	size_t n_more = in->ref == NULL ? 0 : reference_visits(in->ref, key, &more);
	uint32_t n = 0;

	if ((ret->at = ARENA_ARRAY_RAW(scratch, m->n_visits + n_more, int64_t)) == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_visits; i++) {
		uint32_t v = m->visit_order[i], node = m->visits[v].node;

		if (member[m->node_source[node]] || m->visit_masked[v] ||
		    (stratum >= 0 && m->node_stratum[node] != (uint32_t)stratum) ||
		    (service >= 0 && m->node_service[node] != (uint8_t)service))
			continue;
		ret->at[n++] = in->observed->visit_us[v];
	}
	for (size_t i = 0; i < n_more; i++)
		ret->at[n++] = more[i];
	if (n > 0 && (n_more > 0 || in->observed->null))
		qsort(ret->at, n, sizeof(*ret->at), i64_order);
	ret->n = n;
	return COORD_OK;
}

static enum coord_err
build_pools(
    const struct channel_input *in, struct arena *scratch, struct pools *p, struct coord_error *err)
{
	const struct model *m = in->m;
	bool *member = ARENA_ARRAY(scratch, m->n_sources, bool);
	bool *stratum_seen = ARENA_ARRAY(scratch, m->n_strata, bool);
	bool service_seen[SERVICE_COUNT] = { false };

	p->stratum = ARENA_ARRAY(scratch, m->n_strata, struct pool);
	if (member == NULL || stratum_seen == NULL || p->stratum == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++)
		member[m->node_source[in->nodes[i]]] = true;
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t s = m->node_stratum[in->nodes[i]];
		uint8_t service = m->node_service[in->nodes[i]];

		if (!stratum_seen[s])
			TRY(fill_pool(in, member, (int)s, -1, m->strata[s].key, scratch,
			    &p->stratum[s], err));
		if (!service_seen[service])
			TRY(fill_pool(in, member, -1, service,
			    reference_stratum_key(service, SV_NONE), scratch, &p->service[service],
			    err));
		stratum_seen[s] = service_seen[service] = true;
	}
	return fill_pool(in, member, -1, -1, reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE),
	    scratch, &p->all, err);
}

static uint32_t
first_at(const struct pool *p, int64_t at)
{
	uint32_t low = 0, high = p->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (p->at[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The first pool, from narrow to wide, with room for k draws in [start, start + width). */
static void
choose_pool(const struct pools *p, uint32_t stratum, uint8_t service, uint32_t k, int64_t width,
    struct draw_bin *bin)
{
	const struct pool *order[] = { &p->stratum[stratum], &p->service[service], &p->all };

	bin->pool = NULL;
	bin->pool_n = 0;
	for (size_t i = 0; i < 3; i++) {
		uint32_t from = first_at(order[i], bin->start_us),
			 to = first_at(order[i], bin->start_us + width);

		if (to - from <
		    k + 2) /* two to spare: a bin that must be used up whole cannot vary */
			continue;
		bin->pool = order[i]->at + from;
		bin->pool_n = to - from;
		return;
	}
}

struct placed {
	uint64_t key; /* stratum << 44 | bin */
	uint32_t visit;
	uint32_t source;
};

static int
placed_order(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->visit > y->visit) - (x->visit < y->visit);
}

static int64_t
bin_of(int64_t at, int64_t width)
{
	int64_t bin = at / width;

	return at < 0 && at % width != 0 ? bin - 1 : bin;
}

/* Members' visits grouped by (stratum, bin), each group with its pool. */
static enum coord_err
plan_draws(const struct channel_input *in, const struct pools *pools, struct arena *scratch,
    struct jitter *j, struct coord_error *err)
{
	const struct model *m = in->m;
	uint32_t *local = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);
	struct placed *placed;
	uint32_t total = 0;

	for (uint32_t i = 0; i < in->n; i++)
		total +=
		    m->node_visits_start[in->nodes[i] + 1] - m->node_visits_start[in->nodes[i]];
	placed = ARENA_ARRAY_RAW(scratch, total, struct placed);
	j->visits = ARENA_ARRAY_RAW(scratch, total, struct member_visit);
	j->bins = ARENA_ARRAY_RAW(scratch, total, struct draw_bin);
	if (local == NULL || placed == NULL || j->visits == NULL || j->bins == NULL)
		return model_full(err);
	memset(local, 0xff, m->n_sources * sizeof(*local));
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t node = in->nodes[i], source = m->node_source[node];

		for (uint32_t v = m->node_visits_start[node]; v < m->node_visits_start[node + 1];
		     v++) {
			int64_t bin =
			    bin_of(in->observed->visit_us[v], j->width) + (INT64_C(1) << 40);

			if (m->visit_masked[v])
				continue;
			if (local[source] == UINT32_MAX)
				local[source] = j->sources++;
			placed[j->n++] =
			    (struct placed){ (uint64_t)m->node_stratum[node] << 44 | (uint64_t)bin,
				    v, local[source] };
		}
	}
	if (j->n > 0)
		qsort(placed, j->n, sizeof(*placed), placed_order);
	for (uint32_t i = 0; i < j->n; i++) {
		int64_t at = in->observed->visit_us[placed[i].visit];

		j->visits[i] = (struct member_visit){ at, placed[i].source };
		if (i > 0 && placed[i].key == placed[i - 1].key) {
			j->bins[j->n_bins - 1].member_to = i + 1;
			continue;
		}
		j->bins[j->n_bins++] =
		    (struct draw_bin){ i, i + 1, NULL, 0, bin_of(at, j->width) * j->width };
	}
	for (uint32_t b = 0; b < j->n_bins; b++) {
		uint32_t node = m->visits[placed[j->bins[b].member_from].visit].node;

		choose_pool(pools, m->node_stratum[node], m->node_service[node],
		    j->bins[b].member_to - j->bins[b].member_from, j->width, &j->bins[b]);
		if (j->bins[b].pool == NULL)
			j->uniform += j->bins[b].member_to - j->bins[b].member_from;
		if (j->bins[b].pool_n > j->pool_most)
			j->pool_most = j->bins[b].pool_n;
	}
	return COORD_OK;
}

static enum coord_err
observe(struct jitter *j, struct arena *scratch, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	struct member_visit *v = ARENA_ARRAY_RAW(scratch, j->n, struct member_visit);
	uint32_t *chain = ARENA_ARRAY_RAW(scratch, j->n, uint32_t);
	uint32_t *last = ARENA_ARRAY_RAW(scratch, j->sources, uint32_t);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, j->n, struct sort_pair);

	if (v == NULL || chain == NULL || last == NULL || pairs == NULL || spare == NULL)
		return model_full(err);
	memcpy(v, j->visits, j->n * sizeof(*v));
	sort_by_time(v, j->n, pairs, spare);
	count_coincidences(v, j->n, j, chain, last, j->observed);
	arena_rewind(scratch, mark);
	return COORD_OK;
}

static bool
too_uniform(const struct jitter *j)
{
	return j->uniform * 5 > j->n;
}

static uint64_t
bin_work(const struct draw_bin *b)
{
	uint64_t k = b->member_to - b->member_from;

	return k <= PLACES_SEARCHED && b->pool_n > 2 * k ? k * k / 2 : b->pool_n;
}

/* Draws until the answer is clear. */
static enum coord_err
run_draws(struct jitter *j, struct arena *scratch, struct min_p *ret, struct coord_error *err)
{
	uint64_t work = 0;
	uint32_t most, next = j->in->draws_first;

	for (uint32_t b = 0; b < j->n_bins; b++)
		work += bin_work(&j->bins[b]);
	most = (uint32_t)(WORK_MOST / (work + 8 * (uint64_t)j->n + 1));
	most = most < j->in->draws_first ? j->in->draws_first : most;
	most = most > j->in->draws_most ? j->in->draws_most : most;
	if (too_uniform(j) && most > UNIFORM_DRAWS_MOST)
		most = UNIFORM_DRAWS_MOST; /* no p below modest_p_least will be claimed */
	for (unsigned s = 0; s < SCALES; s++)
		if ((j->counts[s] = ARENA_ARRAY(scratch, most, uint32_t)) == NULL)
			return model_full(err);
	for (;;) {
		struct arena_mark mark = arena_mark(scratch);

		parallel_for(j->in->threads, next - j->draws, surrogate, j);
		j->draws = next;
		TRY(rank_scales(j, j->draws, scratch, ret, err));
		arena_rewind(scratch, mark);
		if (j->draws >= most || ret->p >= 0.05 || ret->exceeding > 20)
			return COORD_OK;
		if (j->draws >= 9999 && ret->exceeding > 0)
			return COORD_OK; /* only a p at the floor is worth a hundred thousand draws */
		next = channel_next_draws(j->draws, most);
	}
}

static void
conclude(
    const struct jitter *j, const struct min_p *best, struct detect_evidence *e, uint32_t nodes)
{
	double p = fmin(1, best->p * BINS);
	char *text;

	/* a handful of coincidences, or a null known to reject 0.18 of bursty ones at 0.05 (methods.md P1): claim no more */
	if (too_uniform(j) || j->observed[best->scale] < COINCIDENCES_LEAST)
		p = fmax(p, modest_p_least);
	if (too_uniform(j))
		e->null_name = "uniform interval jitter (too little background)";
	e->p = p;
	e->worlds = j->draws;
	e->effect = best->expected > 0 ? (double)j->observed[best->scale] / best->expected : NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	e->n = j->sources;
	text = arena_printf(j->in->arena,
	    "%llu pairs of visits by different sources fall within %lld s of each other; the "
	    "background's own rhythm "
	    "explains %.1f (%u visits by %u nodes).",
	    (unsigned long long)j->observed[best->scale],
	    (long long)(scale_us[best->scale] / TIME_SECOND), best->expected, j->n, nodes);
	e->detail = text;
}

static enum coord_err
test_width(const struct channel_input *in, const struct pools *pools, unsigned width,
    struct arena *scratch, struct arena **workers, struct jitter *j, struct min_p *ret,
    struct coord_error *err)
{
	*j = (struct jitter){ .in = in,
		.width = bin_us[width],
		.width_index = width,
		.worker_scratch = workers,
		.first_scale = in->m->coarse_time ? 1 : 0 };
	TRY(plan_draws(in, pools, scratch, j, err));
	if (j->sources < MEMBERS_LEAST)
		return COORD_OK;
	TRY(observe(j, scratch, err));
	return run_draws(j, scratch, ret, err);
}

enum coord_err
synchrony_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	enum { WORKERS = 64 };
	struct arena *workers[WORKERS] = { NULL };
	unsigned threads = in->threads < WORKERS ? in->threads : WORKERS;
	struct arena *scratch = arena_new(0);
	struct pools pools = { .stratum = NULL };
	struct jitter j[BINS];
	struct min_p p[BINS];
	enum coord_err rc =
	    scratch == NULL ? model_full(err) : build_pools(in, scratch, &pools, err);

	for (unsigned t = 0; rc == COORD_OK && t < (threads == 0 ? 1 : threads); t++)
		if ((workers[t] = arena_new(0)) == NULL)
			rc = model_full(err);
	for (unsigned b = 0; rc == COORD_OK && b < BINS; b++)
		rc = test_width(in, &pools, b, scratch, workers, &j[b], &p[b], err);
	if (rc == COORD_OK && j[0].sources < MEMBERS_LEAST) {
		e->abstained = true;
		e->detail = "Fewer than two sources have visits that the time tests may use.";
	} else if (rc == COORD_OK) {
		unsigned best = p[1].p < p[0].p;

		conclude(&j[best], &p[best], e, in->n);
		if (e->detail == NULL)
			rc = model_full(err);
	}
	for (unsigned t = 0; t < WORKERS; t++)
		arena_free(workers[t]);
	arena_free(scratch);
	return rc;
}
