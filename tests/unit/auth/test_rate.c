/* test_rate.c - the bucket to the microsecond, and the day's quota. */
#include "auth/auth.h"
#include "fake_store.h"
#include "testing.h"

#include <stdio.h>

enum { RATE = 60 }; /* one a second */
#define START (INT64_C(20000) * 86400 * TIME_SECOND)

struct world {
	struct config config;
	struct store *store;
	struct auth *auth;
	struct coord_error err;
};

static int
setup(void **state)
{
	static struct world w;

	w = (struct world){ .store = fake_store_new() };
	*state = &w;
	return auth_open(&w.config, w.store, NULL, &w.auth, &w.err) == COORD_OK ? 0 : -1;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	auth_close(w->auth);
	fake_store_free(w->store);
	return 0;
}

static void
test_a_bucket_empties_and_fills(void **state)
{
	struct world *w = *state;
	struct auth_who who = { .id = "k_one", .rate_per_minute = RATE };
	struct auth_rate rate;

	for (uint32_t i = 0; i < RATE; i++) {
		assert_true(auth_rate_take(w->auth, &who, 1, START, &rate));
		assert_int_equal(RATE, rate.limit);
		assert_int_equal(RATE - i - 1, rate.remaining);
		assert_true(rate.reset_us == (i + 1) * TIME_SECOND && rate.retry_us == 0);
	}
	assert_false(auth_rate_take(w->auth, &who, 1, START, &rate));
	assert_int_equal(0, rate.remaining);
	assert_true(rate.retry_us == TIME_SECOND);
	assert_false(auth_rate_take(w->auth, &who, 1, START + TIME_SECOND - 1, &rate));
	assert_true(rate.retry_us == 1);
	assert_true(auth_rate_take(w->auth, &who, 1, START + TIME_SECOND, &rate));
	assert_false(auth_rate_take(w->auth, &who, 1, START + TIME_SECOND, &rate));
	/* others have their own */
	who = (struct auth_who){ .id = "k_two", .rate_per_minute = RATE };
	assert_true(auth_rate_take(w->auth, &who, 1, START, &rate));
}

static void
test_costs(void **state)
{
	struct world *w = *state;
	struct auth_who who = { .id = "k_one", .rate_per_minute = RATE };
	struct auth_rate rate;

	assert_true(auth_rate_take(w->auth, &who, 59, START, &rate));
	assert_int_equal(1, rate.remaining);
	assert_false(auth_rate_take(w->auth, &who, 2, START, &rate));
	assert_true(rate.retry_us == TIME_SECOND);
	/* what costs more than a minute's rate takes a full bucket, not for ever */
	assert_true(auth_rate_take(w->auth, &who, 1000, START + 60 * TIME_SECOND, &rate));
	assert_int_equal(0, rate.remaining);
}

static void
test_odd_clocks_and_rates(void **state)
{
	struct world *w = *state;
	struct auth_who who = { .id = "k_one", .rate_per_minute = 2 };
	struct auth_rate rate;

	assert_true(auth_rate_take(w->auth, &who, 2, START, &rate));
	assert_false(auth_rate_take(w->auth, &who, 1, START - 3600 * TIME_SECOND, &rate));
	assert_true(rate.retry_us == 30 * TIME_SECOND);
	assert_true(auth_rate_take(w->auth, &who, 2, INT64_MAX / 2, &rate));
	who.rate_per_minute = 100000000;
	assert_true(auth_rate_take(w->auth, &who, 1, START, &rate));
	assert_int_equal(100000000 - 1, rate.remaining);
	who.rate_per_minute = 0;
	for (int i = 0; i < 1000; i++)
		assert_true(auth_rate_take(w->auth, &who, 1, START, &rate));
	assert_int_equal(0, rate.limit);
}

static void
test_many_keys_have_room(void **state)
{
	struct world *w = *state;
	struct auth_rate rate;
	unsigned held = 0;

	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 1000; i++) {
			struct auth_who who = { .rate_per_minute = 1 };

			(void)snprintf(who.id, sizeof(who.id), "k_%u", i);
			held += !auth_rate_take(w->auth, &who, 1, START, &rate);
		}
	assert_int_equal(1000, held);
}

static void
test_quota(void **state)
{
	struct world *w = *state;
	struct auth_who who = { .id = "k_one", .quota_per_day = 100 };
	int64_t later = START + 86399 * TIME_SECOND;

	assert_int_equal(COORD_OK, auth_quota_take(w->auth, &who, 60, START, &w->err));
	assert_int_equal(COORD_ELIMIT, auth_quota_take(w->auth, &who, 41, later, &w->err));
	assert_non_null(strstr(w->err.what, "leaves 40"));
	assert_int_equal(COORD_OK, auth_quota_take(w->auth, &who, 40, later, &w->err));
	assert_int_equal(COORD_ELIMIT, auth_quota_take(w->auth, &who, 1, later, &w->err));
	assert_int_equal(COORD_OK, auth_quota_take(w->auth, &who, 0, later, &w->err));
	assert_int_equal(
	    COORD_OK, auth_quota_take(w->auth, &who, 100, later + TIME_SECOND, &w->err));
	assert_int_equal(COORD_ELIMIT,
	    auth_quota_take(w->auth, &who, UINT64_MAX, later + 2 * 86400 * TIME_SECOND, &w->err));
	who.quota_per_day = 0;
	fake_store_fail_after(w->store, 0); /* none: the store is not asked */
	assert_int_equal(COORD_OK, auth_quota_take(w->auth, &who, UINT64_MAX, later, &w->err));
	who.quota_per_day = 5;
	assert_int_equal(COORD_EUNAVAIL, auth_quota_take(w->auth, &who, 1, later, &w->err));
	fake_store_fail_after(w->store, -1);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_WORLD(test_a_bucket_empties_and_fills),
		WITH_WORLD(test_costs),
		WITH_WORLD(test_odd_clocks_and_rates),
		WITH_WORLD(test_many_keys_have_room),
		WITH_WORLD(test_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
