/* venn_abers.h - inductive Venn-Abers prediction: a score becomes an interval of probabilities that is calibrated
 * whenever test and calibration clusters are exchangeable (Vovk & Petej 2014, "Venn-Abers predictors", algorithm IVAP):
 * isotonic regression of the truths on the scores, once with the new score labelled 0, once labelled 1. */
#ifndef COORD_DETECT_VENN_ABERS_H
#define COORD_DETECT_VENN_ABERS_H

#include "detect/judge/weights.h"

struct venn_abers {
	double low, high; /* p0 <= p1 */
	double p;         /* p1 / (1 - p0 + p1): the one number of least regret (log loss) */
};

/** Fits the scores below each score and those above it, once for all predictions (Vovk, Petej & Fedorova 2015, "Large-scale
 *  probabilistic predictors", do it by convex hulls). Cost O(n). The blocks are the arena's. COORD_ELIMIT: it is full. */
MUST_CHECK enum coord_err venn_abers_prepare(struct weights_calibration *c, struct arena *arena);

/** `calibration` is prepared. Cost O(log n) and the blocks that the new score joins. n == 0: [0, 1]. */
struct venn_abers venn_abers(const struct weights_calibration *calibration, double score);

#endif
