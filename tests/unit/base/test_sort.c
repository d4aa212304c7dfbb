#include "testing.h"

#include <stdlib.h>

static void
check_sorted(uint32_t n, uint64_t mask, unsigned shift)
{
	struct sort_pair *pairs = calloc(n + 1, sizeof(*pairs)),
			 *scratch = calloc(n + 1, sizeof(*pairs));
	unsigned char *seen = calloc(n + 1, 1);
	struct rng rng = rng_at(mask, shift, n, 0);

	assert_true(pairs != NULL && scratch != NULL && seen != NULL);
	for (uint32_t i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){ (rng_u64(&rng) & mask) << shift, i };
	sort_pairs(pairs, n, scratch);
	for (uint32_t i = 0; i < n; i++) {
		seen[pairs[i].value]++;
		if (i == 0)
			continue;
		assert_true(pairs[i - 1].key <= pairs[i].key);
		if (pairs[i - 1].key == pairs[i].key)
			assert_true(pairs[i - 1].value < pairs[i].value); /* stable */
	}
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(seen[i], 1);
	free(seen);
	free(scratch);
	free(pairs);
}

static void
test_sorts_stably(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 2, 31, 32, 33, 1000, 50000 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		check_sorted(sizes[i], UINT64_MAX, 0);
		check_sorted(sizes[i], 15, 0);
		check_sorted(sizes[i], 0xffff, 24);
		check_sorted(sizes[i], 0, 0);
	}
}

static void
test_signed_times_sort_by_their_key(void **state)
{
	(void)state;
	assert_true(sort_key_i64(INT64_MIN) < sort_key_i64(-1));
	assert_true(sort_key_i64(-1) < sort_key_i64(0));
	assert_true(sort_key_i64(0) < sort_key_i64(INT64_MAX));
}

static void
test_common(void **state)
{
	static const uint32_t none[1] = { 0 }, few[] = { 2, 5, 9 }, other[] = { 1, 5, 6, 9, 12 };

	(void)state;
	assert_int_equal(sorted_common(none, 0, few, 3), 0);
	assert_int_equal(sorted_common(few, 3, none, 0), 0);
	assert_int_equal(sorted_common(few, 3, few, 3), 3);
	assert_int_equal(sorted_common(few, 3, other, 5), 2);
	assert_int_equal(sorted_common(other, 5, few, 3), 2);
	assert_int_equal(sorted_common(few, 1, other, 5), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sorts_stably),
		cmocka_unit_test(test_signed_times_sort_by_their_key),
		cmocka_unit_test(test_common),
	};

	return cmocka_run_group_tests_name("base/sort", tests, NULL, NULL);
}
