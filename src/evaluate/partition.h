/* partition.h - groups of sources against the truth (private to evaluate/).
 * Two partitions of the same sources, by number: 0 stands for "in no group", and such sources are each alone. Pure; NaN
 * where a measure is undefined (no pair was claimed, no campaign was there). */
#ifndef COORD_EVALUATE_PARTITION_H
#define COORD_EVALUATE_PARTITION_H

#include "evaluate/grouping.h"
#include "evaluate/truth.h"

/** Which clusters of a grouping count. */
enum partition_rule {
	PARTITION_REPORTED, /* called coordinated */
	PARTITION_SURE,     /* called coordinated at 0.9 or more */
	PARTITION_ALL,      /* found, whatever was said of them */
};
bool partition_counts(const struct grouping_cluster *cluster, enum partition_rule rule);

/** The cluster of every source of the truth: 0 none, else 1 + its index in the grouping. A source in several is in that of the
 *  highest confidence, the earlier of equals. `ret` holds truth->n. */
void partition_of(const struct grouping *grouping, const struct truth *truth,
    enum partition_rule rule, uint32_t *ret);

struct partition_pairs {
	double precision, recall,
	    f1;               /* means over campaigns: each counts the same, whatever its size */
	double precision_all; /* of all pairs claimed, those of one campaign */
};
/** Pairs of sources. A campaign's recall is the share of its pairs in one cluster; its precision, of the claimed pairs that touch it,
 *  the share within it; its F1 is 0 when no pair of it was claimed. NaN without campaigns. */
MUST_CHECK enum coord_err partition_pairs(const struct truth *truth, const uint32_t *cluster,
    struct arena *scratch, struct partition_pairs *ret, struct coord_error *err);

struct partition_bcubed {
	double precision, recall, f1;
};
/** B-cubed (Bagga & Baldwin 1998) without the pair of a source with itself: precision over sources in clusters of two or
 *  more, recall over sources of campaigns. */
MUST_CHECK enum coord_err partition_bcubed(const struct truth *truth, const uint32_t *cluster,
    struct arena *scratch, struct partition_bcubed *ret, struct coord_error *err);

/** Adjusted Rand index (Hubert & Arabie 1985) and adjusted mutual information (Vinh et al. 2010, arithmetic mean) of the
 *  two partitions, sources without group each alone. Both 1 when the partitions are equal. */
struct partition_agreement {
	double ari, ami;
};
MUST_CHECK enum coord_err partition_agreement(const struct truth *truth, const uint32_t *cluster,
    struct arena *scratch, struct partition_agreement *ret, struct coord_error *err);

/** How well one cluster matches: `pure`, the largest share of it that is of one campaign; `jaccard` with that campaign. */
struct partition_match {
	uint32_t campaign; /* of the largest share; 0: no member is of any */
	double pure, jaccard;
};
MUST_CHECK enum coord_err partition_match(const struct truth *truth,
    const struct grouping_cluster *cluster, struct arena *scratch, struct partition_match *ret,
    struct coord_error *err);

#endif
