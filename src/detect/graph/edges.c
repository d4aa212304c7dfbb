/* edges.c - which pairs of nodes share more than their popularity explains.
 *
 * For nodes i and j with tokens drawn by popularity (Chung-Lu), p_iv = x/(1+x) with x = d_i (n_sv + 0.5)/D_s. With
 * a_v = max(p_iv p_jv, rho min(p_iv, p_jv)),
 *   ln e_rho = sum over shared v of ln(a_v / (p_iv p_jv)) - rho min(d_i, d_j)
 * has mean <= 1 under independence (methods.md section 8 gives the proof), and so has the mean over rho. A shared token
 * with max(p_iv, p_jv) >= rho adds nothing: common tokens are free, rare ones count.
 * e-BH (Wang & Ramdas 2022) then controls the false discovery rate over ALL pairs of the layer, whatever their dependence. */
#include "detect/graph/edges.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

static const double rhos[] = { 0.05, 0.2, 0.5, 0.9 };
enum { RHOS = sizeof(rhos) / sizeof(rhos[0]) };

enum coord_err
pair_list_add(struct pair_list *list, struct pair p, struct arena *scratch, struct coord_error *err)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 1024 : list->cap * 2;
		struct pair *wider = ARENA_ARRAY_RAW(scratch, cap, struct pair);

		if (wider == NULL)
			return model_full(err);
		if (list->n > 0)
			memcpy(wider, list->pairs, list->n * sizeof(*wider));
		list->pairs = wider;
		list->cap = cap;
	}
	list->pairs[list->n++] = p;
	return COORD_OK;
}

/* The four rho side by side: ln e gains max(0, ln rho - ln p) for a shared token, in every lane without a branch. */
typedef float lanes __attribute__((vector_size(RHOS * sizeof(float))));
typedef int32_t lane_bits __attribute__((vector_size(RHOS * sizeof(int32_t))));

static inline lanes
gain(float ln_p)
{
	const lanes ln_rho = { -2.9957323F, -1.6094379F, -0.6931472F, -0.1053605F };
	lanes above = ln_rho - ln_p;
	lanes zero = { 0, 0, 0, 0 };

	return (lanes)((lane_bits)above & (above > zero));
}

static double
mean_over_rho(lanes gained, double least)
{
	double log_e[RHOS];

	for (size_t r = 0; r < RHOS; r++)
		log_e[r] = (double)gained[r] - rhos[r] * least;
	return stats_log_mean_exp(log_e, RHOS);
}

double
edges_pair_log_e(const struct world *w, enum layer layer, uint32_t a, uint32_t b)
{
	const struct layer_tokens *l = &w->m->layers[layer];
	const uint32_t *token = w->token[layer];
	const float *ln_p = w->ln_p[layer];
	uint32_t x = l->start[a], x_end = l->start[a + 1], y = l->start[b], y_end = l->start[b + 1];
	uint32_t least = x_end - x < y_end - y ? x_end - x : y_end - y;
	lanes gained = { 0, 0, 0, 0 };

	if (least == 0)
		return -INFINITY;
	while (x < x_end && y < y_end) {
		uint32_t t_x = token[x], t_y = token[y];

		if (t_x == t_y)
			gained += gain(ln_p[x] > ln_p[y] ? ln_p[x] : ln_p[y]);
		x += t_x <= t_y;
		y += t_y <= t_x;
	}
	return mean_over_rho(gained, least);
}

/* Posting lists: the nodes of each token, ascending. */
struct postings {
	uint32_t *from; /* tokens + 1 */
	uint32_t *node;
};

static enum coord_err
build_postings(const struct world *w, enum layer layer, struct arena *scratch, struct postings *ret,
    struct coord_error *err)
{
	const struct layer_tokens *l = &w->m->layers[layer];
	uint32_t total = l->start[w->m->n_nodes];
	const uint32_t *token = w->token[layer];

	ret->from = ARENA_ARRAY(scratch, (size_t)l->n_tokens + 2, uint32_t);
	ret->node = ARENA_ARRAY_RAW(scratch, total, uint32_t);
	if (ret->from == NULL || ret->node == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < total; i++)
		ret->from[token[i] + 2]++;
	for (uint32_t t = 0; t < l->n_tokens; t++)
		ret->from[t + 2] += ret->from[t + 1];
	for (uint32_t n = 0; n < w->m->n_nodes; n++)
		for (uint32_t i = l->start[n]; i < l->start[n + 1]; i++)
			ret->node[ret->from[token[i] + 1]++] = n;
	return COORD_OK;
}

/* Candidate pairs as keys a << 32 | b; a bit per pair while that is small, else sorted and made distinct. */
struct candidates {
	uint64_t *keys;
	size_t n, cap;
	uint64_t *seen; /* bit matrix, or NULL */
	uint32_t nodes;
};

enum { CANDIDATE_MATRIX_NODES = 16384 };

static enum coord_err
candidate_add(
    struct candidates *c, uint32_t a, uint32_t b, struct arena *scratch, struct coord_error *err)
{
	if (c->seen != NULL) {
		uint64_t bit = (uint64_t)a * c->nodes + b;

		if ((c->seen[bit / 64] >> (bit % 64) & 1) != 0)
			return COORD_OK;
		c->seen[bit / 64] |= (uint64_t)1 << (bit % 64);
	}
	if (c->n == c->cap) {
		size_t cap = c->cap == 0 ? 4096 : c->cap * 2;
		uint64_t *wider = ARENA_ARRAY_RAW(scratch, cap, uint64_t);

		if (wider == NULL)
			return model_full(err);
		if (c->n > 0)
			memcpy(wider, c->keys, c->n * sizeof(*wider));
		c->keys = wider;
		c->cap = cap;
	}
	c->keys[c->n++] = (uint64_t)a << 32 | b;
	return COORD_OK;
}

static enum coord_err
candidates_distinct(struct candidates *c, struct arena *scratch, struct coord_error *err)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, c->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, c->n, struct sort_pair);
	size_t n = 0;

	if (pairs == NULL || spare == NULL)
		return model_full(err);
	for (size_t i = 0; i < c->n; i++)
		pairs[i] = (struct sort_pair){ c->keys[i], 0 };
	if (c->n > 0)
		sort_pairs(pairs, c->n, spare);
	for (size_t i = 0; i < c->n; i++)
		if (n == 0 || pairs[i].key != c->keys[n - 1])
			c->keys[n++] = pairs[i].key;
	c->n = n;
	return COORD_OK;
}

static enum coord_err
candidates_of_token(const struct world *w, const uint32_t *nodes, uint32_t n, struct candidates *c,
    struct arena *scratch, struct coord_error *err)
{
	uint32_t reach = n <= EDGE_DF_ALL ? n : EDGE_NEAR;

	if (n > EDGE_DF_NEAR)
		return COORD_OK; /* a hub says nothing about any pair */
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i + 1; j < n && j <= i + reach; j++)
			if (w->node_source[nodes[i]] != w->node_source[nodes[j]])
				TRY(candidate_add(c, nodes[i], nodes[j], scratch, err));
	return COORD_OK;
}

static enum coord_err
find_candidates(const struct world *w, enum layer layer, struct arena *scratch,
    struct candidates *c, struct coord_error *err)
{
	const struct layer_tokens *l = &w->m->layers[layer];
	struct postings p;

	*c = (struct candidates){ .nodes = w->m->n_nodes };
	if (c->nodes <= CANDIDATE_MATRIX_NODES &&
	    (c->seen = ARENA_ARRAY(scratch, (size_t)c->nodes * c->nodes / 64 + 1, uint64_t)) ==
		NULL)
		return model_full(err);
	TRY(build_postings(w, layer, scratch, &p, err));
	for (uint32_t t = 0; t < l->n_tokens; t++)
		TRY(candidates_of_token(
		    w, p.node + p.from[t], p.from[t + 1] - p.from[t], c, scratch, err));
	return c->seen == NULL ? candidates_distinct(c, scratch, err) : COORD_OK;
}

/* One node against many: its chances are laid out by token once, so that a pair costs the other's tokens alone. A token
 * that the node has not stands at +infinity, where no rho gains anything. */
struct marked {
	const struct world *w;
	const struct layer_tokens *l;
	enum layer layer;
	float *ln_p; /* by token */
	uint32_t node;
	uint32_t degree; /* 0: none marked yet */
};

static void
mark_node(struct marked *k, uint32_t node)
{
	const uint32_t *token = k->w->token[k->layer];

	for (uint32_t i = k->l->start[k->node]; k->degree > 0 && i < k->l->start[k->node + 1]; i++)
		k->ln_p[token[i]] = INFINITY;
	for (uint32_t i = k->l->start[node]; i < k->l->start[node + 1]; i++)
		k->ln_p[token[i]] = k->w->ln_p[k->layer][i];
	k->node = node;
	k->degree = k->l->start[node + 1] - k->l->start[node];
}

static double
marked_log_e(const struct marked *k, uint32_t other)
{
	const uint32_t *token = k->w->token[k->layer];
	const float *ln_p = k->w->ln_p[k->layer];
	uint32_t from = k->l->start[other], to = k->l->start[other + 1];
	lanes gained = { 0, 0, 0, 0 };

	for (uint32_t i = from; i < to; i++) {
		float marked = k->ln_p[token[i]];

		gained += gain(marked > ln_p[i] ? marked : ln_p[i]);
	}
	return mean_over_rho(gained, to - from < k->degree ? to - from : k->degree);
}

/* Candidates with the node of more tokens first, so that its marks serve all its pairs. */
static enum coord_err
group_candidates(const struct world *w, enum layer layer, const struct candidates *c,
    struct arena *scratch, struct sort_pair **ret, struct coord_error *err)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(scratch, c->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, c->n, struct sort_pair);

	if (pairs == NULL || spare == NULL)
		return model_full(err);
	for (size_t i = 0; i < c->n; i++) {
		uint32_t a = (uint32_t)(c->keys[i] >> 32), b = (uint32_t)c->keys[i];
		bool swap = model_degree(w->m, layer, b) > model_degree(w->m, layer, a);

		pairs[i] = (struct sort_pair){ swap ? b : a, swap ? a : b };
	}
	if (c->n > 0)
		sort_pairs(pairs, c->n, spare);
	*ret = pairs;
	return COORD_OK;
}

static enum coord_err
token_pairs(const struct world *w, enum layer layer, double least_log_e, struct arena *scratch,
    struct pair_list *ret, struct coord_error *err)
{
	struct marked k = { .w = w, .l = &w->m->layers[layer], .layer = layer };
	struct candidates c;
	struct sort_pair *pairs;

	TRY(find_candidates(w, layer, scratch, &c, err));
	TRY(group_candidates(w, layer, &c, scratch, &pairs, err));
	if ((k.ln_p = ARENA_ARRAY_RAW(scratch, k.l->n_tokens, float)) == NULL)
		return model_full(err);
	for (uint32_t t = 0; t < k.l->n_tokens; t++)
		k.ln_p[t] = INFINITY;
	ret->tested = c.n;
	for (size_t i = 0; i < c.n; i++) {
		uint32_t a = (uint32_t)pairs[i].key, b = pairs[i].value;
		struct pair p = { a < b ? a : b, a < b ? b : a, 0 };

		if (i == 0 || a != k.node)
			mark_node(&k, a);
		p.log_e = marked_log_e(&k, b);
		if (p.log_e >= least_log_e)
			TRY(pair_list_add(ret, p, scratch, err));
	}
	return COORD_OK;
}

/* Strongest first; equal strength by key, so that nothing depends on how candidates were found. */
static int
pair_strength(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->log_e != y->log_e)
		return x->log_e > y->log_e ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

/* e-BH over all pairs of the layer, then at most EDGE_PER_NODE edges a node: an edge stays while one of its ends has
 * room. */
static size_t
keep_validated(
    struct pair_list *list, double log_possible, double q, uint16_t *taken, uint32_t n_nodes)
{
	size_t k = 0, n = 0;

	if (list->n == 0)
		return 0;
	qsort(list->pairs, list->n, sizeof(*list->pairs), pair_strength);
	for (size_t i = 0; i < list->n; i++)
		if (list->pairs[i].log_e >= log_possible - log(q) - log((double)(i + 1)))
			k = i + 1;
	memset(taken, 0, n_nodes * sizeof(*taken));
	for (size_t i = 0; i < k; i++) {
		struct pair p = list->pairs[i];

		if (taken[p.a] >= EDGE_PER_NODE && taken[p.b] >= EDGE_PER_NODE)
			continue;
		taken[p.a]++;
		taken[p.b]++;
		list->pairs[n++] = p;
	}
	return n;
}

struct layer_edges {
	struct pair *pairs;
	size_t n;
};

static int
edge_order(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static enum coord_err
join_layers(const struct layer_edges *layers, struct arena *scratch, struct edge_list *ret,
    struct coord_error *err)
{
	size_t total = 0, n = 0;
	struct edge *edges;

	for (size_t l = 0; l < EDGE_LAYERS; l++)
		total += layers[l].n;
	if ((edges = ARENA_ARRAY(scratch, total, struct edge)) == NULL)
		return model_full(err);
	total = 0;
	for (size_t l = 0; l < EDGE_LAYERS; l++)
		for (size_t i = 0; i < layers[l].n; i++) {
			const struct pair *p = &layers[l].pairs[i];
			double log10_e = p->log_e / 2.302585092994046;

			edges[total].a = p->a;
			edges[total].b = p->b;
			edges[total++].log10_e[l] =
			    (float)(log10_e < EDGE_LOG10_MOST ? log10_e : EDGE_LOG10_MOST);
		}
	if (total > 0)
		qsort(edges, total, sizeof(*edges), edge_order);
	for (size_t i = 0; i < total; i++) {
		if (n > 0 && edges[n - 1].a == edges[i].a && edges[n - 1].b == edges[i].b) {
			for (size_t l = 0; l < EDGE_LAYERS; l++)
				edges[n - 1].log10_e[l] += edges[i].log10_e[l];
			continue;
		}
		edges[n++] = edges[i];
	}
	ret->edges = edges;
	ret->n = n;
	return COORD_OK;
}

enum coord_err
edges_find(const struct world *w, double q, unsigned skip, struct arena *scratch,
    struct edge_list *ret, struct coord_error *err)
{
	struct layer_edges layers[EDGE_LAYERS] = { { NULL, 0 } };
	uint16_t *taken = ARENA_ARRAY_RAW(scratch, w->m->n_nodes, uint16_t);
	double least = -log(q);

	*ret = (struct edge_list){ .n = 0 };
	if (taken == NULL)
		return model_full(err);
	for (unsigned l = 0; l < EDGE_LAYERS; l++) {
		struct pair_list list = { .n = 0 };
		uint32_t active = 0;
		double possible;

		if ((skip >> l & 1) != 0)
			continue;
		if (l == LAYER_TIME) {
			TRY(edges_time_pairs(w, least, scratch, &list, &active, err));
		} else {
			TRY(token_pairs(w, (enum layer)l, least, scratch, &list, err));
			active = w->m->layers[l].active;
		}
		possible = (double)active * ((double)active - 1) / 2;
		ret->possible += active < 2 ? 0 : (uint64_t)active * (active - 1) / 2;
		ret->tested += list.tested;
		layers[l].pairs = list.pairs;
		layers[l].n = possible < 1
				  ? 0
				  : keep_validated(&list, log(possible), q, taken, w->m->n_nodes);
	}
	return join_layers(layers, scratch, ret, err);
}
