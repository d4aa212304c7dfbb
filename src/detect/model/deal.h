/* deal.h - who may take whose profile in a null world (private to detect/): nodes and profiles of one stratum, or of one tool
 * of a stratum. Chances need 200 nodes of a kind (strata.c); an exchange needs no more than somebody to exchange with, so
 * it can go by the tool itself, which is what explains wordlist and script. */
#ifndef COORD_DETECT_DEAL_H
#define COORD_DETECT_DEAL_H

#include "detect/model/profiles.h"

struct dealing {
	uint32_t n;                       /* groups */
	uint32_t *nodes_from, *nodes;     /* groups + 1; nodes of the batch by group */
	uint32_t *foreign_from, *foreign; /* groups + 1; profiles of the reference by group */
	uint32_t *group;                  /* of each node */
	uint32_t own;                     /* profile of node 0: node i is profile own + i */
};

enum deal_by { DEAL_BY_STRATUM, DEAL_BY_TOOL };

MUST_CHECK enum coord_err dealing_build(const struct model *m, const struct profiles *profiles,
    enum deal_by by, struct arena *arena, struct dealing *ret, struct coord_error *err);
/** A profile for every node of every group, without replacement: those of the reference and the batch's own. The draws
 *  are (seed, stage, index, group). False: the arena is full. */
bool dealing_deal(const struct dealing *d, uint64_t seed, uint32_t stage, uint32_t index,
    struct arena *scratch, uint32_t *ret_profile);
/** How many of the nodes find nobody outside the set to exchange with. */
MUST_CHECK enum coord_err dealing_lacking(const struct dealing *d, const uint32_t *nodes,
    uint32_t n, struct arena *scratch, uint32_t *ret, struct coord_error *err);

#endif
