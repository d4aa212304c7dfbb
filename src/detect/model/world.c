/* world.c - null worlds: jitter, drawn profiles or curveball, permutation. */
#include "detect/model/world.h"

#include "base/curveball.h"
#include "detect/model/deal.h"

#include <math.h>
#include <stdlib.h>

enum { STAGE_JITTER = 1, STAGE_TRADE = 2, STAGE_ADDRESS = 3, STAGE_PAYLOAD = 4, STAGE_PROFILE = 5 };

struct visit_bin {
	uint32_t from, to; /* in plan.visit_by_bin */
	int64_t start_us;
	bool meeting; /* of nodes that keep meeting others */
};

struct world_plan {
	const struct model *m;
	uint32_t *visit_by_bin; /* visits sorted by (stratum, hour, visit) */
	struct visit_bin *bins;
	uint32_t n_bins;
	uint32_t *node_by_stratum; /* nodes sorted by (stratum, node) */
	uint32_t *stratum_from;    /* strata + 1 */
	bool pooled;               /* profiles of a reference were there to be drawn */
	struct profiles profiles;
	struct dealing dealing[2]; /* by enum deal_by */
};

/* p_iv = x / (1 + x), x = d_i q_sv, once an incidence: pairs are weighed millions of times. */
static enum coord_err
weigh_layer(struct world *w, enum layer layer, const uint32_t *cell, struct arena *arena,
    struct coord_error *err)
{
	const struct layer_tokens *l = &w->m->layers[layer];
	float *ln_p = ARENA_ARRAY_RAW(arena, l->start[w->m->n_nodes], float);
	uint32_t *token = ARENA_ARRAY_RAW(arena, l->start[w->m->n_nodes], uint32_t);

	if (ln_p == NULL || token == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < w->m->n_nodes; i++) {
		double ln_d = log((double)(l->start[i + 1] - l->start[i]));

		for (uint32_t c = l->start[i]; c < l->start[i + 1]; c++) {
			token[c] = l->cell_token[cell[c]];
			ln_p[c] = profiles_ln_p(ln_d, l->cell_ln_q[cell[c]]);
		}
	}
	w->token[layer] = token;
	w->ln_p[layer] = ln_p;
	return COORD_OK;
}

enum coord_err
world_observed(
    const struct model *m, struct arena *arena, struct world *ret, struct coord_error *err)
{
	int64_t *times = ARENA_ARRAY_RAW(arena, m->n_visits, int64_t);
	uint32_t *self = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);

	if (times == NULL || self == NULL)
		return model_full(err);
	for (uint32_t v = 0; v < m->n_visits; v++)
		times[v] = m->visits[v].start_us;
	for (uint32_t i = 0; i < m->n_nodes; i++)
		self[i] = i;
	*ret = (struct world){
		.m = m, .visit_us = times, .node_source = m->node_source, .node_payload = self
	};
	for (enum layer l = 0; l < LAYER_COUNT; l++) {
		TRY(weigh_layer(ret, l, m->layers[l].cell, arena, err));
	}
	return COORD_OK;
}

static int64_t
hour_of(int64_t us)
{
	int64_t hour = us / (WORLD_HOUR_S * TIME_SECOND);

	return us < 0 && us % (WORLD_HOUR_S * TIME_SECOND) != 0 ? hour - 1 : hour;
}

enum { MEETING_BIT = 42 }; /* hours take fewer bits */

/* `meeting` NULL: no node is known to keep meeting others. */
static enum coord_err
bin_visits(struct world_plan *p, const bool *meeting, struct arena *arena, struct coord_error *err)
{
	const struct model *m = p->m;
	uint32_t n = m->n_visits;
	struct sort_pair *pairs = ARENA_ARRAY_RAW(arena, n, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(arena, n, struct sort_pair);

	p->visit_by_bin = ARENA_ARRAY_RAW(arena, n, uint32_t);
	p->bins = ARENA_ARRAY_RAW(arena, n, struct visit_bin);
	if (pairs == NULL || scratch == NULL || p->visit_by_bin == NULL || p->bins == NULL)
		return model_full(err);
	for (uint32_t v = 0; v < n; v++) {
		uint64_t hour = (uint64_t)(hour_of(m->visits[v].start_us) + (INT64_C(1) << 40));
		uint64_t apart = meeting != NULL && meeting[m->visits[v].node];

		pairs[v] = (struct sort_pair){ (uint64_t)m->node_stratum[m->visits[v].node] << 44 |
						   apart << MEETING_BIT | hour,
			v };
	}
	sort_pairs(pairs, n, scratch);
	p->n_bins = 0;
	for (uint32_t i = 0; i < n; i++) {
		p->visit_by_bin[i] = pairs[i].value;
		if (i == 0 || pairs[i].key != pairs[i - 1].key)
			p->bins[p->n_bins++] = (struct visit_bin){ i, i + 1,
				hour_of(m->visits[pairs[i].value].start_us) * WORLD_HOUR_S *
				    TIME_SECOND,
				(pairs[i].key >> MEETING_BIT & 1) != 0 };
		else
			p->bins[p->n_bins - 1].to = i + 1;
	}
	return COORD_OK;
}

static enum coord_err
group_nodes(struct world_plan *p, struct arena *arena, struct coord_error *err)
{
	const struct model *m = p->m;

	p->stratum_from = ARENA_ARRAY(arena, (size_t)m->n_strata + 2, uint32_t);
	p->node_by_stratum = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);
	if (p->stratum_from == NULL || p->node_by_stratum == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		p->stratum_from[m->node_stratum[i] + 2]++;
	for (uint32_t s = 0; s < m->n_strata; s++)
		p->stratum_from[s + 2] += p->stratum_from[s + 1];
	for (uint32_t i = 0; i < m->n_nodes; i++)
		p->node_by_stratum[p->stratum_from[m->node_stratum[i] + 1]++] = i;
	return COORD_OK;
}

enum coord_err
world_plan_new(const struct model *m, const struct reference *ref, struct arena *arena,
    struct world_plan **ret, struct coord_error *err)
{
	struct world_plan *p = ARENA_NEW(arena, struct world_plan);

	if (p == NULL)
		return model_full(err);
	p->m = m;
	TRY(bin_visits(p, NULL, arena, err));
	TRY(group_nodes(p, arena, err));
	TRY(profiles_build(m, ref, arena, &p->profiles, err));
	p->pooled = p->profiles.foreign_from[m->n_strata] > 0;
	for (enum deal_by by = DEAL_BY_STRATUM; by <= DEAL_BY_TOOL; by++)
		TRY(dealing_build(m, &p->profiles, by, arena, &p->dealing[by], err));
	*ret = p;
	return COORD_OK;
}

enum coord_err
world_plan_scatter(
    struct world_plan *plan, const bool *meeting, struct arena *arena, struct coord_error *err)
{
	return bin_visits(plan, meeting, arena, err);
}

/* Of the naive nulls: as if attackers knew neither day nor night. */
static void
jitter_anywhere(
    const struct world_plan *p, const struct visit_bin *bin, struct rng *rng, int64_t *times)
{
	int64_t first, span;

	model_span(p->m, &first, &span);
	for (uint32_t i = bin->from; i < bin->to; i++)
		times[p->visit_by_bin[i]] = first + (int64_t)rng_below64(rng, (uint64_t)span);
}

static void
jitter_bin(const struct world_plan *p, const struct visit_bin *bin, struct rng *rng, int64_t *times)
{
	const struct model *m = p->m;
	const uint32_t *in = p->visit_by_bin + bin->from;
	uint32_t n = bin->to - bin->from;
	bool company = false;

	for (uint32_t i = 1; i < n && !company && !bin->meeting; i++)
		company = m->visits[in[i]].node != m->visits[in[0]].node;
	for (uint32_t i = 0; i < n; i++)
		times[in[i]] = company ? m->visits[in[i]].start_us
				       : bin->start_us + (int64_t)rng_below64(
							     rng, WORLD_HOUR_S * UINT64_C(1000000));
	for (uint32_t i = n; company && i > 1; i--) {
		uint32_t j = rng_below(rng, i);
		int64_t swap = times[in[i - 1]];

		times[in[i - 1]] = times[in[j]];
		times[in[j]] = swap;
	}
}

static enum coord_err
jitter(const struct world_plan *p, uint64_t seed, uint32_t index, struct arena *scratch,
    struct world *w, struct coord_error *err)
{
	int64_t *times = ARENA_ARRAY_RAW(scratch, p->m->n_visits, int64_t);

	if (times == NULL)
		return model_full(err);
	for (uint32_t b = 0; b < p->n_bins; b++) {
		struct rng rng = rng_at(seed, STAGE_JITTER, index, b);

		if (p->m->naive)
			jitter_anywhere(p, &p->bins[b], &rng, times);
		else
			jitter_bin(p, &p->bins[b], &rng, times);
	}
	w->visit_us = times;
	return COORD_OK;
}

static enum coord_err
trade_layer(const struct world_plan *p, enum layer layer, uint64_t seed, uint32_t index,
    struct arena *scratch, struct world *w, struct coord_error *err)
{
	const struct model *m = p->m;
	const struct layer_tokens *l = &m->layers[layer];
	uint32_t total = l->start[m->n_nodes];
	uint32_t *cell = ARENA_ARRAY_RAW(scratch, total, uint32_t);
	uint32_t *pool = ARENA_ARRAY_RAW(scratch, 2 * NODE_TOKENS_MOST, uint32_t);
	bool *give = ARENA_ARRAY_RAW(scratch, 2 * NODE_TOKENS_MOST, bool);
	uint32_t *active = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);

	if (cell == NULL || pool == NULL || give == NULL || active == NULL)
		return model_full(err);
	memcpy(cell, l->cell, total * sizeof(*cell));
	for (uint32_t s = 0; s < m->n_strata; s++) {
		struct rng rng = rng_at(seed, STAGE_TRADE + ((uint32_t)layer << 8), index, s);
		uint32_t n = 0;

		for (uint32_t i = p->stratum_from[s]; i < p->stratum_from[s + 1]; i++)
			if (model_degree(m, layer, p->node_by_stratum[i]) > 0)
				active[n++] = p->node_by_stratum[i];
		/* a trade touches two nodes: n * TRADES / 2 trades let every node trade TRADES times on average */
		for (uint64_t k = 0; n > 1 && k < (uint64_t)n * CURVEBALL_TRADES / 2; k++) {
			uint32_t x = active[rng_below(&rng, n)], y = active[rng_below(&rng, n)];

			if (x != y)
				curveball_trade(cell + l->start[x], model_degree(m, layer, x),
				    cell + l->start[y], model_degree(m, layer, y), pool, give,
				    &rng);
		}
	}
	return weigh_layer(w, layer, cell, scratch, err);
}

/* One layer with the chosen profiles in the nodes' rows. */
static enum coord_err
take_layer(const struct world_plan *p, const uint32_t *chosen, enum layer layer,
    struct arena *scratch, struct layer_tokens *shape, struct world *w, struct coord_error *err)
{
	const struct profile_layer *pl = &p->profiles.layers[layer];
	uint32_t *start = ARENA_ARRAY_RAW(scratch, (size_t)p->m->n_nodes + 1, uint32_t);
	uint32_t *token;
	float *ln_p;

	if (start == NULL)
		return model_full(err);
	*shape = (struct layer_tokens){ .start = start,
		.n_tokens = pl->n_tokens,
		.stratum_ln_d = p->m->layers[layer].stratum_ln_d };
	start[0] = 0;
	for (uint32_t i = 0; i < p->m->n_nodes; i++) {
		start[i + 1] = start[i] + pl->n[chosen[i]];
		shape->active += pl->n[chosen[i]] > 0;
	}
	token = ARENA_ARRAY_RAW(scratch, start[p->m->n_nodes], uint32_t);
	ln_p = ARENA_ARRAY_RAW(scratch, start[p->m->n_nodes], float);
	if (token == NULL || ln_p == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < p->m->n_nodes; i++) {
		uint32_t from = pl->from[chosen[i]], n = pl->n[chosen[i]];

		memcpy(token + start[i], pl->token + from, n * sizeof(*token));
		memcpy(ln_p + start[i], pl->ln_p + from, n * sizeof(*ln_p));
	}
	w->token[layer] = token;
	w->ln_p[layer] = ln_p;
	return COORD_OK;
}

/* Nodes take the profiles of others. The world gets a model of its own: the batch's but for the lengths of the rows. */
static enum coord_err
exchange(const struct world_plan *p, enum deal_by by, uint64_t seed, uint32_t index,
    struct arena *scratch, struct world *w, struct coord_error *err)
{
	struct model *shaped = ARENA_NEW(scratch, struct model);
	uint32_t *chosen = ARENA_ARRAY_RAW(scratch, p->m->n_nodes, uint32_t);

	if (shaped == NULL || chosen == NULL ||
	    !dealing_deal(
		&p->dealing[by], seed, STAGE_PROFILE + (uint32_t)by, index, scratch, chosen))
		return model_full(err);
	*shaped = *p->m;
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		TRY(take_layer(p, chosen, layer, scratch, &shaped->layers[layer], w, err));
	w->m = shaped;
	return COORD_OK;
}

/* Permutes `value` over the given nodes (Fisher-Yates). */
static void
permute(uint32_t *value, const uint32_t *nodes, uint32_t n, struct rng rng)
{
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = rng_below(&rng, i);
		uint32_t swap = value[nodes[i - 1]];

		value[nodes[i - 1]] = value[nodes[j]];
		value[nodes[j]] = swap;
	}
}

static enum coord_err
permute_nodes(const struct world_plan *p, uint64_t seed, uint32_t index, struct arena *scratch,
    struct world *w, struct coord_error *err)
{
	const struct model *m = p->m;
	uint32_t *source = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	uint32_t *payload = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	uint32_t *bringing = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);

	if (source == NULL || payload == NULL || bringing == NULL)
		return model_full(err);
	memcpy(source, m->node_source, m->n_nodes * sizeof(*source));
	for (uint32_t i = 0; i < m->n_nodes; i++)
		payload[i] = i;
	for (uint32_t s = 0; s < m->n_strata; s++) {
		const uint32_t *nodes = p->node_by_stratum + p->stratum_from[s];
		uint32_t n = p->stratum_from[s + 1] - p->stratum_from[s], n_bringing = 0;

		for (uint32_t i = 0; i < n; i++)
			if (m->payloads[nodes[i]].n > 0)
				bringing[n_bringing++] = nodes[i];
		permute(source, nodes, n, rng_at(seed, STAGE_ADDRESS, index, s));
		permute(payload, bringing, n_bringing, rng_at(seed, STAGE_PAYLOAD, index, s));
	}
	w->node_source = source;
	w->node_payload = payload;
	return COORD_OK;
}

enum coord_err
world_null(const struct world_plan *plan, uint64_t seed, uint32_t index, struct arena *scratch,
    struct world *ret, struct coord_error *err)
{
	*ret = (struct world){ .m = plan->m, .null = true };
	TRY(jitter(plan, seed, index, scratch, ret, err));
	TRY(permute_nodes(plan, seed, index, scratch, ret, err));
	if (plan->pooled)
		return exchange(plan, DEAL_BY_STRATUM, seed, index, scratch, ret, err);
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		TRY(trade_layer(plan, layer, seed, index, scratch, ret, err));
	return COORD_OK;
}

enum coord_err
world_null_sets(const struct world_plan *plan, enum world_source source, uint64_t seed,
    uint32_t index, const struct world *null, struct arena *scratch, struct world *ret,
    struct coord_error *err)
{
	*ret = *null;
	if (source == WORLD_AS_SEARCHED)
		return COORD_OK;
	return exchange(plan, source == WORLD_BY_TOOL ? DEAL_BY_TOOL : DEAL_BY_STRATUM, seed, index,
	    scratch, ret, err);
}

bool
world_pooled(const struct world_plan *plan)
{
	return plan->pooled;
}

enum coord_err
world_set_source(const struct world_plan *plan, const uint32_t *nodes, uint32_t n,
    struct arena *scratch, enum world_source *ret, struct coord_error *err)
{
	uint32_t lacking[2];

	for (enum deal_by by = DEAL_BY_STRATUM; by <= DEAL_BY_TOOL; by++)
		TRY(dealing_lacking(&plan->dealing[by], nodes, n, scratch, &lacking[by], err));
	if (lacking[DEAL_BY_TOOL] * LACKING_ONE_OF <= n)
		*ret = WORLD_BY_TOOL;
	else if (!plan->pooled && lacking[DEAL_BY_STRATUM] == 0)
		*ret = WORLD_BY_STRATUM;
	else
		*ret = WORLD_AS_SEARCHED;
	return COORD_OK;
}
