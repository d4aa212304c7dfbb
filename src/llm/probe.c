/* probe.c - which server it is, which models it has, and which way of asking they obey. Found on the first call, kept for some minutes, and found anew after
 * failures: a server may be restarted as another one. A way is obeyed when a question that asks for prose still gets what the schema says. */
#include "llm/server.h"

#include <stdio.h>

#define FOUND_KEEP_US (600 * TIME_SECOND)

enum { FAILURES_MOST = 3, BODY_MOST = 1 << 20 };

#define PROBE_SCHEMA                                                                     \
	"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"colour\"]," \
	"\"properties\":{\"colour\":{\"type\":\"string\",\"enum\":[\"green\",\"violet\"]}}}"

/* --- what it says --------------------------------------------------------------------------------------------------------- */

struct look {
	struct json_parser *parser;
	struct buf body;
	struct json_value root;
	int status;
};

static bool
look_at(struct llm_call *call, struct look *look, const char *path)
{
	enum llm_failure failure;

	look->body.len = 0;
	look->root = JSON_MISSING;
	failure = server_get(call, path, &look->body, &look->status);
	if (failure == LLM_NONE && json_parse(look->parser, look->body.data, look->body.len, false,
				       &look->root, NULL) != COORD_OK)
		look->root = JSON_MISSING;
	return failure == LLM_NONE && json_exists(look->root);
}

static struct json_value
at(struct json_value object, const char *key)
{
	return json_get(object, sv_from(key));
}

static bool
is_reachable(const struct look *look)
{
	return look->status != 0;
}

/** By the owner of its models: vLLM and llama.cpp say their names. */
static enum llm_kind
kind_of_models(struct json_value models)
{
	struct json_iter each = json_each(at(models, "data"));
	struct json_value model;
	struct sv owner = SV_NONE;

	if (json_next(&each, &model))
		(void)json_string(at(model, "owned_by"), &owner);
	if (sv_eq(owner, SV("vllm")))
		return LLM_VLLM;
	if (sv_eq(owner, SV("llamacpp")))
		return LLM_LLAMA_CPP;
	return LLM_OPENAI;
}

static void
copy_name(char *ret, size_t room, struct sv name)
{
	size_t n = name.len < room ? name.len : 0;

	if (n > 0)
		memcpy(ret, name.data, n);
	ret[n] = 0;
}

static bool
is_plain(struct sv name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] < '!' || name.data[i] > '~')
			return false;
	return name.len > 0 && name.len < MODEL_NAME_MOST;
}

static void
copy_digest(char ret[72], struct sv digest)
{
	if (sv_starts(digest, SV("sha256:")))
		digest = sv_skip(digest, 7);
	ret[0] = 0;
	for (size_t i = 0; i < digest.len; i++)
		if (strchr("0123456789abcdef", digest.data[i]) == NULL || digest.data[i] == 0)
			return;
	copy_name(ret, 72, digest);
}

/* --- which models ----------------------------------------------------------------------------------------------------------- */

static void
add_model(struct llm_server *server, struct sv name, struct sv digest)
{
	struct llm_model *model;

	if (server->n_models == MODELS_MOST || !is_plain(name))
		return;
	model = &server->models[server->n_models++];
	*model = (struct llm_model){ .probed = false };
	copy_name(model->name, sizeof(model->name), name);
	copy_digest(model->digest, digest);
}

/** "llama3.1" is "llama3.1:latest". */
static bool
is_model(struct sv listed, struct sv wanted)
{
	return sv_eq(listed, wanted) ||
	       (sv_starts(listed, wanted) && sv_eq(sv_skip(listed, wanted.len), SV(":latest")));
}

static bool
find_listed(struct json_value list, const char *key, struct sv wanted, struct sv *digest)
{
	struct json_iter each = json_each(list);
	struct json_value model;
	struct sv name;

	while (json_next(&each, &model))
		if (json_string(at(model, key), &name) && is_model(name, wanted)) {
			(void)json_string(at(model, "digest"), digest);
			return true;
		}
	return false;
}

/** Those that are configured and there; those that are configured, when the server lists none; the first that is there, when none is configured. */
static void
choose_models(
    struct llm_server *server, const char *configured, struct json_value list, const char *key)
{
	struct json_iter each = json_each(list);
	struct sv rest = sv_from(configured), name = SV_NONE, digest;
	struct json_value model;

	while (configured[0] != 0 && rest.data != NULL) {
		struct sv wanted = sv_trim(sv_cut(&rest, ','));

		digest = SV_NONE;
		if (find_listed(list, key, wanted, &digest) || json_count(list) == 0)
			add_model(server, wanted, digest);
	}
	if (configured[0] != 0 || !json_next(&each, &model) || !json_string(at(model, key), &name))
		return;
	digest = SV_NONE;
	(void)json_string(at(model, "digest"), &digest);
	add_model(server, name, digest);
}

static bool
list_models(struct llm_call *call, struct look *look, struct llm_server *server)
{
	bool ollama = server->kind == LLM_OLLAMA;
	bool listed = look_at(call, look, ollama ? "/api/tags" : "/v1/models");

	if (!listed && (look->status == 401 || look->status == 403 || !is_reachable(look)))
		return false;
	choose_models(server, call->llm->config->llm_models,
	    at(look->root, ollama ? "models" : "data"), ollama ? "name" : "id");
	if (server->n_models > 0)
		return true;
	call->failure = LLM_NO_MODEL;
	return false;
}

/* --- which kind ---------------------------------------------------------------------------------------------------------------- */

static bool
is_ollama(struct llm_call *call, struct look *look)
{
	struct sv version;

	return look_at(call, look, "/api/version") &&
	       json_string(at(look->root, "version"), &version);
}

static bool
find_kind(struct llm_call *call, struct look *look, enum llm_kind *ret)
{
	static const enum llm_kind configured[] = { LLM_OLLAMA, LLM_VLLM, LLM_LLAMA_CPP,
		LLM_OPENAI };

	if (call->llm->config->llm_kind > 0) {
		*ret = configured[call->llm->config->llm_kind - 1];
		return true;
	}
	if (is_ollama(call, look)) {
		*ret = LLM_OLLAMA;
		return true;
	}
	if (!is_reachable(look) || call->failure == LLM_AUTH)
		return false;
	if (!look_at(call, look, "/v1/models"))
		return false;
	*ret = kind_of_models(look->root);
	return true;
}

static bool
find_server(struct llm_call *call, struct llm_server *ret)
{
	struct look look = { .parser = json_parser_new(BODY_MOST, JSON_DEPTH_MOST),
		.body = BUF_INIT(BODY_MOST) };
	struct llm_server server = { .found_us = clock_steady() };
	bool found = look.parser != NULL && find_kind(call, &look, &server.kind) &&
		     list_models(call, &look, &server);

	if (found)
		*ret = server;
	json_parser_free(look.parser);
	buf_clear(&look.body);
	return found;
}

bool
server_find(struct llm_call *call, struct llm_server *ret)
{
	struct llm *llm = call->llm;
	struct llm_server server;
	bool known;

	turn_lock(llm);
	known = llm->server.found_us != 0 && llm->server.failures < FAILURES_MOST &&
		clock_steady() - llm->server.found_us < FOUND_KEEP_US;
	*ret = llm->server;
	turn_unlock(llm);
	if (known)
		return true;
	if (!find_server(call, &server)) {
		metrics_add(
		    llm->metrics, METRIC_LLM_REQUESTS, llm_failure_label(call->failure), NULL, 1);
		return false;
	}
	turn_lock(llm);
	llm->server = server;
	turn_unlock(llm);
	*ret = server;
	return true;
}

void
server_told(struct llm *llm, enum llm_failure failure)
{
	turn_lock(llm);
	if (failure == LLM_NONE)
		llm->server.failures = 0;
	else if (failure != LLM_TURN && failure != LLM_CANCELLED)
		llm->server.failures++;
	turn_unlock(llm);
}

/* --- which way ----------------------------------------------------------------------------------------------------------------- */

static bool
obeys(struct sv content)
{
	struct json_parser *parser = json_parser_new(1 << 16, JSON_DEPTH_MOST);
	struct json_parser *other = json_parser_new(1 << 16, JSON_DEPTH_MOST);
	CLEANUP(buf_clear) struct buf path = BUF_INIT(256);
	struct sv schema = SV(PROBE_SCHEMA), text = schema_strip(content);
	struct json_value wanted, value;
	bool holds =
	    parser != NULL && other != NULL && text.data != NULL &&
	    json_parse(parser, schema.data, schema.len, false, &wanted, NULL) == COORD_OK &&
	    json_parse(other, text.data, text.len, false, &value, NULL) == COORD_OK &&
	    schema_holds(wanted, value, &path);

	json_parser_free(parser);
	json_parser_free(other);
	return holds;
}

/** One way. The question names the schema only where the server is not told it. */
static enum llm_failure
try_mode(
    struct llm_call *call, enum llm_kind kind, const char *model, enum llm_mode mode, bool *ret)
{
	const struct config *config = call->llm->config;
	bool told = mode != LLM_MODE_OBJECT && mode != LLM_MODE_PROMPT;
	struct llm_answer answer = { .content = BUF_INIT(CONTENT_MOST) };
	struct chat chat = { .model = sv_from(model),
		.system = told ? SV("You are friendly. Greet the user in one sentence of prose.")
			       : SV("Answer with one JSON object that satisfies this schema and "
				    "nothing else: " PROBE_SCHEMA),
		.user = SV("Hello!"),
		.schema = SV(PROBE_SCHEMA),
		.mode = mode,
		.seed = config->llm_seed,
		.context = config->llm_context,
		.answer = 64,
		.keep_alive_us = config->llm_keep_alive };
	enum llm_failure failure = chat_once(call, kind, &chat, &answer);

	*ret = failure == LLM_NONE && obeys(buf_sv(&answer.content));
	buf_clear(&answer.content);
	return failure;
}

/** Goes on with the next way after this failure? A server that refuses a request may take another one; one that is away takes none. */
static bool
may_go_on(enum llm_failure failure)
{
	return failure == LLM_NONE || failure == LLM_REQUEST || failure == LLM_SERVER ||
	       (llm_failure_is_of_answer(failure) && failure != LLM_STALL);
}

static void
remember(struct llm *llm, const struct llm_server *server, size_t model)
{
	turn_lock(llm);
	if (llm->server.found_us == server->found_us)
		llm->server.models[model] = server->models[model];
	turn_unlock(llm);
}

bool
server_probe_model(struct llm_call *call, struct llm_server *server, size_t model)
{
	struct llm_model *m = &server->models[model];
	enum llm_mode mode;

	for (size_t i = 0; !m->probed && llm_kind_mode(server->kind, i, &mode); i++) {
		bool holds = false;
		enum llm_failure failure = try_mode(call, server->kind, m->name, mode, &holds);

		if (!may_go_on(failure))
			return false;
		if (!holds)
			continue;
		m->mode = mode;
		m->obeys = mode != LLM_MODE_OBJECT && mode != LLM_MODE_PROMPT;
		m->probed = true;
	}
	if (!m->probed) { /* nothing was obeyed: asked in the prompt, and judged as always */
		if (call->failure != LLM_NONE && call->failure != LLM_REQUEST &&
		    !llm_failure_is_of_answer(call->failure))
			return false;
		m->mode = LLM_MODE_PROMPT;
		m->obeys = false;
		m->probed = true;
	}
	call->failure = LLM_NONE;
	remember(call->llm, server, model);
	return true;
}
