/* world.h - the batch as observed, or a null world of it: the same margins with all coordination destroyed
 * (methods.md section 11, W0).
 *   times      every visit takes the time of another visit of its stratum in the same fixed one-hour bin, so hour of day,
 *              shared bursts and outages stay; a bin without company is redrawn uniformly, and so are the visits of nodes
 *              that world_plan_scatter names, which are nobody's background.
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
/** From now on the visits of the nodes marked in `meeting` (one flag a node; not kept) take any time of their hour, and lend
 *  theirs to nobody: of nodes that keep meeting each other beyond doubt, whose rhythm would else be that of the null. */
MUST_CHECK enum coord_err world_plan_scatter(
    struct world_plan *plan, const bool *meeting, struct arena *arena, struct coord_error *err);
/** Null world number `index` (from 1), in scratch: for finding clusters in. Depends on (seed, index) alone. */
MUST_CHECK enum coord_err world_null(const struct world_plan *plan, uint64_t seed, uint32_t index,
    struct arena *scratch, struct world *ret, struct coord_error *err);
/** Where the tokens come from that a set of nodes is compared with. */
enum world_source {
	WORLD_AS_SEARCHED, /* the world that clusters are looked for in */
	WORLD_BY_TOOL,     /* whole nodes exchanged within a tool of a stratum */
	WORLD_BY_STRATUM,  /* within a stratum */
	WORLD_SOURCES
};
/** The same world with other tokens: for the statistic of a set of nodes that was found without them. Tokens go together
 *  as they did, so all copying among independent actors stays. (Without a reference this would be no null for finding
 *  clusters: they would only change their names.) */
MUST_CHECK enum coord_err world_null_sets(const struct world_plan *plan, enum world_source source,
    uint64_t seed, uint32_t index, const struct world *null, struct arena *scratch,
    struct world *ret, struct coord_error *err);
/** Whether a reference's nodes take part: then `search` deals them within strata, else it trades single tokens. */
bool world_pooled(const struct world_plan *plan);
/** The finest exchange that a set allows: at most one of LACKING_ONE_OF nodes may find nobody outside the set. */
MUST_CHECK enum coord_err world_set_source(const struct world_plan *plan, const uint32_t *nodes,
    uint32_t n, struct arena *scratch, enum world_source *ret, struct coord_error *err);
enum { LACKING_ONE_OF = 4 };

#endif
