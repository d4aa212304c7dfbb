/* evaluate.h - every cluster under every channel and under the whole-pipeline null (private to detect/). */
#ifndef COORD_DETECT_EVALUATE_H
#define COORD_DETECT_EVALUATE_H

#include "detect/channel/channel.h"
#include "detect/judge/score.h"

struct backdrop;

/** A cluster with all that was found out about it. */
struct tested {
	struct cluster cluster;
	uint64_t seed; /* from its members */
	struct {
		const uint32_t *
		    nodes; /* what the channel is evaluated on; NULL: the cluster vanishes without it */
		uint32_t n;
	} on[CHANNEL_COUNT];
	enum world_source source[CHANNEL_COUNT]; /* which null its statistic is compared with */
	bool formed_by_content;
	uint32_t visits;
	double p_world, p_world_adjusted;
	double selection
	    [CHANNEL_COUNT]; /* factor on a channel's p for the clusters searched beside this one
					    (Benjamini-Hochberg over them); 0 and 1: none */
	struct detect_evidence evidence[CHANNEL_COUNT];
	struct score score;
};

struct evaluation {
	const struct model *m;
	const struct reference *ref;
	const struct detect_config *config; /* resolved: no zeros left */
	const struct detect_model *weights;
	struct world observed;
	struct world_plan *plan;
	struct tested *tested;
	uint32_t n_tested;
	uint32_t worlds, worlds_with_cluster;
	uint32_t
	    table_worlds; /* of the null table that p_world comes from; 0: the batch's own worlds */
	uint64_t table_nodes[2]; /* its sizes below and above the batch */
	uint64_t seed;
	const struct backdrop *backdrop; /* explanation.h; NULL: each explanation makes its own */
	struct arena *arena;
};

/** Runs the null worlds (p_world and the statistic channels), then the test channels, then the score. */
MUST_CHECK enum coord_err evaluate_all(struct evaluation *ev, struct coord_error *err);
/** The token layers of the channels that are left out. */
unsigned evaluate_layers_left_out(const struct detect_config *config);
/** How many null worlds a batch of this size gets: all of them up to 5,000 nodes, fewer beyond (methods.md section 11). */
uint32_t evaluate_worlds(uint32_t asked, uint32_t nodes);

#endif
