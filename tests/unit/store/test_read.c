/* test_read.c - lists by filter and page by page, events of what there is not. */
#include "world.h"

#include <stdio.h>

enum { ROWS = 24 };

static void
fill(struct world *w, id_text ids[ROWS])
{
	for (int i = 0; i < ROWS; i++) {
		struct store_submission item = world_item(w, ids[i]);

		item.owner = i % 2 == 0 ? SV("k_one") : SV("k_two");
		item.label = i % 3 == 0 ? SV("third\0") : SV_NONE;
		/* in fours, so that pages end between rows of one time */
		world_submit(w, &item, T0 + i / 4);
	}
}

static size_t
count(struct world *w, struct store_filter filter)
{
	struct store_analysis *rows = NULL;
	size_t n = 0;

	filter.limit = filter.limit == 0 ? 1000 : filter.limit;
	OK(store_list(w->store, &filter, w->arena, &rows, &n, &w->err));
	for (size_t i = 1; i < n; i++)
		assert_true(rows[i - 1].created_us > rows[i].created_us ||
			    (rows[i - 1].created_us == rows[i].created_us &&
				strcmp(rows[i - 1].id, rows[i].id) > 0));
	return n;
}

static void
test_filters(void **state)
{
	struct world *w = *state;
	const struct store_result result = {
		.confidence = 0.5, .verdict = SV("coincidental"), .response = SV("{}")
	};
	id_text ids[ROWS], id;
	uint64_t fence;

	fill(w, ids);
	fence = world_begun(w, id, T0 + 100);
	OK(store_finish(w->store, sv_from(id), fence, T0 + 101, &result, &w->err));
	fence = world_begun(w, id, T0 + 200);
	OK(store_fail(w->store, sv_from(id), fence, T0 + 201, SV("x"), SV_NONE, 0, true, &w->err));
	assert_int_equal(count(w, (struct store_filter){ .status = -1 }), ROWS + 2);
	assert_int_equal(
	    count(w, (struct store_filter){ .status = -1, .owner = SV("k_two") }), ROWS / 2);
	assert_int_equal(count(w, (struct store_filter){ .status = ANALYSIS_QUEUED }), ROWS);
	assert_int_equal(count(w, (struct store_filter){ .status = ANALYSIS_COMPLETED }), 1);
	assert_int_equal(count(w, (struct store_filter){ .status = -1, .dead_only = true }), 1);
	assert_int_equal(
	    count(w, (struct store_filter){ .status = -1, .verdict = SV("coincidental") }), 1);
	assert_int_equal(
	    count(w, (struct store_filter){ .status = -1, .verdict = SV("coordinated") }), 0);
	assert_int_equal(
	    count(w, (struct store_filter){ .status = -1, .label = SV("third\0") }), ROWS / 3);
	assert_int_equal(count(w, (struct store_filter){ .status = -1, .label = SV("third") }), 0);
	assert_int_equal(
	    count(w, (struct store_filter){ .status = -1, .from_us = T0 + 2, .to_us = T0 + 4 }), 8);
	assert_int_equal(count(w, (struct store_filter){ .status = ANALYSIS_QUEUED,
				      .owner = SV("k_one"),
				      .label = SV("third\0"),
				      .from_us = T0,
				      .to_us = T0 + 3 }),
	    2);
	assert_int_equal(count(w, (struct store_filter){ .status = -1, .limit = 5 }), 5);
}

static void
test_pages(void **state)
{
	struct world *w = *state;
	struct store_filter filter = { .status = -1, .limit = 5 };
	struct store_analysis *rows = NULL;
	id_text ids[ROWS];
	size_t n = 1, total = 0;
	unsigned seen[ROWS] = { 0 };

	fill(w, ids);
	while (n > 0) {
		OK(store_list(w->store, &filter, w->arena, &rows, &n, &w->err));
		for (size_t i = 0; i < n; i++, total++)
			for (int k = 0; k < ROWS; k++)
				seen[k] += strcmp(rows[i].id, ids[k]) == 0;
		if (n > 0) {
			filter.after_us = rows[n - 1].created_us;
			filter.after_id = sv_from(rows[n - 1].id);
		}
	}
	assert_int_equal(total, ROWS);
	for (int k = 0; k < ROWS; k++)
		assert_int_equal(seen[k], 1);
}

/** Bytes that no column can hold are found nowhere, or refused; never worse. */
static void
test_hostile_filters(void **state)
{
	struct world *w = *state;
	static const struct sv texts[] = { { "\0", 1 }, { "\xff\xfe", 2 },
		{ "';DROP TABLE analyses;--", 24 }, { "", 0 } };
	struct store_analysis *rows = NULL, a;
	id_text ids[ROWS];
	size_t n = 0;

	fill(w, ids);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct store_filter filter = { .status = -1,
			.limit = 5,
			.verdict = texts[i],
			.label = texts[i],
			.after_us = T0 + 100,
			.after_id = texts[i] };
		enum coord_err rc = store_list(w->store, &filter, w->arena, &rows, &n, &w->err);

		assert_true(rc == COORD_EINVALID || (rc == COORD_OK && n == 0));
		assert_int_equal(store_get(w->store, texts[i], SV_NONE, 0, w->arena, &a, &w->err),
		    COORD_ENODATA);
	}
	OK(store_ping(w->store, &w->err));
	assert_int_equal(count(w, (struct store_filter){ .status = -1 }), ROWS);
}

static void
test_owner(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);
	struct store_analysis a;

	world_submit(w, &item, T0);
	OK(store_get(w->store, sv_from(id), SV("k_one"), 0, w->arena, &a, &w->err));
	assert_int_equal(
	    store_get(w->store, sv_from(id), SV("k_two"), 0, w->arena, &a, &w->err), COORD_ENODATA);
	assert_int_equal(store_get(w->store, SV("00000000-0000-4000-8000-000000000000"), SV_NONE, 0,
			     w->arena, &a, &w->err),
	    COORD_ENODATA);
}

static void
test_events(void **state)
{
	struct world *w = *state;
	struct store_event *events = NULL;
	id_text id;
	struct store_submission item = world_item(w, id);
	size_t n = 0;

	world_submit(w, &item, T0 + 3);
	OK(store_events(w->store, sv_from(id), 0, 10, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 1);
	assert_int_equal(events[0].seq, 1);
	assert_int_equal(events[0].time_us, T0 + 3);
	assert_sv_equal(events[0].type, "queued");
	assert_sv_equal(events[0].data, "{}");
	OK(store_events(w->store, sv_from(id), 1, 10, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 0);
	OK(store_events(w->store, sv_from(id), UINT64_MAX, 10, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 0);
	OK(store_events(w->store, sv_from(id), 0, 0, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 0);
	assert_int_equal(store_events(w->store, SV("00000000-0000-4000-8000-000000000000"), 0, 10,
			     w->arena, &events, &n, &w->err),
	    COORD_ENODATA);
}

/** An arena that is full is said so, and the connection goes on. */
static void
test_no_room(void **state)
{
	struct world *w = *state;
	struct arena *small = arena_new(64);
	struct store_filter filter = { .status = -1, .limit = 100 };
	struct store_analysis *rows = NULL, a;
	id_text ids[ROWS];
	size_t n = 0;

	fill(w, ids);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(
		    store_list(w->store, &filter, small, &rows, &n, &w->err), COORD_ELIMIT);
		assert_int_equal(
		    store_get(w->store, sv_from(ids[0]), SV_NONE, PART_REQUEST, small, &a, &w->err),
		    COORD_ELIMIT);
	}
	arena_free(small);
	assert_int_equal(count(w, (struct store_filter){ .status = -1 }), ROWS);
}

int
read_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_filters),
		WORLD_TEST(test_pages),
		WORLD_TEST(test_hostile_filters),
		WORLD_TEST(test_owner),
		WORLD_TEST(test_events),
		WORLD_TEST(test_no_room),
	};

	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
