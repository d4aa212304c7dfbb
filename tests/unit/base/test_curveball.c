/* test_curveball.c - a trade keeps lengths, order, what both have and the pool as a whole, and deals without favour. */
#include "testing.h"

#include "base/curveball.h"

enum { MOST = 16 };

static void
trade(uint32_t *a, uint32_t n_a, uint32_t *b, uint32_t n_b, uint32_t seed)
{
	uint32_t pool[2 * MOST];
	bool give[2 * MOST];
	struct rng rng = rng_at(seed, 1, 0, 0);

	curveball_trade(a, n_a, b, n_b, pool, give, &rng);
}

static void
expect_ascending(const uint32_t *list, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		assert_true(list[i - 1] < list[i]);
}

static void
test_margins(void **state)
{
	(void)state;
	for (uint32_t seed = 0; seed < 200; seed++) {
		uint32_t a[MOST], b[MOST], count[64] = { 0 }, n_a = 0, n_b = 0;
		struct rng rng = rng_at(seed, 2, 0, 0);

		for (uint32_t t = 0; t < 64 && n_a < MOST && n_b < MOST; t++) {
			bool in_a = rng_below(&rng, 4) == 0, in_b = rng_below(&rng, 3) == 0;

			if (in_a)
				a[n_a++] = t;
			if (in_b)
				b[n_b++] = t;
			count[t] = in_a + in_b;
		}
		trade(a, n_a, b, n_b, seed);
		expect_ascending(a, n_a);
		expect_ascending(b, n_b);
		for (uint32_t i = 0; i < n_a; i++)
			count[a[i]]--;
		for (uint32_t i = 0; i < n_b; i++)
			count[b[i]]--;
		for (uint32_t t = 0; t < 64; t++)
			assert_int_equal(count[t], 0);
	}
}

/* What both have stays with both, and nothing can be traded against a subset. */
static void
test_nothing_to_trade(void **state)
{
	uint32_t a[] = { 1, 2, 3, 4 }, b[] = { 2, 3 };

	(void)state;
	trade(a, 4, b, 2, 1);
	assert_int_equal(a[0], 1);
	assert_int_equal(a[3], 4);
	assert_int_equal(b[0], 2);
	assert_int_equal(b[1], 3);
	trade(a, 0, b, 2, 1);
	assert_int_equal(b[1], 3);
}

/* One own of three: each is kept a third of the time. */
static void
test_fair(void **state)
{
	uint32_t kept[4] = { 0 };

	(void)state;
	for (uint32_t seed = 0; seed < 3000; seed++) {
		uint32_t a[] = { 1, 9 }, b[] = { 2, 3, 9 };

		trade(a, 2, b, 3, seed);
		assert_int_equal(a[1], 9);
		assert_int_equal(b[2], 9);
		kept[a[0]]++;
	}
	for (uint32_t t = 1; t <= 3; t++) /* six standard deviations */
		assert_true(kept[t] > 845 && kept[t] < 1155);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_margins),
		cmocka_unit_test(test_nothing_to_trade),
		cmocka_unit_test(test_fair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
