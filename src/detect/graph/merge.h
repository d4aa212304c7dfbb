/* merge.h - clusters that belong together, and nodes that belong to a cluster (private to detect/).
 *
 * Edges join nodes that are alike one by one. A campaign with divided labour has parts that are not: its loaders know what
 * its brute forcers found, its sweepers sit side by side but take turns. So clusters are compared as units, each with the
 * tokens that a fifth of its nodes carry and the networks it lives in, and with single nodes outside of all clusters:
 *   content  the pair e-value of edges.c on the units' tokens, popularity counted outside of both units
 *   place    a betting e-value: 1/q when a unit lies in the other's /24 or /16 (IPv6 /64, /48), q = share of the
 *            attackers' population there (places.h); half the stake on each
 * Both are e-values under independence given strata, and content and place are independent of each other, so the product of
 * (1 + e) / 2 is one. e-BH over all pairs of clusters (at a tenth of the level: a wrong join hides two campaigns), and over all pairs of a cluster and an outside node, decides. */
#ifndef COORD_DETECT_MERGE_H
#define COORD_DETECT_MERGE_H

#include "detect/graph/clusters.h"

/** Merges and extends the clusters of `list` in place, at level q; merged ones keep the highest score and the lowest
 *  stability of their parts, and the carriers of all. `skip`: layers left out, as in edges_find. */
MUST_CHECK enum coord_err merge_clusters(const struct world *w, double q, unsigned skip,
    struct arena *scratch, struct cluster_list *list, struct coord_error *err);

#endif
