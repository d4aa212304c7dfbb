/* fork.c - time travel: what may be changed in an analysis that is run again from one of its steps, and where. The numbers are the engine's alone: what it judges from
 * can be changed (wish, answers), what it concluded cannot. */
#include "services/run.h"

/** A name that can be changed: a wish, with the node that reads it first, or a field of the state. */
static const struct changeable {
	const char *name;
	bool wish;
	const char *node; /* of a wish: reads it first; of a field: writes it */
} changeables[] = {
	{ "depth", true, "orchestrator" },
	{ "tools", true, "orchestrator" },
	{ "prior", true, "pattern_analyzer" },
	{ "worlds", true, "pattern_analyzer" },
	{ "seed", true, "pattern_analyzer" },
	{ "approve", true, "tool_coordinator" },
	{ "bgp", false, "bgp" },
	{ "geo", false, "geo" },
	{ "intel", false, "intel" },
	{ "narrative", false, "narrator" },
};

enum { CHANGEABLES = sizeof(changeables) / sizeof(changeables[0]) };

static const size_t value_most = (size_t)64 << 20;

struct forking {
	const struct services_fork *fork;
	const struct store_workflow *run;
	struct arena *arena;
	size_t node; /* the first that runs again, by its place in the graph */
	struct workflow_input inputs[CHANGEABLES + 1];
	size_t n;
	struct coord_error *err;
};

static const struct changeable *
find(struct sv name)
{
	for (size_t i = 0; i < CHANGEABLES; i++)
		if (sv_eq(name, sv_from(changeables[i].name)))
			return &changeables[i];
	return NULL;
}

bool
services_is_wish(struct sv name)
{
	const struct changeable *c = find(name);

	return c != NULL && c->wish;
}

/* Where a node stands in the graph, which is in the order in which they run; its branches run together, so that they stand where the first of them does. */
static size_t
place_of(struct sv node)
{
	const struct workflow_graph *g = services_graph();
	size_t at = 0;

	while (at < g->n_nodes && !sv_eq(node, sv_from(g->nodes[at].name)))
		at++;
	while (at > 0 && at < g->n_nodes && strcmp(g->nodes[at].reads, g->nodes[at - 1].reads) == 0)
		at--;
	return at;
}

static const struct store_workflow_step *
step_of(const struct store_workflow *run, uint32_t number)
{
	for (size_t i = 0; i < run->n_steps; i++)
		if (run->steps[i].step == number)
			return &run->steps[i];
	return NULL;
}

static enum coord_err
find_step(struct forking *f)
{
	const struct store_workflow_step *step = step_of(f->run, f->fork->step);
	uint32_t last = f->run->n_steps == 0 ? 0 : f->run->steps[f->run->n_steps - 1].step;

	if (f->fork->step == 0 || step == NULL)
		return error_set(f->err, COORD_EINVALID, "step: the run has steps 1 to %u, not %u",
		    last, f->fork->step);
	f->node = place_of(step->node);
	if (f->node == services_graph()->n_nodes)
		return error_set(f->err, COORD_EINVALID,
		    "step: %u is where the run was forked itself, not a node's", f->fork->step);
	return COORD_OK;
}

static enum coord_err
unknown(const struct forking *f, struct sv name)
{
	CLEANUP(buf_clear) struct buf names = BUF_INIT(1 << 10);

	for (size_t i = 0; i < CHANGEABLES; i++)
		buf_printf(&names, "%s%s", i == 0 ? "" : ", ", changeables[i].name);
	return error_set(f->err, COORD_EINVALID, "%.*s: not something to change: there are %.*s",
	    SV_ARG(sv_first(name, 40)), SV_ARG(buf_sv(&names)));
}

/* Of a wish: nobody has read it yet. Of a field: its node does not write it again. */
static enum coord_err
check_place(const struct forking *f, const struct changeable *c)
{
	size_t node = place_of(sv_from(c->node));

	if (c->wish && f->node > node)
		return error_set(f->err, COORD_EINVALID,
		    "%s: %s has read it before step %u: fork from its step, or before", c->name,
		    c->node, f->fork->step);
	if (!c->wish && f->node <= node)
		return error_set(f->err, COORD_EINVALID,
		    "%s: %s would write it again: fork from a step behind its own", c->name,
		    c->node);
	return COORD_OK;
}

static enum coord_err
add(struct forking *f, const char *field, const struct buf *text)
{
	const char *copy = text->failed ? NULL : arena_strdup(f->arena, buf_sv(text));

	if (copy == NULL)
		return error_set(f->err, COORD_ENOMEM, "no memory for a change");
	f->inputs[f->n++] = (struct workflow_input){ field, { copy, text->len } };
	return COORD_OK;
}

/* As our own writer would have written it, as the chain has its hash. */
static enum coord_err
add_field(struct forking *f, const struct changeable *c, struct sv value)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(value_most);
	struct json_parser *parser = json_parser_new(value_most, 24);
	struct json_value v = JSON_MISSING;
	const bool answers = strcmp(c->node, c->name) == 0;
	struct tools_answer *list;
	size_t n;
	bool good = parser != NULL &&
		    json_parse(parser, value.data, value.len, false, &v, NULL) == COORD_OK &&
		    json_type(v) == (answers ? JSON_ARRAY : JSON_OBJECT);

	if (good)
		json_copy(&text, v);
	json_parser_free(parser);
	if (!good)
		return error_set(f->err, COORD_EINVALID, "%s: expected %s", c->name,
		    answers ? "a JSON array of answers" : "a JSON object");
	if (answers && answers_read(buf_sv(&text), f->arena, &list, &n, f->err) != COORD_OK) {
		struct coord_error why = *f->err;

		return error_set(f->err, COORD_EINVALID, "%s: %.150s", c->name, why.what);
	}
	return add(f, c->name, &text);
}

/* What the run was asked for, with another depth or other tools. */
static enum coord_err
add_request(struct forking *f, struct sv depth, struct sv tools)
{
	CLEANUP(buf_clear) struct buf text = BUF_INIT(1 << 16);
	struct json_parser *parser = json_parser_new(1 << 16, 8);
	struct sv saved = workflow_saved(f->run, "request", f->fork->step), key;
	struct jsonw w = jsonw_init(&text, false);
	struct json_value object = JSON_MISSING, value;
	bool good = parser != NULL &&
		    json_parse(parser, saved.data, saved.len, false, &object, NULL) == COORD_OK;
	struct json_iter each = json_each(object);

	jsonw_object(&w);
	while (good && json_next_member(&each, &key, &value)) {
		struct sv old = SV_NONE;

		(void)json_string(value, &old);
		jsonw_key_sv(&w, key);
		if (depth.data != NULL && sv_eq(key, SV("depth")))
			jsonw_sv(&w, depth);
		else if (tools.data != NULL && sv_eq(key, SV("tools")))
			jsonw_sv(&w, tools);
		else
			jsonw_sv(&w, old);
	}
	jsonw_end(&w);
	json_parser_free(parser);
	return good ? add(f, "request", &text)
		    : error_set(f->err, COORD_EINVALID, "the run's request is damaged");
}

static enum coord_err
add_all(struct forking *f)
{
	struct sv depth = SV_NONE, tools = SV_NONE;

	for (size_t i = 0; i < f->fork->n_changes; i++) {
		const struct services_change *change = &f->fork->changes[i];
		const struct changeable *c = find(change->name);

		if (c == NULL)
			return unknown(f, change->name);
		for (size_t before = 0; before < i; before++)
			if (sv_eq(f->fork->changes[before].name, change->name))
				return error_set(
				    f->err, COORD_EINVALID, "%s: given twice", c->name);
		TRY(check_place(f, c));
		if (!c->wish)
			TRY(add_field(f, c, change->value));
		if (strcmp(c->name, "depth") == 0)
			depth = change->value;
		if (strcmp(c->name, "tools") == 0)
			tools = change->value;
	}
	return depth.data == NULL && tools.data == NULL ? COORD_OK : add_request(f, depth, tools);
}

enum coord_err
services_fork(struct workflow_checkpointer *checkpointer, const struct services_fork *fork,
    struct arena *arena, struct coord_error *err)
{
	struct store_workflow run;
	struct forking f = { .fork = fork, .run = &run, .arena = arena, .err = err };
	struct workflow_fork how = { .to = fork->submission->id,
		.step = fork->step,
		.ask_again = true,
		.submission = fork->submission,
		.now_us = fork->now_us };

	TRY(workflow_load(checkpointer, fork->from, arena, &run, err));
	TRY(find_step(&f));
	TRY(add_all(&f));
	how.changes = f.inputs;
	how.n_changes = f.n;
	return workflow_fork(services_graph(), checkpointer, fork->from, &how, err);
}
