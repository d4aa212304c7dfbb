/* joint.h - pairs that no single layer could prove, proved by several together (private to detect/).
 *
 * Given strata, times, tokens and addresses of independent sources are independent of each other, so the product over
 * layers of (1 - l) + l e is an e-value when each e is one (Wang & Ramdas 2022; hedged, so that a layer that says nothing
 * costs little). Two sweepers that keep meeting (e = 1e6, where that layer's evidence ends) and sit in one /24
 * (e = 300) are tied; either alone is not, among half a million pairs. */
#ifndef COORD_DETECT_JOINT_H
#define COORD_DETECT_JOINT_H

#include "detect/graph/edges.h"

enum { JOINT_NODES_MOST = 20000 }; /* beyond it the weak pairs of all layers would not fit */

/** Pairs of weak lists (log_e >= joint_least, any layer not in `skip`) whose joint e-value passes e-BH at q over all pairs
 *  of nodes. Each edge's log10_e holds what its layers say, scaled to the joint sum. In scratch. */
MUST_CHECK enum coord_err joint_edges(const struct world *w, const struct pair_list *weak, double q,
    unsigned skip, struct arena *scratch, struct edge **ret, size_t *ret_n,
    struct coord_error *err);
extern const double joint_least; /* 1: e = 2.7 */

#endif
