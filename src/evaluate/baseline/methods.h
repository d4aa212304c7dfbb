/* methods.h - private to baseline/: the entry points of the methods, for the table in baselines.c. */
#ifndef COORD_EVALUATE_BASELINE_METHODS_H
#define COORD_EVALUATE_BASELINE_METHODS_H

#include "evaluate/baseline/baseline.h"

#define BASELINE_RUN(name)                                                              \
	enum coord_err baseline_##name(const struct session_table *table, double point, \
	    uint64_t seed, struct arena *arena, struct grouping *ret, struct coord_error *err)

BASELINE_RUN(constant);
BASELINE_RUN(base_rate);
BASELINE_RUN(window_5);
BASELINE_RUN(window_30);
BASELINE_RUN(points);
BASELINE_RUN(points_ttp);
BASELINE_RUN(dbscan_text);
BASELINE_RUN(dbscan_numeric);
BASELINE_RUN(hdbscan);
BASELINE_RUN(minhash);
BASELINE_RUN(coshare);
BASELINE_RUN(timebins);
BASELINE_RUN(bicm);
BASELINE_RUN(embedding);
BASELINE_RUN(exact);

#endif
