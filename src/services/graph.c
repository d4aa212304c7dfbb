/* graph.c - the analysis as a graph: state, nodes and edges in three tables. A new node is a file, a row here and its edges (docs/workflow.md). */
#include "services/run.h"

/* clang-format off */
static const struct workflow_field fields[] = {
	{ "request", WORKFLOW_JSON, 1, NULL, NULL, "what is asked: the input's hash, depth, configuration" },
	{ "plan", WORKFLOW_JSON, 1, NULL, NULL, "what is done for it: the tools, whether there is anything to judge" },
	{ "first", WORKFLOW_JSON, 1, NULL, NULL, "the judgement before anybody was asked, and its hash" },
	{ "lookups", WORKFLOW_JSON, 1, NULL, NULL, "how much is asked of whom" },
	{ "bgp", WORKFLOW_JSON, 1, NULL, NULL, "answers about networks and routes" },
	{ "geo", WORKFLOW_JSON, 1, NULL, NULL, "answers about places" },
	{ "intel", WORKFLOW_JSON, 1, NULL, NULL, "answers about reputation" },
	{ "judgement", WORKFLOW_JSON, 1, NULL, NULL, "verdict, confidence, and the hash of the document they stand in" },
	{ "narrative", WORKFLOW_JSON, 1, NULL, NULL, "the story for people" },
	{ "indexed", WORKFLOW_JSON, 1, NULL, NULL, "how much of it the index took" },
	{ "result", WORKFLOW_JSON, 1, NULL, NULL, "what is delivered, by its hash" },
};

static const struct workflow_node nodes[] = {
	{ .name = "orchestrator", .title = "Orchestrator", .run = node_orchestrator,
	  .reads = "request", .writes = "plan" },
	{ .name = "pattern_analyzer", .title = "Pattern analysis", .run = node_pattern_analyzer,
	  .reads = "plan", .writes = "first", .weight = 60 },
	{ .name = "tool_coordinator", .title = "Tool coordinator", .run = node_tool_coordinator,
	  .reads = "plan first", .writes = "lookups" },
	{ .name = "bgp", .title = "Networks and routes", .run = node_bgp,
	  .reads = "lookups", .writes = "bgp", .weight = 5 },
	{ .name = "geo", .title = "Places", .run = node_geo,
	  .reads = "lookups", .writes = "geo", .weight = 5 },
	{ .name = "intel", .title = "Threat intelligence", .run = node_intel,
	  .reads = "lookups", .writes = "intel", .weight = 5 },
	{ .name = "confidence_scorer", .title = "Confidence", .run = node_confidence_scorer,
	  .reads = "plan first bgp geo intel", .writes = "judgement", .weight = 15 },
	{ .name = "narrator", .title = "Narrative", .run = node_narrator,
	  .reads = "plan judgement bgp geo intel", .writes = "narrative", .weight = 5 },
	{ .name = "es_enricher", .title = "Index", .run = node_es_enricher,
	  .reads = "judgement narrative bgp geo intel", .writes = "indexed", .weight = 2 },
	{ .name = "deliver", .title = "Delivery", .run = node_deliver,
	  .reads = "plan judgement narrative", .writes = "result" },
};
/* clang-format on */

static bool
is_true(const struct workflow_step *step, const char *field, const char *member)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 20, 16);
	struct sv text = workflow_get(step, field);
	struct json_value value;
	bool yes = false;

	if (parser != NULL &&
	    json_parse(parser, text.data, text.len, false, &value, NULL) == COORD_OK)
		(void)json_bool(json_get(value, sv_from(member)), &yes);
	json_parser_free(parser);
	return yes;
}

static bool
has_sessions(const struct workflow_step *step)
{
	return is_true(step, "plan", "sessions");
}

static bool
has_none(const struct workflow_step *step)
{
	return !has_sessions(step);
}

static bool
asks(const struct workflow_step *step)
{
	return is_true(step, "lookups", "ask");
}

static bool
asks_nobody(const struct workflow_step *step)
{
	return !asks(step);
}

static bool
indexes(const struct workflow_step *step)
{
	return is_true(step, "plan", "index");
}

static bool
indexes_nothing(const struct workflow_step *step)
{
	return !indexes(step);
}

static const struct workflow_edge edges[] = {
	{ "orchestrator", "pattern_analyzer", has_sessions, "there are sessions", 0 },
	{ "orchestrator", "deliver", has_none, "nothing to analyse", 0 },
	{ "pattern_analyzer", "tool_coordinator", NULL, NULL, 0 },
	{ "tool_coordinator", "bgp", asks, "look-ups", 0 },
	{ "tool_coordinator", "geo", asks, "look-ups", 0 },
	{ "tool_coordinator", "intel", asks, "look-ups", 0 },
	{ "tool_coordinator", "confidence_scorer", asks_nobody, "nobody is asked", 0 },
	{ "bgp", "confidence_scorer", NULL, NULL, 0 },
	{ "geo", "confidence_scorer", NULL, NULL, 0 },
	{ "intel", "confidence_scorer", NULL, NULL, 0 },
	{ "confidence_scorer", "narrator", NULL, NULL, 0 },
	{ "narrator", "es_enricher", indexes, "there is an index", 0 },
	{ "narrator", "deliver", indexes_nothing, "no index", 0 },
	{ "es_enricher", "deliver", NULL, NULL, 0 },
};

static const struct workflow_graph graph = {
	.name = "analysis",
	.title = "One analysis",
	.version = 2,
	.fields = fields,
	.n_fields = sizeof(fields) / sizeof(fields[0]),
	.nodes = nodes,
	.n_nodes = sizeof(nodes) / sizeof(nodes[0]),
	.edges = edges,
	.n_edges = sizeof(edges) / sizeof(edges[0]),
};

const struct workflow_graph *
services_graph(void)
{
	return &graph;
}
