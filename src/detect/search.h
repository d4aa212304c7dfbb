/* search.h - what the whole pipeline finds in a null world, and what that makes of a batch's clusters (private to
 * detect/; methods.md section 11). */
#ifndef COORD_DETECT_SEARCH_H
#define COORD_DETECT_SEARCH_H

#include "detect/graph/clusters.h"
#include "reference/reference.h"

/** e-BH level of the edges when nothing else is asked for. */
#define SEARCH_FDR 0.01

/** The best cluster score of every size class in one world; -1: it holds no such cluster. */
struct search_best {
	double by_class[SIZE_CLASSES];
};
_Static_assert((int)SIZE_CLASSES == (int)NULL_TABLE_CLASSES &&
		   sizeof(struct search_best) == sizeof(struct null_table_row),
    "a row of a null table is what was found in a world");

/** Pairs, edges, communities: everything that was done to the batch. */
MUST_CHECK enum coord_err search_world(const struct world *w, double fdr, uint64_t seed,
    struct arena *scratch, struct search_best *ret);

/** A cluster of the batch to be compared with the worlds. */
struct search_found {
	double score;
	unsigned class;
	bool searched; /* false: formed around an artefact, not searched for */
};

/** p of every cluster: (1 + worlds whose best cluster, of any class and in the measure of its class, stands out as much)
 *  / (worlds + 1). The maximum over clusters and classes pays for every cluster that was looked at (Westfall & Young
 *  1993, single step): the chance that any cluster of a null batch has p <= a is at most a. */
MUST_CHECK enum coord_err search_p_values(const struct search_best *worlds, uint32_t n_worlds,
    const struct search_found *found, uint32_t n, struct arena *scratch, double *ret);

/** Worlds that hold any cluster. */
uint32_t search_any(const struct search_best *worlds, uint32_t n);

#endif
