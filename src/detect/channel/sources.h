/* sources.h - the null of place: as many sources drawn from the attackers' population (private to detect/).
 *
 * The population of a stratum is its distinct sources in the batch, the set's own among them, and the reference's. Malicious
 * hosts concentrate in few networks anyway (Moura et al.), so it is the null, never the address space (methods.md section
 * 10 I). A draw takes as many of each stratum as the set has there, without replacement. */
#ifndef COORD_DETECT_CHANNEL_SOURCES_H
#define COORD_DETECT_CHANNEL_SOURCES_H

#include "detect/channel/channel.h"

struct source_range {
	uint32_t from, to, needed; /* in sources.addr */
};

struct sources {
	struct addr *addr;
	uint32_t *source; /* of the model; UINT32_MAX: the reference's */
	struct source_range *strata;
	uint32_t n_all, n_strata;
	uint32_t *set; /* the set's own, as numbers in addr */
	uint32_t n;
	uint64_t draw_work; /* steps that a draw takes, roughly */
};

/** `skip` (NULL allowed), by source of the model: left out. `with_reference`: the reference's sources belong to it. */
MUST_CHECK enum coord_err sources_plan(const struct channel_input *in, const bool *skip,
    bool with_reference, struct arena *scratch, struct sources *ret, struct coord_error *err);
/** Fills ret[n] with draw number `index`, as numbers in addr. Depends on (seed, index) alone. */
void sources_draw(const struct sources *s, uint64_t seed, uint32_t index, uint32_t *ret);
/** How many draws are worth their time when the statistic takes `work` steps beside the draw. */
uint32_t sources_affordable(const struct sources *s, uint64_t work, uint32_t most);

#define SOURCES_NULL_NAME "sources drawn from the same strata"
#define SOURCES_NULL_MEANING "as many addresses drawn from all attackers with the same tool"

#endif
