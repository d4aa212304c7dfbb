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

/** Cost O(n). n == 0: [0, 1]. COORD_ELIMIT: scratch full (rewound). */
MUST_CHECK enum coord_err venn_abers(const struct weights_calibration *calibration, double score,
    struct arena *scratch, struct venn_abers *ret);

#endif
