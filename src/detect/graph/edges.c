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

#include "base/parallel.h"
#include "detect/graph/joint.h"
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

/* A mean is at most the largest: what cannot reach `wanted` is -INFINITY, without an exponential. */
static double
mean_over_rho(lanes gained, double least, double wanted)
{
	double log_e[RHOS], most = -INFINITY;

	for (size_t r = 0; r < RHOS; r++) {
		log_e[r] = (double)gained[r] - rhos[r] * least;
		most = log_e[r] > most ? log_e[r] : most;
	}
	return most < wanted - 1e-6 ? -INFINITY : stats_log_mean_exp(log_e, RHOS);
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
	return mean_over_rho(gained, least, -INFINITY);
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

/* What finding the pairs of one layer needs. One node stands against many: its chances are laid out by token once, so
 * that a pair costs the other's tokens alone. A token that the node has not stands at +infinity, where no rho gains
 * anything. */
struct search {
	const struct world *w;
	const struct layer_tokens *l;
	enum layer layer;
	struct postings postings;
	uint32_t *place;  /* of each incidence in its token's posting list */
	float *ln_p;      /* by token: of the node at hand */
	uint32_t *met;    /* by node: the last node it was paired with, + 1 */
	uint32_t *others; /* the partners of the node at hand */
	uint32_t n_others;
};

static enum coord_err
begin_search(struct search *s, struct arena *scratch, struct coord_error *err)
{
	const struct model *m = s->w->m;
	const uint32_t *token = s->w->token[s->layer];
	uint32_t total = s->l->start[m->n_nodes];
	uint32_t *seen;

	TRY(build_postings(s->w, s->layer, scratch, &s->postings, err));
	s->place = ARENA_ARRAY_RAW(scratch, total, uint32_t);
	s->ln_p = ARENA_ARRAY_RAW(scratch, s->l->n_tokens, float);
	s->met = ARENA_ARRAY(scratch, m->n_nodes, uint32_t);
	s->others = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	seen = ARENA_ARRAY(scratch, s->l->n_tokens, uint32_t);
	if (s->place == NULL || s->ln_p == NULL || s->met == NULL || s->others == NULL ||
	    seen == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < total; i++) /* incidences come by node, as posting lists do */
		s->place[i] = seen[token[i]]++;
	for (uint32_t t = 0; t < s->l->n_tokens; t++)
		s->ln_p[t] = INFINITY;
	return COORD_OK;
}

/* Of a pair the node with more tokens looks at the other, and of two with equally many the first: so each pair is
 * weighed once, at the cost of the shorter list. */
static bool
looks_at(const struct model *m, enum layer layer, uint32_t node, uint32_t other)
{
	uint32_t d = model_degree(m, layer, node), d_other = model_degree(m, layer, other);

	return d != d_other ? d > d_other : node < other;
}

static void
meet(struct search *s, uint32_t node, const uint32_t *with, uint32_t n)
{
	const struct world *w = s->w;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t other = with[i];

		if (s->met[other] == node + 1)
			continue;
		s->met[other] = node + 1;
		if (other != node && w->node_source[other] != w->node_source[node] &&
		    looks_at(w->m, s->layer, node, other))
			s->others[s->n_others++] = other;
	}
}

/* The node's partners: all that share one of its rarer tokens, the next few in first-seen order of a common one. */
static void
find_others(struct search *s, uint32_t node)
{
	const uint32_t *token = s->w->token[s->layer];

	s->n_others = 0;
	for (uint32_t i = s->l->start[node]; i < s->l->start[node + 1]; i++) {
		const uint32_t *nodes = s->postings.node + s->postings.from[token[i]];
		uint32_t n = s->postings.from[token[i] + 1] - s->postings.from[token[i]];
		uint32_t reach = n <= EDGE_DF_ALL ? n : EDGE_NEAR, at = s->place[i];
		uint32_t from = at > reach ? at - reach : 0,
			 to = n - at > reach ? at + reach + 1 : n;

		if (n <= EDGE_DF_NEAR) /* a hub says nothing about any pair */
			meet(s, node, nodes + from, to - from);
	}
}

static double
log_e_with(const struct search *s, uint32_t node, uint32_t other, double wanted)
{
	const uint32_t *token = s->w->token[s->layer];
	const float *ln_p = s->w->ln_p[s->layer];
	uint32_t from = s->l->start[other], to = s->l->start[other + 1];
	uint32_t degree = model_degree(s->w->m, s->layer, node);
	lanes gained = { 0, 0, 0, 0 };

	for (uint32_t i = from; i < to; i++) {
		float own = s->ln_p[token[i]];

		gained += gain(own > ln_p[i] ? own : ln_p[i]);
	}
	return mean_over_rho(gained, to - from < degree ? to - from : degree, wanted);
}

static enum coord_err
weigh_others(struct search *s, uint32_t node, double least_log_e, struct arena *scratch,
    struct pair_list *ret, struct coord_error *err)
{
	const uint32_t *token = s->w->token[s->layer];

	for (uint32_t i = s->l->start[node]; i < s->l->start[node + 1]; i++)
		s->ln_p[token[i]] = s->w->ln_p[s->layer][i];
	for (uint32_t i = 0; i < s->n_others; i++) {
		uint32_t other = s->others[i];
		double log_e = log_e_with(s, node, other, least_log_e);
		struct pair p = { node < other ? node : other, node < other ? other : node, log_e };

		if (log_e >= least_log_e)
			TRY(pair_list_add(ret, p, scratch, err));
	}
	for (uint32_t i = s->l->start[node]; i < s->l->start[node + 1]; i++)
		s->ln_p[token[i]] = INFINITY;
	return COORD_OK;
}

static enum coord_err
token_pairs(const struct world *w, enum layer layer, double least_log_e, struct arena *scratch,
    struct pair_list *ret, struct coord_error *err)
{
	struct search s = { .w = w, .l = &w->m->layers[layer], .layer = layer };

	TRY(begin_search(&s, scratch, err));
	for (uint32_t node = 0; node < w->m->n_nodes; node++) {
		find_others(&s, node);
		ret->tested += s.n_others;
		if (s.n_others > 0)
			TRY(weigh_others(&s, node, least_log_e, scratch, ret, err));
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

/* The k-th strongest of all pairs needs this much: ln(1/q) + ln(possible / k). */
static double
least_of(double log_possible, double q, size_t k)
{
	return log_possible - log(q) - log((double)k);
}

/* Leaves out what e-BH cannot reach: with n pairs left none is kept below the demand on the n-th. */
static size_t
drop_hopeless(struct pair *pairs, size_t n, double log_possible, double q)
{
	for (size_t before = 0; n > 0 && n != before;) {
		double least = least_of(log_possible, q, n);

		before = n;
		n = 0;
		for (size_t i = 0; i < before; i++)
			if (pairs[i].log_e >= least)
				pairs[n++] = pairs[i];
	}
	return n;
}

/* e-BH over all pairs of the layer, then at most EDGE_PER_NODE edges a node: an edge stays while one of its ends has
 * room. */
static size_t
keep_validated(
    struct pair_list *list, double log_possible, double q, uint16_t *taken, uint32_t n_nodes)
{
	size_t k = 0, n = 0;

	list->n = drop_hopeless(list->pairs, list->n, log_possible, q);
	if (list->n == 0)
		return 0;
	qsort(list->pairs, list->n, sizeof(*list->pairs), pair_strength);
	for (size_t i = 0; i < list->n; i++)
		if (list->pairs[i].log_e >= least_of(log_possible, q, i + 1))
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

static int
edge_order(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

/* One edge a pair: what several layers say of it side by side. */
static size_t
unite_edges(struct edge *edges, size_t total)
{
	size_t n = 0;

	if (total > 0)
		qsort(edges, total, sizeof(*edges), edge_order);
	for (size_t i = 0; i < total; i++) {
		if (n == 0 || edges[n - 1].a != edges[i].a || edges[n - 1].b != edges[i].b) {
			edges[n++] = edges[i];
			continue;
		}
		for (size_t l = 0; l < EDGE_LAYERS; l++)
			edges[n - 1].log10_e[l] =
			    fmaxf(edges[n - 1].log10_e[l], edges[i].log10_e[l]);
	}
	return n;
}

enum coord_err
edges_join(const struct edge_layers *layers, unsigned skip, struct arena *scratch,
    struct edge_list *ret, struct coord_error *err)
{
	size_t total = 0, n_joint = 0;
	struct edge *edges, *joint = NULL;

	*ret = (struct edge_list){ .possible = layers->possible, .tested = layers->tested };
	if (layers->w->m->n_nodes <= JOINT_NODES_MOST && layers->w->m->n_nodes > 1)
		TRY(joint_edges(
		    layers->w, layers->weak, layers->q, skip, scratch, &joint, &n_joint, err));
	for (size_t l = 0; l < EDGE_LAYERS; l++)
		total += (skip >> l & 1) != 0 ? 0 : layers->n[l];
	if ((edges = ARENA_ARRAY(scratch, total + n_joint, struct edge)) == NULL)
		return model_full(err);
	total = 0;
	for (size_t l = 0; l < EDGE_LAYERS; l++)
		for (size_t i = 0; (skip >> l & 1) == 0 && i < layers->n[l]; i++) {
			const struct pair *p = &layers->pairs[l][i];
			double log10_e = p->log_e / 2.302585092994046;

			edges[total].a = p->a;
			edges[total].b = p->b;
			edges[total++].log10_e[l] =
			    (float)(log10_e < EDGE_LOG10_MOST ? log10_e : EDGE_LOG10_MOST);
		}
	if (n_joint > 0)
		memcpy(edges + total, joint, n_joint * sizeof(*edges));
	ret->edges = edges;
	ret->n = unite_edges(edges, total + n_joint);
	return COORD_OK;
}

/** What finding one layer's edges left: the validated pairs and behind them the weak ones, in a block of its own. */
struct layer_found {
	struct pair *pairs;
	size_t n, n_weak;
	uint64_t possible, tested;
};

/* Out of the scratch that finding them took. */
static enum coord_err
keep_pairs(const struct pair_list *list, const struct pair *weak, size_t n_weak,
    struct layer_found *ret, struct coord_error *err)
{
	ret->pairs = malloc((list->n + n_weak) * sizeof(*ret->pairs) + 1);
	if (ret->pairs == NULL)
		return model_full(err);
	if (list->n > 0)
		memcpy(ret->pairs, list->pairs, list->n * sizeof(*ret->pairs));
	if (n_weak > 0)
		memcpy(ret->pairs + list->n, weak, n_weak * sizeof(*ret->pairs));
	ret->n = list->n;
	ret->n_weak = n_weak;
	ret->tested = list->tested;
	return COORD_OK;
}

static enum coord_err
validate_layer(const struct world *w, unsigned layer, double q, struct arena *scratch,
    struct layer_found *ret, struct coord_error *err)
{
	uint16_t *taken = ARENA_ARRAY_RAW(scratch, w->m->n_nodes, uint16_t);
	struct pair_list list = { .n = 0 };
	struct pair *weak = NULL;
	size_t n_weak = 0;
	uint32_t active = 0;
	bool joint = w->m->n_nodes <= JOINT_NODES_MOST;
	double least = joint ? joint_least : -log(q), possible;

	if (taken == NULL)
		return model_full(err);
	if (layer == LAYER_TIME) {
		TRY(edges_time_pairs(w, least, scratch, &list, &active, err));
	} else {
		TRY(token_pairs(w, (enum layer)layer, least, scratch, &list, err));
		active = w->m->layers[layer].active;
	}
	possible = (double)active * ((double)active - 1) / 2;
	ret->possible = active < 2 ? 0 : (uint64_t)active * (active - 1) / 2;
	if (joint && list.n > 0) {
		n_weak = list.n;
		weak = ARENA_ARRAY_RAW(scratch, n_weak, struct pair);
		if (weak == NULL)
			return model_full(err);
		memcpy(weak, list.pairs, n_weak * sizeof(*weak));
	}
	list.n = possible < 1 ? 0 : keep_validated(&list, log(possible), q, taken, w->m->n_nodes);
	return keep_pairs(&list, weak, n_weak, ret, err);
}

struct validation {
	const struct world *w;
	double q;
	unsigned skip;
	struct layer_found found[EDGE_LAYERS];
	enum coord_err rc[EDGE_LAYERS];
	struct coord_error err[EDGE_LAYERS];
};

static void
find_layer(struct validation *v, unsigned layer, struct arena *scratch)
{
	if ((v->skip >> layer & 1) == 0)
		v->rc[layer] =
		    validate_layer(v->w, layer, v->q, scratch, &v->found[layer], &v->err[layer]);
}

static void
find_layer_aside(void *context, size_t layer, unsigned worker)
{
	struct validation *v = context;
	struct arena *scratch = arena_new(0);

	(void)worker;
	if (scratch == NULL)
		v->rc[layer] = model_full(&v->err[layer]);
	else
		find_layer(v, (unsigned)layer, scratch);
	arena_free(scratch);
}

static enum coord_err
gather_layers(const struct validation *v, struct arena *into, struct edge_layers *ret,
    struct coord_error *err)
{
	for (unsigned l = 0; l < EDGE_LAYERS; l++) {
		const struct layer_found *f = &v->found[l];
		struct pair *pairs;

		if (v->rc[l] != COORD_OK) {
			if (err != NULL)
				*err = v->err[l];
			return v->rc[l];
		}
		if (f->pairs == NULL)
			continue;
		pairs = ARENA_ARRAY_RAW(into, f->n + f->n_weak, struct pair);
		if (pairs == NULL)
			return model_full(err);
		if (f->n + f->n_weak > 0)
			memcpy(pairs, f->pairs, (f->n + f->n_weak) * sizeof(*pairs));
		ret->pairs[l] = pairs;
		ret->n[l] = f->n;
		ret->weak[l] = (struct pair_list){ .pairs = pairs + f->n, .n = f->n_weak };
		ret->possible += f->possible;
		ret->tested += f->tested;
	}
	return COORD_OK;
}

enum coord_err
edges_validate(const struct world *w, double q, unsigned skip, unsigned threads,
    struct arena *scratch, struct edge_layers *ret, struct coord_error *err)
{
	struct validation v = { .w = w, .q = q, .skip = skip };
	enum coord_err rc;

	*ret = (struct edge_layers){ .w = w, .q = q };
	if (threads > 1)
		parallel_for(threads, EDGE_LAYERS, find_layer_aside, &v);
	for (unsigned l = 0; threads <= 1 && l < EDGE_LAYERS; l++) {
		struct arena_mark mark = arena_mark(scratch);

		find_layer(&v, l, scratch);
		arena_rewind(scratch, mark);
	}
	rc = gather_layers(&v, scratch, ret, err);
	for (unsigned l = 0; l < EDGE_LAYERS; l++)
		free(v.found[l].pairs);
	return rc;
}

enum coord_err
edges_find(const struct world *w, double q, unsigned skip, struct arena *scratch,
    struct edge_list *ret, struct coord_error *err)
{
	struct edge_layers layers;

	TRY(edges_validate(w, q, skip, 1, scratch, &layers, err));
	return edges_join(&layers, 0, scratch, ret, err);
}
