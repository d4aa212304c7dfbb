/* louvain.h - private to baseline/: communities of greatest modularity, for the methods whose authors use them. */
#ifndef COORD_EVALUATE_BASELINE_LOUVAIN_H
#define COORD_EVALUATE_BASELINE_LOUVAIN_H

#include "evaluate/baseline/sources.h"

/** Undirected edges, a < b, each once, weight > 0. */
struct louvain_edge {
	uint32_t a, b;
	double weight;
};

/** Blondel et al. 2008. Nodes are visited in an order drawn from `seed`, on which the result may depend. ret_label[n]: 0 ..
 *  *ret_count - 1 by first member; nodes without edges are BASELINE_NONE. COORD_ELIMIT: the arena is full. */
MUST_CHECK enum coord_err louvain(uint32_t n, const struct louvain_edge *edges, size_t n_edges,
    uint64_t seed, struct arena *arena, uint32_t *ret_label, uint32_t *ret_count,
    struct coord_error *err);

#endif
