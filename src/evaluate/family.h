/* family.h - family shift: how groups are judged by a model that has seen none of their kind (private to evaluate/;
 * science/evaluation.md section 3). Difficulties of one structure are one family, and so are a botnet and its variants. */
#ifndef COORD_EVALUATE_FAMILY_H
#define COORD_EVALUATE_FAMILY_H

#include "evaluate/fit.h"
#include "evaluate/suite.h"

/** The rows of a split, with a reference, and the cell of each. */
struct family_rows {
	struct fit_row *rows;
	uint32_t *cell;
	size_t n;
};

/** Leaves each family of the suite out in turn: weights from the other families' development rows, calibrator from their
 *  calibration rows; then judges its calibration rows. Appends the tables in Markdown. COORD_ENOMEM; fit_model's. */
MUST_CHECK enum coord_err family_shift(const struct suite *suite, const struct family_rows *dev,
    const struct family_rows *calibration, struct buf *out, struct coord_error *err);

#endif
