/* weights.h - the model file: what each feature weighs, and the calibrator that turns a score into a probability
 * (private to detect/; methods.md section 11). `coord evaluate train` writes it, the program carries one, users may bring
 * their own. Its SHA-256 is part of every result.
 *
 * Two heads, for analyses with and without a reference background, since the same p-value means less without one. Each has
 *   coordinated   ridge logistic regression, weights >= 0: more evidence never lowers the score
 *   single_actor  logistic regression of one actor against several under one tasking, among the coordinated
 *   calibration   the scores and truths of held-out clusters, for inductive Venn-Abers (venn_abers.h) */
#ifndef COORD_DETECT_WEIGHTS_H
#define COORD_DETECT_WEIGHTS_H

#include "detect/detect.h"

enum { WEIGHTS_VERSION = 1, WEIGHTS_BYTES_MOST = 16 << 20, CALIBRATION_MOST = 200000 };

/** score = intercept + sum over features that are not missing of (present + weight x). */
struct weights_linear {
	double intercept;
	double weight[FEATURE_COUNT];
	double present[FEATURE_COUNT];
};

/** Clusters with one value of an isotonic fit. */
struct weights_block {
	uint32_t sum, n; /* true ones; all */
	uint32_t other;  /* the first of a block of `left`, the last of one of `right` */
};

struct weights_calibration {
	double *score; /* ascending */
	bool *truth;
	uint32_t n;
	/* made by venn_abers_prepare; left[i] is the last block of the fit of 0 .. i, right[i] the first of that of i .. n - 1 */
	struct weights_block *left, *right;
};

struct weights_head {
	struct weights_linear coordinated, single_actor;
	struct weights_calibration calibration;
	double base_rate; /* share of coordinated clusters in the calibration set, in (0, 1) */
};

struct detect_model {
	struct arena *arena;
	const char *name;
	bool trained; /* false: weights set by hand, results are not called calibrated */
	struct weights_head with_reference, without_reference;
	char hash[65];
};

#endif
