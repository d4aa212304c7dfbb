/* curveball.h - the step of all nulls with fixed margins: two holders pool what only one of them has and deal it out
 * again (Strona et al. 2014). Every holder keeps its number of things, every thing its number of holders, and which things
 * go together is chance. */
#ifndef COORD_BASE_CURVEBALL_H
#define COORD_BASE_CURVEBALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"

/** One trade between two ascending lists without repeats, which stay so. `pool` and `give` are scratch with room for
 *  n_a + n_b entries each. */
void curveball_trade(uint32_t *a, uint32_t n_a, uint32_t *b, uint32_t n_b, uint32_t *pool,
    bool *give, struct rng *rng);

#endif
