/* test_partition.c - pairs, B-cubed, ARI, AMI and matches against numbers worked out by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evaluate/contingency.h"
#include "truth_support.h"

static const double tight = 1e-12;

static void
pairs_of_a_split_campaign(void **state)
{
	/* campaign 1: six sources, of which four in cluster 1 with two strangers; campaign 2: two, missed */
	static const uint32_t campaigns[] = { 1, 1, 1, 1, 1, 1, 2, 2, 0, 0 };
	static const uint32_t clusters[] = { 1, 1, 1, 1, 0, 0, 0, 0, 1, 1 };
	struct arena *arena = arena_new(0);
	struct truth truth = truth_from(arena, campaigns, 10);
	struct partition_pairs got;

	(void)state;
	assert_int_equal(COORD_OK, partition_pairs(&truth, clusters, arena, &got, NULL));
	/* joined 6 of 15; claimed with a member: 15 - 1 */
	assert_close(6.0 / 14, got.precision, tight);
	assert_close((6.0 / 15 + 0) / 2, got.recall, tight);
	assert_close((2 * (6.0 / 14) * 0.4 / (6.0 / 14 + 0.4) + 0) / 2, got.f1, tight);
	assert_close(6.0 / 15, got.precision_all, tight);
	arena_free(arena);
}

static void
nothing_there_is_undefined_and_nothing_claimed_is_zero(void **state)
{
	static const uint32_t none[] = { 0, 0, 0 }, some[] = { 1, 1, 0 };
	struct arena *arena = arena_new(0);
	struct truth null = truth_from(arena, none, 3), planted = truth_from(arena, some, 3);
	struct partition_pairs got;
	struct partition_bcubed bcubed;

	(void)state;
	assert_int_equal(COORD_OK, partition_pairs(&null, some, arena, &got, NULL));
	assert_true(isnan(got.f1) && isnan(got.recall));
	assert_close(0, got.precision_all, tight);
	assert_int_equal(COORD_OK, partition_pairs(&planted, none, arena, &got, NULL));
	assert_close(0, got.f1, tight);
	assert_true(isnan(got.precision) && isnan(got.precision_all));
	assert_int_equal(COORD_OK, partition_bcubed(&planted, none, arena, &bcubed, NULL));
	assert_close(0, bcubed.f1, tight);
	arena_free(arena);
}

static void
bcubed_leaves_out_the_source_itself(void **state)
{
	static const uint32_t campaigns[] = { 1, 1, 1, 0 }, clusters[] = { 1, 1, 2, 2 };
	struct arena *arena = arena_new(0);
	struct truth truth = truth_from(arena, campaigns, 4);
	struct partition_bcubed got;

	(void)state;
	assert_int_equal(COORD_OK, partition_bcubed(&truth, clusters, arena, &got, NULL));
	assert_close((1 + 1 + 0 + 0) / 4.0, got.precision, tight);
	assert_close((0.5 + 0.5 + 0) / 3.0, got.recall, tight);
	arena_free(arena);
}

static void
agreement_is_one_for_equal_and_nothing_for_chance(void **state)
{
	/* the second pair of partitions: worked out from the definitions with exact binomials, in Python */
	static const uint32_t same[] = { 1, 1, 1, 2, 2, 0, 0 };
	static const uint32_t a[] = { 1, 1, 1, 2, 2, 2, 3, 3 }, b[] = { 1, 1, 2, 2, 3, 3, 3, 3 };
	struct arena *arena = arena_new(0);
	struct truth truth = truth_from(arena, same, 7), other = truth_from(arena, a, 8);
	struct partition_agreement got;

	(void)state;
	assert_int_equal(COORD_OK, partition_agreement(&truth, same, arena, &got, NULL));
	assert_close(1, got.ari, tight);
	assert_close(1, got.ami, tight);
	for (uint32_t n = 2; n < 400; n += 37) {
		uint32_t *alone = ARENA_ARRAY(arena, n, uint32_t);
		struct truth nobody = truth_from(arena, alone, n);

		assert_int_equal(COORD_OK, partition_agreement(&nobody, alone, arena, &got, NULL));
		assert_close(1, got.ami, 0);
	}
	assert_int_equal(COORD_OK, partition_agreement(&other, b, arena, &got, NULL));
	assert_close(0.181818181818, got.ari, 1e-9);
	assert_close(0.274541649737, got.ami, 1e-9);
	arena_free(arena);
}

static void
a_source_in_two_clusters_is_in_the_surer_one(void **state)
{
	static const uint32_t campaigns[] = { 1, 1, 1, 0 };
	struct arena *arena = arena_new(0);
	struct truth truth = truth_from(arena, campaigns, 4);
	struct grouping_cluster clusters[] = {
		cluster_of(&truth, 0, 3, 0.91, VERDICT_CAMPAIGN),
		cluster_of(&truth, 2, 2, 0.95, VERDICT_SINGLE_ACTOR),
		cluster_of(&truth, 0, 4, 0.99, VERDICT_INSUFFICIENT),
	};
	struct grouping grouping = { .clusters = clusters, .n = 3 };
	uint32_t got[4];

	(void)state;
	partition_of(&grouping, &truth, PARTITION_REPORTED, got);
	assert_int_equal(1, got[0]);
	assert_int_equal(2, got[2]);
	assert_int_equal(2, got[3]);
	partition_of(&grouping, &truth, PARTITION_ALL, got);
	assert_int_equal(3, got[2]);
	clusters[0].confidence = 0.89;
	partition_of(&grouping, &truth, PARTITION_SURE, got);
	assert_int_equal(0, got[0]);
	arena_free(arena);
}

static void
a_match_is_the_campaign_of_the_largest_share(void **state)
{
	static const uint32_t campaigns[] = { 1, 1, 2, 2, 2, 2, 0 };
	struct arena *arena = arena_new(0);
	struct truth truth = truth_from(arena, campaigns, 7);
	struct grouping_cluster cluster = cluster_of(&truth, 1, 4, 1, VERDICT_CAMPAIGN);
	struct partition_match got;

	(void)state;
	assert_int_equal(COORD_OK, partition_match(&truth, &cluster, arena, &got, NULL));
	assert_int_equal(2, got.campaign);
	assert_close(0.75, got.pure, tight);
	assert_close(3.0 / 5, got.jaccard, tight);
	cluster = cluster_of(&truth, 6, 1, 1, VERDICT_CAMPAIGN);
	assert_int_equal(COORD_OK, partition_match(&truth, &cluster, arena, &got, NULL));
	assert_int_equal(0, got.campaign);
	assert_close(0, got.pure, tight);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_of_a_split_campaign),
		cmocka_unit_test(nothing_there_is_undefined_and_nothing_claimed_is_zero),
		cmocka_unit_test(bcubed_leaves_out_the_source_itself),
		cmocka_unit_test(agreement_is_one_for_equal_and_nothing_for_chance),
		cmocka_unit_test(a_source_in_two_clusters_is_in_the_surer_one),
		cmocka_unit_test(a_match_is_the_campaign_of_the_largest_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
