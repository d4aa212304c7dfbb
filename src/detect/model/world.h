/* world.h - the batch as observed, or a null world of it: the same margins with all coordination destroyed
 * (methods.md section 11, W0).
 *   times      every visit takes the time of another visit of its stratum in the same fixed one-hour bin, so hour of day,
 *              shared bursts and outages stay; a bin without company is redrawn uniformly.
 *   tokens     curveball trades between nodes of a stratum: every node keeps its number of tokens, every token its number
 *              of nodes in every stratum.
 *   addresses  permuted among the nodes of a stratum.
 *   payloads   permuted likewise, among the nodes that brought any.
 *   artefacts  gone: an exclusive artefact on two sources is by definition not independent. */
#ifndef COORD_DETECT_WORLD_H
#define COORD_DETECT_WORLD_H

#include "detect/model/model.h"

struct world {
	const struct model *m;
	bool null;                          /* false: as observed */
	const int64_t *visit_us;            /* start time of each visit */
	const uint32_t *cell[LAYER_COUNT];  /* as layer_tokens.cell, same start[] */
	const uint32_t *token[LAYER_COUNT]; /* beside cell: the cell's token */
	const float
	    *ln_p[LAYER_COUNT]; /* beside cell: ln of the chance that this node carries the token */
	const uint32_t *node_source;  /* whose address the node has */
	const uint32_t *node_payload; /* whose payloads the node has */
};

enum { WORLD_HOUR_S = 3600, CURVEBALL_TRADES = 10 /* a node; Strona et al. 2014 mix well at 5 */ };

/** The observed batch: borrows the model's arrays; what has to be made is in `arena`. */
MUST_CHECK enum coord_err world_observed(
    const struct model *m, struct arena *arena, struct world *ret, struct coord_error *err);
/** What every null world needs and none changes: visits and nodes grouped by stratum. Built once a model. */
struct world_plan;
MUST_CHECK enum coord_err world_plan_new(
    const struct model *m, struct arena *arena, struct world_plan **ret, struct coord_error *err);
/** Null world number `index` (from 1), in scratch. Depends on (seed, index) alone. */
MUST_CHECK enum coord_err world_null(const struct world_plan *plan, uint64_t seed, uint32_t index,
    struct arena *scratch, struct world *ret, struct coord_error *err);

#endif
