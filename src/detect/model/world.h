/* world.h - the batch as observed, or a null world of it: the same margins with all coordination destroyed
 * (methods.md section 11, W0).
 *   times      every visit takes the time of another visit of its stratum in the same fixed one-hour bin, so hour of day,
 *              shared bursts and outages stay; a bin without company is redrawn uniformly.
 *   tokens     with a reference, every node takes all that one node of its stratum carried (profiles.h), dealt without
 *              replacement from the reference's and the batch's: which node came when is chance, and what independent
 *              actors copy stays whole. Without one, curveball trades between nodes of a stratum: every node keeps its
 *              number of tokens, every token its number of nodes in every stratum.
 *   addresses  permuted among the nodes of a stratum.
 *   payloads   permuted likewise, among the nodes that brought any.
 *   artefacts  gone: an exclusive artefact on two sources is by definition not independent. */
#ifndef COORD_DETECT_WORLD_H
#define COORD_DETECT_WORLD_H

#include "detect/model/model.h"

struct world {
	const struct model
	    *m;    /* a null world's own, when its nodes carry other numbers of tokens */
	bool null; /* false: as observed */
	const int64_t *visit_us;            /* start time of each visit */
	const uint32_t *token[LAYER_COUNT]; /* ascending within a node; rows by m->layers[].start */
	const float
	    *ln_p[LAYER_COUNT];       /* beside token: ln of the chance that this node carries it */
	const uint32_t *node_source;  /* whose address the node has */
	const uint32_t *node_payload; /* whose payloads the node has */
};

enum { WORLD_HOUR_S = 3600, CURVEBALL_TRADES = 10 /* a node; Strona et al. 2014 mix well at 5 */ };

/** The observed batch: borrows the model's arrays; what has to be made is in `arena`. */
MUST_CHECK enum coord_err world_observed(
    const struct model *m, struct arena *arena, struct world *ret, struct coord_error *err);
/** What every null world needs and none changes: visits and nodes grouped by stratum. Built once a model. */
struct world_plan;
MUST_CHECK enum coord_err world_plan_new(const struct model *m, const struct reference *ref,
    struct arena *arena, struct world_plan **ret, struct coord_error *err);
/** Null world number `index` (from 1), in scratch: for finding clusters in. Depends on (seed, index) alone. */
MUST_CHECK enum coord_err world_null(const struct world_plan *plan, uint64_t seed, uint32_t index,
    struct arena *scratch, struct world *ret, struct coord_error *err);
/** The same world with other tokens: for the statistic of a set of nodes. Where `null` traded single tokens, nodes of a
 *  stratum exchange whole profiles instead, which keeps all copying among independent actors. (For finding clusters
 *  that would be no null: the clusters would only change their names.) */
MUST_CHECK enum coord_err world_null_sets(const struct world_plan *plan, uint64_t seed,
    uint32_t index, const struct world *null, struct arena *scratch, struct world *ret,
    struct coord_error *err);

/** What the tokens of null worlds were made from, as a set of nodes meets it. */
enum world_source { WORLD_REFERENCE, WORLD_EXCHANGED, WORLD_TRADED };
enum world_source world_search_source(const struct world_plan *plan);
/** For the statistic of a set: a set that is half of a stratum cannot be compared with its rest; it has to take the
 *  world of traded tokens (world_null). */
enum world_source world_set_source(
    const struct world_plan *plan, const uint32_t *nodes, uint32_t n);

#endif
