#include "testing.h"

static void
test_allocations_are_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_non_null(arena);
	for (size_t size = 0; size < 300; size++) {
		unsigned char *at = arena_alloc(arena, size);

		assert_non_null(at);
		assert_int_equal((uintptr_t)at % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(at[i], 0);
		memset(at, 0xaa, size);
	}
	arena_free(arena);
}

static void
test_large_blocks_beside_small_ones(void **state)
{
	struct arena *arena = arena_new(0);
	char *small = arena_strdup(arena, SV("small"));
	uint64_t *large = ARENA_ARRAY(arena, 1 << 20, uint64_t);
	char *after = arena_printf(arena, "%d-%s", 42, "after");

	(void)state;
	assert_non_null(large);
	large[(1 << 20) - 1] = 7;
	assert_string_equal(small, "small");
	assert_string_equal(after, "42-after");
	arena_free(arena);
}

static void
test_limit_is_refused_not_passed(void **state)
{
	struct arena *arena = arena_new(1000);

	(void)state;
	assert_non_null(arena_alloc(arena, 512));
	assert_null(arena_alloc(arena, 512));
	assert_non_null(arena_alloc(arena, 256));
	assert_true(arena_used(arena) <= 1000);
	assert_null(arena_array(arena, SIZE_MAX / 2, 4));
	assert_null(arena_array_raw(arena, SIZE_MAX, 1));
	assert_null(arena_strdup(arena, (struct sv){ "x", 1 << 20 }));
	assert_null(arena_printf(arena, "%2000d", 1));
	arena_free(arena);
}

static void
test_rewind_gives_back(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	char *kept = arena_strdup(arena, SV("kept"));
	struct arena_mark outer = arena_mark(arena);
	size_t used = arena_used(arena);

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		struct arena_mark inner;

		assert_non_null(arena_alloc(arena, 300000));
		inner = arena_mark(arena);
		assert_non_null(arena_alloc(arena, 300000));
		arena_rewind(arena, inner);
		assert_non_null(arena_alloc(arena, 300000));
		arena_rewind(arena, outer);
		assert_int_equal(arena_used(arena), used);
	}
	assert_string_equal(kept, "kept");
	arena_free(arena);
}

static void
count_release(void *object)
{
	++*(unsigned *)object;
}

static void
test_releases_run_once_each(void **state)
{
	struct arena *arena = arena_new(0);
	unsigned first = 0, second = 0;
	struct arena_mark mark;

	(void)state;
	assert_int_equal(arena_on_free(arena, count_release, &first), 0);
	mark = arena_mark(arena);
	assert_int_equal(arena_on_free(arena, count_release, &second), 0);
	arena_rewind(arena, mark);
	assert_int_equal(first, 0);
	assert_int_equal(second, 1);
	arena_free(arena);
	assert_int_equal(first, 1);
	assert_int_equal(second, 1);
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allocations_are_zeroed_and_aligned),
		cmocka_unit_test(test_large_blocks_beside_small_ones),
		cmocka_unit_test(test_limit_is_refused_not_passed),
		cmocka_unit_test(test_rewind_gives_back),
		cmocka_unit_test(test_releases_run_once_each),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
