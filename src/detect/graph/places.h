/* places.h - in which networks the nodes of a world live, and how common each network is (private to detect/).
 * The measure is the attackers' population, never the address space (bad neighbourhoods: Moura et al.): the reference's
 * sources where there is a reference, else the batch's other nodes. */
#ifndef COORD_DETECT_PLACES_H
#define COORD_DETECT_PLACES_H

#include "detect/model/world.h"

enum { PLACES = 2 /* /24 and /16; IPv6 /64 and /48 */ };

struct places {
	const struct world *w;
	uint64_t *network[PLACES];        /* by node */
	struct sort_pair *sorted[PLACES]; /* (network, node) */
	const struct addr *population;    /* the reference's sources, ascending; NULL: none */
	size_t n_population;
};

MUST_CHECK enum coord_err places_find(
    const struct world *w, struct arena *scratch, struct places *ret, struct coord_error *err);
/** The rows of a network in sorted[level]: [*ret_from, *ret_to). */
void places_range(
    const struct places *p, unsigned level, uint64_t network, uint32_t *ret_from, uint32_t *ret_to);
/** Sources of the reference in the network of a node; 0 without a reference. */
size_t places_known(const struct places *p, unsigned level, uint32_t node);

#endif
