/* truth_support.h - a truth and groupings written as rows of numbers. */
#ifndef COORD_TEST_TRUTH_SUPPORT_H
#define COORD_TEST_TRUTH_SUPPORT_H

#include "evaluate/partition.h"

#define assert_close(expected, got, within) assert_true(fabs((expected) - (got)) <= (within))

/* Source i has the address 198.18.0.i and the campaign campaigns[i]. */
static inline struct truth
truth_from(struct arena *arena, const uint32_t *campaigns, uint32_t n)
{
	struct truth truth = { .n = n, .pure = 0.5 };

	truth.sources = ARENA_ARRAY(arena, n, struct addr);
	truth.campaign = ARENA_ARRAY(arena, n, uint32_t);
	for (uint32_t i = 0; i < n; i++) {
		truth.sources[i] = addr_from_v4(0xc6120000U + i);
		truth.campaign[i] = campaigns[i];
		if (campaigns[i] > truth.n_campaigns)
			truth.n_campaigns = campaigns[i];
	}
	truth.verdicts = ARENA_ARRAY(arena, truth.n_campaigns + 1, enum generate_truth);
	for (uint32_t k = 1; k <= truth.n_campaigns; k++)
		truth.verdicts[k] = TRUTH_CAMPAIGN;
	if (truth_count(&truth, arena, NULL) != COORD_OK)
		truth.n = 0;
	return truth;
}

/* A cluster of the sources first .. first + n - 1. */
static inline struct grouping_cluster
cluster_of(const struct truth *truth, uint32_t first, uint32_t n, double confidence,
    enum detect_verdict verdict)
{
	return (struct grouping_cluster){ .sources = &truth->sources[first],
		.n = n,
		.confidence = confidence,
		.verdict = verdict };
}

#endif
