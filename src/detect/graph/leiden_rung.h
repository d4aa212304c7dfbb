/* leiden_rung.h - private to leiden.c and leiden_rung.c: the graph on one rung of the ladder, and the working memory. */
#ifndef COORD_DETECT_LEIDEN_RUNG_H
#define COORD_DETECT_LEIDEN_RUNG_H

#include "detect/graph/leiden.h"

#define LEIDEN_NONE UINT32_MAX

/** A graph on one rung. Weights inside a node (self loops) never matter for a move and are dropped. */
struct rung {
	uint32_t n;
	uint64_t *start;
	uint32_t *target;
	uint64_t *weight;
	uint32_t *size; /* original nodes in each node */
};

struct leiden {
	struct arena *scratch;
	uint64_t gamma; /* weight units a pair, GAMMA_BITS of fraction */
	double beta;    /* in units of the scaled gain */
	uint64_t seed;
	uint32_t replicate; /* counts rungs over all iterations: the address of random numbers */
	/* room for n entries each, n of the first rung */
	uint64_t *to;    /* weight from the node at hand to each community; 0 between uses */
	uint32_t *near;  /* communities with to[] > 0 */
	uint64_t *total; /* original nodes in each community */
	uint64_t *part_size;
	uint64_t *outside; /* refinement: weight from a part to the rest of its community */
	uint32_t *members; /* nodes of the rung in each community or part */
	uint32_t *order;
	uint32_t *queue;
	uint32_t *spare; /* communities without nodes, a stack; renumbering */
	double *chance;
	uint8_t *waiting;
};

/** The first rung: the nodes that have edges. `active[v]` becomes v's number there, or LEIDEN_NONE. */
MUST_CHECK enum coord_err rung_first(
    const struct leiden_graph *graph, struct arena *arena, uint32_t *active, struct rung *ret);
/** The graph whose nodes are the `count` parts of `g`. Uses to[] and order[]. */
MUST_CHECK enum coord_err rung_aggregate(
    struct leiden *l, const struct rung *g, const uint32_t *part, uint32_t count, struct rung *ret);

#endif
