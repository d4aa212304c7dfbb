#include "testing.h"

static void
test_insert_find_grow(void **state)
{
	struct map map = MAP_INIT;

	(void)state;
	assert_int_equal(map_get(&map, 0), MAP_NONE);
	for (uint32_t i = 0; i < 100000; i++) {
		uint32_t *slot = map_slot(&map, (uint64_t)i * 4096);

		assert_non_null(slot);
		assert_int_equal(*slot, MAP_NONE);
		*slot = i;
	}
	assert_int_equal(map.used, 100000);
	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(map_get(&map, (uint64_t)i * 4096), i);
	assert_int_equal(map_get(&map, 1), MAP_NONE);
	map_clear(&map);
	assert_int_equal(map_get(&map, 0), MAP_NONE);
	map_clear(&map);
}

static void
test_slot_of_a_known_key_is_its_slot(void **state)
{
	struct map map = MAP_INIT;

	(void)state;
	*map_slot(&map, UINT64_MAX) = 5;
	*map_slot(&map, 0) = 6;
	assert_int_equal(*map_slot(&map, UINT64_MAX), 5);
	*map_slot(&map, UINT64_MAX) = 7;
	assert_int_equal(map_get(&map, UINT64_MAX), 7);
	assert_int_equal(map_get(&map, 0), 6);
	assert_int_equal(map.used, 2);
	map_clear(&map);
}

static void
test_reserve_avoids_growth(void **state)
{
	struct map map = MAP_INIT;
	size_t size;

	(void)state;
	assert_true(map_reserve(&map, 1000));
	size = map.size;
	for (uint32_t i = 0; i < 1000; i++)
		*map_slot(&map, i) = i;
	assert_int_equal(map.size, size);
	map_clear(&map);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_insert_find_grow),
		cmocka_unit_test(test_slot_of_a_known_key_is_its_slot),
		cmocka_unit_test(test_reserve_avoids_growth),
	};

	return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
