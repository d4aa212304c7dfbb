/* test_network.c - addresses: only from the synthetic ranges, never given out twice, concentrated as hosting is. */
#include "world_support.h"

static bool
is_synthetic(struct addr a)
{
	static const uint8_t documentation[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	uint32_t v4;

	if (!addr_is_v4(a))
		return memcmp(a.bytes, documentation, 4) == 0;
	v4 = (uint32_t)a.bytes[12] << 24 | (uint32_t)a.bytes[13] << 16 | (uint32_t)a.bytes[14] << 8;
	return (v4 & 0xfffe0000u) == 0xc6120000u || (v4 & 0xffc00000u) == 0x64400000u;
}

static void
test_ranges_and_concentration(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct generate_config c = { .seed = seed, .sources = 5000, .sessions = 5000 };
		struct world *w = make_world(&c);
		uint32_t in_top = 0;

		assert_int_equal(w->n_actors, 5000);
		for (uint32_t i = 0; i < w->n_actors; i++) {
			assert_true(is_synthetic(w->actors[i].source));
			in_top += network_of(w->actors[i].asn) < 10;
		}
		/* 40-60 % by construction, and three standard errors of a draw */
		assert_in_range(in_top, 5000 * 38 / 100, 5000 * 62 / 100);
		assert_int_equal(w->used.used, 5000);
		assert_int_equal(world_sources(w), 5000);
		world_free(w);
	}
}

static void
test_full_network_goes_on_in_v6(void **state)
{
	struct generate_config c = { .seed = 1 };
	struct world *w = make_world(&c);
	struct rng rng = rng_at(1, 2, 3, 4);
	uint32_t v6 = 0;

	(void)state;
	for (uint32_t i = 0; i < 400; i++) {
		struct addr a = network_address(w, 5, 7, &rng);

		assert_true(is_synthetic(a));
		v6 += !addr_is_v4(a);
	}
	assert_int_equal(w->used.used, 400);
	assert_true(v6 >= 400 - 254);
	assert_true(v6 < 400 - 100);
	world_free(w);
}

static void
test_run_is_adjacent(void **state)
{
	struct generate_config c = { .seed = 1 };
	struct world *w = make_world(&c);
	struct rng rng = rng_at(1, 2, 3, 4);
	static struct addr run[30000];

	(void)state;
	network_run(w, 3, 12, &rng, run);
	for (uint32_t i = 1; i < 12; i++)
		assert_int_equal(run[i].bytes[15], run[i - 1].bytes[15] + 1);
	/* more than the network has */
	network_run(w, 3, 30000, &rng, run);
	assert_int_equal(w->used.used, 30012);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges_and_concentration),
		cmocka_unit_test(test_full_network_goes_on_in_v6),
		cmocka_unit_test(test_run_is_adjacent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
