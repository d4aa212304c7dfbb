/* test_callback.c - callbacks: made with the end of an analysis, leased, tried, dead, tried again. */
#include "world.h"

#include <stdlib.h>
#include <pthread.h>

#define LEASE 1000

static void
ended(struct world *w, id_text id, bool well, int64_t now_us)
{
	const struct store_result result = {
		.confidence = 0.9, .verdict = SV("coordinated"), .response = SV("{}")
	};
	struct store_submission item = world_item(w, id);
	enum store_begun what;
	struct store_analysis a;
	uint64_t fence;

	item.callback_url = SV("https://example.org/hook");
	world_submit(w, &item, now_us);
	OK(store_begin(w->store, sv_from(id), SV("w"), now_us, 1000000, 3, w->arena, &what, &fence,
	    &a, &w->err));
	if (well) {
		OK(store_finish(w->store, sv_from(id), fence, now_us, &result, &w->err));
		OK(store_finish(w->store, sv_from(id), fence, now_us, &result, &w->err));
	} else {
		OK(store_fail(
		    w->store, sv_from(id), fence, now_us, SV("bad"), SV_NONE, 0, false, &w->err));
	}
}

static size_t
due(struct world *w, int64_t now_us, uint32_t limit, struct store_callback **ret)
{
	size_t n = 99;

	OK(store_callbacks_due(w->store, now_us, LEASE, limit, w->arena, ret, &n, &w->err));
	return n;
}

static size_t
listed(struct world *w, bool dead_only)
{
	struct store_callback *rows = NULL;
	size_t n = 99;

	OK(store_callbacks_list(w->store, dead_only, 100, w->arena, &rows, &n, &w->err));
	return n;
}

static void
test_delivered(void **state)
{
	struct world *w = *state;
	struct store_callback *rows = NULL;
	id_text id, other;

	assert_int_equal(due(w, T0, 10, &rows), 0);
	ended(w, id, true, T0);
	ended(w, other, false, T0 + 1);
	assert_int_equal(due(w, T0 + 1, 10, &rows), 2);
	assert_string_equal(rows[0].analysis_id, id);
	assert_string_equal(rows[1].analysis_id, other);
	assert_sv_equal(rows[0].url, "https://example.org/hook");
	assert_sv_equal(rows[0].owner, "k_one");
	assert_int_equal(rows[0].attempts, 0);
	assert_int_equal(rows[0].created_us, T0);
	assert_string_not_equal(rows[0].id, rows[1].id);
	OK(store_callback_tried(w->store, sv_from(rows[0].id), T0 + 2, SV_NONE, 0, &w->err));
	assert_int_equal(listed(w, false), 1);
	/* taken, but never tried: due again when its lease ends */
	assert_int_equal(due(w, T0 + LEASE, 10, &rows), 0);
	assert_int_equal(due(w, T0 + 1 + LEASE, 10, &rows), 1);
	assert_string_equal(rows[0].analysis_id, other);
}

/** A new one has no time to wait for, and does not go before what waits for longer. */
static void
test_the_clock_is_set_back(void **state)
{
	const int64_t back = T0 - 100 * LEASE;
	struct world *w = *state;
	struct store_callback *rows = NULL;
	id_text ahead, again, due_now;

	ended(w, ahead, true, T0);
	ended(w, again, true, T0 + 1);
	assert_int_equal(due(w, back, 1, &rows), 1);
	assert_string_equal(rows[0].analysis_id, ahead);
	assert_int_equal(due(w, back, 1, &rows), 1);
	assert_string_equal(rows[0].analysis_id, again);
	OK(store_callback_tried(
	    w->store, sv_from(rows[0].id), back, SV("503"), back + 5 * LEASE, &w->err));
	assert_int_equal(due(w, back + LEASE - 1, 10, &rows), 0); /* one taken, one has to wait */
	ended(w, due_now, true, back + 2 * LEASE);
	assert_int_equal(due(w, back + 6 * LEASE, 10, &rows), 3);
	assert_string_equal(rows[0].analysis_id, ahead);
	assert_string_equal(rows[1].analysis_id, due_now);
	assert_string_equal(rows[2].analysis_id, again);
	ended(w, due_now, true, back + 6 * LEASE);
	ended(w, ahead, true, T0);
	assert_int_equal(due(w, back + 6 * LEASE, 10, &rows), 2);
	assert_string_equal(rows[0].analysis_id, due_now);
	assert_string_equal(rows[1].analysis_id, ahead);
}

static void
test_dead(void **state)
{
	struct world *w = *state;
	struct store_callback *rows = NULL;
	id_text id, callback;
	size_t n;

	ended(w, id, true, T0);
	assert_int_equal(due(w, T0, 10, &rows), 1);
	memcpy(callback, rows[0].id, sizeof(callback));
	OK(store_callback_tried(
	    w->store, sv_from(callback), T0 + 2, SV("503 \xff"), T0 + 5000, &w->err));
	assert_int_equal(due(w, T0 + 4999, 10, &rows), 0);
	assert_int_equal(due(w, T0 + 5000, 10, &rows), 1);
	assert_int_equal(rows[0].attempts, 1);
	assert_sv_equal(rows[0].error, "503 \xff");
	OK(store_callback_tried(w->store, sv_from(callback), T0 + 5001, SV("gave up"), 0, &w->err));
	OK(store_callback_tried(
	    w->store, sv_from(callback), T0 + 5001, SV_NONE, 0, &w->err)); /* too late */
	assert_int_equal(due(w, T0 + 900000, 10, &rows), 0);
	OK(store_callbacks_list(w->store, true, 10, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 1);
	assert_true(rows[0].dead);
	assert_int_equal(rows[0].attempts, 2);
	assert_sv_equal(rows[0].error, "gave up");
	OK(store_callback_requeue(w->store, sv_from(callback), T0 + 6000, &w->err));
	assert_int_equal(
	    store_callback_requeue(w->store, sv_from(callback), T0 + 6000, &w->err), COORD_ENODATA);
	assert_int_equal(listed(w, true), 0);
	assert_int_equal(due(w, T0 + 6000, 10, &rows), 1);
	assert_int_equal(rows[0].attempts, 0);
	assert_int_equal(store_callback_requeue(w->store, SV("x"), T0, &w->err), COORD_ENODATA);
	assert_int_equal(store_callback_tried(w->store, SV("00000000-0000-4000-8000-000000000000"),
			     T0, SV_NONE, 0, &w->err),
	    COORD_ENODATA);
}

enum { CALLBACKS = 60, TAKERS = 4 };

struct taker {
	struct world *w;
	struct arena *arena;
	size_t got;
	bool failed;
};

static void *
take(void *context)
{
	struct taker *t = context;
	struct store_callback *rows;
	size_t n = 1;

	while (n > 0 && !t->failed) {
		t->failed = store_callbacks_due(t->w->store, T0 + 100, LEASE, 7, t->arena, &rows,
				&n, NULL) != COORD_OK;
		t->got += t->failed ? 0 : n;
	}
	return NULL;
}

/** Several who take at the same time get each callback once. */
static void
test_taken_once(void **state)
{
	struct world *w = *state;
	struct taker takers[TAKERS];
	pthread_t threads[TAKERS];
	size_t got = 0;
	id_text id;

	for (int i = 0; i < CALLBACKS; i++)
		ended(w, id, true, T0);
	for (int i = 0; i < TAKERS; i++) {
		takers[i] = (struct taker){ .w = w, .arena = arena_new(0) };
		assert_int_equal(pthread_create(&threads[i], NULL, take, &takers[i]), 0);
	}
	for (int i = 0; i < TAKERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(takers[i].failed);
		got += takers[i].got;
		arena_free(takers[i].arena);
	}
	/* who found all others locked has gone home early; what was left is due still */
	for (size_t n = 1; n > 0; got += n) {
		struct store_callback *rows = NULL;

		n = due(w, T0 + 100, 100, &rows);
	}
	assert_int_equal(got, CALLBACKS);
}

int
callback_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_delivered),
		WORLD_TEST(test_the_clock_is_set_back),
		WORLD_TEST(test_dead),
		WORLD_TEST(test_taken_once),
	};

	return cmocka_run_group_tests_name("callback", tests, NULL, NULL);
}
