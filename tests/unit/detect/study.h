/* study.h - a table taken as far as its model and observed world, for the tests of detect/. */
#ifndef COORD_TESTS_DETECT_STUDY_H
#define COORD_TESTS_DETECT_STUDY_H

#include "batch.h"
#include "detect/model/world.h"

struct study {
	struct session_table table;
	struct arena *arena;
	struct model m;
	struct world observed;
	struct world_plan *plan;
};

/** Finishes the batch and builds everything; fails the test on any error. `ref` may be NULL. */
void study_begin(struct study *study, struct batch *batch, const struct reference *ref);
/** The same with naive nulls and no reference. */
void study_begin_naive(struct study *study, struct batch *batch);
void study_end(struct study *study);
/** The node of a source and service, UINT32_MAX when there is none (the first one of several). */
uint32_t study_node(const struct study *study, uint32_t ip, enum session_service service);

/** A reference snapshot of a table, written to a temporary file and opened: reference_close it. */
struct reference *study_reference(const struct session_table *table);

#endif
