/* test_table.c - graphs that are refused, chains that were tampered with, drawings. */
#include "graphs.h"

static enum coord_err
nothing(struct workflow_step *step, struct coord_error *err)
{
	(void)step;
	(void)err;
	return COORD_OK;
}

#define FIELDS_MOST 3
#define NODES_MOST 4
struct bad {
	struct workflow_field fields[FIELDS_MOST];
	struct workflow_node nodes[NODES_MOST];
	struct workflow_edge edges[5];
	const char *why;
};
#define NODE(name_, reads_, writes_)                                              \
	{                                                                         \
		.name = (name_), .title = "t", .run = nothing, .reads = (reads_), \
		.writes = (writes_)                                               \
	}

static const struct bad bads[] = {
	{ .nodes = { NODE("A", NULL, NULL) }, .why = "node 1: its name" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("a", NULL, NULL) }, .why = "node 2: its name" },
	{ .nodes = { NODE("start", NULL, NULL) }, .why = "node 1: its name" },
	{ .fields = { { .name = "x" }, { .name = "x" } },
	    .nodes = { NODE("a", NULL, NULL) },
	    .why = "field 2: its name" },
	{ .nodes = { NODE("a", "x", NULL) }, .why = "there is no field x" },
	{ .nodes = { { .name = "a", .title = "t" } }, .why = "a has no function" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("b", NULL, NULL) },
	    .why = "node b cannot be reached" },
	{ .nodes = { NODE("a", NULL, NULL) },
	    .edges = { { .from = "a", .to = "c" } },
	    .why = "edge 1, from a to c: there is no such node" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("b", NULL, NULL) },
	    .edges = { { .from = "a", .to = "b" }, { .from = "a", .to = "b" } },
	    .why = "two edges from a to b" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("b", NULL, NULL) },
	    .edges = { { .from = "a", .to = "b" }, { .from = "b", .to = "a" } },
	    .why = "a circle through a" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("b", NULL, NULL) },
	    .edges = { { .from = "a", .to = "b" }, { .from = "a", .to = "b", .loop = 2 } },
	    .why = "two edges" },
	{ .nodes = { NODE("a", NULL, NULL), NODE("b", NULL, NULL), NODE("c", NULL, NULL) },
	    .edges = { { .from = "a", .to = "b" }, { .from = "a", .to = "c" },
		{ .from = "b", .to = "c", .loop = 1 } },
	    .why = "from b to c is a loop that does not lead back" },
	{ .fields = { { .name = "x" } },
	    .nodes = { NODE("a", NULL, "x"), NODE("b", NULL, "x") },
	    .edges = { { .from = "a", .to = "b" } },
	    .why = "field x is written by several nodes" },
	{ .fields = { { .name = "x" } },
	    .nodes = { NODE("a", "x", NULL), NODE("b", NULL, "x") },
	    .edges = { { .from = "a", .to = "b" } },
	    .why = "node a reads x, which nobody before it writes" },
	{ .nodes = { { .name = "a", .title = "t", .run = nothing, .fallback = "a" } },
	    .why = "a cannot be its fallback" },
	{ .fields = { { .name = "x" } },
	    .nodes = { { .name = "a", .title = "t", .run = nothing, .fallback = "b" },
		NODE("b", NULL, "x") },
	    .why = "b writes fields that a" },
	{ .nodes = { { .name = "a", .title = "t", .run = nothing, .fallback = "b" },
	      NODE("b", NULL, NULL) },
	    .edges = { { .from = "a", .to = "b" } },
	    .why = "a fallback has no edges" },
};

static void
test_unsound_graphs_are_refused(void **state)
{
	struct coord_error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bads); i++) {
		const struct bad *b = &bads[i];
		struct workflow_graph g = { .name = "g",
			.title = "t",
			.fields = b->fields,
			.nodes = b->nodes,
			.edges = b->edges };

		while (g.n_fields < FIELDS_MOST && b->fields[g.n_fields].name != NULL)
			g.n_fields++;
		while (g.n_nodes < NODES_MOST && b->nodes[g.n_nodes].name != NULL)
			g.n_nodes++;
		while (g.n_edges < 5 && b->edges[g.n_edges].from != NULL)
			g.n_edges++;
		assert_int_equal(workflow_check(&g, &err), COORD_EINVALID);
		if (strstr(err.what, b->why) == NULL)
			fail_msg("%zu: %s", i, err.what);
	}
	assert_int_equal(workflow_check(&diamond, &err), COORD_OK);
}

/* --- the chain ------------------------------------------------------------------------------------------------------------ */

struct fixture {
	struct world world;
	struct arena *arena;
	struct workflow_checkpointer *memory;
	struct workflow_outcome outcome;
	struct store_workflow kept;
};

static int
open_fixture(void **state)
{
	static const struct workflow_input input = { "input", { "{\"n\":1}", 7 } };
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct workflow_options options;

	f->arena = arena_new(0);
	f->memory = workflow_memory();
	f->world.now_us = TIME_EARLIEST;
	options = options_for(&f->world, "run-1", f->memory);
	options.inputs = &input;
	options.n_inputs = 1;
	assert_int_equal(workflow_run(&diamond, &options, f->arena, &f->outcome, NULL), COORD_OK);
	assert_int_equal(workflow_load(f->memory, SV("run-1"), f->arena, &f->kept, NULL), COORD_OK);
	*state = f;
	return 0;
}

static int
close_fixture(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	workflow_checkpointer_free(f->memory);
	test_free(f);
	return 0;
}

static enum coord_err
verify(struct sv text, size_t *links, char head[65], struct coord_error *err)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 20, 16);
	struct json_value v;
	enum coord_err rc = json_parse(parser, text.data, text.len, false, &v, err);

	if (rc == COORD_OK)
		rc = workflow_chain_verify(v, links, head, err);
	json_parser_free(parser);
	return rc;
}

static void
test_a_chain_verifies_however_it_is_formatted(void **state)
{
	struct fixture *f = *state;
	struct buf kept = BUF_INIT(1 << 20), spaced = BUF_INIT(1 << 20);
	char head[65], again[65];
	size_t links = 0;

	assert_int_equal(verify(f->outcome.chain, &links, head, NULL), COORD_OK);
	assert_int_equal(links, 6);
	assert_string_equal(head, f->outcome.head);
	assert_int_equal(workflow_chain(&f->kept, &kept, again, NULL), COORD_OK);
	assert_string_equal(again, head);
	assert_true(sv_eq(buf_sv(&kept), f->outcome.chain));
	for (size_t i = 0; i < kept.len; i++) {
		buf_add_char(&spaced, kept.data[i]);
		if (kept.data[i] == ',')
			buf_add_str(&spaced, "\n  ");
	}
	assert_int_equal(verify(buf_sv(&spaced), &links, head, NULL), COORD_OK);
	buf_clear(&kept);
	buf_clear(&spaced);
}

static void
test_a_chain_that_was_tampered_with_is_refused(void **state)
{
	/* what is replaced, by what of the same length, and what is said */
	static const struct {
		const char *from, *to, *why;
	} changes[] = {
		{ "asked about c", "asked about d", "link 3: its content has another hash" },
		{ "\"step\":2", "\"step\":3", "link 2: it has another number" },
		{ "\"key\":\"b\"", "\"key\":\"c\"", "link 2: its content" },
		{ "\"decision\"", "\"decisiom\"", "link 2: decisiom: there is no such key" },
		{ "\"previous\":\"0", "\"previous\":\"1", "link 0: it does not name" },
		{ "\"next\":[\"e\"]", "\"next\":[]   ", "link 2: next: expected a list" },
		{ "\"step\":0", "\"step\":-", NULL },
	};
	struct fixture *f = *state;
	struct coord_error err;
	char head[65];
	size_t links;

	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		char *copy = arena_strdup(f->arena, f->outcome.chain),
		     *at = strstr(copy, changes[i].from);

		assert_non_null(at);
		memcpy(at, changes[i].to, strlen(changes[i].to));
		assert_int_not_equal(
		    verify((struct sv){ copy, f->outcome.chain.len }, &links, head, &err),
		    COORD_OK);
		if (changes[i].why != NULL && strstr(err.what, changes[i].why) == NULL)
			fail_msg("%zu: %s", i, err.what);
	}
	assert_int_equal(verify(SV("{}"), &links, head, &err), COORD_EINVALID);
	assert_int_equal(verify(SV("[1]"), &links, head, &err), COORD_EINVALID);
	assert_int_equal(verify(SV("[]"), &links, head, &err), COORD_OK);
	assert_int_equal(links, 0);
}

/* --- drawings --------------------------------------------------------------------------------------------------------------- */

static void
test_drawings(void **state)
{
	static const char text[] = "diamond 1: Three branches\n"
				   "●  a: First\n"
				   "├─┬─┐\n"
				   "● │ │  b: Branch b; 4 attempts\n"
				   "│ ● │  c: Branch c; 4 attempts\n"
				   "├─┘ │\n"
				   "│   ●  d: Branch d; 4 attempts\n"
				   "├───┘\n"
				   "●      e: Last\n";
	struct fixture *f = *state;
	struct buf out = BUF_INIT(1 << 20);

	assert_int_equal(workflow_draw_text(&diamond, NULL, &out, NULL), COORD_OK);
	assert_string_equal(buf_cstr(&out), text);
	out.len = 0;
	assert_int_equal(workflow_draw_text(&diamond, &f->kept, &out, NULL), COORD_OK);
	assert_non_null(strstr(buf_cstr(&out), "a: First (done, "));
	out.len = 0;
	assert_int_equal(workflow_draw_svg(&diamond, &f->kept, &out, NULL), COORD_OK);
	assert_true(sv_starts(buf_sv(&out), SV("<svg ")));
	assert_true(sv_ends(buf_sv(&out), SV("</svg>\n")));
	assert_non_null(strstr(buf_cstr(&out), ">Branch b</text>"));
	buf_clear(&out);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_fixture, close_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsound_graphs_are_refused),
		TEST(test_a_chain_verifies_however_it_is_formatted),
		TEST(test_a_chain_that_was_tampered_with_is_refused),
		TEST(test_drawings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
