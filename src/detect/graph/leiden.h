/* leiden.h - communities of a weighted graph: Leiden with the Constant Potts Model.
 * Method  Traag, Waltman & van Eck, "From Louvain to Leiden: guaranteeing well-connected communities", Scientific
 *         Reports 9:5233, 2019: fast local moving with a queue, randomised refinement (beta 0.01), aggregation.
 * Quality sum over communities of (weight inside - gamma * pairs inside): a community is worth having when its mean
 *         weight a pair exceeds gamma, whatever the size of the graph (no resolution limit).
 * Exact   weights are integers and gamma becomes a fixed-point number, so every comparison is exact and the result is
 *         the same bits on every machine; random numbers come by address (base/rng.h).
 * Threads pure; any number of calls at once, a scratch arena each. */
#ifndef COORD_DETECT_LEIDEN_H
#define COORD_DETECT_LEIDEN_H

#include "base/base.h"

/** Undirected, compressed rows. Each edge stands in the rows of both ends with the same weight; no self loops; rows
 *  sorted by target, no target twice; weight > 0. */
struct leiden_graph {
	uint32_t n;
	const uint64_t *start; /* n + 1; may be NULL when n is 0 */
	const uint32_t *target;
	const uint32_t *weight; /* quantised: `weight_scale` units are 1.0 */
};

enum { LEIDEN_ITERATIONS = 10 };

/** Finds communities. `gamma` >= 0 is the weight a pair must reach, in units of 1.0 = `weight_scale` (> 0, 1024 by
 *  convention). Iterates until nothing changes or `most_iterations` (0: LEIDEN_ITERATIONS) are done. `scratch` is
 *  rewound. ret_community[n] gets 0.. numbered by first member, *ret_count how many; every community is connected.
 *  COORD_EINVALID: gamma or weight_scale out of range (negative, not finite, gamma * weight_scale >= 2^32).
 *  COORD_ELIMIT: scratch is full. Nothing is written on failure.
 *  Cost about O(edges) an iteration; nodes without edges cost O(1) each. Memory about 45 bytes an edge entry. */
MUST_CHECK enum coord_err leiden_run(const struct leiden_graph *graph, double gamma,
    double weight_scale, uint64_t seed, unsigned most_iterations, struct arena *scratch,
    uint32_t *ret_community, uint32_t *ret_count);

/** The quality of a partition in units of 1.0: communities are any numbers below n. NaN when scratch is full. */
double leiden_quality(const struct leiden_graph *graph, double gamma, double weight_scale,
    const uint32_t *community, struct arena *scratch);

#endif
