/* sources.h - private to baseline/: the distinct sources of a batch, and groups of them as a grouping. */
#ifndef COORD_EVALUATE_BASELINE_SOURCES_H
#define COORD_EVALUATE_BASELINE_SOURCES_H

#include "evaluate/grouping.h"

/* The smallest group that is reported, where the method itself has no say: pairs would be so many chance finds held
 * against the baselines. */
enum { BASELINE_GROUP_LEAST = 3 };
#define BASELINE_NONE UINT32_MAX

struct baseline_sources {
	struct addr *addr; /* ascending, distinct; the unknown address is none of them */
	uint32_t n;
	uint32_t *of_row; /* by row of the table; BASELINE_NONE: source unknown */
};

/** One source in one group; the same may stand there several times. */
struct baseline_member {
	uint32_t group, source;
};

/** A list of members that grows in an arena. */
struct baseline_members {
	struct arena *arena;
	struct baseline_member *list;
	size_t n, cap;
	bool full; /* the arena has no more room: what was added since is lost */
};

MUST_CHECK enum coord_err baseline_sources_of(const struct session_table *table,
    struct arena *arena, struct baseline_sources *ret, struct coord_error *err);
/** COORD_ELIMIT with the text that every baseline gives when its arena is full. */
enum coord_err baseline_full(struct coord_error *err);
/** COORD_ELIMIT when `n` things are more than a method of quadratic cost is run on. */
MUST_CHECK enum coord_err baseline_quadratic(uint64_t n, struct coord_error *err);

void baseline_members_add(struct baseline_members *members, uint32_t group, uint32_t source);
/** Members from one label a source (BASELINE_NONE: in no group). */
MUST_CHECK enum coord_err baseline_members_of(const uint32_t *label, uint32_t n,
    struct arena *arena, struct baseline_members *ret, struct coord_error *err);
/** Sorts by group, then source, each once. */
void baseline_members_distinct(struct baseline_members *members);
/** Makes the grouping: groups of fewer than `least` distinct sources are left out, those below `cut` in confidence are
 *  kept with verdict INSUFFICIENT. `confidence` by group. The list is sorted in place. */
MUST_CHECK enum coord_err baseline_group(const struct baseline_sources *sources,
    struct baseline_members *members, uint32_t n_groups, const double *confidence, double cut,
    uint32_t least, struct grouping *ret, struct coord_error *err);

/** Disjoint sets: parent[i] == i at first. */
uint32_t *baseline_sets_new(struct arena *arena, uint32_t n);
uint32_t baseline_sets_find(uint32_t *parent, uint32_t i);
/** The smaller number becomes the root. True when they were two sets. */
bool baseline_sets_join(uint32_t *parent, uint32_t i, uint32_t j);

#endif
