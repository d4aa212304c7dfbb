/* deal.c - see deal.h. */
#include "detect/model/deal.h"

#include "reference/reference.h"

struct sorting {
	struct sort_pair *nodes, *foreign;
	uint32_t n_foreign;
};

static uint64_t
node_key(const struct model *m, enum deal_by by, uint32_t node)
{
	uint64_t stratum = m->node_stratum[node];

	return by == DEAL_BY_STRATUM ? stratum
				     : hash_mix(reference_stratum_key(m->node_service[node],
						    sv_from(m->node_tool[node])),
					   stratum);
}

static enum coord_err
sort_both(const struct model *m, const struct profiles *p, enum deal_by by, struct arena *arena,
    struct sorting *ret, struct coord_error *err)
{
	uint32_t n = p->foreign_from[m->n_strata], most = n > m->n_nodes ? n : m->n_nodes;
	struct sort_pair *spare = ARENA_ARRAY_RAW(arena, most, struct sort_pair);

	ret->n_foreign = n;
	ret->nodes = ARENA_ARRAY_RAW(arena, m->n_nodes, struct sort_pair);
	ret->foreign = ARENA_ARRAY_RAW(arena, n, struct sort_pair);
	if (spare == NULL || ret->nodes == NULL || ret->foreign == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		ret->nodes[i] = (struct sort_pair){ node_key(m, by, i), i };
	for (uint32_t s = 0; s < m->n_strata; s++)
		for (uint32_t k = p->foreign_from[s]; k < p->foreign_from[s + 1]; k++)
			ret->foreign[k] = (struct sort_pair){
				by == DEAL_BY_STRATUM ? s : hash_mix(p->foreign_family[k], s), k
			};
	sort_pairs(ret->nodes, m->n_nodes, spare);
	sort_pairs(ret->foreign, n, spare);
	return COORD_OK;
}

/* Groups are those of the nodes; a profile whose tool the batch lacks is nobody's. */
static void
match(const struct model *m, const struct sorting *s, struct dealing *d)
{
	uint32_t at = 0, taken = 0;

	for (uint32_t i = 0; i < m->n_nodes; i++) {
		uint64_t key = s->nodes[i].key;

		if (i == 0 || key != s->nodes[i - 1].key) {
			d->nodes_from[d->n] = i;
			d->foreign_from[d->n++] = taken;
			while (at < s->n_foreign && s->foreign[at].key < key)
				at++;
			while (at < s->n_foreign && s->foreign[at].key == key)
				d->foreign[taken++] = s->foreign[at++].value;
		}
		d->nodes[i] = s->nodes[i].value;
		d->group[s->nodes[i].value] = d->n - 1;
	}
	d->nodes_from[d->n] = m->n_nodes;
	d->foreign_from[d->n] = taken;
}

enum coord_err
dealing_build(const struct model *m, const struct profiles *profiles, enum deal_by by,
    struct arena *arena, struct dealing *ret, struct coord_error *err)
{
	struct sorting s;

	*ret = (struct dealing){ .own = profiles->foreign_from[m->n_strata] };
	TRY(sort_both(m, profiles, by, arena, &s, err));
	ret->nodes_from = ARENA_ARRAY_RAW(arena, (size_t)m->n_nodes + 1, uint32_t);
	ret->foreign_from = ARENA_ARRAY_RAW(arena, (size_t)m->n_nodes + 1, uint32_t);
	ret->nodes = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);
	ret->group = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);
	ret->foreign = ARENA_ARRAY_RAW(arena, s.n_foreign, uint32_t);
	if (ret->nodes_from == NULL || ret->foreign_from == NULL || ret->nodes == NULL ||
	    ret->group == NULL || ret->foreign == NULL)
		return model_full(err);
	match(m, &s, ret);
	return COORD_OK;
}

static bool
deal_group(const struct dealing *d, uint32_t group, struct rng rng, struct arena *scratch,
    uint32_t *ret_profile)
{
	const uint32_t *nodes = d->nodes + d->nodes_from[group];
	const uint32_t *foreign = d->foreign + d->foreign_from[group];
	uint32_t n = d->nodes_from[group + 1] - d->nodes_from[group];
	uint32_t all = n + d->foreign_from[group + 1] - d->foreign_from[group];
	struct arena_mark mark = arena_mark(scratch);
	uint32_t *deck = ARENA_ARRAY_RAW(scratch, all, uint32_t);

	if (deck == NULL)
		return false;
	for (uint32_t i = 0; i < all; i++)
		deck[i] = i < n ? d->own + nodes[i] : foreign[i - n];
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = i + rng_below(&rng, all - i);

		ret_profile[nodes[i]] = deck[j];
		deck[j] = deck[i];
	}
	arena_rewind(scratch, mark);
	return true;
}

bool
dealing_deal(const struct dealing *d, uint64_t seed, uint32_t stage, uint32_t index,
    struct arena *scratch, uint32_t *ret_profile)
{
	for (uint32_t g = 0; g < d->n; g++)
		if (!deal_group(d, g, rng_at(seed, stage, index, g), scratch, ret_profile))
			return false;
	return true;
}

enum coord_err
dealing_lacking(const struct dealing *d, const uint32_t *nodes, uint32_t n, struct arena *scratch,
    uint32_t *ret, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	uint32_t *here = ARENA_ARRAY(scratch, d->n, uint32_t);

	*ret = 0;
	if (here == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < n; i++)
		here[d->group[nodes[i]]]++;
	for (uint32_t g = 0; g < d->n; g++) {
		uint32_t all = d->nodes_from[g + 1] - d->nodes_from[g] + d->foreign_from[g + 1] -
			       d->foreign_from[g];

		*ret += 2 * here[g] > all ? 2 * here[g] - all : 0;
	}
	arena_rewind(scratch, mark);
	return COORD_OK;
}
