#include "testing.h"

#include <math.h>

/* kat_vectors of Random123 1.14 */
static void
test_philox_known_answers(void **state)
{
	static const struct {
		uint32_t counter[4], key[2], expected[4];
	} rows[] = {
		{ { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
		{ { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff }, { 0xffffffff, 0xffffffff },
		    { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
		{ { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
		    { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint32_t got[4];

		philox4x32(rows[i].counter, rows[i].key, got);
		assert_memory_equal(got, rows[i].expected, sizeof(got));
	}
}

static void
test_streams_are_told_apart_by_every_part_of_the_address(void **state)
{
	struct rng base = rng_at(1, 1, 1, 1), same = rng_at(1, 1, 1, 1);
	struct rng others[] = { rng_at(2, 1, 1, 1), rng_at((uint64_t)1 << 32 | 1, 1, 1, 1),
		rng_at(1, 2, 1, 1), rng_at(1, 1, 2, 1), rng_at(1, 1, 1, 2) };
	uint64_t first = rng_u64(&base);

	(void)state;
	assert_true(rng_u64(&same) == first);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_true(rng_u64(&others[i]) != first);
}

static void
test_below_is_even(void **state)
{
	enum { SIDES = 7, THROWS = 70000 };
	struct rng rng = rng_at(42, 0, 0, 0);
	unsigned counts[SIDES] = { 0 };
	double chi2 = 0;

	(void)state;
	for (unsigned i = 0; i < THROWS; i++)
		counts[rng_below(&rng, SIDES)]++;
	for (unsigned i = 0; i < SIDES; i++)
		chi2 += pow((double)counts[i] - THROWS / SIDES, 2) / (THROWS / SIDES);
	assert_true(chi2 < 22.46); /* 6 degrees of freedom, p = 0.001 */
	for (unsigned i = 0; i < 1000; i++) {
		assert_int_equal(rng_below(&rng, 1), 0);
		assert_true(rng_below64(&rng, (UINT64_MAX / 2) + 2) <= (UINT64_MAX / 2) + 1);
		assert_true(rng_below64(&rng, 10) < 10);
	}
}

static void
test_distributions_have_their_moments(void **state)
{
	enum { DRAWS = 200000 };
	struct rng rng = rng_at(7, 0, 0, 0);
	double uniform = 0, normal = 0, normal2 = 0, exponential = 0;

	(void)state;
	for (unsigned i = 0; i < DRAWS; i++) {
		double u = rng_uniform(&rng), z = rng_normal(&rng), e = rng_exponential(&rng);

		assert_true(u >= 0 && u < 1);
		assert_true(e >= 0 && isfinite(e) && isfinite(z));
		uniform += u;
		normal += z;
		normal2 += z * z;
		exponential += e;
	}
	/* five standard errors of each mean */
	assert_true(fabs(uniform / DRAWS - 0.5) < 5 * 0.2887 / sqrt(DRAWS));
	assert_true(fabs(normal / DRAWS) < 5 / sqrt(DRAWS));
	assert_true(fabs(normal2 / DRAWS - 1) < 5 * sqrt(2.0) / sqrt(DRAWS));
	assert_true(fabs(exponential / DRAWS - 1) < 5 / sqrt(DRAWS));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_philox_known_answers),
		cmocka_unit_test(test_streams_are_told_apart_by_every_part_of_the_address),
		cmocka_unit_test(test_below_is_even),
		cmocka_unit_test(test_distributions_have_their_moments),
	};

	return cmocka_run_group_tests_name("base/rng", tests, NULL, NULL);
}
