/* draw_svg.c - a graph as one SVG document: a row a layer, an edge to the next row straight, a longer one around the boxes between. No script, no font, no link. */
#include "workflow/draw.h"

enum { BOX_W = 200, BOX_H = 52, GAP_X = 40, GAP_Y = 64, MARGIN = 30, AROUND = 26 };

struct picture {
	const struct plan *plan;
	struct layout layout;
	const struct store_workflow *run;
	struct buf *out;
	int around; /* edges that went around so far */
};

static int
row_width(int boxes)
{
	return boxes * BOX_W + (boxes - 1) * GAP_X;
}

/** The middle of a node's box. */
static int
middle_x(const struct picture *p, int node)
{
	const int layer = p->layout.layer[node];
	const int left =
	    (row_width(p->layout.widest) - row_width(p->layout.width[layer])) / 2 + MARGIN;

	return left + p->layout.place[node] * (BOX_W + GAP_X) + BOX_W / 2;
}

static int
top_y(const struct picture *p, int node)
{
	return MARGIN + 24 + p->layout.layer[node] * (BOX_H + GAP_Y);
}

static void
put_text(struct picture *p, const char *text)
{
	for (; *text != '\0'; text++)
		switch (*text) {
		case '<':
			buf_add_str(p->out, "&lt;");
			break;
		case '>':
			buf_add_str(p->out, "&gt;");
			break;
		case '&':
			buf_add_str(p->out, "&amp;");
			break;
		case '"':
			buf_add_str(p->out, "&quot;");
			break;
		default:
			buf_add_char(p->out, *text);
		}
}

static void
put_label(struct picture *p, int x, int y, const char *class, const char *anchor, const char *text)
{
	buf_printf(p->out, "<text x=\"%d\" y=\"%d\" class=\"%s\" text-anchor=\"%s\">", x, y, class,
	    anchor);
	put_text(p, text);
	buf_add_str(p->out, "</text>\n");
}

static void
put_edge_label(struct picture *p, const struct workflow_edge *edge, int x, int y)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1024);

	if (edge->label != NULL)
		buf_add_str(&text, edge->label);
	if (edge->loop != 0)
		buf_printf(&text, "%sat most %u times", text.len > 0 ? ", " : "", edge->loop);
	if (text.len > 0)
		put_label(p, x, y, "label", "middle", buf_cstr(&text));
}

/** To the next row: out of the bottom, into the top. */
static void
put_near(struct picture *p, const struct workflow_edge *edge, int from, int to)
{
	const int x0 = middle_x(p, from), y0 = top_y(p, from) + BOX_H, x1 = middle_x(p, to),
		  y1 = top_y(p, to) - 2, mid = (y0 + y1) / 2;

	buf_printf(p->out, "<path d=\"M%d %d C%d %d %d %d %d %d\" marker-end=\"url(#arrow)\"%s/>\n",
	    x0, y0, x0, mid, x1, mid, x1, y1, edge->when != NULL ? " class=\"maybe\"" : "");
	put_edge_label(p, edge, (x0 + x1) / 2, mid - 4);
}

/** Further, or back: around the right side of everything. */
static void
put_around(struct picture *p, const struct workflow_edge *edge, int from, int to)
{
	const int x0 = middle_x(p, from) + BOX_W / 2, y0 = top_y(p, from) + BOX_H / 2,
		  x1 = middle_x(p, to) + BOX_W / 2 + 2, y1 = top_y(p, to) + BOX_H / 2;
	const int side = MARGIN + row_width(p->layout.widest) + AROUND * ++p->around;

	buf_printf(p->out,
	    "<path d=\"M%d %d C%d %d %d %d %d %d L%d %d C%d %d %d %d %d %d\" "
	    "marker-end=\"url(#arrow)\"%s/>\n",
	    x0, y0, side, y0, side, y0, side, y0 + (y1 > y0 ? 30 : -30), side,
	    y1 + (y1 > y0 ? -30 : 30), side, y1, side, y1, x1, y1,
	    edge->when != NULL ? " class=\"maybe\"" : "");
	put_edge_label(p, edge, side, (y0 + y1) / 2);
}

static void
put_edges(struct picture *p)
{
	const struct workflow_graph *g = p->plan->graph;

	for (size_t e = 0; e < g->n_edges; e++) {
		const int from = p->plan->edges[e].from, to = p->plan->edges[e].to;

		if (p->layout.layer[to] == p->layout.layer[from] + 1)
			put_near(p, &g->edges[e], from, to);
		else
			put_around(p, &g->edges[e], from, to);
	}
}

static void
put_node(struct picture *p, int node)
{
	static const char *const classes[] = { "box", "box open", "box done", "box failed",
		"box asks", "box open" };
	const struct workflow_node *n = &p->plan->graph->nodes[node];
	const struct fate fate = fate_of(p->run, n->name);
	const int x = middle_x(p, node), y = top_y(p, node);
	CLEANUP(buf_clear) struct buf small = BUF_INIT(1024);

	if (p->run != NULL)
		fate_text(&fate, &small);
	else
		buf_printf(&small, "%s%s%s", n->name, n->fallback != NULL ? ", else " : "",
		    n->fallback != NULL ? n->fallback : "");
	buf_printf(p->out,
	    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" class=\"%s\"/>\n",
	    x - BOX_W / 2, y, (int)BOX_W, (int)BOX_H, classes[fate.what]);
	put_label(p, x, y + 22, "title", "middle", n->title);
	put_label(p, x, y + 40, "small", "middle", buf_cstr(&small));
}

static void
put_head(struct picture *p)
{
	int around = 0;

	for (size_t e = 0; e < p->plan->graph->n_edges; e++)
		around += p->layout.layer[p->plan->edges[e].to] !=
			  p->layout.layer[p->plan->edges[e].from] + 1;
	buf_printf(p->out,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	    "role=\"img\">\n<title>",
	    2 * MARGIN + row_width(p->layout.widest) + AROUND * around + (around > 0 ? 120 : 0),
	    2 * MARGIN + 24 + p->layout.layers * BOX_H + (p->layout.layers - 1) * GAP_Y);
	put_text(p, p->plan->graph->title);
	buf_add_str(p->out, "</"
			    "title>\n<style>text{font-family:sans-serif;fill:#222}.title{font-size:"
			    "14px;font-weight:bold}"
			    ".small,.label{font-size:11px;fill:#555}.box{fill:#eef3fb;stroke:#"
			    "4a6fa5}.open{fill:#f4f4f4;"
			    "stroke:#aaa}.done{fill:#e6f4e6;stroke:#3b7a3b}.failed{fill:#fbe6e6;"
			    "stroke:#a33}.asks{fill:#fff5d6;"
			    "stroke:#b8860b}path{fill:none;stroke:#667;stroke-width:1.5}.maybe{"
			    "stroke-dasharray:5 3}"
			    "marker path{fill:#667;stroke:none}</style>\n<rect width=\"100%\" "
			    "height=\"100%\" fill=\"#fff\"/>\n"
			    "<defs><marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"9\" "
			    "refY=\"5\" markerWidth=\"8\" "
			    "markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 L10 5 L0 10 "
			    "z\"/></marker></defs>\n");
	buf_printf(p->out, "<text x=\"%d\" y=\"%d\" class=\"title\">", (int)MARGIN, (int)MARGIN);
	put_text(p, p->plan->graph->title);
	buf_add_str(p->out, "</text>\n");
}

enum coord_err
workflow_draw_svg(const struct workflow_graph *graph, const struct store_workflow *run,
    struct buf *out, struct coord_error *err)
{
	struct plan plan;
	struct picture p = { .plan = &plan, .run = run, .out = out };

	TRY(plan_init(graph, &plan, err));
	layout_init(&p.layout, &plan);
	put_head(&p);
	put_edges(&p);
	for (int i = 0; i < p.layout.n; i++)
		put_node(&p, p.layout.order[i]);
	buf_add_str(out, "</svg>\n");
	return out->failed ? error_set(err, COORD_ENOMEM, "workflow: no memory for a drawing")
			   : COORD_OK;
}
