#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs/outcome.h"

static const struct config config = {
	.retry_base = 2000000, .retry_most = 300000000, .attempts = 3
};

static void
test_waits_double_up_to_the_most(void **state)
{
	(void)state;
	for (uint32_t attempt = 1; attempt < 100; attempt++) {
		int64_t full = attempt > 8 ? config.retry_most : config.retry_base << (attempt - 1);

		if (full > config.retry_most)
			full = config.retry_most;
		for (int i = 0; i < 50; i++) {
			char id[16];
			int64_t wait;

			(void)snprintf(id, sizeof(id), "%d", i);
			wait = outcome_wait(&config, sv_from(id), attempt);
			assert_true(wait >= full / 2 && wait <= full);
			assert_true(wait == outcome_wait(&config, sv_from(id), attempt));
		}
	}
}

static void
test_waits_are_spread(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (int i = 0; i < 200; i++) {
		char id[16];
		int64_t wait;

		(void)snprintf(id, sizeof(id), "id-%d", i);
		wait = outcome_wait(&config, sv_from(id), 1);
		least = wait < least ? wait : least;
		most = wait > most ? wait : most;
	}
	assert_true(least < config.retry_base * 6 / 10);
	assert_true(most > config.retry_base * 9 / 10);
}

/* --- against a store and a queue --------------------------------------------------------------------------------------------- */

static const int64_t t0 = 1700000000000000, lease = 30000000;

struct scene {
	char folder[64], url[128];
	struct arena *arena;
	struct jobs_world world;
	struct held held;
};

static int
open_scene(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	(void)snprintf(s->folder, sizeof(s->folder), "/tmp/coord-outcome-XXXXXX");
	assert_non_null(mkdtemp(s->folder));
	(void)snprintf(s->url, sizeof(s->url), "sqlite:%s/coord.db", s->folder);
	s->arena = arena_new(0);
	s->world.config = &config;
	assert_int_equal(store_open(s->url, NULL, &s->world.store, NULL), COORD_OK);
	assert_int_equal(queue_open(s->url, &s->world.queue, NULL), COORD_OK);
	*state = s;
	return 0;
}

static int
close_scene(void **state)
{
	static const char *const files[] = { "coord.db", "coord.db-wal", "coord.db-shm",
		"coord.db-bell" };
	struct scene *s = *state;
	char path[160];

	queue_close(s->world.queue);
	store_close(s->world.store);
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", s->folder, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(s->folder), 0);
	arena_free(s->arena);
	free(s);
	return 0;
}

static void
submit(struct scene *s)
{
	struct store_submission item = {
		.owner = SV("k"), .depth = SV("minimal"), .options = SV("{}"), .request = SV("x")
	};
	struct store_submit set = { .items = &item, .n = 1, .now_us = t0 };
	enum store_submitted what;
	struct sv reply;

	(void)snprintf(item.id, sizeof(item.id), "00000001-0000-4000-8000-000000000001");
	assert_int_equal(
	    store_submit_wait(s->world.store, &set, s->arena, &what, &reply, NULL), COORD_OK);
}

static void
begin(struct scene *s, int64_t now_us)
{
	struct store_analysis analysis;
	enum store_begun what;

	assert_int_equal(
	    queue_claim(s->world.queue, "w", now_us, lease, 0, &s->held.job, NULL), COORD_OK);
	assert_int_equal(store_begin(s->world.store, sv_from(s->held.job.item.id), SV("w"), now_us,
			     lease, 3, s->arena, &what, &s->held.fence, &analysis, NULL),
	    COORD_OK);
	assert_int_equal(what, BEGIN_YOURS);
	memcpy(s->held.id, analysis.id, sizeof(s->held.id));
	s->held.attempts = analysis.attempts;
}

static struct store_analysis
look(struct scene *s)
{
	struct store_analysis a;

	assert_int_equal(store_get(s->world.store, sv_from(s->held.id), SV_NONE, PART_RESPONSE,
			     s->arena, &a, NULL),
	    COORD_OK);
	return a;
}

static void
test_tried_again_then_dead(void **state)
{
	struct scene *s = *state;
	int64_t now_us = t0;
	struct store_analysis a;
	struct queue_job none;

	submit(s);
	for (uint32_t attempt = 1; attempt <= 3; attempt++) {
		begin(s, now_us);
		assert_int_equal(s->held.attempts, attempt);
		assert_int_equal(
		    outcome_put(&s->world, &s->held, OUTCOME_AGAIN, "it broke", now_us, NULL),
		    COORD_OK);
		if (attempt == 3)
			break;
		assert_int_equal(look(s).status, ANALYSIS_QUEUED);
		/* not before its time */
		assert_int_equal(
		    queue_claim(s->world.queue, "w", now_us, lease, 0, &none, NULL), COORD_ENODATA);
		now_us += config.retry_base << (attempt - 1);
	}
	a = look(s);
	assert_int_equal(a.status, ANALYSIS_FAILED);
	assert_true(a.dead);
	assert_sv_equal(a.error, "it broke");
	assert_true(sv_has(a.response, SV("\"status\":\"failed\"")));
	assert_true(sv_has(a.response, SV("\"error\":\"it broke\"")));
	assert_int_equal(
	    queue_claim(s->world.queue, "w", now_us + 3600 * TIME_SECOND, lease, 0, &none, NULL),
	    COORD_ENODATA);
}

static void
test_its_own_fault_is_no_dead_letter(void **state)
{
	struct scene *s = *state;
	struct store_analysis a;

	submit(s);
	begin(s, t0);
	assert_int_equal(
	    outcome_put(&s->world, &s->held, OUTCOME_OWN_FAULT, "no such format", t0, NULL),
	    COORD_OK);
	a = look(s);
	assert_int_equal(a.status, ANALYSIS_FAILED);
	assert_false(a.dead);
}

static void
test_an_attempt_that_counts_no_more_changes_nothing(void **state)
{
	struct scene *s = *state;
	struct held old;

	submit(s);
	begin(s, t0);
	old = s->held;
	begin(s, t0 + 2 * lease); /* the lease has ended: another attempt */
	assert_int_equal(
	    outcome_put(&s->world, &old, OUTCOME_AGAIN, "late", t0 + 2 * lease, NULL), COORD_OK);
	assert_int_equal(look(s).status, ANALYSIS_PROCESSING);
	assert_int_equal(look(s).attempts, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waits_double_up_to_the_most),
		cmocka_unit_test(test_waits_are_spread),
		cmocka_unit_test_setup_teardown(
		    test_tried_again_then_dead, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_its_own_fault_is_no_dead_letter, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(
		    test_an_attempt_that_counts_no_more_changes_nothing, open_scene, close_scene),
	};

	return cmocka_run_group_tests_name("jobs/outcome", tests, NULL, NULL);
}
