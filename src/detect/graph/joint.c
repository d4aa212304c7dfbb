/* joint.c - see joint.h. */
#include "detect/graph/joint.h"

#include "detect/graph/places.h"

#include <math.h>
#include <stdlib.h>

const double joint_least = 1;

static const double stake = 0.3; /* l: of each layer; 0.36 is lost where a layer says nothing */

struct weak_ref {
	uint64_t key; /* a << 32 | b */
	double log_e;
	uint8_t layer;
};

/* Share of the population that lives where the node does: of the reference, else of the batch's other nodes. */
static double
place_share(const struct places *p, unsigned level, uint32_t node)
{
	uint32_t from, to;

	if (p->n_population > 0)
		return (double)(places_known(p, level, node) + 1) / (double)(p->n_population + 1);
	places_range(p, level, p->network[level][node], &from, &to);
	return (to - from - 1.0) / (p->w->m->n_nodes - 1.0);
}

/* Betting that b lives where a does, half on each level: pays 1 / share. */
static double
place_log_e(const struct places *p, uint32_t a, uint32_t b)
{
	double e = 0;

	for (unsigned level = 0; level < PLACES; level++)
		if (p->network[level][a] == p->network[level][b])
			e += 1 / (PLACES * place_share(p, level, a));
	return e == 0 ? -INFINITY : log(e);
}

/* ln((1 - stake) + stake e) */
static double
hedged(double log_e)
{
	return log_e > 30 ? log_e + log(stake) : log1p(stake * expm1(log_e));
}

static int
ref_order(const void *a, const void *b)
{
	const struct weak_ref *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (int)x->layer - (int)y->layer;
}

static enum coord_err
list_weak(const struct pair_list *weak, unsigned skip, struct arena *scratch, struct weak_ref **ret,
    size_t *ret_n, struct coord_error *err)
{
	size_t total = 0, n = 0;
	struct weak_ref *refs;

	for (unsigned l = 0; l < EDGE_LAYERS; l++)
		total += (skip >> l & 1) != 0 ? 0 : weak[l].n;
	if ((refs = ARENA_ARRAY_RAW(scratch, total, struct weak_ref)) == NULL)
		return model_full(err);
	for (unsigned l = 0; l < EDGE_LAYERS; l++)
		for (size_t i = 0; (skip >> l & 1) == 0 && i < weak[l].n; i++)
			refs[n++] = (struct weak_ref){ (uint64_t)weak[l].pairs[i].a << 32 |
							   weak[l].pairs[i].b,
				weak[l].pairs[i].log_e, (uint8_t)l };
	if (n > 0)
		qsort(refs, n, sizeof(*refs), ref_order);
	*ret = refs;
	*ret_n = n;
	return COORD_OK;
}

struct joint {
	struct pair pair;
	size_t from, to; /* its rows among the weak ones */
};

static int
strength_order(const void *a, const void *b)
{
	const struct pair *x = &((const struct joint *)a)->pair;
	const struct pair *y = &((const struct joint *)b)->pair;

	if (x->log_e != y->log_e)
		return x->log_e > y->log_e ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static double
sum_of(const struct weak_ref *refs, size_t from, size_t to, const struct places *p, unsigned skip)
{
	uint32_t a = (uint32_t)(refs[from].key >> 32), b = (uint32_t)refs[from].key;
	double sum = 0;
	unsigned said = 0;

	for (unsigned l = 0; l < EDGE_LAYERS; l++)
		said += (skip >> l & 1) == 0;
	for (size_t i = from; i < to; i++)
		sum += hedged(refs[i].log_e);
	sum += (double)(said - (to - from)) * log1p(-stake);
	if ((skip >> LAYER_PLACE & 1) == 0)
		sum += hedged(place_log_e(p, a, b));
	return sum;
}

static enum coord_err
rank_pairs(const struct weak_ref *refs, size_t n, const struct places *p, unsigned skip, double q,
    struct arena *scratch, struct joint **ret, size_t *ret_n, struct coord_error *err)
{
	double n_nodes = p->w->m->n_nodes;
	double hypotheses = log(n_nodes * (n_nodes - 1) / 2) - log(q);
	struct joint *all = ARENA_ARRAY_RAW(scratch, n, struct joint);
	size_t n_all = 0, k = 0;

	if (all == NULL)
		return model_full(err);
	for (size_t from = 0, to; from < n; from = to) {
		struct joint j = {
			{ (uint32_t)(refs[from].key >> 32), (uint32_t)refs[from].key, 0 }, from, 0
		};

		for (to = from; to < n && refs[to].key == refs[from].key; to++)
			;
		j.to = to;
		j.pair.log_e = sum_of(refs, from, to, p, skip);
		if (j.pair.log_e >= hypotheses - log((double)n)) /* else e-BH never keeps it */
			all[n_all++] = j;
	}
	if (n_all > 0)
		qsort(all, n_all, sizeof(*all), strength_order);
	for (size_t i = 0; i < n_all; i++)
		if (all[i].pair.log_e >= hypotheses - log((double)(i + 1)))
			k = i + 1;
	*ret = all;
	*ret_n = k;
	return COORD_OK;
}

enum coord_err
joint_edges(const struct world *w, const struct pair_list *weak, double q, unsigned skip,
    struct arena *scratch, struct edge **ret, size_t *ret_n, struct coord_error *err)
{
	struct places places;
	struct weak_ref *refs;
	struct joint *joint;
	uint16_t *taken = ARENA_ARRAY(scratch, w->m->n_nodes, uint16_t);
	size_t n, kept;

	*ret_n = 0;
	TRY(places_find(w, scratch, &places, err));
	TRY(list_weak(weak, skip, scratch, &refs, &n, err));
	TRY(rank_pairs(refs, n, &places, skip, q, scratch, &joint, &kept, err));
	if (taken == NULL || (*ret = ARENA_ARRAY(scratch, kept, struct edge)) == NULL)
		return model_full(err);
	for (size_t i = 0; i < kept; i++) {
		struct pair p = joint[i].pair;
		struct edge *e = &(*ret)[*ret_n];
		double said = 0;

		if (taken[p.a] >= EDGE_PER_NODE && taken[p.b] >= EDGE_PER_NODE)
			continue;
		taken[p.a]++;
		taken[p.b]++;
		e->a = p.a;
		e->b = p.b;
		for (size_t k = joint[i].from; k < joint[i].to; k++)
			said += refs[k].log_e;
		for (size_t k = joint[i].from; k < joint[i].to; k++)
			e->log10_e[refs[k].layer] =
			    (float)(fmin(p.log_e / log(10), EDGE_LOG10_MOST) * refs[k].log_e /
				    said);
		++*ret_n;
	}
	return COORD_OK;
}
