/* baseline.h - the methods that others use, implemented to be compared with (evaluation only; science/evaluation.md
 * section 5). One file a baseline and one row in baselines.c. No baseline is ever part of an answer of the engine. */
#ifndef COORD_EVALUATE_BASELINE_H
#define COORD_EVALUATE_BASELINE_H

#include "evaluate/grouping.h"

/** One method with its thresholds fixed, as one row of every table ("B4 MinHash 0.55"). */
struct baseline {
	const char *id;     /* "B1a": as in evaluation.md, a letter for variants */
	const char *title;  /* "three sources in five minutes" */
	const char *source; /* whose method it is, and where its description was read */
	/** Groups the sources of one batch. Pure and deterministic; *ret lives in `arena`. Methods that draw random numbers
	 *  take them from `seed`. COORD_ELIMIT: the batch is beyond what the method can do (quadratic memory): reported as such. */
	enum coord_err (*run)(const struct session_table *table, uint64_t seed, struct arena *arena,
	    struct grouping *ret, struct coord_error *err);
};

extern const struct baseline baselines[];
extern const size_t n_baselines;

#endif
