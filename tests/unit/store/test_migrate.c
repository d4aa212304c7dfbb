/* test_migrate.c - migrations: listed, applied once, also by several at once; changed, newer and missing ones. */
#include "world.h"

#include <pthread.h>
#include <stdio.h>

static void
place_made(void **state, struct world *w)
{
	(void)state;
	world_place(w);
}

static void
test_list_and_apply(void **state)
{
	struct world world, *w = &world;
	struct store_migration *rows = NULL;
	size_t n = 0;

	place_made(state, w);
	if (world_is_sqlite(w)) {
		assert_int_equal(
		    store_migrate(w->url, false, w->arena, &rows, &n, &w->err), COORD_EUNAVAIL);
		assert_non_null(strstr(w->err.what, "No such file"));
	} else {
		OK(store_migrate(w->url, false, w->arena, &rows, &n, &w->err));
		assert_true(n >= 1);
		assert_false(rows[0].applied);
		/* not asked to migrate, it does not */
		assert_int_equal(store_open(w->url, NULL, &w->store, &w->err), COORD_EUNAVAIL);
		assert_non_null(strstr(w->err.what, "coord migrate"));
	}
	OK(store_migrate(w->url, true, w->arena, &rows, &n, &w->err));
	OK(store_migrate(w->url, false, w->arena, &rows, &n, &w->err));
	assert_true(n >= 1);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(rows[i].version, i + 1);
		assert_true(rows[i].applied);
		assert_true(rows[i].applied_us > 0);
	}
	assert_string_equal(rows[0].name, "first");
	OK(store_open(w->url, NULL, &w->store, &w->err));
	store_close(w->store);
	world_remove(w);
}

struct starter {
	const char *url;
	pthread_barrier_t *together;
	enum coord_err rc;
	struct coord_error err;
};

static void *
start(void *context)
{
	static const struct store_options options = { .migrate = true };
	struct starter *s = context;
	struct store *store = NULL;

	(void)pthread_barrier_wait(s->together);
	s->rc = store_open(s->url, &options, &store, &s->err);
	store_close(store);
	return NULL;
}

enum { STARTERS = 6, ROUNDS = 4 };

static void
test_several_at_once(void **state)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct world world, *w = &world;
		struct starter starters[STARTERS];
		pthread_t threads[STARTERS];
		pthread_barrier_t together;

		place_made(state, w);
		assert_int_equal(pthread_barrier_init(&together, NULL, STARTERS), 0);
		for (int i = 0; i < STARTERS; i++) {
			starters[i] = (struct starter){ .url = w->url, .together = &together };
			assert_int_equal(pthread_create(&threads[i], NULL, start, &starters[i]), 0);
		}
		for (int i = 0; i < STARTERS; i++) {
			assert_int_equal(pthread_join(threads[i], NULL), 0);
			if (starters[i].rc != COORD_OK)
				fail_msg("%s", starters[i].err.what);
		}
		(void)pthread_barrier_destroy(&together);
		assert_int_equal(world_number(w, "SELECT count(*) FROM migrations"),
		    world_number(w, "SELECT max(version) FROM migrations"));
		world_remove(w);
	}
}

/** Opened with `migrate` or without, and `coord migrate`: what do they say? */
static void
expect(struct world *w, enum coord_err open_rc, enum coord_err migrate_rc, const char *says)
{
	static const struct store_options options = { .migrate = true };
	struct store_migration *rows = NULL;
	struct store *store = NULL;
	size_t n;

	assert_int_equal(store_open(w->url, &options, &store, &w->err), open_rc);
	assert_non_null(strstr(w->err.what, says));
	assert_int_equal(store_open(w->url, NULL, &store, &w->err), open_rc);
	assert_non_null(strstr(w->err.what, says));
	assert_int_equal(store_migrate(w->url, true, w->arena, &rows, &n, &w->err), migrate_rc);
	assert_non_null(strstr(w->err.what, says));
	assert_null(store);
}

static void
test_changed_text(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	w->store = NULL;
	world_sql(w, "UPDATE migrations SET sha256 = '00' || substr(sha256, 3) WHERE version = 1");
	expect(w, COORD_EINVALID, COORD_EINVALID, "another text");
}

static void
test_newer_schema(void **state)
{
	struct world *w = *state;

	store_close(w->store);
	w->store = NULL;
	world_sql(w, "INSERT INTO migrations (version, name, sha256, applied_us) VALUES (999, "
		     "'future', 'x', 1)");
	expect(w, COORD_EUNAVAIL, COORD_EINVALID, "newer");
	world_sql(w, "DELETE FROM migrations WHERE version = 999");
	OK(store_open(w->url, NULL, &w->store, &w->err));
}

int
migrate_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_and_apply),
		cmocka_unit_test(test_several_at_once),
		WORLD_TEST(test_changed_text),
		WORLD_TEST(test_newer_schema),
	};

	return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}
