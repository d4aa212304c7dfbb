/* features.h - what the model weighs about a cluster (private to detect/; methods.md section 11).
 * A channel's feature is min(-log10 p, 6) with p adjusted for the clusters searched beside this one; the artefact's is
 * log10 of its stated Bayes factor. Missing is NAN and adds nothing: abstained, excluded by the analyst, left out by a
 * counterfactual, or defining (the cluster exists only through it, so it counts through the null worlds alone). */
#ifndef COORD_DETECT_FEATURES_H
#define COORD_DETECT_FEATURES_H

#include "detect/evaluate.h"

/** Fills FEATURE_COUNT features from the cluster's evidence, or a changed copy of it; `without`: bit set of channels. */
void features_of(const struct evaluation *ev, const struct tested *t,
    const struct detect_evidence *evidence, uint32_t without, double *ret);
/** The p-value of a channel after adjustment for the search; NAN: it does not count. */
double features_p(
    const struct tested *t, const struct detect_evidence *evidence, enum detect_channel c);

#endif
