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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_growing_keeps_bytes),
	};

	return cmocka_run_group_tests_name("base/pages", tests, NULL, NULL);
}
