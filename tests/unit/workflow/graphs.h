/* graphs.h - small graphs that the tests of the engine share, and a context that their nodes write into. */
#ifndef COORD_TESTS_WORKFLOW_GRAPHS_H
#define COORD_TESTS_WORKFLOW_GRAPHS_H

#include <signal.h>
#include <unistd.h>

#include "testing.h"
#include "workflow/workflow.h"

/** What the nodes do, and what became of it. Counters are touched by one node each, or atomic. */
struct world {
	atomic_int calls[8]; /* by letter: 'a' is 0 */
	atomic_int asked;    /* look-ups made outside */
	int fail_first;      /* node b fails this often */
	enum coord_err fail_with;
	int limit;        /* the loop's */
	bool drift;       /* node b writes something else than before */
	int64_t waits[8]; /* between attempts */
	size_t n_waits;
	atomic_int events[16];
	double share;
	int64_t now_us;
	/* a process that dies: at which of the instants that the nodes pass, and the file that its look-ups are told to */
	atomic_int instants;
	int die_at;
	int asked_fd;
};

static inline struct world *
world_of(const struct workflow_step *step)
{
	return workflow_context(step);
}

/** kill -9, when it is this one's turn. */
static inline void
instant(struct world *w)
{
	if (w->die_at != 0 && atomic_fetch_add(&w->instants, 1) + 1 == w->die_at)
		(void)kill(getpid(), SIGKILL);
}

static inline void
called(const struct workflow_step *step)
{
	atomic_fetch_add(&world_of(step)->calls[workflow_node_name(step)[0] - 'a'], 1);
}

/** Waits are noted, not waited for. */
static inline bool
note_wait(void *context, int64_t us)
{
	struct world *w = context;

	w->waits[w->n_waits++] = us;
	return true;
}

static inline int64_t
fixed_now(void *context)
{
	return ((const struct world *)context)->now_us;
}

static inline struct workflow_options
options_for(struct world *w, const char *id, struct workflow_checkpointer *checkpointer)
{
	return (struct workflow_options){ .id = id,
		.context = w,
		.checkpointer = checkpointer,
		.wait = note_wait,
		.now_us = fixed_now,
		.clock_context = w };
}

/** a -> (b | c | d) -> e: the branches ask outside and add to a list; e counts it. */
extern const struct workflow_graph diamond;

#endif
