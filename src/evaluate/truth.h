/* truth.h - who belongs together in a batch (private to evaluate/). The unit is the source address: a source is of the
 * campaign that any of its sessions is of, else of none. */
#ifndef COORD_EVALUATE_TRUTH_H
#define COORD_EVALUATE_TRUTH_H

#include "generate/generate.h"

struct truth {
	struct addr *sources; /* all of the batch, ascending, distinct */
	uint32_t *campaign;   /* of each source: 0 none, else 1 .. n_campaigns */
	uint32_t n;
	uint32_t n_campaigns;
	uint32_t *sizes; /* sources of each campaign, [0] those of none */
	enum generate_truth
	    *verdicts; /* TRUTH_CAMPAIGN or TRUTH_SINGLE_ACTOR of each campaign, [0] unused */
	double
	    pure; /* a cluster is right when this share of it is of one campaign: 0.5; HN10 0.75, since its two
			campaigns must not be joined */
};

/** From the generator's labels, for the rows of `table` (which may be fewer). *ret lives in the arena. */
MUST_CHECK enum coord_err truth_of_labels(const struct session_table *table,
    const struct generate_labels *labels, struct arena *arena, struct truth *ret,
    struct coord_error *err);
/** The distinct sources of a table, ascending. */
MUST_CHECK enum coord_err truth_sources(const struct session_table *table, struct arena *arena,
    struct addr **ret, uint32_t *ret_n, struct coord_error *err);
/** Row of an address, or UINT32_MAX. */
uint32_t truth_find(const struct truth *truth, struct addr source);
/** Fills sizes from campaign; truth->n_campaigns must be set. */
MUST_CHECK enum coord_err truth_count(
    struct truth *truth, struct arena *arena, struct coord_error *err);

#endif
