/* baseline.h - the methods that others use, implemented to be compared with (evaluation only; science/evaluation.md
 * section 5). One file a baseline and one row in baselines.c. No baseline is ever part of an answer of the engine.
 *
 * Each method has one number that its users turn (a similarity, a share of edges, a window): `points` are the values to
 * try on the development split, points[published] is the one its authors give. Most give no probability: their clusters'
 * `confidence` then only ranks (mean similarity inside, share of edges present ...), good for AUROC and AUPRC; what the
 * method reports is what carries verdict CAMPAIGN, at any confidence. */
#ifndef COORD_EVALUATE_BASELINE_H
#define COORD_EVALUATE_BASELINE_H

#include "evaluate/grouping.h"

/** One method, as one row of every table ("B4 MinHash"). */
struct baseline {
	const char *id;     /* "B1a": as in evaluation.md, a letter for variants */
	const char *title;  /* "three sources in five minutes" */
	const char *source; /* whose method it is, and where its description was read */
	const char *
	    parameter; /* "jaccard", "eps" ...: what the points are; NULL: nothing to tune, one point */
	const double *points; /* ascending */
	uint8_t n_points, published;
	bool seeded; /* the grouping depends on `seed`: run with several, report the spread */
	/** Groups the sources of one batch at one point. Pure and deterministic; *ret lives in `arena`, which also serves
	 *  as scratch. Methods that draw random numbers take them from `seed`. COORD_ELIMIT: the batch is beyond what the
	 *  method can do (quadratic memory), or the arena is full: reported as such. COORD_OK with no cluster: nothing found.
	 *  COORD_EINVALID: point out of range. */
	enum coord_err (*run)(const struct session_table *table, double point, uint64_t seed,
	    struct arena *arena, struct grouping *ret, struct coord_error *err);
};

extern const struct baseline baselines[];
extern const size_t n_baselines;

#endif
