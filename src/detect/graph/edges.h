/* edges.h - validated edges of a world: candidate pairs, e-values, e-BH (methods.md sections 7 and 8). */
#ifndef COORD_DETECT_EDGES_H
#define COORD_DETECT_EDGES_H

#include "detect/model/world.h"

/** The e-value of one pair in one layer; log_e is natural. Only pairs that e-BH could ever keep are listed. */
struct pair {
	uint32_t a, b; /* nodes, a < b */
	double log_e;
};

struct pair_list {
	struct pair *pairs;
	size_t n, cap;
	uint64_t tested; /* candidates looked at */
};

/** An edge that passed e-BH in at least one layer. */
struct edge {
	uint32_t a, b;
	float log10_e[EDGE_LAYERS]; /* 0 in layers where it did not pass */
};

struct edge_list {
	struct edge *edges; /* by (a, b) */
	size_t n;
	uint64_t possible, tested; /* pairs, summed over layers */
};

/** What edges_validate found: the validated pairs of each layer, and the weak ones that joint.h weighs together. */
struct edge_layers {
	const struct world *w;
	double q;
	struct pair *pairs[EDGE_LAYERS];
	size_t n[EDGE_LAYERS];
	struct pair_list weak[EDGE_LAYERS]; /* empty in very large worlds */
	uint64_t possible, tested;          /* pairs, summed over layers */
};

enum {
	EDGE_DF_ALL = 64,
	EDGE_DF_NEAR = 4096,
	EDGE_NEAR = 8,
	EDGE_PER_NODE = 15,
	EDGE_LOG10_MOST = 6
};

/** All edges of a world at level q, in scratch. `skip`: bit set of layers left out (leave-one-channel-out). */
MUST_CHECK enum coord_err edges_find(const struct world *w, double q, unsigned skip,
    struct arena *scratch, struct edge_list *ret, struct coord_error *err);
/** The two halves of edges_find, for whoever needs several joins: each layer's pairs are found and validated once, the layers
 *  side by side on so many threads. */
MUST_CHECK enum coord_err edges_validate(const struct world *w, double q, unsigned skip,
    unsigned threads, struct arena *scratch, struct edge_layers *ret, struct coord_error *err);
MUST_CHECK enum coord_err edges_join(const struct edge_layers *layers, unsigned skip,
    struct arena *scratch, struct edge_list *ret, struct coord_error *err);
/** ln e of one pair of nodes in a token layer, as used by the edges (any pair, no threshold). */
double edges_pair_log_e(const struct world *w, enum layer layer, uint32_t a, uint32_t b);
/** Time layer: pairs of nodes that keep meeting within a minute, with the Poisson e-value (timepairs.c). */
MUST_CHECK enum coord_err edges_time_pairs(const struct world *w, double least_log_e,
    struct arena *scratch, struct pair_list *ret, uint32_t *active, struct coord_error *err);
/** Appends to a list, growing it in scratch. */
MUST_CHECK enum coord_err pair_list_add(
    struct pair_list *list, struct pair p, struct arena *scratch, struct coord_error *err);

#endif
