/* draw_text.c - a graph for a terminal: a node a line, and a lane for each node that is still to come and that an edge leads to.
 *   * orchestrator
 *   +-+
 *   | * pattern_analyzer */
#include <string.h>

#include "workflow/draw.h"

enum { LANES_MOST = WORKFLOW_MOST };

struct lanes {
	int target[LANES_MOST]; /* the node that the lane leads to; NONE: free */
	int n;
};

static int
lane_of(const struct lanes *l, int node)
{
	for (int i = 0; i < l->n; i++)
		if (l->target[i] == node)
			return i;
	return NONE;
}

/** The lane that leads to `node`, opened if there is none; at `first` when that is free. */
static int
lane_open(struct lanes *l, int node, int first)
{
	int at = lane_of(l, node);

	if (at != NONE)
		return at;
	at = l->target[first] == NONE ? first : lane_of(l, NONE);
	if (at == NONE)
		at = l->n++;
	l->target[at] = node;
	return at;
}

static void
draw_node(const struct lanes *l, int at, const char *mark, struct buf *out)
{
	for (int i = 0; i < l->n; i++) {
		buf_add_str(out, i == at ? mark : l->target[i] != NONE ? "│" : " ");
		buf_add_char(out, ' ');
	}
}

/** What a lane's cell of a branching line shows: lines to the left, right, above and below. */
static const char *
cell(bool left, bool right, bool up, bool down)
{
	static const char *const shapes[16] = { " ", "│", "│", "│", "─", "┌", "└", "├", "─", "┐",
		"┘", "┤", "─", "┬", "┴", "┼" };

	return shapes[(left ? 8 : 0) + (right ? 4 : 0) + (up ? 2 : 0) + (down ? 1 : 0)];
}

static void
draw_branches(
    const struct lanes *before, const struct lanes *l, int at, uint64_t to, struct buf *out)
{
	int low = at, high = at;

	for (int i = 0; i < l->n; i++)
		if ((to & bit(i)) != 0) {
			low = i < low ? i : low;
			high = i > high ? i : high;
		}
	if (low == high)
		return;
	for (int i = 0; i < l->n; i++) {
		const bool joins = i == at || (to & bit(i)) != 0;
		const bool up = i == at || (i < before->n && before->target[i] != NONE && i != at);
		const bool inside = i >= low && i <= high;

		buf_add_str(out, cell(inside && i > low, inside && i < high,
				     up || (joins && i == at), l->target[i] != NONE));
		buf_add_str(out, i >= low && i < high ? "─" : " ");
	}
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	buf_add_char(out, '\n');
}

static void
name_edges(const struct plan *p, int node, struct buf *out)
{
	const struct workflow_graph *g = p->graph;

	for (size_t e = 0; e < g->n_edges; e++) {
		if (p->edges[e].from != node || (g->edges[e].when == NULL && g->edges[e].loop == 0))
			continue;
		buf_printf(
		    out, "; %s %s", g->edges[e].loop != 0 ? "back to" : "to", g->edges[e].to);
		if (g->edges[e].loop != 0)
			buf_printf(out, " at most %u times", g->edges[e].loop);
		if (g->edges[e].label != NULL)
			buf_printf(out, " if %s", g->edges[e].label);
	}
}

static void
describe(const struct plan *p, int node, const struct store_workflow *run, struct buf *out)
{
	const struct workflow_node *n = &p->graph->nodes[node];
	const struct fate fate = fate_of(run, n->name);

	buf_printf(out, " %s: %s", n->name, n->title);
	if (run != NULL) {
		buf_add_str(out, " (");
		fate_text(&fate, out);
		buf_add_char(out, ')');
	}
	if (n->timeout_us > 0)
		buf_printf(out, "; at most %.3g s", (double)n->timeout_us / 1e6);
	if (n->retry.attempts > 1)
		buf_printf(out, "; %u attempts", n->retry.attempts);
	if (n->fallback != NULL)
		buf_printf(out, "; else %s", n->fallback);
	name_edges(p, node, out);
	buf_add_char(out, '\n');
}

static void
draw_row(const struct plan *p, struct lanes *l, int node, const struct store_workflow *run,
    struct buf *out)
{
	static const char *const marks[] = { "●", "○", "●", "✗", "?", "·" };
	const struct workflow_graph *g = p->graph;
	const int at = lane_of(l, node);
	struct lanes before;
	uint64_t to = 0;

	draw_node(l, at, marks[fate_of(run, g->nodes[node].name).what], out);
	describe(p, node, run, out);
	l->target[at] = NONE;
	before = *l;
	for (size_t e = 0; e < g->n_edges; e++)
		if (p->edges[e].from == node && g->edges[e].loop == 0)
			to |= bit(lane_open(l, p->edges[e].to, at));
	draw_branches(&before, l, at, to, out);
}

enum coord_err
workflow_draw_text(const struct workflow_graph *graph, const struct store_workflow *run,
    struct buf *out, struct coord_error *err)
{
	struct plan plan;
	struct layout layout;
	struct lanes lanes = { .n = 1 };

	TRY(plan_init(graph, &plan, err));
	layout_init(&layout, &plan);
	buf_printf(out, "%s %u: %s\n", graph->name, graph->version, graph->title);
	lanes.target[0] = 0;
	for (int i = 0; i < layout.n; i++)
		draw_row(&plan, &lanes, layout.order[i], run, out);
	return out->failed ? error_set(err, COORD_ENOMEM, "workflow: no memory for a drawing")
			   : COORD_OK;
}
