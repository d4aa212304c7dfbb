/* test_node.c - what nodes can do and what may befall them: time-outs, fallbacks, loops, questions, forms of fields that changed, replay, forks. */
#include "graphs.h"

#include <pthread.h>
#include <stdio.h>

/* --- a graph with a node that may be late, its fallback, and a loop ------------------------------------------------------ */

static enum coord_err
run_slow(struct workflow_step *step, struct coord_error *err)
{
	struct world *w = world_of(step);

	called(step);
	if (workflow_attempt(step) <= (uint32_t)w->fail_first)
		while (!workflow_cancelled(step))
			sched_yield();
	return workflow_set_int(step, "round", 1, err);
}

static enum coord_err
run_quick(struct workflow_step *step, struct coord_error *err)
{
	called(step);
	return workflow_set_int(step, "round", 1, err);
}

static enum coord_err
run_check(struct workflow_step *step, struct coord_error *err)
{
	int64_t total = 0;

	called(step);
	assert_true(workflow_get_int(step, "round", &total));
	workflow_decide(step, "round %d", (int)total);
	return workflow_set_bool(step, "enough", total >= world_of(step)->limit, err);
}

static bool
wants_more(const struct workflow_step *step)
{
	bool enough = true;

	return workflow_get_bool(step, "enough", &enough) && !enough;
}

static bool
has_enough(const struct workflow_step *step)
{
	return !wants_more(step);
}

static enum coord_err
run_last(struct workflow_step *step, struct coord_error *err)
{
	(void)err;
	called(step);
	return COORD_OK;
}

static const struct workflow_field loop_fields[] = {
	{ "round", WORKFLOW_INT, 1, workflow_sum, NULL, "times" },
	{ "enough", WORKFLOW_BOOL, 1, NULL, NULL, "no more" },
};
static const struct workflow_node loop_nodes[] = {
	{ .name = "a_slow",
	    .title = "Slow",
	    .run = run_slow,
	    .writes = "round",
	    .timeout_us = 50000,
	    .retry = { .on = WORKFLOW_ON_TIMEOUT, .attempts = 2 },
	    .fallback = "b_quick" },
	{ .name = "b_quick", .title = "Quick", .run = run_quick, .writes = "round" },
	{ .name = "c_check",
	    .title = "Check",
	    .run = run_check,
	    .reads = "round",
	    .writes = "enough" },
	{ .name = "d_last", .title = "Last", .run = run_last },
};
static const struct workflow_edge loop_edges[] = {
	{ "a_slow", "c_check", NULL, NULL, 0 },
	{ "c_check", "a_slow", wants_more, "more", 3 },
	{ "c_check", "d_last", has_enough, "enough", 0 },
};
static const struct workflow_graph looping = { "looping", "A loop", 1, loop_fields, 2, loop_nodes,
	4, loop_edges, 3 };

struct fixture {
	struct world world;
	struct arena *arena;
	struct workflow_checkpointer *memory;
	struct workflow_options options;
	struct workflow_outcome outcome;
	struct coord_error err;
};

static int
open_fixture(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->arena = arena_new(0);
	f->memory = workflow_memory();
	f->world.now_us = TIME_EARLIEST;
	f->world.limit = 1;
	f->options = options_for(&f->world, "run-1", f->memory);
	*state = f;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	workflow_checkpointer_free(f->memory);
	test_free(f);
	return 0;
}

static void
run(struct fixture *f, const struct workflow_graph *graph)
{
	if (workflow_run(graph, &f->options, f->arena, &f->outcome, &f->err) != COORD_OK)
		fail_msg("%s", f->err.what);
}

static void
test_a_late_attempt_does_not_count(void **state)
{
	struct fixture *f = *state;

	f->world.fail_first = 1;
	run(f, &looping);
	assert_int_equal(f->outcome.status, WORKFLOW_DONE);
	assert_int_equal(f->world.calls[0], 2);
	assert_int_equal(f->world.calls[1], 0);
	assert_sv_equal(workflow_outcome_get(&f->outcome, "round"), "1");
	assert_true(sv_has(f->outcome.chain, SV("\"outcome\":\"TIMEOUT\"")));
}

static void
test_a_fallback_stands_in(void **state)
{
	struct fixture *f = *state;

	f->world.fail_first = 9;
	run(f, &looping);
	assert_int_equal(f->outcome.status, WORKFLOW_DONE);
	assert_int_equal(f->world.calls[0], 2);
	assert_int_equal(f->world.calls[1], 1);
	assert_true(sv_has(f->outcome.chain, SV("\"node\":\"a_slow\",\"by\":\"b_quick\"")));
	assert_int_equal(f->world.calls[3], 1);
}

static void
test_a_loop_has_a_bound(void **state)
{
	struct fixture *f = *state;

	f->world.limit = 3;
	run(f, &looping);
	assert_sv_equal(workflow_outcome_get(&f->outcome, "round"), "3");
	assert_int_equal(f->world.calls[3], 1);
	f->options.id = "run-2";
	f->world.limit = 99;
	f->world.calls[3] = 0;
	run(f, &looping);
	assert_int_equal(f->outcome.status, WORKFLOW_DONE);
	/* once, and three times back; then nothing leads on */
	assert_sv_equal(workflow_outcome_get(&f->outcome, "round"), "4");
	assert_int_equal(f->world.calls[3], 0);
	/* walked again from what was kept */
	run(f, &looping);
	assert_int_equal(f->outcome.recalled, 8);
	f->options.id = "run-3";
	f->options.steps_most = 3;
	assert_int_equal(
	    workflow_run(&looping, &f->options, f->arena, &f->outcome, &f->err), COORD_ELIMIT);
}

/* --- a question --------------------------------------------------------------------------------------------------------- */

static enum coord_err
run_asking(struct workflow_step *step, struct coord_error *err)
{
	struct sv answer;

	called(step);
	TRY(workflow_interrupt(
	    step, SV("leave"), SV("{\"ask\":\"may 3 addresses leave?\"}"), &answer, err));
	return workflow_set(step, "said", answer, err);
}

static const struct workflow_field said_fields[] = {
	{ "said", WORKFLOW_TEXT, 1, NULL, NULL, "the answer" },
};
static const struct workflow_node said_nodes[] = {
	{ .name = "a_start", .title = "Start", .run = run_last },
	{ .name = "b_ask", .title = "Ask", .run = run_asking, .writes = "said" },
	{ .name = "c_last", .title = "Last", .run = run_last },
};
static const struct workflow_edge said_edges[] = {
	{ "a_start", "b_ask", NULL, NULL, 0 },
	{ "b_ask", "c_last", NULL, NULL, 0 },
};
static const struct workflow_graph asking = { "asking", "A question", 1, said_fields, 1, said_nodes,
	3, said_edges, 2 };

static void
test_a_question_pauses_until_it_is_answered(void **state)
{
	struct fixture *f = *state;
	struct store_workflow kept;
	struct workflow_replay replay;
	struct buf text = BUF_INIT(65536);
	struct jsonw w = jsonw_init(&text, false);
	uint32_t left = 9;

	run(f, &asking);
	assert_int_equal(f->outcome.status, WORKFLOW_PAUSED);
	assert_string_equal(f->outcome.node, "b_ask");
	assert_int_equal(workflow_load(f->memory, SV("run-1"), f->arena, &kept, NULL), COORD_OK);
	assert_int_equal(workflow_json(&kept, &w, NULL), COORD_OK);
	assert_true(sv_has(buf_sv(&text), SV("\"status\":\"paused\"")));
	assert_true(sv_has(buf_sv(&text), SV("may 3 addresses leave")));
	buf_clear(&text);
	/* nothing is run before there is an answer */
	run(f, &asking);
	assert_int_equal(f->outcome.status, WORKFLOW_PAUSED);
	assert_int_equal(f->world.calls[1], 1);
	assert_int_equal(
	    workflow_answer(f->memory, SV("run-1"), SV("other"), SV("yes"), 1, &left, &f->err),
	    COORD_ENODATA);
	assert_int_equal(workflow_answer(f->memory, SV("run-1"), SV_NONE, SV("yes"), TIME_EARLIEST,
			     &left, &f->err),
	    COORD_OK);
	assert_int_equal(left, 0);
	assert_int_equal(
	    workflow_answer(f->memory, SV("run-1"), SV_NONE, SV("no"), 1, &left, &f->err),
	    COORD_EINVALID);
	run(f, &asking);
	assert_int_equal(f->outcome.status, WORKFLOW_DONE);
	assert_sv_equal(workflow_outcome_get(&f->outcome, "said"), "yes");
	assert_int_equal(f->world.calls[0], 1);
	assert_true(sv_has(f->outcome.chain, SV("\"provider\":\"person\",\"key\":\"leave\"")));
	assert_int_equal(workflow_replay(&asking, f->memory, SV("run-1"), &f->options, f->arena,
			     &replay, &f->err),
	    COORD_OK);
	assert_int_equal(replay.n_differences, 0);
	assert_int_equal(replay.answers, 1);
}

/* --- fields whose form changed -------------------------------------------------------------------------------------------- */

static enum coord_err
migrate_said(uint32_t from, struct sv old, struct buf *out, struct coord_error *err)
{
	(void)err;
	buf_printf(out, "%.*s, as of version %u", SV_ARG(old), from);
	return COORD_OK;
}

static void
test_old_checkpoints_are_migrated_or_refused(void **state)
{
	struct fixture *f = *state;
	struct workflow_field newer[] = { said_fields[0] };
	struct workflow_graph graph = asking;
	uint32_t left;

	run(f, &asking);
	assert_int_equal(
	    workflow_answer(f->memory, SV("run-1"), SV_NONE, SV("yes"), 1, &left, NULL), COORD_OK);
	run(f, &asking);
	newer[0].version = 2;
	graph.fields = newer;
	assert_int_equal(
	    workflow_run(&graph, &f->options, f->arena, &f->outcome, &f->err), COORD_EINVALID);
	assert_non_null(strstr(f->err.what, "field said was written in version 1"));
	newer[0].migrate = migrate_said;
	run(f, &graph);
	assert_sv_equal(workflow_outcome_get(&f->outcome, "said"), "yes, as of version 1");
	/* an older program meets a newer run */
	graph.version = 2;
	f->options.id = "run-2";
	run(f, &graph);
	assert_int_equal(
	    workflow_run(&asking, &f->options, f->arena, &f->outcome, &f->err), COORD_EINVALID);
	assert_non_null(strstr(f->err.what, "version 2 of asking"));
}

static void
test_another_graph_is_refused(void **state)
{
	struct fixture *f = *state;
	struct workflow_node others[] = { said_nodes[0], said_nodes[2], said_nodes[1] };
	const struct workflow_edge swapped[] = { { "a_start", "c_last", NULL, NULL, 0 },
		{ "c_last", "b_ask", NULL, NULL, 0 } };
	struct workflow_graph graph = asking;

	run(f, &asking);
	assert_int_equal(
	    workflow_run(&diamond, &f->options, f->arena, &f->outcome, &f->err), COORD_EINVALID);
	assert_non_null(strstr(f->err.what, "is one of asking"));
	graph.nodes = others;
	graph.edges = swapped;
	assert_int_equal(
	    workflow_run(&graph, &f->options, f->arena, &f->outcome, &f->err), COORD_EINVALID);
	assert_non_null(strstr(f->err.what, "step 1"));
}

/* --- replay, fork ------------------------------------------------------------------------------------------------------------ */

static const struct workflow_input input = { "input", { "{\"n\":1}", 7 } };

static void
test_replay_compares_bit_for_bit(void **state)
{
	struct fixture *f = *state;
	struct workflow_replay replay;

	f->options.inputs = &input;
	f->options.n_inputs = 1;
	f->world.fail_first = 1;
	f->world.fail_with = COORD_EUNAVAIL;
	run(f, &diamond);
	f->world.asked = 0;
	assert_int_equal(workflow_replay(&diamond, f->memory, SV("run-1"), &f->options, f->arena,
			     &replay, &f->err),
	    COORD_OK);
	assert_int_equal(replay.steps, 5);
	assert_int_equal(replay.answers, 3);
	assert_int_equal(replay.n_differences, 0);
	assert_int_equal(f->world.asked, 0);
	f->world.drift = true;
	assert_int_equal(workflow_replay(&diamond, f->memory, SV("run-1"), &f->options, f->arena,
			     &replay, &f->err),
	    COORD_OK);
	assert_int_equal(replay.n_differences, 1);
	assert_string_equal(replay.differences[0], "step 2 (b): found comes out with other bytes");
	assert_int_equal(workflow_replay(&diamond, f->memory, SV("run-9"), &f->options, f->arena,
			     &replay, &f->err),
	    COORD_ENODATA);
}

static void
test_fork(void **state)
{
	static const struct workflow_input other = { "seen", { "[2]", 3 } },
					   bad = { "nothing", { "1", 1 } };
	struct fixture *f = *state;
	struct workflow_fork fork = { .to = "run-2", .step = 3, .changes = &other, .n_changes = 1 };
	struct store_workflow kept;

	f->options.inputs = &input;
	f->options.n_inputs = 1;
	run(f, &diamond);
	assert_int_equal(workflow_fork(&diamond, f->memory, SV("run-1"), &fork, &f->err), COORD_OK);
	assert_int_equal(
	    workflow_fork(&diamond, f->memory, SV("run-1"), &fork, &f->err), COORD_EINVALID);
	assert_int_equal(workflow_load(f->memory, SV("run-2"), f->arena, &kept, NULL), COORD_OK);
	assert_sv_equal(kept.origin, "run-1");
	f->options.id = "run-2";
	run(f, &diamond);
	assert_int_equal(f->outcome.status, WORKFLOW_DONE);
	/* a is shared, the branches run again with what was asked before */
	assert_int_equal(f->world.calls[0], 1);
	assert_int_equal(f->world.calls[2], 2);
	assert_int_equal(f->world.asked, 3);
	assert_sv_equal(workflow_outcome_get(&f->outcome, "seen"), "[2]");
	assert_true(sv_has(f->outcome.chain, SV("forked from run-1 before step 3")));
	fork.to = "run-3";
	fork.ask_again = true;
	assert_int_equal(workflow_fork(&diamond, f->memory, SV("run-1"), &fork, &f->err), COORD_OK);
	f->options.id = "run-3";
	run(f, &diamond);
	assert_int_equal(f->world.asked, 6);
	fork.to = "run-4";
	fork.step = 99;
	assert_int_equal(
	    workflow_fork(&diamond, f->memory, SV("run-1"), &fork, &f->err), COORD_EINVALID);
	fork.step = 3;
	fork.changes = &bad;
	assert_int_equal(
	    workflow_fork(&diamond, f->memory, SV("run-1"), &fork, &f->err), COORD_EINVALID);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_late_attempt_does_not_count),
		TEST(test_a_fallback_stands_in),
		TEST(test_a_loop_has_a_bound),
		TEST(test_a_question_pauses_until_it_is_answered),
		TEST(test_old_checkpoints_are_migrated_or_refused),
		TEST(test_another_graph_is_refused),
		TEST(test_replay_compares_bit_for_bit),
		TEST(test_fork),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
