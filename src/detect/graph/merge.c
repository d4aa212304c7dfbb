/* merge.c - see merge.h. Candidates come from posting lists of the units' tokens and networks, as edges.c finds pairs. */
#include "detect/graph/merge.h"

#include "detect/graph/places.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"
#include "detect/text/artefacts.h"

enum {
	UNIT_CROWD = 32, /* a token of more clusters than this proposes no pair */
	CONSENSUS = 5,   /* a token belongs to a unit when one in five of its nodes carries it */
	NODE_HITS = 12   /* clusters that one outside node is compared with at most */
};
static const double merge_strictness =
    0.1; /* joining two campaigns costs more than leaving two parts */
static const double rhos[] = { 0.05, 0.2, 0.5, 0.9 };
static const double ln_rhos[] = { -2.995732273553991, -1.6094379124341003, -0.6931471805599453,
	-0.10536051565782628 };
enum { RHOS = sizeof(rhos) / sizeof(rhos[0]) };

/* The tokens of a unit in one layer. */
struct unit_tokens {
	uint32_t *token; /* ascending */
	uint32_t *inside;
	double *population; /* carriers in the stratum of its likeliest cell, reference included */
	double *ln_d;       /* ln of that stratum's incidences */
	uint32_t n;
};

struct unit {
	struct unit_tokens layer[LAYER_COUNT];
	uint64_t *place[PLACES]; /* distinct networks, ascending */
	uint32_t n_places[PLACES];
	double share[PLACES]; /* of the population that lives in its networks */
	uint32_t *sources;    /* of its nodes, ascending */
	const uint32_t *nodes;
	uint32_t n;
};

struct merging {
	const struct world *w;
	unsigned skip;
	struct arena *scratch;
	struct places places;
	struct unit *units;
	uint32_t n_units;
	bool *keyed;      /* the unit's nodes share what has one owner: a key, a wallet */
	uint32_t *owner;  /* cluster of a node, MAP_NONE: none */
	uint32_t outside; /* nodes of no cluster: what places are compared with */
	uint32_t
	    *outside_before[PLACES]; /* by row of places.sorted: how many of them lie before it */
};

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Population of a network: the reference's sources, else the batch's nodes of no cluster, since the other parts of one
 * fleet are no background. */
static uint32_t
population_of(const struct merging *g, unsigned level, uint32_t node)
{
	uint32_t from, to;

	if (g->places.n_population > 0)
		return (uint32_t)places_known(&g->places, level, node);
	places_range(&g->places, level, g->places.network[level][node], &from, &to);
	return g->outside_before[level][to] - g->outside_before[level][from];
}

static enum coord_err
count_outside(struct merging *g, struct coord_error *err)
{
	uint32_t n = g->w->m->n_nodes;

	for (unsigned level = 0; level < PLACES; level++) {
		uint32_t *before = ARENA_ARRAY_RAW(g->scratch, (size_t)n + 1, uint32_t);

		if (before == NULL)
			return model_full(err);
		before[0] = 0;
		for (uint32_t i = 0; i < n; i++)
			before[i + 1] =
			    before[i] + (g->owner[g->places.sorted[level][i].value] == MAP_NONE);
		g->outside_before[level] = before;
	}
	return COORD_OK;
}

static enum coord_err
unit_places(struct merging *g, struct unit *u, struct coord_error *err)
{
	double all = g->places.n_population > 0 ? (double)g->places.n_population : g->outside;
	struct sort_pair *pairs = ARENA_ARRAY_RAW(g->scratch, u->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(g->scratch, u->n, struct sort_pair);

	u->sources = ARENA_ARRAY_RAW(g->scratch, u->n, uint32_t);
	if (pairs == NULL || spare == NULL || u->sources == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < u->n; i++)
		u->sources[i] = g->w->node_source[u->nodes[i]];
	qsort(u->sources, u->n, sizeof(*u->sources), u32_order);
	for (unsigned level = 0; level < PLACES; level++) {
		uint64_t *place = ARENA_ARRAY_RAW(g->scratch, u->n, uint64_t);
		uint32_t n = 0, there = 0;

		if (place == NULL)
			return model_full(err);
		for (uint32_t i = 0; i < u->n; i++)
			pairs[i] = (struct sort_pair){ g->places.network[level][u->nodes[i]],
				u->nodes[i] };
		sort_pairs(pairs, u->n, spare);
		for (uint32_t i = 0; i < u->n; i++) {
			if (n > 0 && place[n - 1] == pairs[i].key)
				continue;
			place[n++] = pairs[i].key;
			there += population_of(g, level, pairs[i].value);
		}
		u->place[level] = place;
		u->n_places[level] = n;
		u->share[level] = (there + 1.0) / (all + 1);
	}
	return COORD_OK;
}

/* ln of p / (1 - p). */
static double
ln_odds(double ln_p)
{
	return ln_p < -20 ? ln_p : ln_p - log1p(-exp(ln_p));
}

/* Tokens that a fifth of the unit's nodes carry, two at least; of one node all. `count` is zero before and after. */
static enum coord_err
unit_layer(
    struct merging *g, struct unit *u, enum layer layer, uint32_t *count, struct coord_error *err)
{
	const struct model *m = g->w->m;
	const struct layer_tokens *l = &m->layers[layer];
	struct unit_tokens *t = &u->layer[layer];
	uint32_t least = u->n == 1 ? 1 : u->n < 2 * CONSENSUS ? 2 : u->n / CONSENSUS;
	uint32_t touched = 0, total = 0;

	for (uint32_t i = 0; i < u->n; i++)
		total += model_degree(m, layer, u->nodes[i]);
	t->token = ARENA_ARRAY_RAW(g->scratch, total, uint32_t);
	t->inside = ARENA_ARRAY_RAW(g->scratch, total, uint32_t);
	t->population = ARENA_ARRAY(g->scratch, total, double);
	t->ln_d = ARENA_ARRAY(g->scratch, total, double);
	if (t->token == NULL || t->inside == NULL || t->population == NULL || t->ln_d == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < u->n; i++)
		for (uint32_t c = l->start[u->nodes[i]]; c < l->start[u->nodes[i] + 1]; c++)
			if (count[g->w->token[layer][c]]++ == 0)
				t->token[touched++] = g->w->token[layer][c];
	if (u->n > 1)
		qsort(t->token, touched, sizeof(*t->token), u32_order);
	for (uint32_t k = 0; k < touched; k++) {
		uint32_t token = t->token[k], carried = count[token];

		count[token] = 0;
		if (carried < least)
			continue;
		t->token[t->n] = token;
		t->inside[t->n++] = carried;
	}
	for (uint32_t k = 0; k < t->n; k++)
		count[t->token[k]] = k + 1; /* where to put what the cells say */
	for (uint32_t i = 0; i < u->n; i++) {
		double ln_d = l->stratum_ln_d[m->node_stratum[u->nodes[i]]];
		double ln_degree = log(model_degree(m, layer, u->nodes[i]));

		for (uint32_t c = l->start[u->nodes[i]]; c < l->start[u->nodes[i] + 1]; c++) {
			uint32_t at = count[g->w->token[layer][c]];
			double ln_q = ln_odds(g->w->ln_p[layer][c]) - ln_degree, carriers;

			if (at == 0)
				continue;
			carriers = exp(ln_q + ln_d) - 0.5;
			if (t->population[at - 1] == 0 ||
			    ln_q > log(t->population[at - 1] + 0.5) - t->ln_d[at - 1]) {
				t->population[at - 1] = carriers;
				t->ln_d[at - 1] = ln_d;
			}
		}
	}
	for (uint32_t k = 0; k < t->n; k++)
		count[t->token[k]] = 0;
	return COORD_OK;
}

static enum coord_err
make_unit(struct merging *g, const uint32_t *nodes, uint32_t n, uint32_t *const count[LAYER_COUNT],
    struct unit *ret, struct coord_error *err)
{
	*ret = (struct unit){ .nodes = nodes, .n = n };
	TRY(unit_places(g, ret, err));
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		if ((g->skip >> layer & 1) == 0)
			TRY(unit_layer(g, ret, layer, count[layer], err));
	return COORD_OK;
}

/* ln of the odds that a unit of d tokens carries one, its own carriers and the other unit's left out. */
static double
ln_odds_of(const struct unit_tokens *t, uint32_t k, uint32_t others)
{
	double outside = t->population[k] - t->inside[k] - others;

	return log(t->n * ((outside > 0 ? outside : 0) + 0.5)) - t->ln_d[k];
}

/* The pair e-value of edges.c on what two units have in common. -INFINITY: one of them has nothing there. */
static double
layer_log_e(const struct unit_tokens *a, const struct unit_tokens *b)
{
	uint32_t least = a->n < b->n ? a->n : b->n;
	double log_e[RHOS];

	if (least == 0)
		return -INFINITY;
	for (size_t r = 0; r < RHOS; r++)
		log_e[r] = -rhos[r] * least;
	for (uint32_t i = 0, j = 0; i < a->n && j < b->n;) {
		if (a->token[i] == b->token[j]) {
			double ln_x =
			    fmax(ln_odds_of(a, i, b->inside[j]), ln_odds_of(b, j, a->inside[i]));
			double ln_p = ln_x - log1p(exp(ln_x)); /* the greater chance */

			for (size_t r = 0; r < RHOS; r++)
				log_e[r] += ln_rhos[r] > ln_p ? ln_rhos[r] - ln_p : 0;
			i++;
			j++;
		} else if (a->token[i] < b->token[j]) {
			i++;
		} else {
			j++;
		}
	}
	return stats_log_mean_exp(log_e, RHOS);
}

static double
content_log_e(const struct unit *a, const struct unit *b)
{
	double log_e[LAYER_COUNT];
	size_t n = 0;

	for (enum layer layer = 0; layer < LAYER_COUNT; layer++) {
		double one = layer_log_e(&a->layer[layer], &b->layer[layer]);

		if (one > -INFINITY)
			log_e[n++] = one;
	}
	return n == 0 ? -INFINITY : stats_log_mean_exp(log_e, n);
}

static bool
lives_in(const struct unit *u, unsigned level, uint64_t place)
{
	return bsearch(&place, u->place[level], u->n_places[level], sizeof(place), u64_order) !=
	       NULL;
}

/* Mean over the nodes of `b` of what betting on their living among `a` pays. That a source lives where it lives is none. */
static double
place_log_e(const struct merging *g, const struct unit *a, const struct unit *b)
{
	double sum = 0;

	for (uint32_t i = 0; i < b->n; i++)
		for (unsigned level = 0; level < PLACES; level++)
			if (lives_in(a, level, g->places.network[level][b->nodes[i]]) &&
			    bsearch(&g->w->node_source[b->nodes[i]], a->sources, a->n,
				sizeof(*a->sources), u32_order) == NULL)
				sum += 1 / (PLACES * a->share[level]);
	return sum == 0 ? -INFINITY : log(sum / b->n);
}

/* ln of (1 + e) / 2: an e-value again, that an e of 0 cannot ruin. */
static double
hedged(double log_e)
{
	return log_e > 30 ? log_e - log(2) : log1p(exp(log_e)) - log(2);
}

static double
unit_log_e(const struct merging *g, const struct unit *a, const struct unit *b)
{
	double content = content_log_e(a, b), place = -INFINITY;

	if ((g->skip >> LAYER_PLACE & 1) == 0)
		place = a->n >= b->n ? place_log_e(g, a, b) : place_log_e(g, b, a);
	return hedged(content) + hedged(place);
}

/* What proposes a comparison: a token or a network, with the units that have it. */
static enum coord_err
list_features(struct merging *g, struct sort_pair **ret, size_t *ret_n, struct coord_error *err)
{
	size_t total = 0, n = 0;
	struct sort_pair *all, *spare;

	for (uint32_t u = 0; u < g->n_units; u++) {
		for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
			total += g->units[u].layer[layer].n;
		total += g->units[u].n_places[0];
	}
	all = ARENA_ARRAY_RAW(g->scratch, total, struct sort_pair);
	spare = ARENA_ARRAY_RAW(g->scratch, total, struct sort_pair);
	if (all == NULL || spare == NULL)
		return model_full(err);
	for (uint32_t u = 0; u < g->n_units; u++) {
		const struct unit *unit = &g->units[u];

		for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
			for (uint32_t k = 0; k < unit->layer[layer].n; k++)
				all[n++] = (struct sort_pair){
					hash_mix(layer + 16, unit->layer[layer].token[k]), u
				};
		for (uint32_t k = 0; (g->skip >> LAYER_PLACE & 1) == 0 && k < unit->n_places[0];
		     k++)
			all[n++] = (struct sort_pair){ unit->place[0][k], u };
	}
	if (n > 0)
		sort_pairs(all, n, spare);
	*ret = all;
	*ret_n = n;
	return COORD_OK;
}

static enum coord_err
compare_units(struct merging *g, const struct sort_pair *feature, size_t n, struct pair_list *ret,
    struct coord_error *err)
{
	struct map seen = MAP_INIT;
	enum coord_err rc = COORD_OK;

	for (size_t from = 0, to; rc == COORD_OK && from < n; from = to) {
		for (to = from; to < n && feature[to].key == feature[from].key; to++)
			;
		for (size_t i = from; to - from <= UNIT_CROWD && i < to; i++)
			for (size_t j = i + 1; rc == COORD_OK && j < to; j++) {
				struct pair p = { feature[i].value, feature[j].value, 0 };
				uint32_t *slot = map_slot(&seen, (uint64_t)p.a << 32 | p.b);

				if (slot == NULL)
					rc = model_full(err);
				if (slot == NULL || *slot != MAP_NONE)
					continue;
				*slot = 1;
				if (g->keyed[p.a] && g->keyed[p.b])
					continue;
				p.log_e = unit_log_e(g, &g->units[p.a], &g->units[p.b]);
				if (p.log_e > 0)
					rc = pair_list_add(ret, p, g->scratch, err);
			}
	}
	map_clear(&seen);
	return rc;
}

/* Clusters that share two tokens or a network with an outside node. */
struct hits {
	uint32_t unit[NODE_HITS];
	uint32_t count[NODE_HITS];
	uint32_t n;
};

static void
hit(struct hits *h, const struct sort_pair *feature, size_t n, uint32_t at, uint32_t worth)
{
	if (at == MAP_NONE)
		return;
	for (size_t i = at;
	     i < n && i < at + (size_t)NODE_HITS && feature[i].key == feature[at].key; i++) {
		uint32_t k = 0;

		while (k < h->n && h->unit[k] != feature[i].value)
			k++;
		if (k == h->n && h->n == NODE_HITS)
			return;
		if (k == h->n) {
			h->unit[k] = feature[i].value;
			h->count[k] = 0;
			h->n++;
		}
		h->count[k] += worth;
	}
}

static struct hits
hits_of_node(const struct merging *g, uint32_t node, const struct sort_pair *feature, size_t n,
    const struct map *first)
{
	struct hits h = { .n = 0 };

	for (enum layer layer = 0; layer < LAYER_COUNT; layer++) {
		const struct layer_tokens *l = &g->w->m->layers[layer];

		for (uint32_t c = l->start[node]; c < l->start[node + 1]; c++)
			hit(&h, feature, n,
			    map_get(first, hash_mix(layer + 16, g->w->token[layer][c])), 1);
	}
	hit(&h, feature, n, map_get(first, g->places.network[0][node]), 2);
	return h;
}

static enum coord_err
compare_nodes(struct merging *g, const struct sort_pair *feature, size_t n,
    uint32_t *const count[LAYER_COUNT], struct pair_list *ret, struct coord_error *err)
{
	struct map first = MAP_INIT;
	enum coord_err rc = map_reserve(&first, n) ? COORD_OK : model_full(err);

	for (size_t i = 0; rc == COORD_OK && i < n; i++)
		if (i == 0 || feature[i].key != feature[i - 1].key)
			*map_slot(&first, feature[i].key) = (uint32_t)i;
	for (uint32_t node = 0; rc == COORD_OK && node < g->w->m->n_nodes; node++) {
		struct pair best = { .log_e = 0 };
		struct arena_mark mark;
		struct hits h;
		struct unit u;

		if (g->owner[node] != MAP_NONE)
			continue;
		h = hits_of_node(g, node, feature, n, &first);
		mark = arena_mark(g->scratch);
		for (uint32_t k = 0, made = 0; rc == COORD_OK && k < h.n; k++) {
			double log_e;

			if (h.count[k] < 2)
				continue;
			if (made++ == 0)
				rc = make_unit(g, &node, 1, count, &u, err);
			log_e = rc == COORD_OK ? unit_log_e(g, &g->units[h.unit[k]], &u) : 0;
			if (log_e > best.log_e)
				best = (struct pair){ h.unit[k], node, log_e };
		}
		arena_rewind(g->scratch, mark);
		if (rc == COORD_OK && best.log_e > 0)
			rc = pair_list_add(ret, best, g->scratch, err);
	}
	map_clear(&first);
	return rc;
}

static int
strength_order(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->log_e != y->log_e)
		return x->log_e > y->log_e ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

/* How many of the strongest pairs e-BH accepts. */
static size_t
accepted(struct pair_list *list, double hypotheses, double q)
{
	size_t k = 0;

	if (list->n == 0 || hypotheses < 1)
		return 0;
	qsort(list->pairs, list->n, sizeof(*list->pairs), strength_order);
	for (size_t i = 0; i < list->n; i++)
		if (list->pairs[i].log_e >= log(hypotheses) - log(q) - log((double)(i + 1)))
			k = i + 1;
	return k;
}

static uint32_t
root_of(const uint32_t *parent, uint32_t a)
{
	while (parent[a] != a)
		a = parent[a];
	return a;
}

/* Ascending union of two ascending lists. */
static uint32_t
unite(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b, uint32_t *ret)
{
	uint32_t i = 0, j = 0, n = 0;

	while (i < n_a || j < n_b) {
		uint32_t next = j == n_b || (i < n_a && a[i] <= b[j]) ? a[i] : b[j];

		i += i < n_a && a[i] == next;
		j += j < n_b && b[j] == next;
		ret[n++] = next;
	}
	return n;
}

static enum coord_err
join_nodes(struct cluster *into, const uint32_t *nodes, uint32_t n, struct arena *scratch,
    struct coord_error *err)
{
	uint32_t *all = ARENA_ARRAY_RAW(scratch, (size_t)into->n + n, uint32_t);

	if (all == NULL)
		return model_full(err);
	into->n = unite(into->nodes, into->n, nodes, n, all);
	into->nodes = all;
	return COORD_OK;
}

static enum coord_err
join_clusters(
    struct cluster *into, struct cluster *from, struct arena *scratch, struct coord_error *err)
{
	if (from->n_carriers > 0) {
		uint32_t *all =
		    ARENA_ARRAY_RAW(scratch, (size_t)into->n_carriers + from->n_carriers, uint32_t);

		if (all == NULL)
			return model_full(err);
		into->n_carriers =
		    unite(into->carriers, into->n_carriers, from->carriers, from->n_carriers, all);
		into->carriers = all;
	}
	into->score = fmax(into->score, from->score);
	into->stability = fmin(into->stability, from->stability);
	TRY(join_nodes(into, from->nodes, from->n, scratch, err));
	from->n = 0;
	return COORD_OK;
}

static enum coord_err
apply(struct merging *g, struct cluster_list *list, const struct pair_list *merges, size_t n_merges,
    const struct pair_list *recruits, size_t n_recruits, struct coord_error *err)
{
	uint32_t *parent = ARENA_ARRAY_RAW(g->scratch, list->n, uint32_t), n = 0;

	if (parent == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < list->n; i++)
		parent[i] = i;
	for (size_t i = 0; i < n_merges; i++) {
		uint32_t a = root_of(parent, merges->pairs[i].a);
		uint32_t b = root_of(parent, merges->pairs[i].b);

		if (a != b)
			parent[a > b ? a : b] = a < b ? a : b;
	}
	for (size_t i = 0; i < n_recruits; i++)
		TRY(join_nodes(
		    &list->all[recruits->pairs[i].a], &recruits->pairs[i].b, 1, g->scratch, err));
	for (uint32_t i = 0; i < list->n; i++)
		if (root_of(parent, i) != i)
			TRY(join_clusters(
			    &list->all[root_of(parent, i)], &list->all[i], g->scratch, err));
	for (uint32_t i = 0; i < list->n; i++)
		if (list->all[i].n > 0)
			list->all[n++] = list->all[i];
	list->n = n;
	return COORD_OK;
}

/* Two groups around keys of their own are two owners' however alike they are: they may have bought one tool, or one took
 * the other's hosts over. */
static enum coord_err
mark_keyed(struct merging *g, uint32_t n_units, struct coord_error *err)
{
	const struct model *m = g->w->m;
	uint32_t *carriers = ARENA_ARRAY(g->scratch, n_units, uint32_t);

	g->keyed = ARENA_ARRAY(g->scratch, n_units, bool);
	if (carriers == NULL || g->keyed == NULL)
		return model_full(err);
	for (uint32_t a = 0; !g->w->null && a < m->n_artefacts; a++) {
		const struct carried *c = &m->artefacts[a];

		if (c->is_public || (c->kind != ARTEFACT_SSH_KEY && c->kind != ARTEFACT_WALLET))
			continue;
		for (uint32_t i = 0; i < c->n_nodes; i++) {
			uint32_t unit = g->owner[c->nodes[i]];

			if (unit != MAP_NONE && ++carriers[unit] >= 2)
				g->keyed[unit] = true;
		}
		for (uint32_t i = 0; i < c->n_nodes; i++)
			if (g->owner[c->nodes[i]] != MAP_NONE)
				carriers[g->owner[c->nodes[i]]] = 0;
	}
	return COORD_OK;
}

static enum coord_err
begin(struct merging *g, const struct cluster_list *list, uint32_t *count[LAYER_COUNT],
    struct coord_error *err)
{
	const struct model *m = g->w->m;

	g->outside = m->n_nodes;
	g->owner = ARENA_ARRAY_RAW(g->scratch, m->n_nodes, uint32_t);
	g->units = ARENA_ARRAY(g->scratch, list->n, struct unit);
	if (g->owner == NULL || g->units == NULL)
		return model_full(err);
	for (enum layer layer = 0; layer < LAYER_COUNT; layer++)
		if ((count[layer] = ARENA_ARRAY(g->scratch, m->layers[layer].n_tokens, uint32_t)) ==
		    NULL)
			return model_full(err);
	memset(g->owner, 0xff, m->n_nodes * sizeof(*g->owner));
	TRY(places_find(g->w, g->scratch, &g->places, err));
	for (uint32_t i = 0; i < list->n; i++)
		for (uint32_t k = 0; k < list->all[i].n; k++) {
			g->outside -= g->owner[list->all[i].nodes[k]] == MAP_NONE;
			g->owner[list->all[i].nodes[k]] = i;
		}
	TRY(count_outside(g, err));
	for (uint32_t i = 0; i < list->n; i++)
		TRY(make_unit(g, list->all[i].nodes, list->all[i].n, count, &g->units[i], err));
	g->n_units = list->n;
	return mark_keyed(g, list->n, err);
}

enum coord_err
merge_clusters(const struct world *w, double q, unsigned skip, struct arena *scratch,
    struct cluster_list *list, struct coord_error *err)
{
	struct merging g = { .w = w, .skip = skip, .scratch = scratch };
	struct pair_list merges = { .n = 0 }, recruits = { .n = 0 };
	uint32_t *count[LAYER_COUNT];
	struct sort_pair *feature;
	size_t n;

	if (list->n == 0)
		return COORD_OK;
	TRY(begin(&g, list, count, err));
	TRY(list_features(&g, &feature, &n, err));
	TRY(compare_units(&g, feature, n, &merges, err));
	TRY(compare_nodes(&g, feature, n, count, &recruits, err));
	return apply(&g, list, &merges,
	    accepted(&merges, (double)list->n * (list->n - 1) / 2, q * merge_strictness), &recruits,
	    accepted(&recruits, (double)list->n * g.outside, q), err);
}
