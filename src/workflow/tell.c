/* tell.c - clocks, and what those who watch a run are told. */

#include "workflow/inside.h"

int64_t
run_now(const struct run *run)
{
	return run->options->now_us != NULL ? run->options->now_us(run->options->clock_context)
					    : clock_wall();
}

bool
run_cancelled(const struct run *run)
{
	return atomic_load_explicit(&run->stop, memory_order_relaxed) ||
	       (run->options->cancel != NULL &&
		   atomic_load_explicit(run->options->cancel, memory_order_relaxed));
}

static double
weight(const struct workflow_node *node)
{
	return node->weight > 0 ? node->weight : 1;
}

/** The part of the whole that is done; a node that runs again counts once. */
static double
advance(struct run *run, struct slot *slot, double share)
{
	const struct workflow_graph *g = run->plan.graph;
	double all = 0;

	if (run->share_all <= 0) {
		for (size_t i = 0; i < g->n_nodes; i++)
			all += run->plan.nodes[i].stands_in ? 0 : weight(&g->nodes[i]);
		run->share_all = all;
	}
	if (share > slot->share) {
		run->share_done += (share - slot->share) * weight(&g->nodes[slot->node]);
		slot->share = share;
	}
	if (run->share_done / run->share_all > run->share)
		run->share = run->share_done / run->share_all;
	return run->share < 1 ? run->share : 1;
}

void
run_tell(struct run *run, struct slot *slot, int executor, uint32_t attempt,
    enum workflow_happening what, const char *stage, double share, int64_t elapsed_us,
    const char *error)
{
	const struct workflow_node *node = &run->plan.graph->nodes[executor];
	struct workflow_event event = { .what = what,
		.node = node->name,
		.title = node->title,
		.stage = stage != NULL ? stage : node->title,
		.step = slot->step,
		.attempt = attempt,
		.elapsed_us = elapsed_us,
		.error = error };

	if (run->options->event == NULL)
		return;
	(void)pthread_mutex_lock(&run->telling);
	event.share = advance(run, slot, share < 1 ? share : 1);
	run->options->event(run->options->event_context, &event);
	(void)pthread_mutex_unlock(&run->telling);
}
