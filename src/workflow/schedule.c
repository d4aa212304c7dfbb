/* schedule.c - which nodes are next. A node waits until every edge into it is decided; it runs when one of them was taken, and when none was it is dead, and
 * so are the edges out of it: that is how a join knows that a branch will not come (dead-path elimination, as in BPEL). A loop that is taken puts its target,
 * and all that lies behind it, back to waiting. */
#include <string.h>

#include "workflow/inside.h"

void
schedule_init(struct schedule *s, const struct plan *plan)
{
	memset(s, 0, sizeof(*s));
	s->plan = plan;
	s->nodes[0] = NODE_READY;
}

static bool
is_loop(const struct schedule *s, size_t edge)
{
	return s->plan->graph->edges[edge].loop != 0;
}

/** NODE_WAITS: an edge is still open. */
static enum node_state
verdict(const struct schedule *s, int node)
{
	bool taken = false;

	for (size_t i = 0; i < s->plan->graph->n_edges; i++) {
		if (s->plan->edges[i].to != node || is_loop(s, i))
			continue;
		if (s->edges[i] == EDGE_OPEN)
			return NODE_WAITS;
		taken |= s->edges[i] == EDGE_TAKEN;
	}
	return taken ? NODE_READY : NODE_DEAD;
}

static void
bury(struct schedule *s, int node)
{
	s->nodes[node] = NODE_DEAD;
	for (size_t i = 0; i < s->plan->graph->n_edges; i++)
		if (s->plan->edges[i].from == node && !is_loop(s, i))
			s->edges[i] = EDGE_DEAD;
}

/** Decides what can be decided; each pass that changes nothing is the last. */
static void
settle(struct schedule *s)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (int i = 1; i < (int)s->plan->graph->n_nodes; i++) {
			enum node_state now;

			if (s->nodes[i] != NODE_WAITS || s->plan->nodes[i].stands_in)
				continue;
			now = verdict(s, i);
			changed |= now != NODE_WAITS;
			if (now == NODE_DEAD)
				bury(s, i);
			else
				s->nodes[i] = now;
		}
	}
}

uint64_t
schedule_wave(struct schedule *s)
{
	uint64_t wave = 0;

	settle(s);
	for (int i = 0; i < (int)s->plan->graph->n_nodes; i++)
		if (s->nodes[i] == NODE_READY) {
			wave |= bit(i);
			s->visits[i]++;
		}
	return wave;
}

bool
schedule_open(const struct schedule *s, size_t edge)
{
	return !is_loop(s, edge) || s->loops[edge] < s->plan->graph->edges[edge].loop;
}

void
schedule_done(struct schedule *s, int node, const bool *taken)
{
	s->nodes[node] = NODE_DONE;
	for (size_t i = 0; i < s->plan->graph->n_edges; i++)
		if (s->plan->edges[i].from == node)
			s->edges[i] = taken[i] ? EDGE_TAKEN : EDGE_DEAD;
}

void
schedule_turn(struct schedule *s)
{
	const struct workflow_graph *g = s->plan->graph;

	for (size_t i = 0; i < g->n_edges; i++) {
		int to = s->plan->edges[i].to;

		if (!is_loop(s, i) || s->edges[i] != EDGE_TAKEN)
			continue;
		s->edges[i] = EDGE_DEAD;
		s->loops[i]++;
		for (size_t k = 0; k < g->n_edges; k++)
			if ((s->plan->reach[to] & bit(s->plan->edges[k].from)) != 0 &&
			    !is_loop(s, k))
				s->edges[k] = EDGE_OPEN;
		for (int n = 0; n < (int)g->n_nodes; n++)
			if ((s->plan->reach[to] & bit(n)) != 0)
				s->nodes[n] = NODE_WAITS;
		s->nodes[to] = NODE_READY;
	}
}
