#include "api/cache.h"

#include <pthread.h>
#include <stdio.h>

#include "testing.h"

static const struct cached about = {
	.type = "text/plain", .coding = "", .etag = "\"e\"", .owner = "me"
};

static void
put(struct cache *c, const char *key, size_t size, int64_t now)
{
	struct buf body = BUF_INIT(1 << 20);
	const struct cached *e;

	memset(buf_reserve(&body, size), 'x', size);
	body.len = size;
	e = cache_add(c, sv_from(key), &body, &about, now);
	assert_non_null(e);
	assert_null(body.data);
	cache_put_back((void *)(uintptr_t)e);
}

static bool
has(struct cache *c, const char *key, int64_t now)
{
	const struct cached *e = cache_get(c, sv_from(key), now);

	if (e == NULL)
		return false;
	assert_string_equal(e->owner, "me");
	assert_string_equal(e->etag, "\"e\"");
	cache_put_back((void *)(uintptr_t)e);
	return true;
}

static void
test_there_and_gone(void **state)
{
	struct cache *c = cache_new(1 << 20);

	(void)state;
	assert_false(has(c, "a/0", 0));
	put(c, "a/0", 10, 0);
	put(c, "a/1", 10, 0);
	put(c, "b/0", 10, 0);
	assert_true(has(c, "a/0", 1));
	assert_true(has(c, "a/0", CACHE_FRESH_US));
	assert_false(has(c, "a/0", CACHE_FRESH_US + 1));
	assert_false(has(c, "a/0", 1)); /* an old one is dropped */
	cache_drop(c, SV("a/"));
	assert_false(has(c, "a/1", 1));
	assert_true(has(c, "b/0", 1));
	cache_free(c);
}

static void
test_room_is_bounded(void **state)
{
	struct cache *c = cache_new(16 * 10000);
	char key[32];
	unsigned found = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "key %u", i);
		put(c, key, 1000, 0);
	}
	for (unsigned i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "key %u", i);
		found += has(c, key, 0);
	}
	assert_true(found > 30 && found <= 160);
	assert_true(has(c, "key 999", 0)); /* the newest is there */
	put(c, "large", 9000, 0);          /* more than half a shard: not kept */
	assert_false(has(c, "large", 0));
	cache_free(c);
}

static void
test_what_is_being_sent_lives(void **state)
{
	struct cache *c = cache_new(1 << 20);
	const struct cached *e;

	(void)state;
	put(c, "a", 10, 0);
	e = cache_get(c, SV("a"), 0);
	cache_drop(c, SV("a"));
	assert_null(cache_get(c, SV("a"), 0));
	assert_int_equal(e->body.len, 10);
	assert_int_equal(e->body.data[9], 'x');
	cache_free(c);
	cache_put_back((void *)(uintptr_t)e);
}

static void *
hammer(void *context)
{
	struct cache *c = context;
	char key[32];

	for (unsigned i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "key %u", i % 50);
		if (!has(c, key, 0))
			put(c, key, 200, 0);
		if (i % 100 == 0)
			cache_drop(c, sv_from(key));
	}
	return NULL;
}

static void
test_threads(void **state)
{
	struct cache *c = cache_new(100000);
	pthread_t threads[4];

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, c), 0);
	for (unsigned i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	cache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_gone),
		cmocka_unit_test(test_room_is_bounded),
		cmocka_unit_test(test_what_is_being_sent_lives),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
