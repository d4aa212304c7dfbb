/* louvain.c - Louvain (Blondel, Guillaume, Lambiotte & Lefebvre, J. Stat. Mech. 2008): nodes move to the neighbouring
 * community of greatest gain in modularity until none gains, communities become nodes, and again. Several of the peers cluster
 * with it; the engine does not (it uses Leiden with the Constant Potts Model, detect/graph/leiden.h). */
#include "evaluate/baseline/louvain.h"

enum { LOUVAIN_STAGE = 0x6c6f7576, LEVELS_MOST = 32, SWEEPS_MOST = 64 };
/* A gain below this is rounding, and would let two nodes chase each other for ever. */
#define GAIN_LEAST 1e-12

/** The graph of one level. Rows may name a neighbour twice; a node's own inner weight is in `inner`. */
struct level {
	uint32_t n;
	uint32_t *start, *target;
	double *weight, *inner;
};

struct louvain {
	struct arena *arena;
	uint64_t seed;
	double total; /* twice the weight of all edges */
	double *to;   /* weight from the node at hand to each community; 0 between uses */
	uint32_t *near;
	double *degree, *sum; /* by node; by community */
	uint32_t *order;
};

static bool
level_of_edges(uint32_t n, const struct louvain_edge *edges, size_t n_edges, struct arena *arena,
    struct level *ret)
{
	struct level g = { .n = n,
		.start = arena_array(arena, (size_t)n + 2, sizeof(*g.start)),
		.target = arena_array_raw(arena, 2 * n_edges, sizeof(*g.target)),
		.weight = arena_array_raw(arena, 2 * n_edges, sizeof(*g.weight)),
		.inner = arena_array(arena, n, sizeof(*g.inner)) };

	if (g.start == NULL || g.target == NULL || g.weight == NULL || g.inner == NULL ||
	    n_edges > UINT32_MAX / 2)
		return false;
	for (size_t i = 0; i < n_edges; i++) {
		g.start[edges[i].a + 2]++;
		g.start[edges[i].b + 2]++;
	}
	for (uint32_t v = 0; v < n; v++)
		g.start[v + 2] += g.start[v + 1];
	for (size_t i = 0; i < n_edges; i++) {
		uint32_t at = g.start[edges[i].a + 1]++, back = g.start[edges[i].b + 1]++;

		g.target[at] = edges[i].b;
		g.target[back] = edges[i].a;
		g.weight[at] = g.weight[back] = edges[i].weight;
	}
	*ret = g;
	return true;
}

static void
shuffle(struct louvain *l, uint32_t n, uint32_t level)
{
	struct rng rng = rng_at(l->seed, LOUVAIN_STAGE, level, 0);

	for (uint32_t i = 0; i < n; i++)
		l->order[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = rng_below(&rng, i), v = l->order[i - 1];

		l->order[i - 1] = l->order[j];
		l->order[j] = v;
	}
}

/* Moves node v to where it gains most; equal gains go to the community met first. True when it moved. */
static bool
move(struct louvain *l, const struct level *g, uint32_t v, uint32_t *community)
{
	uint32_t old = community[v], best = old, found = 0;
	double gain, most;

	for (uint32_t i = g->start[v]; i < g->start[v + 1]; i++) {
		uint32_t c = community[g->target[i]];

		if (l->to[c] == 0)
			l->near[found++] = c;
		l->to[c] += g->weight[i];
	}
	l->sum[old] -= l->degree[v];
	most = l->to[old] - l->sum[old] * l->degree[v] / l->total;
	for (uint32_t k = 0; k < found; k++) {
		gain = l->to[l->near[k]] - l->sum[l->near[k]] * l->degree[v] / l->total;
		if (gain > most + GAIN_LEAST) {
			most = gain;
			best = l->near[k];
		}
		l->to[l->near[k]] = 0;
	}
	l->sum[best] += l->degree[v];
	community[v] = best;
	return best != old;
}

static bool
sweep(struct louvain *l, const struct level *g, uint32_t level, uint32_t *community)
{
	bool any = false, moved = true;

	for (uint32_t v = 0; v < g->n; v++) {
		l->degree[v] = 2 * g->inner[v];
		for (uint32_t i = g->start[v]; i < g->start[v + 1]; i++)
			l->degree[v] += g->weight[i];
		l->sum[v] = l->degree[v];
		community[v] = v;
	}
	shuffle(l, g->n, level);
	for (int round = 0; moved && round < SWEEPS_MOST; round++) {
		moved = false;
		for (uint32_t i = 0; i < g->n; i++)
			moved |= move(l, g, l->order[i], community);
		any |= moved;
	}
	return any;
}

/* Numbers communities by first member. */
static uint32_t
renumber(struct louvain *l, uint32_t n, uint32_t *community)
{
	uint32_t count = 0;

	for (uint32_t v = 0; v < n; v++)
		l->near[v] = BASELINE_NONE;
	for (uint32_t v = 0; v < n; v++) {
		uint32_t *number = &l->near[community[v]];

		if (*number == BASELINE_NONE)
			*number = count++;
		community[v] = *number;
	}
	return count;
}

/* The level above: an edge for each edge between two communities (parallel ones are not merged: their weights add up). */
static bool
aggregate(struct louvain *l, const struct level *g, const uint32_t *community, uint32_t count,
    struct level *ret)
{
	size_t n_edges = 0;
	struct louvain_edge *edges = arena_array_raw(l->arena, g->start[g->n] / 2, sizeof(*edges));
	double *inner = arena_array(l->arena, count, sizeof(*inner));

	if (edges == NULL || inner == NULL)
		return false;
	for (uint32_t v = 0; v < g->n; v++) {
		inner[community[v]] += g->inner[v];
		for (uint32_t i = g->start[v]; i < g->start[v + 1]; i++) {
			uint32_t a = community[v], b = community[g->target[i]];

			if (a == b && v < g->target[i])
				inner[a] += g->weight[i];
			else if (a < b)
				edges[n_edges++] = (struct louvain_edge){ a, b, g->weight[i] };
		}
	}
	if (!level_of_edges(count, edges, n_edges, l->arena, ret))
		return false;
	ret->inner = inner;
	return true;
}

static bool
room(struct louvain *l, uint32_t n)
{
	l->to = arena_array(l->arena, n, sizeof(*l->to));
	l->near = arena_array_raw(l->arena, n, sizeof(*l->near));
	l->degree = arena_array_raw(l->arena, n, sizeof(*l->degree));
	l->sum = arena_array_raw(l->arena, n, sizeof(*l->sum));
	l->order = arena_array_raw(l->arena, n, sizeof(*l->order));
	return l->to != NULL && l->near != NULL && l->degree != NULL && l->sum != NULL &&
	       l->order != NULL;
}

enum coord_err
louvain(uint32_t n, const struct louvain_edge *edges, size_t n_edges, uint64_t seed,
    struct arena *arena, uint32_t *ret_label, uint32_t *ret_count, struct coord_error *err)
{
	struct louvain l = { .arena = arena, .seed = seed };
	uint32_t *community = arena_array_raw(arena, n, sizeof(*community)), count = n;
	struct level g, up;

	if (community == NULL || !room(&l, n) || !level_of_edges(n, edges, n_edges, arena, &g))
		return baseline_full(err);
	for (size_t i = 0; i < n_edges; i++)
		l.total += 2 * edges[i].weight;
	for (uint32_t v = 0; v < n; v++)
		ret_label[v] = v;
	for (uint32_t level = 0; level < LEVELS_MOST && sweep(&l, &g, level, community); level++) {
		count = renumber(&l, g.n, community);
		for (uint32_t v = 0; v < n; v++)
			ret_label[v] = community[ret_label[v]];
		if (!aggregate(&l, &g, community, count, &up))
			return baseline_full(err);
		g = up;
	}
	for (size_t i = 0; i < n; i++)
		community[i] = BASELINE_NONE;
	for (size_t i = 0; i < n_edges; i++)
		community[edges[i].a] = community[edges[i].b] = 0;
	for (uint32_t v = 0; v < n; v++)
		if (community[v] == BASELINE_NONE)
			ret_label[v] = BASELINE_NONE;
	*ret_count = count;
	return COORD_OK;
}
