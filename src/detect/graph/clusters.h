/* clusters.h - communities of nodes: candidates for being a campaign (methods.md section 9). */
#ifndef COORD_DETECT_CLUSTERS_H
#define COORD_DETECT_CLUSTERS_H

#include "detect/graph/edges.h"

enum { CLUSTER_NODES_LEAST = 3, CLUSTER_ARTEFACT_LEAST = 2, SIZE_CLASSES = 12 };

struct cluster {
	uint32_t *nodes; /* ascending */
	uint32_t n;
	double score; /* sum of log10 e over its validated edges, a node: what p_world compares */
	double
	    stability; /* smallest best Jaccard at the two other resolutions; 1 for artefact groups */
	uint32_t
	    *carriers; /* artefact groups: nodes that carry one of its artefacts; NULL otherwise */
	uint32_t n_carriers;
};

struct cluster_list {
	struct cluster *all;
	uint32_t n;
};

/** Clusters of one world from its edges, in scratch; those that belong together are merged at level q (merge.h), without
 *  the layers of `skip`. An observed world's exclusive artefacts form groups of their own:
 *  carriers belong together whatever else they share; communities with half their members among the carriers join.
 *  Every cluster has at least three sources, or two that share an artefact. Deterministic in (world, edges, seed). */
MUST_CHECK enum coord_err clusters_find(const struct world *w, const struct edge_list *edges,
    bool artefacts, double q, unsigned skip, uint64_t seed, struct arena *scratch,
    struct cluster_list *ret, struct coord_error *err);
/** 3-4, 5-8, 9-16 ... : worlds are compared within a size class. */
unsigned clusters_size_class(uint32_t nodes);
/** |a and b| / |a or b| of two ascending lists. */
double clusters_jaccard(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b);
/** Distinct sources among nodes (addresses as the world has them). `seen` and `stamp` as scratch: seen[n_sources]. */
uint32_t clusters_sources(
    const struct world *w, const uint32_t *nodes, uint32_t n, uint32_t *seen, uint32_t stamp);

#endif
