/* fuzz_workflow.c - what the engine reads back: evidence chains from documents, and checkpoints, whose bytes a damaged disk or another's hand may have changed. A
 * chain that verifies has as many links as it says; a run with a checkpoint of any bytes ends, or is refused. */
#include <stdlib.h>
#include <string.h>

#include "workflow/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum coord_err
node(struct workflow_step *step, struct coord_error *err)
{
	return workflow_set(step, "out", workflow_get(step, "in"), err);
}

static const struct workflow_field fields[] = {
	{ "in", WORKFLOW_JSON, 1, NULL, NULL, "a document" },
	{ "out", WORKFLOW_JSON, 1, workflow_join, NULL, "a list" },
	{ "n", WORKFLOW_INT, 1, NULL, NULL, "a number" },
};
static const struct workflow_node nodes[] = {
	{ .name = "a", .title = "A", .run = node, .reads = "in", .writes = "out" },
	{ .name = "b", .title = "B", .run = node, .reads = "in", .writes = "out" },
};
static const struct workflow_edge edges[] = { { "a", "b", NULL, NULL, 0 } };
static const struct workflow_graph graph = { "g", "G", 1, fields, 3, nodes, 2, edges, 1 };

static void
read_chain(struct sv text)
{
	struct json_parser *parser = json_parser_new(1 << 20, JSON_DEPTH_MOST);
	struct json_value v;
	size_t links = 0;
	char head[65];

	if (parser != NULL &&
	    json_parse(parser, text.data, text.len, false, &v, NULL) == COORD_OK &&
	    workflow_chain_verify(v, &links, head, NULL) == COORD_OK &&
	    (links != json_count(v) || strlen(head) != 64))
		abort();
	json_parser_free(parser);
}

/** The first step's outputs end where the text says; the rest is the second one's record. */
static void
read_checkpoint(struct sv text)
{
	const size_t cut = text.len == 0 ? 0 : (unsigned char)text.data[0];
	struct workflow_checkpointer *memory = workflow_memory();
	struct arena *arena = arena_new(0);
	const struct store_workflow_begin begin = { .id = SV("r"), .graph = SV("g"), .version = 1 };
	const struct workflow_options options = { .id = "r", .checkpointer = memory };
	struct store_workflow_step start = {
		.visit = 1, .node = SV("start"), .record = SV("{\"step\":0}")
	};
	struct store_workflow_step first = {
		.step = 1, .visit = 1, .node = SV("a"), .outputs = SV("")
	};
	struct buf out = BUF_INIT(1 << 20);
	struct jsonw w = jsonw_init(&out, false);
	struct workflow_outcome outcome;
	struct store_workflow run;

	text = sv_skip(text, 1);
	start.outputs = sv_first(text, cut);
	first.record = sv_skip(text, cut);
	if (memory == NULL || arena == NULL ||
	    memory->ops->begin(memory->self, &begin, arena, &run, NULL) != COORD_OK ||
	    memory->ops->step(memory->self, run.seq, run.fence, &start, NULL) != COORD_OK ||
	    memory->ops->step(memory->self, run.seq, run.fence, &first, NULL) != COORD_OK)
		abort();
	if (workflow_run(&graph, &options, arena, &outcome, NULL) == COORD_OK &&
	    outcome.status == WORKFLOW_RUNNING)
		abort();
	if (workflow_load(memory, SV("r"), arena, &run, NULL) == COORD_OK)
		if (workflow_json(&run, &w, NULL) == COORD_OK && out.len == 0)
			abort();
	buf_clear(&out);
	arena_free(arena);
	workflow_checkpointer_free(memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sv text = { (const char *)data, size };

	if (size == 0)
		return 0;
	if (data[0] == '[')
		read_chain(text);
	else
		read_checkpoint(text);
	return 0;
}
