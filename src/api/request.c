/* request.c - see request.h. The document is parsed (which proves it valid) and checked as values, while a second walk over
 * the text (span.h) cuts out each session's own bytes. Of equal members the last one counts, as Python's parser has it. */
#include "api/json_fault.h"
#include "api/request.h"

#include <stdio.h>

#include "api/session_rules.h"
#include "api/span.h"
#include "api/target.h"

struct checker {
	const struct request_limits *limits;
	struct arena *arena;
	struct request_parsed *ret;
	struct faults *faults;
};

/* A member of the body and where its text lies. */
struct member {
	struct json_value value;
	struct sv text;
};

enum {
	MEMBER_SESSIONS,
	MEMBER_BATCHES,
	MEMBER_DEPTH,
	MEMBER_CALLBACK,
	MEMBER_LABEL,
	MEMBER_GROUP,
	MEMBER_SELECTED,
	MEMBER_COUNT
};
static const char *const member_names[MEMBER_COUNT] = { "attack_sessions", "session_batches",
	"analysis_depth", "callback_url", "label", "group", "selected_by" };

static const struct sv depths[] = {
#define DEPTH_SV(text) { text, sizeof(text) - 1 },
	REQUEST_DEPTHS(DEPTH_SV)
#undef DEPTH_SV
};
static const struct sv selections[] = {
#define SELECTED_SV(text) { text, sizeof(text) - 1 },
	REQUEST_SELECTED_BY(SELECTED_SV)
#undef SELECTED_SV
};

struct request_options
request_default_options(void)
{
	return (struct request_options){ .depth = SV("standard") };
}

static void
refuse(const struct checker *c, const char *name, const struct fault *fault)
{
	struct fault_at at = fault_step_name((struct fault_at){ .n = 0 }, name);

	faults_add(c->faults, &at, fault);
}

static bool
choose(struct sv text, const struct sv *from, size_t n, struct sv *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (sv_eq(text, from[i])) {
			*ret = from[i];
			return true;
		}
	}
	return false;
}

static void
set_depth(const struct checker *c, const char *name, struct sv text, struct sv *ret)
{
	if (!choose(text, depths, sizeof(depths) / sizeof(depths[0]), ret))
		refuse(c, name,
		    &(struct fault){ .type = "string_pattern_mismatch",
			.msg = "String should match pattern '^(minimal|standard|deep)$'",
			.ctx = "{\"pattern\":\"^(minimal|standard|deep)$\"}",
			.shown = text });
}

static void
set_selected(const struct checker *c, const char *name, struct sv text, struct sv *ret)
{
	if (!choose(text, selections, sizeof(selections) / sizeof(selections[0]), ret))
		refuse(c, name,
		    &(struct fault){ .type = "literal_error",
			.msg = "Input should be 'behavior', 'dictionary', 'infrastructure', "
			       "'payload', "
			       "'artefact' or 'time'",
			.shown = text });
}

static void
set_label(const struct checker *c, const char *name, struct sv text, struct sv *ret)
{
	if (text.len > REQUEST_LABEL_MOST)
		refuse(c, name,
		    &(struct fault){ .type = "string_too_long",
			.msg = "String should have at most 200 bytes",
			.ctx = "{\"max_length\":200}" });
	else
		*ret = text;
}

static void
set_callback(const struct checker *c, const char *name, struct sv text, struct sv *ret)
{
	char why[240], msg[280];
	const char *refused;

	if (!(sv_starts(text, SV("http://")) && text.len > 7) &&
	    !(sv_starts(text, SV("https://")) && text.len > 8)) {
		refuse(c, name,
		    &(struct fault){ .type = "string_pattern_mismatch",
			.msg = "String should match pattern '^https?://.+'",
			.ctx = "{\"pattern\":\"^https?://.+\"}" });
		return;
	}
	if (text.len > REQUEST_URL_MOST) {
		refuse(c, name,
		    &(struct fault){ .type = "string_too_long",
			.msg = "String should have at most 2048 characters",
			.ctx = "{\"max_length\":2048}" });
		return;
	}
	refused = c->limits->callback_refused != NULL
		      ? c->limits->callback_refused(c->limits->context, text, why)
		      : NULL;
	if (refused != NULL) {
		(void)snprintf(msg, sizeof(msg), "Value error, %s", refused);
		refuse(c, name,
		    &(struct fault){ .type = "value_error", .msg = msg, .ctx = "{\"error\":{}}" });
		return;
	}
	*ret = text;
}

/* Null counts as not given, but for the depth, which has a default of its own. */
static void
check_text(const struct checker *c, const struct member *members, unsigned which, struct sv *ret,
    void (*set)(const struct checker *c, const char *name, struct sv text, struct sv *ret))
{
	struct json_value v = members[which].value;
	struct sv text;

	if (!json_exists(v) || (json_type(v) == JSON_NULL && which != MEMBER_DEPTH))
		return;
	if (!json_string(v, &text))
		refuse(c, member_names[which],
		    &(struct fault){
			.type = "string_type", .msg = "Input should be a valid string" });
	else
		set(c, member_names[which], text, ret);
}

static void
need_group(const struct checker *c, const struct request_options *o)
{
	if (o->selected_by.data != NULL && !o->group)
		refuse(c, "selected_by",
		    &(struct fault){ .type = "value_error",
			.msg =
			    "Value error, selected_by says how a group was picked: it needs group",
			.ctx = "{\"error\":{}}" });
}

static void
check_options(const struct checker *c, const struct member *members)
{
	struct request_options *o = &c->ret->options;
	struct json_value group = members[MEMBER_GROUP].value;

	check_text(c, members, MEMBER_DEPTH, &o->depth, set_depth);
	check_text(c, members, MEMBER_CALLBACK, &o->callback_url, set_callback);
	check_text(c, members, MEMBER_LABEL, &o->label, set_label);
	check_text(c, members, MEMBER_SELECTED, &o->selected_by, set_selected);
	if (json_exists(group) && json_type(group) != JSON_NULL && !json_bool(group, &o->group))
		refuse(c, "group",
		    &(struct fault){
			.type = "bool_type", .msg = "Input should be a valid boolean" });
	need_group(c, o);
}

/* --- sessions ------------------------------------------------------------------------------------------------ */

static bool
check_count(const struct checker *c, const struct fault_at *at, uint64_t n, uint64_t least)
{
	char msg[160];
	const struct request_limits *l = c->limits;

	if (n < least)
		(void)snprintf(msg, sizeof(msg),
		    "Value error, At least %llu attack session%s required for coordination "
		    "analysis",
		    (unsigned long long)least, least == 1 ? "" : "s");
	else if (n > l->max_sessions)
		(void)snprintf(msg, sizeof(msg), "Value error, Maximum %llu sessions allowed",
		    (unsigned long long)l->max_sessions);
	else
		return true;
	faults_add(c->faults, at,
	    &(struct fault){ .type = "value_error", .msg = msg, .ctx = "{\"error\":{}}" });
	return false;
}

static bool
need_list(const struct checker *c, const struct fault_at *at, struct json_value v)
{
	if (json_type(v) == JSON_ARRAY)
		return true;
	faults_add(c->faults, at,
	    &(struct fault){ .type = "list_type", .msg = "Input should be a valid list" });
	return false;
}

static void
take_sessions(const struct checker *c, const struct fault_at *at, struct member list,
    uint64_t least, struct request_batch *ret)
{
	struct json_iter values = json_each(list.value);
	struct span_iter texts;
	struct json_value v;
	struct sv text;
	struct buf *out = &c->ret->ndjson;

	ret->from = ret->to = out->len;
	if (!need_list(c, at, list.value) || !check_count(c, at, json_count(list.value), least))
		return;
	texts = span_each(list.text);
	while (json_next(&values, &v) && span_next(&texts, &text)) {
		struct fault_at element = fault_step_index(*at, ret->sessions);

		session_check(v, &element, c->limits->now_us, c->faults);
		if (c->faults->n == 0)
			span_line(text, out);
		ret->sessions++;
		if (c->faults->n > FAULTS_SHOWN)
			break;
	}
	ret->to = out->len;
}

static void
take_batches(const struct checker *c, struct fault_at at, struct member list)
{
	struct json_iter values = json_each(list.value);
	struct span_iter texts;
	struct member batch;
	uint64_t n;
	char msg[120];

	if (!need_list(c, &at, list.value))
		return;
	n = json_count(list.value);
	if (n < 1 || n > c->limits->max_batches) {
		(void)snprintf(msg, sizeof(msg),
		    n < 1 ? "Value error, At least 1 batch required"
			  : "Value error, Maximum %llu batches allowed",
		    (unsigned long long)c->limits->max_batches);
		faults_add(c->faults, &at,
		    &(struct fault){ .type = "value_error", .msg = msg, .ctx = "{\"error\":{}}" });
		return;
	}
	c->ret->batches = ARENA_ARRAY(c->arena, n, struct request_batch);
	if (c->ret->batches == NULL)
		return;
	texts = span_each(list.text);
	while (json_next(&values, &batch.value) && span_next(&texts, &batch.text)) {
		struct fault_at element = fault_step_index(at, c->ret->n_batches);

		take_sessions(c, &element, batch, 1, &c->ret->batches[c->ret->n_batches++]);
		if (c->faults->n > FAULTS_SHOWN)
			break;
	}
}

/* --- bodies ---------------------------------------------------------------------------------------------------- */

static void
find_members(struct json_value body, struct sv text, struct member members[MEMBER_COUNT])
{
	struct json_iter values = json_each(body);
	struct span_iter texts = span_each(text);
	struct member m;
	struct sv name;

	memset(members, 0, MEMBER_COUNT * sizeof(*members));
	while (json_next_member(&values, &name, &m.value) && span_next(&texts, &m.text))
		for (unsigned i = 0; i < MEMBER_COUNT; i++)
			if (sv_eq(name, sv_from(member_names[i])))
				members[i] = m;
}

static enum coord_err
parse(struct json_parser *parser, struct sv text, unsigned levels, struct json_value *ret,
    struct faults *faults)
{
	struct coord_error err = { .code = COORD_OK };
	struct fault_at at = { .n = 0 };
	CLEANUP(buf_clear) struct buf ctx = BUF_INIT(1024);
	struct jsonw w = jsonw_init(&ctx, false);
	enum coord_err rc;

	if (sv_trim(text).len == 0) {
		faults_add(
		    faults, &at, &(struct fault){ .type = "missing", .msg = "Field required" });
		return COORD_EPARSE;
	}
	rc = json_parse(parser, text.data, text.len, true, ret, &err);
	if (rc == COORD_OK || rc == COORD_ENOMEM)
		return rc;
	jsonw_object(&w);
	jsonw_key(&w, "error");
	jsonw_str(&w, err.what);
	jsonw_end(&w);
	at = fault_step_index(at, json_fault(text, levels));
	faults_add(faults, &at,
	    &(struct fault){ .type = "json_invalid",
		.msg = "JSON decode error",
		.ctx = buf_cstr(&ctx),
		.shown_object = true });
	return rc;
}

static enum coord_err
refuse_body(struct faults *faults, const char *type, const char *msg)
{
	struct fault_at at = { .n = 0 };

	faults_add(faults, &at, &(struct fault){ .type = type, .msg = msg });
	return COORD_EINVALID;
}

static enum coord_err
finish(const struct checker *c)
{
	if (c->faults->n > 0)
		return COORD_EINVALID;
	return c->ret->ndjson.failed || c->ret->batches == NULL ? COORD_ENOMEM : COORD_OK;
}

static void
begin(const struct checker *c, struct sv text)
{
	*c->ret = (struct request_parsed){ .options = request_default_options(),
		.ndjson = BUF_INIT(text.len + text.len / 2 + 4096) };
	(void)buf_reserve(&c->ret->ndjson, text.len + 64);
}

enum coord_err
request_coordination(struct json_parser *parser, struct sv text,
    const struct request_limits *limits, struct arena *arena, struct request_parsed *ret,
    struct faults *faults)
{
	struct checker c = { limits, arena, ret, faults };
	struct fault_at at = fault_step_name((struct fault_at){ .n = 0 }, "attack_sessions");
	struct member members[MEMBER_COUNT];
	struct json_value body;

	*ret = (struct request_parsed){ .options = request_default_options() };
	TRY(parse(parser, text, limits->levels, &body, faults));
	if (json_type(body) != JSON_OBJECT)
		return refuse_body(faults, "model_attributes_type",
		    "Input should be a valid dictionary or object to extract fields from");
	begin(&c, text);
	find_members(body, text, members);
	ret->batches = ARENA_ARRAY(arena, 1, struct request_batch);
	if (ret->batches == NULL)
		return COORD_ENOMEM;
	ret->n_batches = 1;
	if (json_exists(members[MEMBER_SESSIONS].value))
		take_sessions(
		    &c, &at, members[MEMBER_SESSIONS], limits->min_sessions, ret->batches);
	else
		faults_add(faults, &at,
		    &(struct fault){
			.type = "missing", .msg = "Field required", .shown_object = true });
	check_options(&c, members);
	return finish(&c);
}

enum coord_err
request_bulk(struct json_parser *parser, struct sv text, const struct request_limits *limits,
    struct arena *arena, struct request_parsed *ret, struct faults *faults)
{
	struct checker c = { limits, arena, ret, faults };
	struct fault_at at = { .n = 0 };
	struct member members[MEMBER_COUNT];
	struct json_value body;

	*ret = (struct request_parsed){ .options = request_default_options() };
	TRY(parse(parser, text, limits->levels, &body, faults));
	begin(&c, text);
	if (json_type(body) == JSON_ARRAY) {
		take_batches(&c, at, (struct member){ body, text });
		return finish(&c);
	}
	if (json_type(body) != JSON_OBJECT)
		return refuse_body(faults, "list_type", "Input should be a valid list");
	find_members(body, text, members);
	at = fault_step_name(at, "session_batches");
	if (json_exists(members[MEMBER_BATCHES].value))
		take_batches(&c, at, members[MEMBER_BATCHES]);
	else
		faults_add(faults, &at,
		    &(struct fault){
			.type = "missing", .msg = "Field required", .shown_object = true });
	check_options(&c, members);
	return finish(&c);
}

void
request_query_options(const struct target *target, const struct request_limits *limits,
    struct request_options *ret, struct faults *faults)
{
	struct checker c = { .limits = limits, .faults = faults };
	static const struct {
		const char *name;
		size_t at;
		void (*set)(
		    const struct checker *c, const char *name, struct sv text, struct sv *ret);
	} parameters[] = {
		{ "depth", offsetof(struct request_options, depth), set_depth },
		{ "analysis_depth", offsetof(struct request_options, depth), set_depth },
		{ "callback_url", offsetof(struct request_options, callback_url), set_callback },
		{ "label", offsetof(struct request_options, label), set_label },
		{ "selected_by", offsetof(struct request_options, selected_by), set_selected },
	};
	struct sv group = target_get(target, SV("group"));

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		struct sv value = target_get(target, sv_from(parameters[i].name));

		if (value.data != NULL)
			parameters[i].set(&c, parameters[i].name, value,
			    (struct sv *)(void *)((char *)ret + parameters[i].at));
	}
	if (group.data != NULL) {
		ret->group = sv_eq(group, SV("true")) || sv_eq(group, SV("1")) || group.len == 0;
		if (!ret->group && !sv_eq(group, SV("false")) && !sv_eq(group, SV("0")))
			refuse(&c, "group",
			    &(struct fault){ .type = "bool_parsing",
				.msg =
				    "Input should be a valid boolean, unable to interpret input" });
	}
	need_group(&c, ret);
}
