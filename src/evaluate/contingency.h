/* contingency.h - how many sources each cluster shares with each campaign: what every comparison of two partitions is
 * computed from (private to evaluate/). */
#ifndef COORD_EVALUATE_CONTINGENCY_H
#define COORD_EVALUATE_CONTINGENCY_H

#include "evaluate/truth.h"

struct contingency_cell {
	uint32_t cluster, campaign, n;
};

struct contingency {
	struct contingency_cell *cells; /* those that are not empty, by cluster, then campaign */
	uint32_t n_cells;
	uint32_t *clusters; /* sizes; [0] those in none */
	uint32_t n_clusters;
};

/** Cost O(n log n). Lives in the arena. */
MUST_CHECK enum coord_err contingency_of(const struct truth *truth, const uint32_t *cluster,
    struct arena *arena, struct contingency *ret, struct coord_error *err);

#endif
