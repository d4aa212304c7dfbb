/* workflow.c - what a step of the engine costs: five nodes in a row that each add a number, without a checkpointer, with one in memory, with one on SQLite, beside a state
 * of so many sessions that no node changes. From one node's commit to the next one's, the median over all steps. (The inputs themselves are written once,
 * before: with 100 MB of them, one of the commits behind pays for what SQLite then moves out of its log.)
 * bench_workflow FOLDER */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workflow/workflow.h"

enum { SESSION_BYTES = 100, NODES = 5, RUNS_MOST = 400 };

struct watch {
	double from;
	double *times;
	size_t n;
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static enum coord_err
add_one(struct workflow_step *step, struct coord_error *err)
{
	int64_t n = 0;

	(void)workflow_get_int(step, "n", &n);
	return workflow_set_int(step, "n", n + 1, err);
}

/* every node may write it: the last one wins */
static enum coord_err
last(struct sv old, struct sv added, struct buf *out, struct coord_error *err)
{
	(void)old;
	(void)err;
	buf_add_sv(out, added);
	return COORD_OK;
}

static const struct workflow_field fields[] = {
	{ "sessions", WORKFLOW_TEXT, 1, NULL, NULL, "large, and never changed" },
	{ "n", WORKFLOW_INT, 1, last, NULL, "a number" },
};
#define NODE(name_)                                                                          \
	{                                                                                    \
		.name = (name_), .title = "adds one", .run = add_one, .reads = "sessions n", \
		.writes = "n"                                                                \
	}
static const struct workflow_node nodes[NODES] = { NODE("a"), NODE("b"), NODE("c"), NODE("d"),
	NODE("e") };
static const struct workflow_edge edges[] = { { "a", "b", NULL, NULL, 0 },
	{ "b", "c", NULL, NULL, 0 }, { "c", "d", NULL, NULL, 0 }, { "d", "e", NULL, NULL, 0 } };
static const struct workflow_graph graph = { "bench", "Five in a row", 1, fields, 2, nodes, NODES,
	edges, 4 };

static void
note(void *context, const struct workflow_event *event)
{
	struct watch *w = context;

	if (event->what == WORKFLOW_FINISHED)
		w->times[w->n++] = now() - w->from;
	if (event->what == WORKFLOW_FINISHED || event->step == 1)
		w->from = now();
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
one_run(struct workflow_checkpointer *kept, struct sv sessions, const char *id, struct watch *watch)
{
	const struct workflow_input inputs[] = { { "sessions", sessions }, { "n", SV("0") } };
	struct workflow_options options = { .id = id,
		.checkpointer = kept,
		.inputs = inputs,
		.n_inputs = 2,
		.event = note,
		.event_context = watch };
	struct arena *arena = arena_new(0);
	struct workflow_outcome outcome;
	struct coord_error err;

	if (workflow_run(&graph, &options, arena, &outcome, &err) != COORD_OK ||
	    !sv_eq(workflow_outcome_get(&outcome, "n"), SV("5"))) {
		(void)fprintf(stderr, "the run failed: %s\n", err.what);
		exit(1);
	}
	arena_free(arena);
}

static double
median(struct workflow_checkpointer *kept, struct sv sessions, const char *what, int runs)
{
	static double times[RUNS_MOST * NODES];
	struct watch watch = { .times = times };
	char id[64];

	for (int i = 0; i < runs; i++) {
		(void)snprintf(id, sizeof(id), "%s-%zu-%d", what, sessions.len, i);
		one_run(kept, sessions, id, &watch);
	}
	qsort(times, watch.n, sizeof(times[0]), compare);
	return times[watch.n / 2];
}

static void
measure(struct store *store, size_t sessions, int runs)
{
	struct workflow_checkpointer *memory = workflow_memory(), *stored = workflow_stored(store);
	char *bytes = malloc(sessions * SESSION_BYTES);
	struct sv state = { bytes, sessions * SESSION_BYTES };

	if (bytes == NULL || memory == NULL || stored == NULL)
		exit(1);
	memset(bytes, 'x', state.len);
	printf("%8zu sessions: none %.1f us, memory %.1f us, SQLite %.1f us a step (%d runs)\n",
	    sessions, median(NULL, state, "none", runs), median(memory, state, "memory", runs),
	    median(stored, state, "stored", runs), runs);
	free(bytes);
	workflow_checkpointer_free(memory);
	workflow_checkpointer_free(stored);
}

int
main(int argc, char **argv)
{
	struct store_options options = { .migrate = true, .relaxed_sync = true };
	struct coord_error err;
	struct store *store;
	char url[512];

	if (argc != 2)
		return 2;
	(void)snprintf(url, sizeof(url), "sqlite:%s/bench.db", argv[1]);
	if (store_open(url, &options, &store, &err) != COORD_OK) {
		(void)fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	measure(store, 100, RUNS_MOST);
	measure(store, 10000, 100);
	measure(store, 1000000, 5);
	store_close(store);
	return 0;
}
