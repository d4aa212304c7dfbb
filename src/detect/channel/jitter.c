/* jitter.c - see jitter.h. */
#include "detect/channel/jitter.h"

#include <stdlib.h>

#include "reference/reference.h"

enum { PLACES_SEARCHED = 16 };

/* Pools: the unmasked visit times of everybody but the members, by stratum, service and all; each ascending. */
struct pool {
	int64_t *at;
	uint32_t n;
};

struct jitter_pools {
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

enum coord_err
jitter_pools_new(const struct channel_input *in, struct arena *scratch, struct jitter_pools **ret,
    struct coord_error *err)
{
	const struct model *m = in->m;
	bool *member = ARENA_ARRAY(scratch, m->n_sources, bool);
	bool *stratum_seen = ARENA_ARRAY(scratch, m->n_strata, bool);
	bool service_seen[SERVICE_COUNT] = { false };
	struct jitter_pools *p = ARENA_NEW(scratch, struct jitter_pools);

	if (member == NULL || stratum_seen == NULL || p == NULL ||
	    (p->stratum = ARENA_ARRAY(scratch, m->n_strata, struct pool)) == NULL)
		return model_full(err);
	*ret = p;
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
choose_pool(const struct jitter_pools *p, uint32_t stratum, uint8_t service, uint32_t k,
    int64_t width, struct jitter_bin *bin)
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

static uint64_t
bin_work(const struct jitter_bin *b)
{
	uint64_t k = b->to - b->from;

	return k <= PLACES_SEARCHED && b->pool_n > 2 * k ? k * k / 2 : b->pool_n;
}

/* Members' visits grouped by (stratum, bin), each group with its pool. */
enum coord_err
jitter_plan(const struct channel_input *in, const struct jitter_pools *pools, int64_t width_us,
    struct arena *scratch, struct jitter *ret, struct coord_error *err)
{
	const struct model *m = in->m;
	uint32_t *local = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);
	struct placed *placed;
	struct jitter *j = ret;
	uint32_t total = 0;

	*j = (struct jitter){ .width_us = width_us };

	for (uint32_t i = 0; i < in->n; i++)
		total +=
		    m->node_visits_start[in->nodes[i] + 1] - m->node_visits_start[in->nodes[i]];
	placed = ARENA_ARRAY_RAW(scratch, total, struct placed);
	j->visits = ARENA_ARRAY_RAW(scratch, total, struct jitter_visit);
	j->bins = ARENA_ARRAY_RAW(scratch, total, struct jitter_bin);
	if (local == NULL || placed == NULL || j->visits == NULL || j->bins == NULL)
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

		j->visits[i] = (struct jitter_visit){ at, placed[i].source };
		if (i > 0 && placed[i].key == placed[i - 1].key) {
			j->bins[j->n_bins - 1].to = i + 1;
			continue;
		}
		j->bins[j->n_bins++] =
		    (struct jitter_bin){ i, i + 1, NULL, 0, bin_of(at, j->width_us) * j->width_us };
	}
	for (uint32_t b = 0; b < j->n_bins; b++) {
		uint32_t node = m->visits[placed[j->bins[b].from].visit].node;

		choose_pool(pools, m->node_stratum[node], m->node_service[node],
		    j->bins[b].to - j->bins[b].from, j->width_us, &j->bins[b]);
		if (j->bins[b].pool == NULL)
			j->uniform += j->bins[b].to - j->bins[b].from;
		j->work += bin_work(&j->bins[b]);
		if (j->bins[b].pool_n > j->pool_most)
			j->pool_most = j->bins[b].pool_n;
	}
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
