/* jitter.c - see jitter.h. */
#include "detect/channel/jitter.h"

#include <stdlib.h>

#include "reference/reference.h"

enum { PLACES_SEARCHED = 16 };

/* The background is everybody but the members: for each bin, only the visits of its window are looked at. */
struct jitter_pools {
	const struct channel_input *in;
	bool *member; /* by source */
};

/* A population that lends its times: visits of the batch in order of their start, and those of the reference. */
struct lender {
	const uint32_t *visits;
	uint32_t n;
	uint64_t key;
};

static int
i64_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

enum coord_err
jitter_pools_new(const struct channel_input *in, struct arena *scratch, struct jitter_pools **ret,
    struct coord_error *err)
{
	const struct model *m = in->m;
	struct jitter_pools *p = ARENA_NEW(scratch, struct jitter_pools);

	if (p == NULL || (p->member = ARENA_ARRAY(scratch, m->n_sources, bool)) == NULL)
		return model_full(err);
	p->in = in;
	for (uint32_t i = 0; i < in->n; i++)
		p->member[m->node_source[in->nodes[i]]] = true;
	*ret = p;
	return COORD_OK;
}

/* The first visit of the lender that starts at `at` or later. Null worlds keep every visit in its hour and bins are whole
 * hours, so the observed start tells the window in every world. */
static uint32_t
first_visit(const struct model *m, const struct lender *l, int64_t at)
{
	uint32_t low = 0, high = l->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (m->visits[l->visits[mid]].start_us < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static size_t
first_time(const int64_t *times, size_t n, int64_t at)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (times[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The lender's unmasked times in [start, start + width), without the members', ascending. NULL: scratch is full. */
static int64_t *
times_in_window(const struct jitter_pools *p, const struct lender *l, int64_t start, int64_t width,
    struct arena *scratch, uint32_t *ret_n)
{
	const struct model *m = p->in->m;
	const int64_t *more = NULL;
	size_t n_more = p->in->ref == NULL ? 0 : reference_visits(p->in->ref, l->key, &more);
	uint32_t from = first_visit(m, l, start), to = first_visit(m, l, start + width), n = 0;
	size_t more_from = first_time(more, n_more, start),
	       more_to = first_time(more, n_more, start + width);
	int64_t *times = ARENA_ARRAY_RAW(scratch, to - from + (more_to - more_from), int64_t);

	if (times == NULL)
		return NULL;
	for (uint32_t i = from; i < to; i++) {
		uint32_t v = l->visits[i];

		if (!p->member[m->node_source[m->visits[v].node]] && !m->visit_masked[v])
			times[n++] = p->in->observed->visit_us[v];
	}
	for (size_t i = more_from; i < more_to; i++)
		times[n++] = more[i];
	if (n > 0 && (more_to > more_from || p->in->observed->null))
		qsort(times, n, sizeof(*times), i64_order);
	*ret_n = n;
	return times;
}

/* Who lends times, from narrow to wide. Visits that find too little in their stratum are drawn together from the next wider
 * population: drawn one stratum at a time they would get the same few times again and again, and meet in every surrogate. */
enum { LEND_STRATUM, LEND_SERVICE, LEND_ALL };

static unsigned
level_of(const struct model *m, uint32_t group)
{
	if (group < m->n_strata)
		return LEND_STRATUM;
	return group < m->n_strata + SERVICE_COUNT ? LEND_SERVICE : LEND_ALL;
}

static uint32_t
wider_group(const struct model *m, uint32_t group, uint8_t service)
{
	return level_of(m, group) == LEND_STRATUM ? m->n_strata + service
						  : m->n_strata + SERVICE_COUNT;
}

static struct lender
lender_of(const struct model *m, uint32_t group)
{
	const struct visit_index *i = &m->stratum_visits;
	uint32_t at = group;

	if (level_of(m, group) == LEND_ALL)
		return (struct lender){ m->visit_order, m->n_visits,
			reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE) };
	if (level_of(m, group) == LEND_SERVICE) {
		i = &m->service_visits;
		at = group - m->n_strata;
	}
	return (struct lender){ i->visits + i->from[at], i->from[at + 1] - i->from[at],
		at == group ? m->strata[group].key : reference_stratum_key((uint8_t)at, SV_NONE) };
}

/* What a bin's k visits are drawn from; nothing where the population is too small. */
static enum coord_err
find_pool(const struct jitter_pools *p, uint32_t group, uint32_t k, int64_t width,
    struct arena *scratch, struct jitter_bin *bin, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	const struct lender lender = lender_of(p->in->m, group);
	uint32_t n = 0;
	const int64_t *times = times_in_window(p, &lender, bin->start_us, width, scratch, &n);

	if (times == NULL)
		return model_full(err);
	if (n < k + 2) { /* two to spare: a bin that must be used up whole cannot vary */
		arena_rewind(scratch, mark);
		return COORD_OK;
	}
	bin->pool = times;
	bin->pool_n = n;
	return COORD_OK;
}

struct placed {
	uint64_t key; /* group << 44 | bin: a stratum, a service behind the strata, or all */
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

static uint64_t
bin_work(const struct jitter_bin *b)
{
	uint64_t k = b->to - b->from;

	return k <= PLACES_SEARCHED && b->pool_n > 2 * k ? k * k / 2 : b->pool_n;
}

enum { KEY_SHIFT = 44 };

static int64_t
start_of(uint64_t key, int64_t width)
{
	return ((int64_t)(key & ((UINT64_C(1) << KEY_SHIFT) - 1)) - (INT64_C(1) << 40)) * width;
}

/* Gives every bin that finds too little in its population to the next wider one. */
static enum coord_err
widen(const struct jitter_pools *pools, unsigned level, int64_t width, struct placed *placed,
    uint32_t n, struct arena *scratch, struct coord_error *err)
{
	const struct model *m = pools->in->m;

	for (uint32_t from = 0, to; from < n; from = to) {
		uint64_t key = placed[from].key;
		uint32_t group = (uint32_t)(key >> KEY_SHIFT);
		struct jitter_bin bin = { .start_us = start_of(key, width) };
		struct arena_mark mark = arena_mark(scratch);

		for (to = from; to < n && placed[to].key == key; to++)
			;
		if (level_of(m, group) != level)
			continue;
		TRY(find_pool(pools, group, to - from, width, scratch, &bin, err));
		for (uint32_t i = from; bin.pool == NULL && i < to; i++) {
			uint8_t service = m->node_service[m->visits[placed[i].visit].node];

			placed[i].key = key - ((uint64_t)group << KEY_SHIFT) +
					((uint64_t)wider_group(m, group, service) << KEY_SHIFT);
		}
		arena_rewind(scratch, mark);
	}
	if (n > 0)
		qsort(placed, n, sizeof(*placed), placed_order);
	return COORD_OK;
}

/* The members' unmasked visits, ordered by (stratum, bin, visit); counts them and numbers their sources. */
static enum coord_err
place_visits(const struct channel_input *in, struct arena *scratch, struct jitter *j,
    struct placed **ret, struct coord_error *err)
{
	const struct model *m = in->m;
	uint32_t *local = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t), total = 0;
	struct placed *placed;

	for (uint32_t i = 0; i < in->n; i++)
		total +=
		    m->node_visits_start[in->nodes[i] + 1] - m->node_visits_start[in->nodes[i]];
	placed = ARENA_ARRAY_RAW(scratch, total, struct placed);
	j->source_of = ARENA_ARRAY_RAW(scratch, in->n, uint32_t);
	if (local == NULL || placed == NULL || j->source_of == NULL)
		return model_full(err);
	memset(local, 0xff, m->n_sources * sizeof(*local));
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t node = in->nodes[i], source = m->node_source[node];

		for (uint32_t v = m->node_visits_start[node]; v < m->node_visits_start[node + 1];
		     v++) {
			int64_t bin =
			    bin_of(in->observed->visit_us[v], j->width_us) + (INT64_C(1) << 40);

			if (m->visit_masked[v])
				continue;
			if (local[source] == UINT32_MAX) {
				j->source_of[j->sources] = source;
				local[source] = j->sources++;
			}
			placed[j->n++] = (struct placed){
				(uint64_t)m->node_stratum[node] << KEY_SHIFT | (uint64_t)bin, v,
				local[source]
			};
		}
	}
	if (j->n > 0)
		qsort(placed, j->n, sizeof(*placed), placed_order);
	*ret = placed;
	return COORD_OK;
}

static void
fill_visits(const struct channel_input *in, const struct placed *placed, struct jitter *j)
{
	for (uint32_t i = 0; i < j->n; i++) {
		const struct visit *visit = &in->m->visits[placed[i].visit];

		j->lasts_us[i] =
		    visit->end_us > visit->start_us ? visit->end_us - visit->start_us : 1;
		j->visits[i] = (struct jitter_visit){ in->observed->visit_us[placed[i].visit],
			placed[i].source };
	}
}

/* Each (population, bin) with its pool. */
static enum coord_err
fill_bins(const struct jitter_pools *pools, const struct placed *placed, struct arena *scratch,
    struct jitter *j, struct coord_error *err)
{
	for (uint32_t from = 0, to; from < j->n; from = to) {
		struct jitter_bin *bin = &j->bins[j->n_bins++];

		for (to = from; to < j->n && placed[to].key == placed[from].key; to++)
			;
		*bin = (struct jitter_bin){
			.from = from, .to = to, .start_us = start_of(placed[from].key, j->width_us)
		};
		TRY(find_pool(pools, (uint32_t)(placed[from].key >> KEY_SHIFT), to - from,
		    j->width_us, scratch, bin, err));
		if (bin->pool == NULL)
			j->uniform += to - from;
		j->work += bin_work(bin);
		if (bin->pool_n > j->pool_most)
			j->pool_most = bin->pool_n;
	}
	return COORD_OK;
}

/* Of the naive nulls: every visit anywhere in the batch's span. */
static void
fill_one_bin(const struct model *m, struct jitter *j)
{
	j->bins[0] = (struct jitter_bin){ .to = j->n };
	model_span(m, &j->bins[0].start_us, &j->width_us);
	j->n_bins = j->n > 0;
	j->work = j->n;
}

enum coord_err
jitter_plan(const struct channel_input *in, const struct jitter_pools *pools, int64_t width_us,
    struct arena *scratch, struct jitter *ret, struct coord_error *err)
{
	struct jitter *j = ret;
	struct placed *placed;

	*j = (struct jitter){ .width_us = width_us };
	TRY(place_visits(in, scratch, j, &placed, err));
	j->visits = ARENA_ARRAY_RAW(scratch, j->n, struct jitter_visit);
	j->bins = ARENA_ARRAY_RAW(scratch, j->n, struct jitter_bin);
	j->lasts_us = ARENA_ARRAY_RAW(scratch, j->n, int64_t);
	if (j->visits == NULL || j->bins == NULL || j->lasts_us == NULL)
		return model_full(err);
	for (unsigned level = LEND_STRATUM; !in->m->naive && level < LEND_ALL; level++)
		TRY(widen(pools, level, width_us, placed, j->n, scratch, err));
	fill_visits(in, placed, j);
	if (!in->m->naive)
		return fill_bins(pools, placed, scratch, j, err);
	fill_one_bin(in->m, j);
	return COORD_OK;
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
draw_bin_times(const struct jitter_bin *b, int64_t width, struct rng *rng, uint32_t *index,
    struct jitter_visit *out)
{
	uint32_t k = b->to - b->from;

	if (b->pool == NULL) {
		for (uint32_t i = 0; i < k; i++)
			out[b->from + i].at =
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
		out[b->from + i].at = b->pool[index[i]];
}

void
jitter_surrogate(const struct jitter *j, uint64_t seed, uint32_t stage, uint32_t index,
    uint32_t *places, struct jitter_visit *out)
{
	memcpy(out, j->visits, j->n * sizeof(*out));
	for (uint32_t b = 0; b < j->n_bins; b++) {
		struct rng rng = rng_at(seed, stage, index, b);

		draw_bin_times(&j->bins[b], j->width_us, &rng, places, out);
	}
}
