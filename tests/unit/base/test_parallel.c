#include "testing.h"

#include <stdatomic.h>

enum { ITEMS = 10000, WORKERS = 8 };

struct tally {
	unsigned char done[ITEMS];
	atomic_uint calls;
	unsigned per_worker[WORKERS];
	unsigned workers;
};

static void
tick(void *context, size_t item, unsigned worker)
{
	struct tally *tally = context;

	tally->done[item]++;
	if (worker < tally->workers)
		tally->per_worker[worker]++;
	(void)atomic_fetch_add(&tally->calls, 1);
}

static void
test_every_item_once(void **state)
{
	static const unsigned threads[] = { 0, 1, 2, 3, WORKERS, 1000 };

	(void)state;
	for (size_t t = 0; t < COUNT_OF(threads); t++) {
		struct tally tally = { .workers = threads[t] > WORKERS ? 0 : threads[t] };
		unsigned sum = 0;

		parallel_for(threads[t], ITEMS, tick, &tally);
		for (size_t i = 0; i < ITEMS; i++)
			assert_int_equal(tally.done[i], 1);
		for (unsigned w = 0; w < tally.workers; w++)
			sum += tally.per_worker[w];
		assert_int_equal(atomic_load(&tally.calls), ITEMS);
		if (tally.workers > 0)
			assert_int_equal(sum, ITEMS);
	}
}

static void
test_nothing_and_one(void **state)
{
	struct tally tally = { .workers = 1 };

	(void)state;
	parallel_for(4, 0, tick, &tally);
	assert_int_equal(atomic_load(&tally.calls), 0);
	parallel_for(4, 1, tick, &tally);
	assert_int_equal(atomic_load(&tally.calls), 1);
	assert_int_equal(tally.per_worker[0], 1);
	assert_true(parallel_cores() >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_item_once),
		cmocka_unit_test(test_nothing_and_one),
	};

	return cmocka_run_group_tests_name("base/parallel", tests, NULL, NULL);
}
