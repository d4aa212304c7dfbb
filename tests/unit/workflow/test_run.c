/* test_run.c - runs: order, joins, retries, fallbacks, time-outs, loops, cancellation, resuming in memory. */
#include "graphs.h"

#include <pthread.h>
#include <time.h>

static const struct workflow_input input = { "input", { "{\"n\":1}", 7 } };

struct fixture {
	struct world world;
	struct arena *arena;
	struct workflow_checkpointer *memory;
	struct workflow_options options;
	struct workflow_outcome outcome;
	struct coord_error err;
};

static void
open_fixture(struct fixture *f)
{
	*f = (struct fixture){ .arena = arena_new(0), .memory = workflow_memory() };
	f->world.now_us = TIME_EARLIEST;
	f->options = options_for(&f->world, "run-1", f->memory);
	f->options.inputs = &input;
	f->options.n_inputs = 1;
	assert_non_null(f->arena);
	assert_non_null(f->memory);
}

static void
close_fixture(struct fixture *f)
{
	arena_free(f->arena);
	workflow_checkpointer_free(f->memory);
}

static void
run(struct fixture *f, const struct workflow_graph *graph)
{
	enum coord_err rc = workflow_run(graph, &f->options, f->arena, &f->outcome, &f->err);

	if (rc != COORD_OK)
		fail_msg("%s", f->err.what);
}

static void
test_branches_join_in_the_order_of_the_table(void **state)
{
	(void)state;
	for (unsigned threads = 0; threads < 4; threads++) {
		struct fixture f;

		open_fixture(&f);
		f.options.threads = threads;
		run(&f, &diamond);
		assert_int_equal(f.outcome.status, WORKFLOW_DONE);
		assert_int_equal(f.outcome.steps, 6);
		assert_sv_equal(workflow_outcome_get(&f.outcome, "found"), "[\"b\",\"c\",\"d\"]");
		assert_sv_equal(workflow_outcome_get(&f.outcome, "count"), "3");
		assert_sv_equal(workflow_outcome_get(&f.outcome, "half"), "1.5");
		assert_sv_equal(workflow_outcome_get(&f.outcome, "many"), "true");
		assert_null(workflow_outcome_get(&f.outcome, "nothing").data);
		close_fixture(&f);
	}
}

static void
test_the_chain_does_not_depend_on_threads(void **state)
{
	char head[65];
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.options.threads = 1;
	run(&f, &diamond);
	memcpy(head, f.outcome.head, sizeof(head));
	close_fixture(&f);
	open_fixture(&f);
	f.options.checkpointer = NULL;
	run(&f, &diamond);
	assert_string_equal(head, f.outcome.head);
	close_fixture(&f);
}

static void
test_a_failed_attempt_is_tried_again(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.world.fail_first = 3;
	f.world.fail_with = COORD_EUNAVAIL;
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_DONE);
	assert_int_equal(f.world.calls[1], 4);
	assert_int_equal(f.world.asked, 3);
	/* 1, 2, then the cap instead of 4 ms */
	assert_int_equal(f.world.n_waits, 3);
	assert_int_equal(f.world.waits[0], 1000);
	assert_int_equal(f.world.waits[1], 2000);
	assert_int_equal(f.world.waits[2], 3000);
	assert_true(
	    sv_has(f.outcome.chain, SV("{\"by\":\"b\",\"attempt\":3,\"outcome\":\"UNAVAIL\"")));
	close_fixture(&f);
}

static void
test_only_chosen_outcomes_are_tried_again(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.world.fail_first = 1;
	f.world.fail_with = COORD_EPARSE;
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_FAILED);
	assert_string_equal(f.outcome.node, "b");
	assert_string_equal(f.outcome.error.what, "b does not want to");
	assert_int_equal(f.outcome.error.code, COORD_EPARSE);
	assert_int_equal(f.world.n_waits, 0);
	close_fixture(&f);
}

static void
test_a_failed_run_goes_on_where_it_failed(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.world.fail_first = 1;
	f.world.fail_with = COORD_EPARSE;
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_FAILED);
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_DONE);
	assert_int_equal(f.world.calls[0], 1);
	assert_int_equal(f.world.calls[1], 2);
	assert_int_equal(f.world.calls[2], 1);
	assert_int_equal(f.world.asked, 3); /* b's look-up was recorded before it failed */
	assert_int_equal(f.outcome.recalled, 3);
	/* one that is done only tells its outcome */
	run(&f, &diamond);
	assert_int_equal(f.outcome.recalled, 5);
	assert_int_equal(f.world.calls[4], 1);
	assert_sv_equal(workflow_outcome_get(&f.outcome, "count"), "3");
	close_fixture(&f);
}

static void
test_inputs_are_checked(void **state)
{
	static const struct workflow_input bad[] = {
		{ "input", { "{", 1 } },
		{ "count", { "one", 3 } },
		{ "half", { "NaN", 3 } },
		{ "many", { "yes", 3 } },
		{ "nothing", { "1", 1 } },
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		open_fixture(&f);
		f.options.inputs = &bad[i];
		assert_int_equal(workflow_run(&diamond, &f.options, f.arena, &f.outcome, &f.err),
		    COORD_EINVALID);
		assert_non_null(strstr(f.err.what, bad[i].field));
		close_fixture(&f);
	}
}

static void
note_event(void *context, const struct workflow_event *event)
{
	struct world *w = context;

	assert_true(event->share >= w->share && event->share <= 1);
	assert_non_null(event->stage);
	w->share = event->share;
	atomic_fetch_add(&w->events[event->what], 1);
}

static void
test_who_watches_is_told(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.world.fail_first = 1;
	f.world.fail_with = COORD_EUNAVAIL;
	f.options.event = note_event;
	f.options.event_context = &f.world;
	run(&f, &diamond);
	assert_int_equal(f.world.events[WORKFLOW_STARTED], 6);
	assert_int_equal(f.world.events[WORKFLOW_PROGRESS], 3);
	assert_int_equal(f.world.events[WORKFLOW_RETRIED], 1);
	assert_int_equal(f.world.events[WORKFLOW_FINISHED], 5);
	assert_true(f.world.share > 0.999);
	f.world.share = 0;
	run(&f, &diamond);
	assert_int_equal(f.world.events[WORKFLOW_RECALLED], 5);
	assert_int_equal(f.world.events[WORKFLOW_FINISHED], 5);
	close_fixture(&f);
}

static void
test_a_newer_run_takes_over(void **state)
{
	struct fixture f;
	struct store_workflow run_now;

	(void)state;
	open_fixture(&f);
	f.options.fence = 7;
	run(&f, &diamond);
	f.options.fence = 6;
	assert_int_equal(
	    workflow_run(&diamond, &f.options, f.arena, &f.outcome, &f.err), COORD_ECANCELLED);
	assert_int_equal(workflow_load(f.memory, SV("run-1"), f.arena, &run_now, &f.err), COORD_OK);
	assert_int_equal(run_now.status, WORKFLOW_DONE);
	assert_int_equal(
	    workflow_load(f.memory, SV("run-2"), f.arena, &run_now, &f.err), COORD_ENODATA);
	close_fixture(&f);
}

static void
test_cancelled(void **state)
{
	atomic_bool cancel = true;
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.options.cancel = &cancel;
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_CANCELLED);
	assert_int_equal(f.world.calls[0], 0);
	atomic_store(&cancel, false);
	run(&f, &diamond);
	assert_int_equal(f.outcome.status, WORKFLOW_DONE);
	close_fixture(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_branches_join_in_the_order_of_the_table),
		cmocka_unit_test(test_the_chain_does_not_depend_on_threads),
		cmocka_unit_test(test_a_failed_attempt_is_tried_again),
		cmocka_unit_test(test_only_chosen_outcomes_are_tried_again),
		cmocka_unit_test(test_a_failed_run_goes_on_where_it_failed),
		cmocka_unit_test(test_inputs_are_checked),
		cmocka_unit_test(test_who_watches_is_told),
		cmocka_unit_test(test_a_newer_run_takes_over),
		cmocka_unit_test(test_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
