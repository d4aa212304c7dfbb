/* layout.c - where a drawing puts a node: its layer is the longest way to it, its place in the layer follows the table. And what became of it in a run. */
#include <string.h>

#include "workflow/draw.h"

void
layout_init(struct layout *l, const struct plan *plan)
{
	const struct workflow_graph *g = plan->graph;

	memset(l, 0, sizeof(*l));
	for (size_t pass = 0; pass < g->n_nodes; pass++)
		for (size_t e = 0; e < g->n_edges; e++) {
			const int from = plan->edges[e].from, to = plan->edges[e].to;

			if (g->edges[e].loop == 0 && l->layer[to] < l->layer[from] + 1)
				l->layer[to] = l->layer[from] + 1;
		}
	for (size_t i = 0; i < g->n_nodes; i++) {
		if (plan->nodes[i].stands_in)
			continue;
		l->place[i] = l->width[l->layer[i]]++;
		if (l->layer[i] + 1 > l->layers)
			l->layers = l->layer[i] + 1;
		if (l->width[l->layer[i]] > l->widest)
			l->widest = l->width[l->layer[i]];
	}
	for (int layer = 0; layer < l->layers; layer++)
		for (size_t i = 0; i < g->n_nodes; i++)
			if (!plan->nodes[i].stands_in && l->layer[i] == layer)
				l->order[l->n++] = (int)i;
}

static bool
asks(const struct store_workflow *run, struct sv name)
{
	for (size_t i = 0; i < run->n_effects; i++)
		if (run->effects[i].question.data != NULL && run->effects[i].value.data == NULL &&
		    sv_eq(run->effects[i].node, name))
			return true;
	return false;
}

struct fate
fate_of(const struct store_workflow *run, const char *node)
{
	struct sv name = sv_from(node);
	struct fate f = { .what = FATE_OPEN };

	if (run == NULL)
		return (struct fate){ .what = FATE_UNKNOWN };
	for (size_t i = 0; i < run->n_steps; i++)
		if (sv_eq(run->steps[i].node, name)) {
			f.what = FATE_DONE;
			f.visits++;
			f.attempts += run->steps[i].attempts;
			f.elapsed_us += run->steps[i].elapsed_us;
		}
	if (asks(run, name))
		f.what = FATE_ASKS;
	else if (run->status == WORKFLOW_FAILED && run->node.data != NULL && sv_eq(run->node, name))
		f.what = FATE_FAILED;
	else if (f.what == FATE_OPEN && run->status == WORKFLOW_DONE)
		f.what = FATE_SKIPPED;
	return f;
}

void
fate_text(const struct fate *fate, struct buf *out)
{
	static const char *const names[] = { "", "open", "done", "failed", "asks", "not needed" };

	buf_add_str(out, names[fate->what]);
	if (fate->what != FATE_DONE)
		return;
	buf_printf(out, ", %.1f ms", (double)fate->elapsed_us / 1000);
	if (fate->visits > 1)
		buf_printf(out, ", %u times", fate->visits);
	if (fate->attempts > fate->visits)
		buf_printf(out, ", %u attempts", fate->attempts);
}
