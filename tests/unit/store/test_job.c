/* test_job.c - the life of a job, and every step of it repeated or come too late. */
#include "world.h"

#include <math.h>
#include <stdio.h>

#define LEASE 1000000

static enum store_begun
begin(struct world *w, const char *id, const char *worker, int64_t now_us, uint64_t *fence)
{
	enum store_begun what = BEGIN_HELD;
	struct store_analysis a;

	OK(store_begin(w->store, sv_from(id), sv_from(worker), now_us, LEASE, 3, w->arena, &what,
	    fence, &a, &w->err));
	return what;
}

static const struct store_result plain = {
	.confidence = 0.75,
	.verdict = { "coordinated", 11 },
	.sessions = 5,
	.enrichment_applied = true,
	.response = { "{\"r\":1}", 7 },
	.document = { "doc\0x", 5 },
};

static void
test_begin(void **state)
{
	struct world *w = *state;
	id_text id;
	struct store_submission item = world_item(w, id);
	struct store_analysis a;
	enum store_begun what = BEGIN_HELD;
	uint64_t fence = 0, other = 77;

	world_submit(w, &item, T0);
	OK(store_begin(w->store, sv_from(id), SV("w1"), T0 + 10, LEASE, 3, w->arena, &what, &fence,
	    &a, &w->err));
	assert_int_equal(what, BEGIN_YOURS);
	assert_int_equal(a.status, ANALYSIS_PROCESSING);
	assert_int_equal(a.attempts, 1);
	assert_int_equal(a.started_us, T0 + 10);
	assert_sv_equal(a.request, "zstd\0of\xff"
				   "bytes");
	assert_int_equal(begin(w, id, "w2", T0 + 20, &other), BEGIN_HELD);
	assert_int_equal(other, 77);
	assert_string_equal(world_events(w, id), "queued processing");
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 1);
}

/** The answer of the first call was lost: the worker asks again, and it costs no attempt. */
static void
test_begin_repeated(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t first = world_begun(w, id, T0), second = 0;

	assert_int_equal(begin(w, id, "worker-1", T0 + 1, &second), BEGIN_YOURS);
	assert_true(second > first);
	assert_int_equal(world_get(w, id, 0).attempts, 1);
	assert_string_equal(world_events(w, id), "queued processing");
	assert_int_equal(
	    store_finish(w->store, sv_from(id), first, T0 + 2, &plain, &w->err), COORD_ECANCELLED);
	OK(store_finish(w->store, sv_from(id), second, T0 + 2, &plain, &w->err));
}

static void
test_begin_of_what_is_not_there(void **state)
{
	struct world *w = *state;
	uint64_t fence = 5;

	assert_int_equal(
	    begin(w, "00000000-0000-4000-8000-000000000000", "w", T0, &fence), BEGIN_FINISHED);
	assert_int_equal(begin(w, "what", "w", T0, &fence), BEGIN_FINISHED);
	assert_int_equal(fence, 5);
}

/** A lease that ended: the next worker gets it, and what the first one says afterwards is refused. */
static void
test_fence(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t first = world_begun(w, id, T0), second = 0;

	assert_int_equal(begin(w, id, "w2", T0 + LEASE - 1, &second), BEGIN_HELD);
	assert_int_equal(begin(w, id, "w2", T0 + LEASE, &second), BEGIN_YOURS);
	assert_true(second > first);
	assert_int_equal(world_get(w, id, 0).attempts, 2);
	assert_int_equal(
	    store_heartbeat(w->store, sv_from(id), first, T0, LEASE, SV("x"), 0, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(
	    store_finish(w->store, sv_from(id), first, T0, &plain, &w->err), COORD_ECANCELLED);
	assert_int_equal(
	    store_fail(w->store, sv_from(id), first, T0, SV("e"), SV_NONE, 0, true, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(
	    store_release(w->store, sv_from(id), first, T0, &w->err), COORD_ECANCELLED);
	assert_int_equal(world_get(w, id, 0).status, ANALYSIS_PROCESSING);
	OK(store_finish(w->store, sv_from(id), second, T0 + 5, &plain, &w->err));
}

static void
test_heartbeat(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t fence = world_begun(w, id, T0), other = 0;
	struct store_event *events = NULL;
	size_t n = 0;

	OK(store_heartbeat(
	    w->store, sv_from(id), fence, T0 + LEASE, LEASE, SV("edges"), 0.501, &w->err));
	assert_int_equal(begin(w, id, "w2", T0 + LEASE + 5, &other), BEGIN_HELD);
	assert_sv_equal(world_get(w, id, 0).stage, "edges");
	assert_true(world_get(w, id, 0).share == 0.501);
	OK(store_heartbeat(
	    w->store, sv_from(id), fence, T0 + LEASE + 1, LEASE, SV("edges"), 0.502, &w->err));
	OK(store_heartbeat(
	    w->store, sv_from(id), fence, T0 + LEASE + 2, LEASE, SV("edges"), 0.52, &w->err));
	OK(store_heartbeat(
	    w->store, sv_from(id), fence, T0 + LEASE + 3, LEASE, SV("score"), 0.52, &w->err));
	OK(store_heartbeat(
	    w->store, sv_from(id), fence, T0 + LEASE + 4, LEASE, SV_NONE, NAN, &w->err));
	assert_string_equal(
	    world_events(w, id), "queued processing progress progress progress progress");
	OK(store_events(w->store, sv_from(id), 3, 2, w->arena, &events, &n, &w->err));
	assert_int_equal(n, 2);
	assert_int_equal(events[0].seq, 4);
	assert_int_equal(events[0].time_us, T0 + LEASE + 2);
	assert_sv_equal(events[0].data, "{\"stage\":\"edges\",\"percent\":52}");
	assert_int_equal(store_heartbeat(w->store, SV("00000000-0000-4000-8000-000000000000"),
			     fence, T0, LEASE, SV("x"), 0, &w->err),
	    COORD_ECANCELLED);
}

static void
test_finish(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t fence = world_begun(w, id, T0);
	struct store_analysis a;
	struct store_result other = plain;

	OK(store_finish(w->store, sv_from(id), fence, T0 + 30, &plain, &w->err));
	other.verdict = SV("coincidental");
	OK(store_finish(w->store, sv_from(id), fence, T0 + 31, &other, &w->err));
	a = world_get(w, id, PART_RESPONSE | PART_DOCUMENT);
	assert_int_equal(a.status, ANALYSIS_COMPLETED);
	assert_sv_equal(a.verdict, "coordinated");
	assert_true(a.confidence == 0.75);
	assert_true(a.enrichment_applied);
	assert_sv_equal(a.response, "{\"r\":1}");
	assert_sv_equal(a.document, "doc\0x");
	assert_int_equal(a.finished_us, T0 + 30);
	assert_true(a.share == 1);
	assert_int_equal(a.sessions, 5);
	assert_null(a.stage.data);
	assert_string_equal(world_events(w, id), "queued processing completed");
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 0);
	assert_int_equal(begin(w, id, "w2", T0 + 40, &fence), BEGIN_FINISHED);
}

static void
test_retry_then_dead(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t fence = world_begun(w, id, T0);
	struct store_analysis a;

	OK(store_fail(w->store, sv_from(id), fence, T0 + 5, SV("killed by signal \xff 11"), SV_NONE,
	    T0 + 2000000, false, &w->err));
	OK(store_fail(w->store, sv_from(id), fence, T0 + 5, SV("again"), SV_NONE, T0 + 2000000,
	    false, &w->err));
	a = world_get(w, id, 0);
	assert_int_equal(a.status, ANALYSIS_QUEUED);
	assert_int_equal(a.attempts, 1);
	assert_sv_equal(a.error, "killed by signal \xff 11");
	assert_int_equal(world_number(w, "SELECT not_before_us FROM jobs"), T0 + 2000000);
	assert_int_equal(world_number(w, "SELECT claimed_until_us FROM jobs"), 0);
	assert_int_equal(begin(w, id, "w2", T0 + 2000000, &fence), BEGIN_YOURS);
	OK(store_fail(w->store, sv_from(id), fence, T0 + 2000001, SV("out of memory"),
	    SV("{\"failed\":1}"), 0, true, &w->err));
	OK(store_fail(w->store, sv_from(id), fence, T0 + 2000001, SV("out of memory"),
	    SV("{\"failed\":1}"), 0, true, &w->err));
	a = world_get(w, id, PART_RESPONSE);
	assert_int_equal(a.status, ANALYSIS_FAILED);
	assert_true(a.dead);
	assert_sv_equal(a.error, "out of memory");
	assert_sv_equal(a.response, "{\"failed\":1}");
	assert_int_equal(a.finished_us, T0 + 2000001);
	assert_string_equal(world_events(w, id), "queued processing queued processing failed");
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 0);
}

static void
test_spent(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t fence = world_begun(w, id, T0);
	struct store_analysis a;

	OK(store_fail(w->store, sv_from(id), fence, T0 + 1, SV("signal 11"), SV_NONE, T0 + 2, false,
	    &w->err));
	assert_int_equal(begin(w, id, "w2", T0 + 3, &fence), BEGIN_YOURS);
	assert_int_equal(begin(w, id, "w3", T0 + 3 + LEASE, &fence), BEGIN_YOURS);
	assert_int_equal(begin(w, id, "w4", T0 + 4 + 2 * LEASE, &fence), BEGIN_SPENT);
	a = world_get(w, id, 0);
	assert_int_equal(a.status, ANALYSIS_FAILED);
	assert_true(a.dead);
	assert_int_equal(a.attempts, 3);
	assert_non_null(strstr(arena_strdup(w->arena, a.error), "3 times"));
	assert_non_null(strstr(arena_strdup(w->arena, a.error), "signal 11"));
	assert_int_equal(begin(w, id, "w5", T0 + 5 + 3 * LEASE, &fence), BEGIN_FINISHED);
}

static void
test_release(void **state)
{
	struct world *w = *state;
	id_text id;
	uint64_t fence = world_begun(w, id, T0);

	OK(store_release(w->store, sv_from(id), fence, T0 + 7, &w->err));
	OK(store_release(w->store, sv_from(id), fence, T0 + 8, &w->err));
	assert_int_equal(world_get(w, id, 0).status, ANALYSIS_QUEUED);
	assert_int_equal(world_get(w, id, 0).attempts, 0);
	assert_int_equal(world_number(w, "SELECT not_before_us FROM jobs"), T0 + 7);
	assert_int_equal(begin(w, id, "w2", T0 + 8, &fence), BEGIN_YOURS);
	assert_int_equal(world_get(w, id, 0).attempts, 1);
}

static void
test_cancel(void **state)
{
	struct world *w = *state;
	id_text id, running;
	struct store_submission item = world_item(w, id);
	bool cancelled = false;
	uint64_t fence;
	struct store_analysis a;

	item.callback_url = SV("https://example.org/");
	world_submit(w, &item, T0);
	fence = world_begun(w, running, T0);
	assert_int_equal(
	    store_delete(w->store, sv_from(id), SV("k_two"), T0 + 1, SV_NONE, &cancelled, &w->err),
	    COORD_ENODATA);
	OK(store_delete(
	    w->store, sv_from(id), SV("k_one"), T0 + 1, SV("{\"c\":1}"), &cancelled, &w->err));
	assert_true(cancelled);
	a = world_get(w, id, PART_RESPONSE);
	assert_int_equal(a.status, ANALYSIS_CANCELLED);
	assert_sv_equal(a.error, "cancelled");
	assert_sv_equal(a.response, "{\"c\":1}");
	assert_int_equal(a.finished_us, T0 + 1);
	cancelled = false;
	OK(store_delete(w->store, sv_from(running), SV_NONE, T0 + 2, SV_NONE, &cancelled, &w->err));
	assert_true(cancelled);
	assert_int_equal(store_heartbeat(w->store, sv_from(running), fence, T0 + 3, LEASE, SV("x"),
			     0.9, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(store_finish(w->store, sv_from(running), fence, T0 + 3, &plain, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(store_fail(w->store, sv_from(running), fence, T0 + 3, SV("e"), SV_NONE, 0,
			     false, &w->err),
	    COORD_ECANCELLED);
	assert_int_equal(begin(w, running, "w2", T0 + 10 * LEASE, &fence), BEGIN_FINISHED);
	assert_string_equal(world_events(w, running), "queued processing failed");
	assert_int_equal(world_number(w, "SELECT count(*) FROM jobs"), 0);
	assert_int_equal(world_number(w, "SELECT count(*) FROM callbacks"), 0);
}

static void
test_delete_leaves_nothing(void **state)
{
	struct world *w = *state;
	static const char *const tables[] = { "analyses", "requests", "results", "jobs", "events",
		"campaigns", "callbacks" };
	const struct store_campaign campaign = {
		.key = SV("0123456789abcdef"), .verdict = SV("coordinated"), .confidence = 0.9
	};
	struct store_result result = plain;
	id_text id;
	struct store_submission item = world_item(w, id);
	bool cancelled = true;
	uint64_t fence = 0;
	struct store_analysis a;

	item.callback_url = SV("https://example.org/");
	world_submit(w, &item, T0);
	assert_int_equal(begin(w, id, "w", T0, &fence), BEGIN_YOURS);
	result.campaigns = &campaign;
	result.n_campaigns = 1;
	OK(store_finish(w->store, sv_from(id), fence, T0 + 1, &result, &w->err));
	assert_int_equal(world_number(w, "SELECT count(*) FROM campaigns"), 1);
	assert_int_equal(world_number(w, "SELECT count(*) FROM callbacks"), 1);
	OK(store_delete(w->store, sv_from(id), SV("k_one"), T0 + 2, SV_NONE, &cancelled, &w->err));
	assert_false(cancelled);
	for (size_t i = 0; i < COUNT_OF(tables); i++) {
		char sql[64];

		(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", tables[i]);
		assert_int_equal(world_number(w, sql), 0);
	}
	assert_int_equal(
	    store_get(w->store, sv_from(id), SV_NONE, 0, w->arena, &a, &w->err), COORD_ENODATA);
	assert_int_equal(
	    store_delete(w->store, sv_from(id), SV_NONE, T0 + 2, SV_NONE, &cancelled, &w->err),
	    COORD_ENODATA);
	assert_int_equal(
	    store_finish(w->store, sv_from(id), fence, T0 + 3, &result, &w->err), COORD_ECANCELLED);
	assert_int_equal(
	    store_release(w->store, sv_from(id), fence, T0 + 3, &w->err), COORD_ECANCELLED);
}

static void
test_requeue(void **state)
{
	struct world *w = *state;
	id_text id, fine;
	uint64_t fence = world_begun(w, id, T0);
	struct store_analysis a;

	(void)world_begun(w, fine, T0);
	OK(store_fail(
	    w->store, sv_from(id), fence, T0 + 5, SV("boom"), SV("{}"), 0, true, &w->err));
	assert_int_equal(store_requeue(w->store, sv_from(fine), T0 + 6, &w->err), COORD_ENODATA);
	assert_int_equal(store_requeue(w->store, SV("nonsense"), T0 + 6, &w->err), COORD_ENODATA);
	OK(store_requeue(w->store, sv_from(id), T0 + 6, &w->err));
	a = world_get(w, id, PART_RESPONSE | PART_REQUEST);
	assert_int_equal(a.status, ANALYSIS_QUEUED);
	assert_int_equal(a.attempts, 0);
	assert_false(a.dead);
	assert_null(a.error.data);
	assert_null(a.response.data);
	assert_int_equal(a.finished_us, 0);
	assert_int_equal(a.request.len, 13);
	assert_int_equal(begin(w, id, "w2", T0 + 7, &fence), BEGIN_YOURS);
	assert_string_equal(world_events(w, id), "queued processing failed queued processing");
}

static void
test_backlog(void **state)
{
	struct world *w = *state;
	struct store_backlog b;
	id_text id;
	struct store_submission item;
	uint64_t fence;

	OK(store_backlog(w->store, &b, &w->err));
	assert_int_equal(b.queued + b.processing + b.dead, 0);
	assert_int_equal(b.oldest_us, 0);
	(void)world_begun(w, id, T0);
	fence = world_begun(w, id, T0 + 1);
	OK(store_fail(w->store, sv_from(id), fence, T0 + 2, SV("x"), SV_NONE, 0, true, &w->err));
	for (int i = 0; i < 3; i++) {
		item = world_item(w, id);
		world_submit(w, &item, T0 + 10 - i);
	}
	OK(store_backlog(w->store, &b, &w->err));
	assert_int_equal(b.queued, 3);
	assert_int_equal(b.processing, 1);
	assert_int_equal(b.dead, 1);
	assert_int_equal(b.oldest_us, T0 + 8);
}

static void
test_stranded(void **state)
{
	struct world *w = *state;
	struct store_job *jobs = NULL;
	id_text first, second, running;
	struct store_submission item = world_item(w, first);
	size_t n = 9;
	uint64_t fence;

	item.priority = JOB_BULK;
	world_submit(w, &item, T0);
	item = world_item(w, second);
	world_submit(w, &item, T0 + 500);
	fence = world_begun(w, running, T0);
	OK(store_stranded(w->store, T0 + 1000, T0, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 0);
	OK(store_stranded(w->store, T0 + 1000, T0 + 500, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1);
	assert_string_equal(jobs[0].id, first);
	assert_sv_equal(jobs[0].owner, "k_one");
	assert_int_equal(jobs[0].priority, JOB_BULK);
	assert_int_equal(jobs[0].created_us, T0);
	OK(store_stranded(w->store, T0 + 1001, T0 + 1000, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1); /* the first was put again at T0 + 1000 */
	assert_string_equal(jobs[0].id, second);
	/* a lease that ended */
	OK(store_stranded(w->store, T0 + LEASE, T0 + 1000, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1);
	assert_string_equal(jobs[0].id, running);
	/* a retry whose time has not come */
	OK(store_fail(w->store, sv_from(running), fence, T0 + LEASE, SV("e"), SV_NONE,
	    T0 + 9 * LEASE, false, &w->err));
	OK(store_stranded(
	    w->store, T0 + 8 * LEASE, T0 + 2 * LEASE, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 2);
	OK(store_stranded(
	    w->store, T0 + 9 * LEASE, T0 + 8 * LEASE, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1);
	assert_string_equal(jobs[0].id, running);
	assert_int_equal(jobs[0].not_before_us, T0 + 9 * LEASE);
	OK(store_stranded(
	    w->store, T0 + 20 * LEASE, T0 + 19 * LEASE, 2, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 2);
	OK(store_stranded(
	    w->store, T0 + 20 * LEASE, T0 + 19 * LEASE, 2, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1);
}

/** A lease that lies hours ahead was given by a clock that has been set back: it holds nobody up. */
static void
test_clock_set_back(void **state)
{
	struct world *w = *state;
	const int64_t before = T0 + 7200 * TIME_SECOND;
	struct store_job *jobs;
	id_text id;
	size_t n;
	uint64_t first = world_begun(w, id, before), second = 0;

	OK(store_stranded(w->store, T0, T0 - LEASE, 10, w->arena, &jobs, &n, &w->err));
	assert_int_equal(n, 1);
	assert_int_equal(begin(w, id, "w2", T0, &second), BEGIN_YOURS);
	assert_int_equal(
	    store_finish(w->store, sv_from(id), first, T0, &plain, &w->err), COORD_ECANCELLED);
	OK(store_finish(w->store, sv_from(id), second, T0 + 1, &plain, &w->err));
}

int
job_tests(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_begin),
		WORLD_TEST(test_begin_repeated),
		WORLD_TEST(test_begin_of_what_is_not_there),
		WORLD_TEST(test_fence),
		WORLD_TEST(test_heartbeat),
		WORLD_TEST(test_finish),
		WORLD_TEST(test_retry_then_dead),
		WORLD_TEST(test_spent),
		WORLD_TEST(test_release),
		WORLD_TEST(test_cancel),
		WORLD_TEST(test_delete_leaves_nothing),
		WORLD_TEST(test_requeue),
		WORLD_TEST(test_backlog),
		WORLD_TEST(test_stranded),
		WORLD_TEST(test_clock_set_back),
	};

	return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
