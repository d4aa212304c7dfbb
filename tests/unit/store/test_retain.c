/* test_retain.c - what is old goes, what is young or not ended stays. */
#include "world.h"

#define DAY (INT64_C(86400) * 1000000)

static uint64_t
retain(struct world *w, struct store_retention keep, int64_t now_us, uint32_t limit)
{
	uint64_t went = 99;

	OK(store_retain(w->store, &keep, now_us, limit, &went, &w->err));
	return went;
}

static void
finished(struct world *w, id_text id, int64_t now_us)
{
	const struct store_campaign campaign = { .key = SV("key"), .verdict = SV("coordinated") };
	const struct store_result result = { .verdict = SV("coordinated"),
		.response = SV("{}"),
		.document = SV("d"),
		.campaigns = &campaign,
		.n_campaigns = 1 };
	uint64_t fence = world_begun(w, id, now_us);

	OK(store_finish(w->store, sv_from(id), fence, now_us, &result, &w->err));
}

static void
test_kinds(void **state)
{
	struct world *w = *state;
	id_text old, young, running, waiting;
	struct store_submission item;
	struct store_analysis a;

	finished(w, old, T0);
	finished(w, young, T0 + 10 * DAY);
	(void)world_begun(w, running, T0);
	item = world_item(w, waiting);
	world_submit(w, &item, T0);
	assert_int_equal(retain(w, (struct store_retention){ 0 }, T0 + 1000 * DAY, 100), 0);
	assert_int_equal(
	    retain(w, (struct store_retention){ .requests = 5 * DAY }, T0 + 11 * DAY, 100), 1);
	assert_null(world_get(w, old, PART_REQUEST).request.data);
	assert_non_null(world_get(w, young, PART_REQUEST).request.data);
	assert_non_null(world_get(w, running, PART_REQUEST).request.data);
	assert_non_null(world_get(w, waiting, PART_REQUEST).request.data);
	assert_non_null(world_get(w, old, PART_RESPONSE).response.data);
	assert_int_equal(
	    retain(w, (struct store_retention){ .events = 5 * DAY }, T0 + 11 * DAY, 100), 2);
	assert_string_equal(world_events(w, running), "queued processing");
	assert_string_equal(world_events(w, old), "queued");
	assert_string_equal(world_events(w, young), "queued processing completed");
	assert_int_equal(
	    retain(w, (struct store_retention){ .results = 5 * DAY }, T0 + 11 * DAY, 100), 1);
	assert_int_equal(
	    store_get(w->store, sv_from(old), SV_NONE, 0, w->arena, &a, &w->err), COORD_ENODATA);
	assert_int_equal(world_number(w, "SELECT count(*) FROM campaigns"), 1);
	assert_int_equal(world_number(w, "SELECT count(*) FROM results"), 1);
	assert_int_equal(
	    retain(w,
		(struct store_retention){ .results = 5 * DAY, .requests = DAY, .events = DAY },
		T0 + 9 * DAY, 100),
	    0);
}

static void
test_limit(void **state)
{
	struct world *w = *state;
	id_text id;

	for (int i = 0; i < 5; i++)
		finished(w, id, T0 + i);
	assert_int_equal(retain(w, (struct store_retention){ .results = DAY }, T0 + 9 * DAY, 2), 2);
	assert_int_equal(world_number(w, "SELECT min(finished_us) FROM analyses"), T0 + 2);
	assert_int_equal(
	    retain(w, (struct store_retention){ .requests = DAY }, T0 + 9 * DAY, 2), 2);
	assert_int_equal(
	    retain(w, (struct store_retention){ .requests = DAY }, T0 + 9 * DAY, 2), 1);
	assert_int_equal(
	    retain(w, (struct store_retention){ .requests = DAY }, T0 + 9 * DAY, 2), 0);
}

static void
test_small_things(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);
	struct store_submit set = { .items = &item,
		.n = 1,
		.now_us = T0,
		.idempotency_owner = SV("k"),
		.idempotency_key = SV("key"),
		.fingerprint = SV("f"),
		.reply = SV("{}") };
	enum store_submitted what;
	struct sv reply;
	uint64_t sum;

	OK(store_submit_wait(w->store, &set, w->arena, &what, &reply, &w->err));
	assert_int_equal(
	    retain(w, (struct store_retention){ .idempotency = DAY }, T0 + DAY, 100), 0);
	assert_int_equal(
	    retain(w, (struct store_retention){ .idempotency = DAY }, T0 + DAY + 1, 100), 1);
	OK(store_value_put(w->store, SV("s"), SV("ends"), SV("v"), T0, false, &w->err));
	OK(store_value_put(w->store, SV("s"), SV("stays"), SV("v"), 0, false, &w->err));
	OK(store_count(w->store, SV("s"), SV("k"), T0, 5, &sum, &w->err));
	assert_int_equal(retain(w, (struct store_retention){ .values = 1 }, T0, 100), 0);
	assert_int_equal(retain(w, (struct store_retention){ .values = 1 }, T0 + 2, 100), 1);
	OK(store_count(w->store, SV("s"), SV("k"), T0, 0, &sum, &w->err));
	assert_int_equal(sum, 5);
	assert_int_equal(retain(w, (struct store_retention){ .values = 1 }, T0 + 41 * DAY, 100), 1);
	OK(store_count(w->store, SV("s"), SV("k"), T0, 0, &sum, &w->err));
	assert_int_equal(sum, 0);
	OK(store_value_get(w->store, SV("s"), SV("stays"), T0, w->arena, &reply, &w->err));
}

static void
test_callbacks(void **state)
{
	struct world *w = *state;
	struct store_callback *rows = NULL;
	id_text id;
	struct store_submission item = world_item(w, id);
	enum store_begun what;
	struct store_analysis a;
	uint64_t fence;
	size_t n;

	item.callback_url = SV("https://example.org/");
	world_submit(w, &item, T0);
	OK(store_begin(
	    w->store, sv_from(id), SV("w"), T0, 1000, 3, w->arena, &what, &fence, &a, &w->err));
	OK(store_fail(w->store, sv_from(id), fence, T0, SV("e"), SV_NONE, 0, false, &w->err));
	assert_int_equal(
	    retain(w, (struct store_retention){ .callbacks = DAY }, T0 + 9 * DAY, 100), 0);
	OK(store_callbacks_due(w->store, T0, 1, 1, w->arena, &rows, &n, &w->err));
	OK(store_callback_tried(w->store, sv_from(rows[0].id), T0, SV_NONE, 0, &w->err));
	assert_int_equal(
	    retain(w, (struct store_retention){ .callbacks = DAY }, T0 + 9 * DAY, 100), 1);
}

static void
test_audit(void **state)
{
	struct world *w = *state;
	struct store_audit *rows = NULL;
	uint8_t hash[32];
	size_t n = 0;

	for (int i = 0; i < 10; i++) {
		const struct store_audit entry = { .time_us = T0 + i * DAY, .action = SV("a") };

		OK(store_audit_add(w->store, &entry, &w->err));
	}
	OK(store_audit_list(w->store, 0, 100, w->arena, &rows, &n, &w->err));
	assert_int_equal(
	    retain(w, (struct store_retention){ .audit = 4 * DAY }, T0 + 9 * DAY, 3), 3);
	assert_int_equal(
	    retain(w, (struct store_retention){ .audit = 4 * DAY }, T0 + 9 * DAY, 3), 2);
	OK(store_audit_list(w->store, 0, 100, w->arena, &rows, &n, &w->err));
	/* 6 to 10, and a row for each time that rows went */
	assert_int_equal(n, 7);
	assert_int_equal(rows[0].seq, 6);
	assert_sv_equal(rows[5].action, "audit.retain");
	assert_sv_equal(rows[5].subject, "1-3");
	assert_sv_equal(rows[6].subject, "4-5");
	for (size_t i = 0; i < n; i++) {
		store_audit_hash(&rows[i], hash);
		assert_memory_equal(hash, rows[i].hash, 32);
		if (i > 0)
			assert_memory_equal(rows[i].previous, rows[i - 1].hash, 32);
	}
	/* the last one stays, and is chained to */
	(void)retain(w, (struct store_retention){ .audit = 1 }, T0 + 900 * DAY, 100);
	OK(store_audit_list(w->store, 0, 100, w->arena, &rows, &n, &w->err));
	assert_int_equal(n, 2);
	assert_int_equal(rows[0].seq, 12);
	assert_memory_equal(rows[1].previous, rows[0].hash, 32);
}

int
retain_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_kinds),
		WORLD_TEST(test_limit),
		WORLD_TEST(test_small_things),
		WORLD_TEST(test_callbacks),
		WORLD_TEST(test_audit),
	};

	return cmocka_run_group_tests_name("retain", tests, NULL, NULL);
}
