/* sources.c - see sources.h. */
#include "detect/channel/sources.h"

#include "reference/reference.h"

enum { STAGE_SOURCES = 20, WORK_MOST = 100000000, FLOYD_MOST = 64 };

/* A source counts where its first node is; the world says whose address a node has. */
static uint32_t *
first_strata(const struct channel_input *in, struct arena *scratch)
{
	const struct model *m = in->m;
	uint32_t *stratum = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);

	if (stratum == NULL)
		return NULL;
	memset(stratum, 0xff, m->n_sources * sizeof(*stratum));
	for (uint32_t i = m->n_nodes; i-- > 0;)
		stratum[in->observed->node_source[i]] = m->node_stratum[i];
	return stratum;
}

static enum coord_err
count_set(const struct channel_input *in, const bool *skip, const uint32_t *stratum,
    struct arena *scratch, bool **ret_used, struct sources *ret, struct coord_error *err)
{
	bool *used = ARENA_ARRAY(scratch, in->m->n_sources, bool);

	ret->n_strata = in->m->n_strata;
	ret->strata = ARENA_ARRAY(scratch, ret->n_strata, struct source_range);
	ret->set = ARENA_ARRAY_RAW(scratch, in->n, uint32_t);
	if (used == NULL || ret->strata == NULL || ret->set == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++) {
		uint32_t source = in->observed->node_source[in->nodes[i]];

		if (used[source] || (skip != NULL && skip[source]))
			continue;
		used[source] = true;
		ret->strata[stratum[source]].needed++;
		ret->n++;
	}
	*ret_used = used;
	return COORD_OK;
}

static size_t
reference_of(
    const struct channel_input *in, bool with_reference, uint32_t s, const struct addr **ret)
{
	if (!with_reference || in->ref == NULL)
		return 0;
	return reference_sources(in->ref, in->m->strata[s].key, ret);
}

static enum coord_err
make_room(const struct channel_input *in, bool with_reference, struct arena *scratch,
    struct sources *ret, struct coord_error *err)
{
	size_t room = in->m->n_sources;
	const struct addr *more;

	for (uint32_t s = 0; s < ret->n_strata; s++)
		if (ret->strata[s].needed > 0)
			room += reference_of(in, with_reference, s, &more);
	ret->addr = ARENA_ARRAY_RAW(scratch, room, struct addr);
	ret->source = ARENA_ARRAY_RAW(scratch, room, uint32_t);
	return ret->addr == NULL || ret->source == NULL ? model_full(err) : COORD_OK;
}

static void
fill_stratum(const struct channel_input *in, uint32_t s, const bool *skip, bool with_reference,
    const uint32_t *stratum, struct sources *ret)
{
	const struct model *m = in->m;
	const struct addr *more = NULL;
	size_t n_more = reference_of(in, with_reference, s, &more);

	ret->strata[s].from = ret->n_all;
	for (uint32_t i = 0; i < m->n_sources; i++)
		if (stratum[i] == s && (skip == NULL || !skip[i])) {
			ret->addr[ret->n_all] = m->source_addr[i];
			ret->source[ret->n_all++] = i;
		}
	for (size_t i = 0; i < n_more; i++) {
		ret->addr[ret->n_all] = more[i];
		ret->source[ret->n_all++] = UINT32_MAX;
	}
	ret->strata[s].to = ret->n_all;
}

static bool
few_of_many(const struct source_range *r)
{
	return r->needed <= FLOYD_MOST && r->to - r->from > 8 * r->needed;
}

enum coord_err
sources_plan(const struct channel_input *in, const bool *skip, bool with_reference,
    struct arena *scratch, struct sources *ret, struct coord_error *err)
{
	uint32_t *stratum = first_strata(in, scratch), n = 0;
	bool *used;

	*ret = (struct sources){ .n = 0 };
	if (stratum == NULL)
		return model_full(err);
	TRY(count_set(in, skip, stratum, scratch, &used, ret, err));
	TRY(make_room(in, with_reference, scratch, ret, err));
	for (uint32_t s = 0; s < ret->n_strata; s++) {
		const struct source_range *r = &ret->strata[s];

		if (r->needed == 0)
			continue;
		fill_stratum(in, s, skip, with_reference, stratum, ret);
		ret->draw_work += few_of_many(r) ? 16 * (uint64_t)r->needed : r->to - r->from;
	}
	for (uint32_t i = 0; i < ret->n_all; i++)
		if (ret->source[i] != UINT32_MAX && used[ret->source[i]])
			ret->set[n++] = i;
	return COORD_OK;
}

/* Few of many: Floyd's algorithm (Bentley & Floyd 1987); else selection sampling (Knuth 3.4.2 S). */
void
sources_draw(const struct sources *s, uint64_t seed, uint32_t index, uint32_t *ret)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < s->n_strata; k++) {
		const struct source_range *r = &s->strata[k];
		uint32_t all = r->to - r->from, first = n, left = r->needed;
		struct rng rng;

		if (r->needed == 0)
			continue;
		rng = rng_at(seed, STAGE_SOURCES, index, k);
		for (uint32_t j = all - r->needed; few_of_many(r) && j < all; j++) {
			uint32_t pick = r->from + rng_below(&rng, j + 1);

			for (uint32_t i = first; i < n; i++)
				if (ret[i] == pick) {
					pick = r->from + j;
					break;
				}
			ret[n++] = pick;
		}
		for (uint32_t i = 0; !few_of_many(r) && left > 0; i++)
			if (rng_below(&rng, all - i) < left) {
				ret[n++] = r->from + i;
				left--;
			}
	}
}

uint32_t
sources_affordable(const struct sources *s, uint64_t work, uint32_t most)
{
	uint64_t affordable = WORK_MOST / (s->draw_work + work + 1);

	return affordable < most ? (uint32_t)affordable : most;
}
