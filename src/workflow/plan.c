/* plan.c - a graph's tables, checked and with their names resolved. What is wrong is said by the row's name: a table is read by people. */
#include <stdio.h>

#include "workflow/inside.h"

int
plan_field(const struct workflow_graph *graph, struct sv name)
{
	for (size_t i = 0; i < graph->n_fields; i++)
		if (sv_eq(sv_from(graph->fields[i].name), name))
			return (int)i;
	return NONE;
}

int
plan_node(const struct workflow_graph *graph, struct sv name)
{
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (sv_eq(sv_from(graph->nodes[i].name), name))
			return (int)i;
	return NONE;
}

/** Names reach chains, drawings and databases: small letters, digits, "_" and "-". */
static bool
is_name(const char *name)
{
	size_t n = 0;

	if (name == NULL || name[0] == '\0')
		return false;
	for (; name[n] != '\0'; n++)
		if ((name[n] < 'a' || name[n] > 'z') && (name[n] < '0' || name[n] > '9') &&
		    name[n] != '_' && name[n] != '-')
			return false;
	return n < WORKFLOW_NAME_MOST;
}

static enum coord_err
check_names(const struct workflow_graph *g, struct coord_error *err)
{
	if (!is_name(g->name) || g->n_nodes == 0)
		return error_set(err, COORD_EINVALID, "workflow: a graph needs a name and a node");
	if (g->n_fields > WORKFLOW_MOST || g->n_nodes > WORKFLOW_MOST || g->n_edges > EDGES_MOST)
		return error_set(err, COORD_EINVALID,
		    "workflow %s: at most %d fields, %d nodes and %d edges", g->name,
		    (int)WORKFLOW_MOST, (int)WORKFLOW_MOST, (int)EDGES_MOST);
	for (size_t i = 0; i < g->n_fields; i++)
		if (!is_name(g->fields[i].name) ||
		    plan_field(g, sv_from(g->fields[i].name)) != (int)i)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: field %zu: its name is missing, not a name, or taken",
			    g->name, i + 1);
	for (size_t i = 0; i < g->n_nodes; i++) {
		struct sv name = sv_from(g->nodes[i].name);

		if (!is_name(g->nodes[i].name) || plan_node(g, name) != (int)i ||
		    sv_eq(name, SV("start")) || sv_eq(name, SV("fork")))
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %zu: its name is missing, not a name, or taken",
			    g->name, i + 1);
		if (g->nodes[i].run == NULL || g->nodes[i].title == NULL)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %s has no function or title", g->name,
			    g->nodes[i].name);
	}
	return COORD_OK;
}

static enum coord_err
resolve_fields(const struct workflow_graph *g, const struct workflow_node *node, const char *names,
    uint64_t *ret, struct coord_error *err)
{
	struct sv rest = sv_from(names);

	*ret = 0;
	while (rest.data != NULL) {
		struct sv name = sv_cut(&rest, ' ');
		int at;

		if (name.len == 0)
			continue;
		at = plan_field(g, name);
		if (at == NONE)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %s: there is no field %.*s", g->name, node->name,
			    SV_ARG(name));
		*ret |= bit(at);
	}
	return COORD_OK;
}

static enum coord_err
resolve_nodes(struct plan *p, struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;

	for (size_t i = 0; i < g->n_nodes; i++) {
		const struct workflow_node *node = &g->nodes[i];
		struct plan_node *n = &p->nodes[i];

		n->fallback = NONE;
		TRY(resolve_fields(g, node, node->reads, &n->reads, err));
		TRY(resolve_fields(g, node, node->writes, &n->writes, err));
		if (node->fallback == NULL)
			continue;
		n->fallback = plan_node(g, sv_from(node->fallback));
		if (n->fallback == NONE || n->fallback == (int)i || n->fallback == 0)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %s: %s cannot be its fallback", g->name, node->name,
			    node->fallback);
	}
	for (size_t i = 0; i < g->n_nodes; i++)
		if (p->nodes[i].fallback != NONE)
			p->nodes[p->nodes[i].fallback].stands_in = true;
	return COORD_OK;
}

/** A fallback writes what the first one may, and fallbacks come to an end. */
static enum coord_err
check_fallbacks(const struct plan *p, struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;

	for (size_t i = 0; i < g->n_nodes; i++) {
		size_t steps = 0;

		if (p->nodes[i].stands_in)
			continue;
		for (int at = p->nodes[i].fallback; at != NONE; at = p->nodes[at].fallback) {
			if (++steps > g->n_nodes)
				return error_set(err, COORD_EINVALID,
				    "workflow %s: the fallbacks of %s go in a circle", g->name,
				    g->nodes[i].name);
			if ((p->nodes[at].writes & ~p->nodes[i].writes) != 0)
				return error_set(err, COORD_EINVALID,
				    "workflow %s: %s writes fields that %s, which it stands in "
				    "for, does not",
				    g->name, g->nodes[at].name, g->nodes[i].name);
		}
	}
	return COORD_OK;
}

static enum coord_err
resolve_edges(struct plan *p, struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;

	for (size_t i = 0; i < g->n_edges; i++) {
		const struct workflow_edge *e = &g->edges[i];
		struct plan_edge *to = &p->edges[i];

		to->from = plan_node(g, sv_from(e->from));
		to->to = plan_node(g, sv_from(e->to));
		if (to->from == NONE || to->to == NONE)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: edge %zu, from %s to %s: there is no such node", g->name,
			    i + 1, e->from != NULL ? e->from : "nowhere",
			    e->to != NULL ? e->to : "nowhere");
		if (p->nodes[to->from].stands_in || p->nodes[to->to].stands_in)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: edge %zu, from %s to %s: a fallback has no edges",
			    g->name, i + 1, e->from, e->to);
		for (size_t k = 0; k < i; k++)
			if (p->edges[k].from == to->from && p->edges[k].to == to->to)
				return error_set(err, COORD_EINVALID,
				    "workflow %s: two edges from %s to %s", g->name, e->from,
				    e->to);
	}
	return COORD_OK;
}

/** Warshall's closure over the edges that do not lead back. */
static void
close_reach(struct plan *p, uint64_t *reach, bool loops_too)
{
	const struct workflow_graph *g = p->graph;

	for (size_t i = 0; i < g->n_nodes; i++)
		reach[i] = 0;
	for (size_t i = 0; i < g->n_edges; i++)
		if (g->edges[i].loop == 0 || loops_too)
			reach[p->edges[i].from] |= bit(p->edges[i].to);
	for (size_t k = 0; k < g->n_nodes; k++)
		for (size_t i = 0; i < g->n_nodes; i++)
			if ((reach[i] & bit((int)k)) != 0)
				reach[i] |= reach[k];
}

static enum coord_err
check_order(struct plan *p, struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;

	close_reach(p, p->reach, false);
	for (size_t i = 0; i < g->n_nodes; i++) {
		if ((p->reach[i] & bit((int)i)) != 0)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: a circle through %s: the edge that leads back needs a "
			    "bound (loop)",
			    g->name, g->nodes[i].name);
		if (i > 0 && !p->nodes[i].stands_in && (p->reach[0] & bit((int)i)) == 0)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %s cannot be reached from %s", g->name,
			    g->nodes[i].name, g->nodes[0].name);
	}
	for (size_t i = 0; i < g->n_nodes; i++)
		p->reach[i] |= bit((int)i);
	for (size_t i = 0; i < g->n_edges; i++)
		if (g->edges[i].loop != 0 &&
		    (p->reach[p->edges[i].to] & bit(p->edges[i].from)) == 0)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: the edge from %s to %s is a loop that does not lead back",
			    g->name, g->edges[i].from, g->edges[i].to);
	return COORD_OK;
}

/** The nodes of the order that write a field, as bits. */
static uint64_t
writers(const struct plan *p, int field)
{
	uint64_t who = 0;

	for (size_t i = 0; i < p->graph->n_nodes; i++)
		if (!p->nodes[i].stands_in && (p->nodes[i].writes & bit(field)) != 0)
			who |= bit((int)i);
	return who;
}

static enum coord_err
check_reader(const struct plan *p, const uint64_t *reach, size_t node, size_t stand_in,
    struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;

	for (size_t f = 0; f < g->n_fields; f++) {
		uint64_t who = writers(p, (int)f), before = 0;

		/* what is reduced may have been given at the start, too */
		if ((p->nodes[stand_in].reads & bit((int)f)) == 0 || who == 0 ||
		    g->fields[f].reduce != NULL)
			continue;
		for (size_t i = 0; i < g->n_nodes; i++)
			if ((who & bit((int)i)) != 0 && (reach[i] & bit((int)node)) != 0)
				before |= bit((int)i);
		if (before == 0)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: node %s reads %s, which nobody before it writes", g->name,
			    g->nodes[stand_in].name, g->fields[f].name);
	}
	return COORD_OK;
}

static enum coord_err
check_fields(struct plan *p, struct coord_error *err)
{
	const struct workflow_graph *g = p->graph;
	uint64_t reach[WORKFLOW_MOST];

	close_reach(p, reach, true);
	for (size_t f = 0; f < g->n_fields; f++) {
		uint64_t who = writers(p, (int)f);

		if ((who & (who - 1)) != 0 && g->fields[f].reduce == NULL)
			return error_set(err, COORD_EINVALID,
			    "workflow %s: field %s is written by several nodes and has no reducer",
			    g->name, g->fields[f].name);
	}
	for (size_t i = 0; i < g->n_nodes; i++) {
		if (p->nodes[i].stands_in)
			continue;
		for (int at = (int)i; at != NONE; at = p->nodes[at].fallback)
			TRY(check_reader(p, reach, i, (size_t)at, err));
	}
	return COORD_OK;
}

enum coord_err
plan_init(const struct workflow_graph *graph, struct plan *ret, struct coord_error *err)
{
	ret->graph = graph;
	TRY(check_names(graph, err));
	for (size_t i = 0; i < graph->n_nodes; i++)
		ret->nodes[i] = (struct plan_node){ .fallback = NONE };
	TRY(resolve_nodes(ret, err));
	TRY(check_fallbacks(ret, err));
	TRY(resolve_edges(ret, err));
	TRY(check_order(ret, err));
	return check_fields(ret, err);
}

enum coord_err
workflow_check(const struct workflow_graph *graph, struct coord_error *err)
{
	struct plan plan;

	return plan_init(graph, &plan, err);
}
