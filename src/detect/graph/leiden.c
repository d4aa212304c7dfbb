/* leiden.c - Leiden on compressed rows.
 * One iteration walks up a ladder of graphs. On each rung nodes move to the neighbouring community that gains most
 * (move_nodes), then every community is rebuilt from single nodes by random merges that stay inside it (refine_nodes);
 * the rebuilt parts are the nodes of the next rung, which starts from the communities found. Because parts are never
 * split again but communities can lose parts, badly connected communities do not survive. Nodes without edges are
 * left out from the start: null worlds call this hundreds of times on nearly empty graphs. */
#include "detect/graph/leiden_rung.h"

#include <math.h>

__extension__ typedef __int128 wide;

enum { GAMMA_BITS = 24 }; /* of fraction in the fixed-point gamma */
enum { STAGE_MOVE = 0x4c4d4f56, STAGE_REFINE = 0x4c524546 };
#define BETA 0.01

/* Gain of joining: weight gained minus gamma for each pair joined, both with GAMMA_BITS of fraction. */
static wide
gain_of(const struct leiden *l, uint64_t weight, uint64_t size_a, uint64_t size_b)
{
	return ((wide)weight << GAMMA_BITS) - (wide)l->gamma * (wide)(size_a * size_b);
}

static void
shuffle(uint32_t *order, uint32_t n, struct rng rng)
{
	for (uint32_t i = 0; i < n; i++)
		order[i] = i;
	for (uint32_t i = n; i > 1; i--) {
		uint32_t j = rng_below(&rng, i);
		uint32_t kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
}

/* Numbers the labels 0.. by first member. `map` holds one entry for each possible label. Returns how many. */
static uint32_t
renumber(uint32_t *label, uint32_t n, uint32_t *map, uint32_t labels)
{
	uint32_t count = 0;

	memset(map, 0xff, labels * sizeof(*map));
	for (uint32_t v = 0; v < n; v++) {
		if (map[label[v]] == LEIDEN_NONE)
			map[label[v]] = count++;
		label[v] = map[label[v]];
	}
	return count;
}

/* Sums the weights from v to each community around it into to[] and lists them in near[]. */
static uint32_t
look_around(struct leiden *l, const struct rung *g, uint32_t v, const uint32_t *community)
{
	uint32_t n_near = 0;

	for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++) {
		uint32_t c = community[g->target[e]];

		if (l->to[c] == 0)
			l->near[n_near++] = c;
		l->to[c] += g->weight[e];
	}
	return n_near;
}

/* Where v gains most; it stays on a tie, else the lowest community wins. LEIDEN_NONE: alone is best. */
static uint32_t
best_community(
    const struct leiden *l, const struct rung *g, uint32_t v, uint32_t own, uint32_t n_near)
{
	uint32_t best = own;
	wide most = gain_of(l, l->to[own], g->size[v], l->total[own]);

	if (most < 0) {
		best = LEIDEN_NONE;
		most = 0;
	}
	for (uint32_t i = 0; i < n_near; i++) {
		uint32_t c = l->near[i];
		wide gain = gain_of(l, l->to[c], g->size[v], l->total[c]);

		if (gain > most || (gain == most && best != own && c < best)) {
			best = c;
			most = gain;
		}
	}
	return best;
}

/* The communities as they stand: sizes, members, and the stack of empty ones. Returns how many are empty. */
static uint32_t
move_begin(struct leiden *l, const struct rung *g, const uint32_t *community)
{
	uint32_t n_spare = 0;

	memset(l->total, 0, g->n * sizeof(*l->total));
	memset(l->members, 0, g->n * sizeof(*l->members));
	for (uint32_t v = 0; v < g->n; v++) {
		l->total[community[v]] += g->size[v];
		l->members[community[v]]++;
		l->waiting[v] = 1;
	}
	for (uint32_t c = g->n; c-- > 0;) {
		if (l->members[c] == 0)
			l->spare[n_spare++] = c;
	}
	shuffle(l->queue, g->n, rng_at(l->seed, STAGE_MOVE, l->replicate, 0));
	return n_spare;
}

/* Puts the neighbours of v outside its new community back into the queue: their best choice may have changed. */
static void
queue_around(struct leiden *l, const struct rung *g, uint32_t v, const uint32_t *community,
    uint32_t head, uint32_t *waiting)
{
	for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++) {
		uint32_t u = g->target[e];

		if (l->waiting[u] || community[u] == community[v])
			continue;
		l->queue[((uint64_t)head + *waiting) % g->n] = u;
		(*waiting)++;
		l->waiting[u] = 1;
	}
}

/* Local moving until no node gains: only nodes whose surroundings changed are looked at again. */
static void
move_nodes(struct leiden *l, const struct rung *g, uint32_t *community)
{
	uint32_t head = 0, waiting = g->n;
	uint32_t n_spare = move_begin(l, g, community);

	while (waiting > 0) {
		uint32_t v = l->queue[head];
		uint32_t own = community[v];
		uint32_t n_near = look_around(l, g, v, community);
		uint32_t best;

		head = head + 1 == g->n ? 0 : head + 1;
		waiting--;
		l->waiting[v] = 0;
		l->total[own] -= g->size[v];
		best = best_community(l, g, v, own, n_near);
		for (uint32_t i = 0; i < n_near; i++)
			l->to[l->near[i]] = 0;
		if (best == LEIDEN_NONE)
			best = l->members[own] == 1 ? own : l->spare[--n_spare];
		l->total[best] += g->size[v];
		if (best == own)
			continue;
		if (--l->members[own] == 0)
			l->spare[n_spare++] = own;
		l->members[best]++;
		community[v] = best;
		queue_around(l, g, v, community, head, &waiting);
	}
}

/* exp(x) for x <= 0 from plain arithmetic only: libm's last bit differs between machines. */
static double
exp_plain(double x)
{
	double sum = 1.0, term = 1.0, r;
	int k;

	if (x < -700.0)
		return 0.0;
	k = (int)(x * 1.4426950408889634 - 0.5);
	r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
	for (int i = 1; i <= 16; i++) {
		term *= r / i;
		sum += term;
	}
	return ldexp(sum, k);
}

/* Draws one of `n` choices with the weights in chance[], or n for staying alone, which weighs `alone`. */
static uint32_t
draw_choice(struct leiden *l, uint32_t v, uint32_t n, double alone)
{
	struct rng rng = rng_at(l->seed, STAGE_REFINE, l->replicate, v);
	double sum = alone, point;
	uint32_t i;

	for (i = 0; i < n; i++)
		sum += l->chance[i];
	point = rng_uniform(&rng) * sum;
	for (i = 0; i < n && point >= l->chance[i]; i++)
		point -= l->chance[i];
	return i;
}

/* Picks the part that the single node v joins: probability in proportion to exp(gain / beta), staying alone gains 0.
 * A part that is badly connected to the rest of its community (of size `all`) cannot be joined. */
static uint32_t
draw_part(struct leiden *l, const struct rung *g, uint32_t v, uint32_t n_near, uint64_t all)
{
	uint32_t *choice = l->queue; /* free during refinement */
	uint32_t n = 0, picked;
	wide most = 0;

	for (uint32_t i = 0; i < n_near; i++) {
		uint32_t part = l->near[i];
		uint64_t size = l->part_size[part];
		wide gain = gain_of(l, l->to[part], g->size[v], size);

		if (gain < 0 || gain_of(l, l->outside[part], size, all - size) < 0)
			continue;
		most = gain > most ? gain : most;
		choice[n++] = part;
	}
	/* Relative to the largest gain, so that nothing overflows. */
	for (uint32_t i = 0; i < n; i++) {
		uint32_t part = choice[i];
		wide gain = gain_of(l, l->to[part], g->size[v], l->part_size[part]);

		l->chance[i] = exp_plain((double)(gain - most) / l->beta);
	}
	picked = n == 0 ? n : draw_choice(l, v, n, exp_plain(-(double)most / l->beta));
	return picked == n ? v : choice[picked];
}

/* Like look_around, for parts and only within v's own community. */
static uint32_t
look_inside(struct leiden *l, const struct rung *g, uint32_t v, const uint32_t *community,
    const uint32_t *part)
{
	uint32_t n_near = 0;

	for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++) {
		uint32_t u = g->target[e];

		if (community[u] != community[v])
			continue;
		if (l->to[part[u]] == 0)
			l->near[n_near++] = part[u];
		l->to[part[u]] += g->weight[e];
	}
	return n_near;
}

/* Every node a part of its own, with its weight to the rest of its community. */
static void
refine_begin(struct leiden *l, const struct rung *g, const uint32_t *community, uint32_t *part)
{
	memset(l->total, 0, g->n * sizeof(*l->total));
	for (uint32_t v = 0; v < g->n; v++) {
		uint64_t inside = 0;

		for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++)
			inside += community[g->target[e]] == community[v] ? g->weight[e] : 0;
		l->total[community[v]] += g->size[v];
		l->outside[v] = inside;
		l->part_size[v] = g->size[v];
		l->members[v] = 1;
		part[v] = v;
	}
	shuffle(l->order, g->n, rng_at(l->seed, STAGE_REFINE, l->replicate, LEIDEN_NONE));
}

/* Rebuilds each community from single nodes: a node that is still alone and well connected may join a part. */
static void
refine_nodes(struct leiden *l, const struct rung *g, const uint32_t *community, uint32_t *part)
{
	refine_begin(l, g, community, part);
	for (uint32_t i = 0; i < g->n; i++) {
		uint32_t v = l->order[i];
		uint64_t all = l->total[community[v]];
		uint32_t n_near, picked;

		if (l->members[v] != 1 || part[v] != v || l->outside[v] == 0)
			continue;
		if (gain_of(l, l->outside[v], g->size[v], all - g->size[v]) < 0)
			continue;
		n_near = look_inside(l, g, v, community, part);
		picked = draw_part(l, g, v, n_near, all);
		if (picked != v) {
			l->outside[picked] += l->outside[v] - 2 * l->to[picked];
			l->part_size[picked] += g->size[v];
			l->members[picked]++;
			l->members[v] = 0;
			part[v] = picked;
		}
		for (uint32_t k = 0; k < n_near; k++)
			l->to[l->near[k]] = 0;
	}
}

/* One iteration up the ladder, from the partition in `label` (numbers below base->n) to a better one. */
static enum coord_err
iterate(struct leiden *l, const struct rung *base, uint32_t *label)
{
	struct rung g = *base;
	uint32_t *node_of = ARENA_ARRAY_RAW(l->scratch, base->n, uint32_t);
	uint32_t *community = ARENA_ARRAY_RAW(l->scratch, base->n, uint32_t);
	uint32_t *part = ARENA_ARRAY_RAW(l->scratch, base->n, uint32_t);

	if (node_of == NULL || community == NULL || part == NULL)
		return COORD_ELIMIT;
	memcpy(community, label, base->n * sizeof(*label));
	for (uint32_t v = 0; v < base->n; v++)
		node_of[v] = v;
	for (;;) {
		uint32_t count, parts;
		struct rung next;

		move_nodes(l, &g, community);
		count = renumber(community, g.n, l->spare, g.n);
		l->replicate++;
		if (count == g.n)
			break;
		refine_nodes(l, &g, community, part);
		parts = renumber(part, g.n, l->spare, g.n);
		if (parts == g.n) { /* nothing merged: go up by the communities themselves */
			memcpy(part, community, g.n * sizeof(*part));
			parts = count;
		}
		TRY(rung_aggregate(l, &g, part, parts, &next));
		for (uint32_t v = 0; v < g.n; v++)
			l->queue[part[v]] = community[v];
		memcpy(community, l->queue, parts * sizeof(*community));
		for (uint32_t v = 0; v < base->n; v++)
			node_of[v] = part[node_of[v]];
		g = next;
	}
	for (uint32_t v = 0; v < base->n; v++)
		label[v] = community[node_of[v]];
	renumber(label, base->n, l->spare, base->n);
	return COORD_OK;
}

/* Cuts every community into its connected pieces. With gamma > 0 that never lowers the quality. */
static void
split_disconnected(struct leiden *l, const struct rung *g, uint32_t *label)
{
	uint32_t *piece = l->order, *stack = l->queue;
	uint32_t pieces = 0;

	memset(piece, 0xff, g->n * sizeof(*piece));
	for (uint32_t v = 0; v < g->n; v++) {
		uint32_t depth = 0;

		if (piece[v] != LEIDEN_NONE)
			continue;
		piece[v] = pieces;
		stack[depth++] = v;
		while (depth > 0) {
			uint32_t w = stack[--depth];

			for (uint64_t e = g->start[w]; e < g->start[w + 1]; e++) {
				uint32_t u = g->target[e];

				if (piece[u] != LEIDEN_NONE || label[u] != label[w])
					continue;
				piece[u] = pieces;
				stack[depth++] = u;
			}
		}
		pieces++;
	}
	memcpy(label, piece, g->n * sizeof(*label));
}

static enum coord_err
leiden_init(struct leiden *l, uint32_t n)
{
	struct arena *a = l->scratch;

	l->to = ARENA_ARRAY(a, n, uint64_t);
	l->near = ARENA_ARRAY_RAW(a, n, uint32_t);
	l->total = ARENA_ARRAY_RAW(a, n, uint64_t);
	l->part_size = ARENA_ARRAY_RAW(a, n, uint64_t);
	l->outside = ARENA_ARRAY_RAW(a, n, uint64_t);
	l->members = ARENA_ARRAY_RAW(a, n, uint32_t);
	l->order = ARENA_ARRAY_RAW(a, n, uint32_t);
	l->queue = ARENA_ARRAY_RAW(a, n, uint32_t);
	l->spare = ARENA_ARRAY_RAW(a, n, uint32_t);
	l->chance = ARENA_ARRAY_RAW(a, n, double);
	l->waiting = ARENA_ARRAY_RAW(a, n, uint8_t);
	if (l->to == NULL || l->near == NULL || l->total == NULL || l->part_size == NULL ||
	    l->outside == NULL || l->members == NULL || l->order == NULL || l->queue == NULL ||
	    l->spare == NULL || l->chance == NULL || l->waiting == NULL)
		return COORD_ELIMIT;
	return COORD_OK;
}

/* Iterates until the partition stands still. */
static enum coord_err
leiden_work(struct leiden *l, const struct rung *g, unsigned most_iterations, uint32_t *label)
{
	uint32_t *before = ARENA_ARRAY_RAW(l->scratch, g->n, uint32_t);

	if (before == NULL)
		return COORD_ELIMIT;
	TRY(leiden_init(l, g->n));
	for (uint32_t v = 0; v < g->n; v++)
		label[v] = v;
	for (unsigned i = 0; i < most_iterations; i++) {
		struct arena_mark mark = arena_mark(l->scratch);

		memcpy(before, label, g->n * sizeof(*label));
		TRY(iterate(l, g, label));
		arena_rewind(l->scratch, mark);
		if (memcmp(before, label, g->n * sizeof(*label)) == 0)
			break;
	}
	split_disconnected(l, g, label);
	return COORD_OK;
}

/* Nodes without edges are alone; all are numbered by first member. */
static uint32_t
write_communities(const struct leiden_graph *graph, const uint32_t *active, const uint32_t *label,
    uint32_t *map, uint32_t *ret)
{
	uint32_t count = 0;

	for (uint32_t v = 0; v < graph->n; v++) {
		if (active[v] == LEIDEN_NONE) {
			ret[v] = count++;
			continue;
		}
		if (map[label[active[v]]] == LEIDEN_NONE)
			map[label[active[v]]] = count++;
		ret[v] = map[label[active[v]]];
	}
	return count;
}

static enum coord_err
leiden_scratched(struct leiden *l, const struct leiden_graph *graph, unsigned most_iterations,
    uint32_t *ret_community, uint32_t *ret_count)
{
	uint32_t *active = ARENA_ARRAY_RAW(l->scratch, graph->n, uint32_t);
	uint32_t *label, *map;
	struct rung g;

	if (active == NULL)
		return COORD_ELIMIT;
	TRY(rung_first(graph, l->scratch, active, &g));
	label = ARENA_ARRAY_RAW(l->scratch, g.n, uint32_t);
	map = ARENA_ARRAY_RAW(l->scratch, g.n, uint32_t);
	if (label == NULL || map == NULL)
		return COORD_ELIMIT;
	if (g.n > 0)
		TRY(leiden_work(l, &g, most_iterations, label));
	memset(map, 0xff, g.n * sizeof(*map));
	*ret_count = write_communities(graph, active, label, map, ret_community);
	return COORD_OK;
}

static bool
scale_is_valid(double gamma, double weight_scale)
{
	return isfinite(gamma) && isfinite(weight_scale) && gamma >= 0.0 && weight_scale > 0.0 &&
	       gamma * weight_scale < 0x1p32;
}

enum coord_err
leiden_run(const struct leiden_graph *graph, double gamma, double weight_scale, uint64_t seed,
    unsigned most_iterations, struct arena *scratch, uint32_t *ret_community, uint32_t *ret_count)
{
	struct leiden l = { .scratch = scratch, .seed = seed };
	struct arena_mark mark;
	enum coord_err rc;

	if (!scale_is_valid(gamma, weight_scale))
		return COORD_EINVALID;
	if (graph->n == 0) {
		*ret_count = 0;
		return COORD_OK;
	}
	l.gamma = (uint64_t)(gamma * weight_scale * (double)(1 << GAMMA_BITS) + 0.5);
	l.beta = BETA * weight_scale * (double)(1 << GAMMA_BITS);
	mark = arena_mark(scratch);
	rc = leiden_scratched(&l, graph, most_iterations == 0 ? LEIDEN_ITERATIONS : most_iterations,
	    ret_community, ret_count);
	arena_rewind(scratch, mark);
	return rc;
}

double
leiden_quality(const struct leiden_graph *graph, double gamma, double weight_scale,
    const uint32_t *community, struct arena *scratch)
{
	struct arena_mark mark = arena_mark(scratch);
	uint64_t *size = ARENA_ARRAY(scratch, graph->n, uint64_t);
	uint64_t inside = 0; /* twice: every edge stands in two rows */
	double pairs = 0.0;

	if (size == NULL)
		return NAN;
	for (uint32_t v = 0; v < graph->n; v++) {
		/* the k-th member of a community brings k - 1 pairs: whole numbers, exact to 2^53 */
		pairs += (double)size[community[v]]++;
		for (uint64_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
			if (community[graph->target[e]] == community[v])
				inside += graph->weight[e];
		}
	}
	arena_rewind(scratch, mark);
	return (double)inside / 2.0 / weight_scale - gamma * pairs;
}
