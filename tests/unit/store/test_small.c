/* test_small.c - keys, counters, values. */
#include "world.h"

#include <pthread.h>

static void
test_keys(void **state)
{
	struct world *w = *state;
	struct store_key key = { .id = SV("k_0123456789abcdef"),
		.name = SV("laptop \xff"),
		.scopes = 3,
		.created_us = T0,
		.expires_us = T0 + 9,
		.rate_per_minute = 60,
		.quota_per_day = 1u << 31 };
	struct store_key other = { .id = SV("k_later"), .created_us = T0 + 1 };
	struct store_key *rows = NULL;
	size_t n = 7;

	OK(store_keys(w->store, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 0);
	memset(key.hash, 0xa5, sizeof(key.hash));
	OK(store_key_put(w->store, &other, &w->err));
	OK(store_key_put(w->store, &key, &w->err));
	OK(store_keys(w->store, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 2);
	assert_sv_equal(rows[0].id, "k_0123456789abcdef");
	assert_sv_equal(rows[0].name, "laptop \xff");
	assert_memory_equal(rows[0].hash, key.hash, 32);
	assert_int_equal(rows[0].scopes, 3);
	assert_int_equal(rows[0].created_us, T0);
	assert_int_equal(rows[0].expires_us, T0 + 9);
	assert_int_equal(rows[0].revoked_us, 0);
	assert_int_equal(rows[0].rate_per_minute, 60);
	assert_int_equal(rows[0].quota_per_day, 1u << 31);
	assert_sv_equal(rows[1].name, "");
	key.revoked_us = T0 + 5;
	key.used_us = T0 + 4;
	memset(key.hash, 0x5a, sizeof(key.hash));
	OK(store_key_put(w->store, &key, &w->err));
	OK(store_keys(w->store, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].revoked_us, T0 + 5);
	assert_int_equal(rows[0].used_us, T0 + 4);
	assert_memory_equal(rows[0].hash, key.hash, 32);
	key.id = SV_NONE;
	assert_int_equal(store_key_put(w->store, &key, &w->err), COORD_EINVALID);
}

enum { COUNTERS = 6, TIMES = 40 };

static void *
count_up(void *context)
{
	struct world *w = context;
	uint64_t sum;

	for (int i = 0; i < TIMES; i++)
		if (store_count(w->store, SV("quota"), SV("k_one"), T0, 3, &sum, NULL) != COORD_OK)
			return context;
	return NULL;
}

static void
test_counters(void **state)
{
	struct world *w = *state;
	pthread_t threads[COUNTERS];
	uint64_t sum = 0;
	void *failed;

	OK(store_count(w->store, SV("quota"), SV("k_one"), T0, 5, &sum, &w->err));
	assert_int_equal(sum, 5);
	OK(store_count(w->store, SV("quota"), SV("k_one"), T0 + 1, 7, &sum, &w->err));
	assert_int_equal(sum, 7);
	OK(store_count(w->store, SV("other"), SV("k_one"), T0, 9, &sum, &w->err));
	assert_int_equal(sum, 9);
	for (int i = 0; i < COUNTERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_up, w), 0);
	for (int i = 0; i < COUNTERS; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	OK(store_count(w->store, SV("quota"), SV("k_one"), T0, 0, &sum, &w->err));
	assert_int_equal(sum, 5 + COUNTERS * TIMES * 3);
	assert_int_equal(
	    store_count(w->store, SV_NONE, SV("k"), T0, 0, &sum, &w->err), COORD_EINVALID);
	assert_int_equal(
	    store_count(w->store, SV("s"), SV("k"), T0, UINT64_MAX, &sum, &w->err), COORD_EINVALID);
}

static void
test_values(void **state)
{
	struct world *w = *state;
	struct sv value = SV_NONE;

	assert_int_equal(store_value_get(w->store, SV("s"), SV("k"), T0, w->arena, &value, &w->err),
	    COORD_ENODATA);
	OK(store_value_put(w->store, SV("s"), SV("k\0\xff"), SV("v\0\xfe"), 0, false, &w->err));
	OK(store_value_get(w->store, SV("s"), SV("k\0\xff"), T0, w->arena, &value, &w->err));
	assert_sv_equal(value, "v\0\xfe");
	assert_int_equal(
	    store_value_put(w->store, SV("s"), SV("k\0\xff"), SV("w"), 0, true, &w->err),
	    COORD_EINVALID);
	OK(store_value_put(w->store, SV("s"), SV("k\0\xff"), SV(""), T0 + 10, false, &w->err));
	OK(store_value_get(w->store, SV("s"), SV("k\0\xff"), T0 + 9, w->arena, &value, &w->err));
	assert_sv_equal(value, "");
	assert_int_equal(
	    store_value_get(w->store, SV("s"), SV("k\0\xff"), T0 + 10, w->arena, &value, &w->err),
	    COORD_ENODATA);
	OK(store_value_put(w->store, SV("other"), SV("k\0\xff"), SV("new"), 0, true, &w->err));
	assert_int_equal(store_value_get(w->store, SV_NONE, SV("k"), T0, w->arena, &value, &w->err),
	    COORD_EINVALID);
}

static void
test_claims(void **state)
{
	struct world *w = *state;
	bool taken = false;

	OK(store_value_claim(w->store, SV("c"), SV("k"), SV("one"), T0, T0 + 10, &taken, &w->err));
	assert_true(taken);
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("two"), T0 + 9, T0 + 30, &taken, &w->err));
	assert_false(taken);
	/* the holder prolongs it */
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("one"), T0 + 9, T0 + 20, &taken, &w->err));
	assert_true(taken);
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("two"), T0 + 19, T0 + 30, &taken, &w->err));
	assert_false(taken);
	/* it ended */
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("two"), T0 + 20, T0 + 40, &taken, &w->err));
	assert_true(taken);
	/* given back */
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("two"), T0 + 21, T0 + 21, &taken, &w->err));
	OK(store_value_claim(
	    w->store, SV("c"), SV("k"), SV("one"), T0 + 21, T0 + 40, &taken, &w->err));
	assert_true(taken);
}

int
small_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_keys),
		WORLD_TEST(test_counters),
		WORLD_TEST(test_values),
		WORLD_TEST(test_claims),
	};

	return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
