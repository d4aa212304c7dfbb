/* members.h - a campaign seen source by source: how often, when, where and at which services each member came. */
#ifndef COORD_REPORT_MEMBERS_H
#define COORD_REPORT_MEMBERS_H

#include "detect/detect.h"

struct member {
	struct addr source;
	uint32_t sessions;
	int64_t first_us, last_us;
	uint32_t services; /* bit s: enum session_service s was seen */
	uint32_t asn;      /* of the first session that has one; 0: unknown */
	uint32_t country;  /* string id, likewise */
	uint32_t *sensors; /* indices into the campaign's sensors, ascending */
	uint32_t n_sensors;
};

/** One entry a source of the campaign, in its order (ascending). Sessions whose source the campaign does not list are
 *  left out. NULL: no memory. Lives in `arena`. Cost O(sessions * log sessions). */
struct member *members_of(
    const struct session_table *table, const struct detect_campaign *campaign, struct arena *arena);
/** The entry of `source` among members that ascend; n: none. */
uint32_t members_find(const struct member *members, uint32_t n, struct addr source);

#endif
