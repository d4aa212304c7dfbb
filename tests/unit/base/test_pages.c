#include "testing.h"

#include <stdlib.h>

#include "base/pages.h"

static void
test_growing_keeps_bytes(void **state)
{
	static const size_t sizes[] = { 1, 4096, 5u << 20, (9u << 20) + 1 };
	unsigned char *at = NULL;
	size_t before = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		unsigned char *wider = pages_grow(at, before, sizes[i]);

		assert_non_null(wider);
		at = wider;
		for (size_t j = 0; j < before; j++)
			assert_int_equal(at[j], j % 251);
		for (size_t j = before; j < sizes[i]; j++)
			at[j] = (unsigned char)(j % 251);
		before = sizes[i];
	}
	pages_advise(at, 0);
	free(at);
}

/* What is dropped is the block's own whole pages: the bytes before and behind it stay. */
static void
test_dropping_stays_inside(void **state)
{
	static const size_t size = 1 << 20, from = 5000, n = 100000;
	unsigned char *at = pages_grow(NULL, 0, size);

	(void)state;
	assert_non_null(at);
	memset(at, 7, size);
	pages_drop(at + from, n);
	pages_drop(at + from, 10);
	for (size_t i = 0; i < from; i++)
		assert_int_equal(at[i], 7);
	for (size_t i = from + n; i < size; i++)
		assert_int_equal(at[i], 7);
	free(at);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing_keeps_bytes),
		cmocka_unit_test(test_dropping_stays_inside),
	};

	return cmocka_run_group_tests_name("base/pages", tests, NULL, NULL);
}
