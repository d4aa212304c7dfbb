/* graphs.c - see graphs.h. */
#include "graphs.h"

#include <stdio.h>

static enum coord_err
run_a(struct workflow_step *step, struct coord_error *err)
{
	called(step);
	instant(world_of(step));
	TRY(workflow_set(step, "seen", workflow_get(step, "input"), err));
	instant(world_of(step));
	return COORD_OK;
}

/** Asks once, whatever the number of attempts. */
static enum coord_err
ask(struct workflow_step *step, struct sv key, struct coord_error *err)
{
	struct workflow_effect answer;
	enum coord_err rc = workflow_recall(step, SV("oracle"), key, &answer, err);

	if (rc != COORD_ENODATA)
		return rc;
	atomic_fetch_add(&world_of(step)->asked, 1);
	answer = (struct workflow_effect){ SV("oracle"), key, 0, SV("42") };
	TRY(workflow_record(step, &answer, err));
	if (world_of(step)->asked_fd > 0)
		(void)!write(world_of(step)->asked_fd, key.data, key.len);
	return COORD_OK;
}

static enum coord_err
run_branch(struct workflow_step *step, struct coord_error *err)
{
	struct world *w = world_of(step);
	const char *name = workflow_node_name(step);
	char item[64];

	called(step);
	instant(w);
	TRY(ask(step, sv_from(name), err));
	instant(w);
	if (name[0] == 'b' && w->calls[1] <= w->fail_first)
		return error_set(err, w->fail_with, "b does not want to");
	(void)snprintf(
	    item, sizeof(item), "[\"%s%s\"]", name, w->drift && name[0] == 'b' ? "!" : "");
	workflow_decide(step, "asked about %s", name);
	workflow_progress(step, "asking", 0.5);
	TRY(workflow_set(step, "found", sv_from(item), err));
	TRY(workflow_set_int(step, "count", 1, err));
	instant(w);
	return COORD_OK;
}

static enum coord_err
run_e(struct workflow_step *step, struct coord_error *err)
{
	int64_t count = 0;

	called(step);
	instant(world_of(step));
	if (!workflow_get_int(step, "count", &count))
		return error_set(err, COORD_EINVALID, "no count");
	TRY(workflow_set_real(step, "half", (double)count / 2, err));
	return workflow_set_bool(step, "many", count > 2, err);
}

static const struct workflow_field fields[] = {
	{ .name = "input", .type = WORKFLOW_JSON, .about = "what comes in" },
	{ .name = "seen", .type = WORKFLOW_JSON, .about = "the same" },
	{ .name = "found", .type = WORKFLOW_JSON, .reduce = workflow_join, .about = "a list" },
	{ .name = "count", .type = WORKFLOW_INT, .reduce = workflow_sum, .about = "how many" },
	{ .name = "half", .type = WORKFLOW_REAL, .about = "half of it" },
	{ .name = "many", .type = WORKFLOW_BOOL, .about = "more than two" },
};
#define BRANCH(letter)                                                                         \
	{                                                                                      \
		.name = letter, .title = "Branch " letter, .run = run_branch, .reads = "seen", \
		.writes = "found count", .retry = {                                            \
			.on = WORKFLOW_ON(COORD_EUNAVAIL) | WORKFLOW_ON_TIMEOUT,               \
			.attempts = 4,                                                         \
			.backoff_us = 1000,                                                    \
			.cap_us = 3000                                                         \
		}                                                                              \
	}
static const struct workflow_node nodes[] = {
	{ .name = "a", .title = "First", .run = run_a, .reads = "input", .writes = "seen" },
	BRANCH("b"),
	BRANCH("c"),
	BRANCH("d"),
	{ .name = "e",
	    .title = "Last",
	    .run = run_e,
	    .reads = "found count",
	    .writes = "half many" },
};
static const struct workflow_edge edges[] = {
	{ .from = "a", .to = "b" },
	{ .from = "a", .to = "c" },
	{ .from = "a", .to = "d" },
	{ .from = "b", .to = "e" },
	{ .from = "c", .to = "e" },
	{ .from = "d", .to = "e" },
};
const struct workflow_graph diamond = {
	.name = "diamond",
	.title = "Three branches",
	.version = 1,
	.fields = fields,
	.n_fields = COUNT_OF(fields),
	.nodes = nodes,
	.n_nodes = COUNT_OF(nodes),
	.edges = edges,
	.n_edges = COUNT_OF(edges),
};
