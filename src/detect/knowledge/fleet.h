/* fleet.h - are most of a group's sources one known scanner's? (private to detect/) */
#ifndef COORD_DETECT_FLEET_H
#define COORD_DETECT_FLEET_H

#include "detect/knowledge/knowledge.h"
#include "detect/model/model.h"

struct fleet {
	const char *
	    organisation; /* NULL: most sources are no known scanner's; valid as long as the knowledge */
	uint32_t sources, of;           /* how many of the group's */
	uint32_t by[FLEET_MATCH_COUNT]; /* of them, by the strongest match of each */
	bool
	    claimed; /* fewer than half of the group by address: the rest is what they say of themselves */
};

/** `nodes`: n of the model's. Cost linear in their sessions. `asn_of` may be NULL. */
MUST_CHECK enum coord_err fleet_of(const struct model *m, const uint32_t *nodes, uint32_t n,
    uint32_t (*asn_of)(void *context, struct addr a), void *asn_context, struct fleet *ret,
    struct coord_error *err);
/** "8 of 9 sources are Censys: 7 by published network, 1 by its own user agent." in the arena; NULL: full. */
const char *fleet_text_of(const struct fleet *fleet, struct arena *arena);

#endif
