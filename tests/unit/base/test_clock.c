/* test_clock.c - waits are by the steady clock, and end. */
#include "testing.h"

#include "base/clock.h"

struct meeting {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool there;
};

static void
test_a_wait_ends_when_its_time_has_come(void **state)
{
	struct meeting m = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int64_t until_us = clock_steady() + 30000;

	(void)state;
	clock_cond_init(&m.cond);
	(void)pthread_mutex_lock(&m.lock);
	while (clock_cond_wait(&m.cond, &m.lock, until_us))
		;
	/* a condition of the wall clock would find a time since the machine's start long past */
	assert_true(clock_steady() >= until_us);
	/* what is past, and what is before all time, is not waited for */
	assert_false(clock_cond_wait(&m.cond, &m.lock, until_us));
	assert_false(clock_cond_wait(&m.cond, &m.lock, -1));
	(void)pthread_mutex_unlock(&m.lock);
	(void)pthread_cond_destroy(&m.cond);
}

static void *
come(void *context)
{
	struct meeting *m = context;

	(void)pthread_mutex_lock(&m->lock);
	m->there = true;
	(void)pthread_cond_signal(&m->cond);
	(void)pthread_mutex_unlock(&m->lock);
	return NULL;
}

static void
test_a_signal_ends_it_before(void **state)
{
	struct meeting m = { .lock = PTHREAD_MUTEX_INITIALIZER };
	int64_t until_us = clock_steady() + INT64_C(600000000);
	pthread_t thread;

	(void)state;
	clock_cond_init(&m.cond);
	(void)pthread_mutex_lock(&m.lock);
	assert_int_equal(0, pthread_create(&thread, NULL, come, &m));
	while (!m.there)
		assert_true(clock_cond_wait(&m.cond, &m.lock, until_us));
	(void)pthread_mutex_unlock(&m.lock);
	assert_int_equal(0, pthread_join(thread, NULL));
	(void)pthread_cond_destroy(&m.cond);
}

static void
test_clocks(void **state)
{
	int64_t steady = clock_steady(), wall = clock_wall();

	(void)state;
	clock_sleep(2000);
	clock_sleep(0);
	clock_sleep(-5);
	assert_true(clock_steady() - steady >= 1000);
	assert_true(wall / 1000000 - (int64_t)time(NULL) <= 1);
	assert_true(clock_of(CLOCK_PROCESS_CPUTIME_ID) >= 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_wait_ends_when_its_time_has_come),
		cmocka_unit_test(test_a_signal_ends_it_before),
		cmocka_unit_test(test_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
