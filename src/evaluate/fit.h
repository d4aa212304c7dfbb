/* fit.h - fits the model file of the engine from labelled clusters (private to evaluate/; science/methods.md section 11).
 * Weights come from the development rows, the calibrator from the calibration rows, and no row is ever in both. */
#ifndef COORD_EVALUATE_FIT_H
#define COORD_EVALUATE_FIT_H

#include "detect/detect.h"

/** One tested cluster with its truth. */
struct fit_row {
	double features[FEATURE_COUNT]; /* as the engine reports them; NAN: missing */
	bool coordinated;
	int8_t
	    single_actor; /* 1: one actor; 0: several under one tasking; -1: no such truth (not coordinated) */
	double weight; /* > 0; 0 is read as 1 */
};

struct fit_rows {
	const struct fit_row *rows;
	size_t n;
};

/** The rows of one head: analyses with a reference, or without one. */
struct fit_head {
	struct fit_rows fit, calibrate;
};

struct fit_config {
	const char *name; /* of the model, as results show it */
	double ridge;     /* penalty on squared weights; 0: 1 */
	struct fit_head with_reference, without_reference;
};

/** Writes a model file (detect_model_parse reads it). Deterministic in the rows and their order.
 *  COORD_ENODATA: a head without rows of both kinds in either set, named in err; COORD_ENOMEM, COORD_ELIMIT. */
MUST_CHECK enum coord_err fit_model(
    const struct fit_config *config, struct buf *out, struct coord_error *err);

#endif
