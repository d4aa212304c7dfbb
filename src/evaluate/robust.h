/* robust.h - does the answer stay when it has to? (private to evaluate/; science/evaluation.md section 3, engineering) */
#ifndef COORD_EVALUATE_ROBUST_H
#define COORD_EVALUATE_ROBUST_H

#include "evaluate/batch.h"

/** What changed in the confidence of the best cluster of a planted campaign. NaN: it was not found. */
struct robust {
	bool repeats; /* the same result on one thread, on two, and from rows in reversed order */
	double confidence;
	double with_noise;    /* ten times the background beside it: change */
	double with_artefact; /* one exclusive key left by all members: change */
};

/** Runs the checks on one batch of a planted cell. */
MUST_CHECK enum coord_err robust_check(const struct suite *suite, const struct cell *cell,
    uint32_t number, const struct references *references, uint32_t worlds, struct robust *ret,
    struct coord_error *err);

#endif
