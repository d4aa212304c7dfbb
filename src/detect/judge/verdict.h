/* verdict.h - four ways to end (methods.md section 12), and the power check behind "coincidental" (private). */
#ifndef COORD_DETECT_VERDICT_H
#define COORD_DETECT_VERDICT_H

#include "detect/evaluate.h"

struct judgement {
	enum detect_verdict verdict;
	const char *qualifier; /* or NULL */
	const char *reason;    /* one sentence, in the arena */
};

/** Judges one tested cluster with a given score (the cluster's own, or a counterfactual one). */
MUST_CHECK enum coord_err verdict_of(const struct evaluation *ev, const struct tested *t,
    const struct score *score, struct judgement *ret, struct coord_error *err);
/** Chance that a campaign of `nodes` nodes that acts together in 30 % of its visits, spread over half a minute, would
 *  have been significant at 0.01 in the synchrony test among these nodes' own visits. */
double verdict_power(const struct evaluation *ev, const uint32_t *nodes, uint32_t n);
/** The same for a typical campaign hidden in the batch: five of its nodes with the median number of visits. */
double verdict_batch_power(const struct evaluation *ev);

#endif
