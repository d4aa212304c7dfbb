/* leiden_rung.c - building the graphs that Leiden climbs: the first from the caller's rows, each next one by merging the
 * nodes of a part and summing their edges. */
#include "detect/graph/leiden_rung.h"

#include <assert.h>

/* Nodes by part, in order: order[] holds them, first[] (count + 1) where each part begins. */
static void
group_nodes(
    struct leiden *l, const struct rung *g, const uint32_t *part, uint32_t count, uint32_t *first)
{
	memset(first, 0, (count + 1) * sizeof(*first));
	for (uint32_t v = 0; v < g->n; v++)
		first[part[v] + 1]++;
	for (uint32_t p = 0; p < count; p++)
		first[p + 1] += first[p];
	for (uint32_t v = 0; v < g->n; v++)
		l->order[first[part[v]]++] = v;
	for (uint32_t p = count; p > 0; p--)
		first[p] = first[p - 1];
	first[0] = 0;
}

static enum coord_err
rung_new(struct arena *arena, uint32_t n, uint64_t arcs, struct rung *ret)
{
	*ret = (struct rung){ .n = n,
		.start = ARENA_ARRAY_RAW(arena, (size_t)n + 1, uint64_t),
		.target = ARENA_ARRAY_RAW(arena, arcs, uint32_t),
		.weight = ARENA_ARRAY_RAW(arena, arcs, uint64_t),
		.size = ARENA_ARRAY_RAW(arena, n, uint32_t) };
	if (ret->start == NULL || ret->target == NULL || ret->weight == NULL || ret->size == NULL)
		return COORD_ELIMIT;
	return COORD_OK;
}

enum coord_err
rung_aggregate(
    struct leiden *l, const struct rung *g, const uint32_t *part, uint32_t count, struct rung *ret)
{
	uint32_t *first = ARENA_ARRAY_RAW(l->scratch, (size_t)count + 1, uint32_t);
	uint64_t arcs = 0, at = 0;

	if (first == NULL)
		return COORD_ELIMIT;
	for (uint32_t v = 0; v < g->n; v++) {
		for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++)
			arcs += part[g->target[e]] != part[v];
	}
	TRY(rung_new(l->scratch, count, arcs, ret));
	group_nodes(l, g, part, count, first);
	for (uint32_t p = 0; p < count; p++) {
		uint64_t from = at;
		uint32_t size = 0;

		ret->start[p] = at;
		for (uint32_t i = first[p]; i < first[p + 1]; i++) {
			uint32_t v = l->order[i];

			size += g->size[v];
			for (uint64_t e = g->start[v]; e < g->start[v + 1]; e++) {
				uint32_t q = part[g->target[e]];

				if (q == p)
					continue;
				if (l->to[q] == 0)
					ret->target[at++] = q;
				l->to[q] += g->weight[e];
			}
		}
		for (uint64_t e = from; e < at; e++) {
			ret->weight[e] = l->to[ret->target[e]];
			l->to[ret->target[e]] = 0;
		}
		ret->size[p] = size;
	}
	ret->start[count] = at;
	return COORD_OK;
}

enum coord_err
rung_first(
    const struct leiden_graph *graph, struct arena *arena, uint32_t *active, struct rung *ret)
{
	uint32_t n = 0;
	uint64_t at = 0;

	for (uint32_t v = 0; v < graph->n; v++)
		active[v] = graph->start[v + 1] > graph->start[v] ? n++ : LEIDEN_NONE;
	TRY(rung_new(arena, n, graph->start[graph->n], ret));
	for (uint32_t v = 0; v < graph->n; v++) {
		if (active[v] == LEIDEN_NONE)
			continue;
		ret->start[active[v]] = at;
		ret->size[active[v]] = 1;
		for (uint64_t e = graph->start[v]; e < graph->start[v + 1]; e++) {
			assert(graph->target[e] < graph->n && graph->target[e] != v);
			assert(graph->weight[e] > 0);
			ret->target[at] = active[graph->target[e]];
			ret->weight[at++] = graph->weight[e];
		}
	}
	ret->start[n] = at;
	return COORD_OK;
}
