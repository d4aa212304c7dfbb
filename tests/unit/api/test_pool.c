#include "api/pool.h"

#include <pthread.h>
#include <stdatomic.h>

#include "testing.h"

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned done;

static void
work(void *context)
{
	(void)context;
	(void)pthread_mutex_lock(&gate);
	(void)pthread_mutex_unlock(&gate);
	(void)atomic_fetch_add(&done, 1);
}

/* While nothing moves, what fits in is taken and the rest refused; stopping does what was taken. */
static void
test_room_and_stop(void **state)
{
	struct pool *p;
	struct coord_error err;
	unsigned taken = 0;

	(void)state;
	atomic_store(&done, 0);
	assert_int_equal(pool_start(2, 10, &p, &err), COORD_OK);
	(void)pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < 100; i++)
		taken += pool_put(p, work, NULL);
	assert_true(taken >= 10 && taken <= 12);
	(void)pthread_mutex_unlock(&gate);
	pool_stop(p);
	assert_int_equal(atomic_load(&done), taken);
	assert_false(pool_put(p, work, NULL));
	pool_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_room_and_stop) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
