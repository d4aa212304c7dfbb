/* test_workflow.c - rows of runs: they go with their analysis, by deletion and by retention, and those of no analysis by their own age; a fork that is a new analysis
 * is there whole or not at all. */
#include "world.h"

#define DAY (INT64_C(86400) * 1000000)

static struct store_workflow
begun(struct world *w, struct sv id, struct sv analysis, uint64_t job_fence, int64_t now_us)
{
	const struct store_workflow_begin begin = { .id = id,
		.graph = SV("g"),
		.analysis = analysis,
		.job_fence = job_fence,
		.version = 1,
		.now_us = now_us };
	struct store_workflow run;

	OK(store_workflow_begin(w->store, &begin, w->arena, &run, &w->err));
	return run;
}

static struct store_workflow_step
step(uint32_t number, const char *node)
{
	return (struct store_workflow_step){ .step = number,
		.visit = 1,
		.attempts = 1,
		.node = sv_from(node),
		.started_us = T0,
		.record = SV("{}"),
		.outputs = SV("") };
}

/* Three steps, an answer in each of the last two, and the end. */
static void
fill(struct world *w, struct store_workflow run, int64_t now_us)
{
	static const char *const nodes[] = { "start", "a", "b" };

	for (uint32_t i = 0; i < COUNT_OF(nodes); i++) {
		struct store_workflow_step s = step(i, nodes[i]);
		const struct store_workflow_effect e = { .node = s.node,
			.visit = 1,
			.provider = SV("p"),
			.key = SV("k"),
			.time_us = T0,
			.question = SV_NONE,
			.value = SV("v") };

		OK(store_workflow_step(w->store, run.seq, run.fence, &s, &w->err));
		if (i > 0)
			OK(store_workflow_effect(w->store, run.seq, run.fence, &e, &w->err));
	}
	OK(store_workflow_end(
	    w->store, run.seq, run.fence, WORKFLOW_DONE, SV_NONE, SV_NONE, now_us, &w->err));
}

static void
assert_rows(const struct world *w, int64_t runs, int64_t steps, int64_t effects)
{
	assert_int_equal(world_number(w, "SELECT count(*) FROM workflow_runs"), runs);
	assert_int_equal(world_number(w, "SELECT count(*) FROM workflow_steps"), steps);
	assert_int_equal(world_number(w, "SELECT count(*) FROM workflow_effects"), effects);
}

/** A finished analysis with a run. */
static void
finished(struct world *w, id_text id, int64_t now_us)
{
	const struct store_result result = {
		.verdict = SV("coordinated"), .response = SV("{}"), .document = SV("d")
	};
	uint64_t fence = world_begun(w, id, now_us);

	fill(w, begun(w, sv_from(id), sv_from(id), fence, now_us), now_us);
	OK(store_finish(w->store, sv_from(id), fence, now_us, &result, &w->err));
}

static void
test_deletion(void **state)
{
	struct world *w = *state;
	id_text gone, stays;
	struct store_workflow run;
	bool cancelled = true;

	finished(w, gone, T0);
	finished(w, stays, T0);
	fill(w, begun(w, SV("of-none"), SV_NONE, 0, T0), T0);
	assert_rows(w, 3, 9, 6);
	OK(store_delete(w->store, sv_from(gone), SV_NONE, T0 + 1, SV("{}"), &cancelled, &w->err));
	assert_false(cancelled);
	assert_rows(w, 2, 6, 4);
	assert_int_equal(
	    store_workflow_get(w->store, sv_from(gone), w->arena, &run, &w->err), COORD_ENODATA);
	OK(store_workflow_get(w->store, sv_from(stays), w->arena, &run, &w->err));
	assert_int_equal(run.n_steps, 3);
	assert_string_equal(run.analysis, stays);
}

static void
test_retention(void **state)
{
	struct world *w = *state;
	const struct store_retention week = { .results = 7 * DAY }, others = { .requests = DAY,
		.events = DAY,
		.callbacks = DAY,
		.idempotency = DAY,
		.audit = DAY,
		.values = DAY };
	id_text old, young, running;
	struct store_workflow run;
	uint64_t fence, went = 0;

	finished(w, old, T0);
	finished(w, young, T0 + 5 * DAY);
	fence = world_begun(w, running, T0);
	fill(w, begun(w, sv_from(running), sv_from(running), fence, T0), T0);
	fill(w, begun(w, SV("old-of-none"), SV_NONE, 0, T0), T0);
	fill(w, begun(w, SV("young-of-none"), SV_NONE, 0, T0 + 5 * DAY), T0 + 5 * DAY);
	OK(store_retain(w->store, &others, T0 + 400 * DAY, 100, &went, &w->err));
	assert_rows(w, 5, 15, 10);
	OK(store_retain(w->store, &week, T0 + 6 * DAY, 100, &went, &w->err));
	assert_int_equal(went, 0);
	assert_rows(w, 5, 15, 10);
	OK(store_retain(w->store, &week, T0 + 8 * DAY, 100, &went, &w->err));
	assert_int_equal(went, 2);
	assert_rows(w, 3, 9, 6);
	OK(store_workflow_get(w->store, sv_from(young), w->arena, &run, &w->err));
	OK(store_workflow_get(w->store, sv_from(running), w->arena, &run, &w->err));
	OK(store_workflow_get(w->store, SV("young-of-none"), w->arena, &run, &w->err));
	OK(store_retain(w->store, &week, T0 + 100 * DAY, 1, &went, &w->err));
	OK(store_retain(w->store, &week, T0 + 100 * DAY, 1, &went, &w->err));
	assert_rows(w, 1, 3, 2); /* that of the analysis that has not ended */
}

static struct store_workflow_fork
fork_of(const char *from, const struct store_submission *item)
{
	return (struct store_workflow_fork){ .from = sv_from(from),
		.to = sv_from(item->id),
		.keep = 2,
		.change = step(2, "fork"),
		.ask_again = true,
		.submission = item,
		.now_us = T0 + 1 };
}

static void
test_fork_as_an_analysis(void **state)
{
	struct world *w = *state;
	id_text from, to, none;
	struct store_submission item;
	struct store_workflow_fork fork;
	struct store_workflow run;
	struct store_analysis a;
	bool cancelled;

	finished(w, from, T0);
	item = world_item(w, to);
	fork = fork_of(from, &item);
	OK(store_workflow_fork(w->store, &fork, &w->err));
	assert_rows(w, 2, 6, 3);
	OK(store_workflow_get(w->store, sv_from(to), w->arena, &run, &w->err));
	assert_string_equal(run.analysis, to);
	assert_true(sv_eq(run.origin, sv_from(from)));
	assert_int_equal(run.n_steps, 3);
	assert_true(sv_eq(run.steps[2].node, SV("fork")));
	assert_int_equal(run.n_effects, 1); /* that of the step kept */
	assert_true(sv_eq(run.effects[0].node, SV("a")));
	a = world_get(w, to, PART_REQUEST);
	assert_int_equal(a.status, ANALYSIS_QUEUED);
	assert_true(sv_eq(a.request, item.request));
	assert_string_equal(world_events(w, to), "queued");

	/* the same again, or of what is not there: nothing is written */
	assert_int_equal(store_workflow_fork(w->store, &fork, &w->err), COORD_EINVALID);
	item = world_item(w, none);
	fork = fork_of("nobody", &item);
	assert_int_equal(store_workflow_fork(w->store, &fork, &w->err), COORD_ENODATA);
	assert_int_equal(
	    store_get(w->store, sv_from(none), SV_NONE, 0, w->arena, &a, &w->err), COORD_ENODATA);
	assert_rows(w, 2, 6, 3);

	/* each goes without the other */
	OK(store_delete(w->store, sv_from(from), SV_NONE, T0 + 2, SV("{}"), &cancelled, &w->err));
	assert_rows(w, 1, 3, 1);
}

int
workflow_tests(void)
{
	const struct CMUnitTest tests[] = { WORLD_TEST(test_deletion), WORLD_TEST(test_retention),
		WORLD_TEST(test_fork_as_an_analysis) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
