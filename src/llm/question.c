/* question.c - one question answered: from the cache, or by the first of the models that answers as the schema asks. An answer that does not is asked for once
 * more with another seed; a server that is loading or busy is asked again within the deadline; a model that is missing or fails gives way to the next. */
#include "llm/server.h"

#include <stdio.h>

#define WAIT_LEAST_US (TIME_SECOND / 4)
#define WAIT_MOST_US (4 * TIME_SECOND)

enum { TRIES_OF_ANSWER = 2, TRIES_OF_SERVER = 6, KEY_ROOM = 80 };

/* --- the cache ------------------------------------------------------------------------------------------------------------ */

static void
cache_key(const struct llm *llm, const struct llm_model *model, const struct llm_question *q,
    char ret[KEY_ROOM])
{
	struct sha256 *hash = sha256_new();
	CLEANUP(buf_clear) struct buf head = BUF_INIT(1024);
	uint8_t digest[32];

	ret[0] = 0;
	if (hash == NULL)
		return;
	buf_printf(&head, "1\n%s\n%s\n%s\n%llu\n%llu\n", model->name, model->digest,
	    llm_mode_name(model->mode), (unsigned long long)llm->config->llm_seed,
	    (unsigned long long)llm->config->llm_answer);
	sha256_add(hash, head.data, head.len);
	sha256_add(hash, q->schema.data, q->schema.len);
	sha256_add(hash, "\n", 1);
	sha256_add(hash, q->key_text.data, q->key_text.len);
	sha256_end(hash, digest);
	hex_of(digest, sizeof(digest), ret);
}

static bool
is_cached(struct llm *llm, const char *key, struct arena *arena, struct sv *ret)
{
	bool hit = llm->store != NULL && llm->config->llm_cache > 0 && key[0] != 0 &&
		   store_value_get(llm->store, SV("llm.answer"), sv_from(key), clock_wall(), arena,
		       ret, NULL) == COORD_OK;

	if (llm->store != NULL && llm->config->llm_cache > 0)
		metrics_add(llm->metrics, METRIC_LLM_CACHE, hit ? "hit" : "miss", NULL, 1);
	return hit;
}

static void
keep(struct llm *llm, const char *key, struct sv json)
{
	if (llm->store == NULL || llm->config->llm_cache == 0 || key[0] == 0)
		return;
	(void)!store_value_put(llm->store, SV("llm.answer"), sv_from(key), json,
	    clock_wall() + llm->config->llm_cache, false, NULL);
}

/* --- judging -------------------------------------------------------------------------------------------------------------- */

static bool
holds(struct sv schema, struct sv text)
{
	struct json_parser *parser = json_parser_new((size_t)1 << 20, JSON_DEPTH_MOST);
	struct json_parser *other = json_parser_new(CONTENT_MOST, JSON_DEPTH_MOST);
	CLEANUP(buf_clear) struct buf path = BUF_INIT(512);
	struct json_value wanted, value;
	bool is = parser != NULL && other != NULL && text.data != NULL &&
		  json_parse(parser, schema.data, schema.len, false, &wanted, NULL) == COORD_OK &&
		  json_parse(other, text.data, text.len, false, &value, NULL) == COORD_OK &&
		  schema_holds(wanted, value, &path);

	json_parser_free(parser);
	json_parser_free(other);
	return is;
}

/** The JSON of an answer that is what was asked for; else SV_NONE and why. */
static struct sv
judge(const struct llm_question *q, struct sv content, enum llm_failure *why)
{
	struct sv text = schema_strip(content);

	if (q->canary.len > 0 && sv_has(content, q->canary)) {
		*why = LLM_CANARY;
		return SV_NONE;
	}
	if (holds(q->schema, text))
		return text;
	*why = LLM_SCHEMA;
	return SV_NONE;
}

/* --- asking ---------------------------------------------------------------------------------------------------------------- */

/** Asks once more while the server is only not ready. */
static enum llm_failure
ask_patiently(
    struct llm_call *call, enum llm_kind kind, const struct chat *chat, struct llm_answer *ret)
{
	int64_t pause_us = WAIT_LEAST_US;
	enum llm_failure failure = LLM_NONE;

	for (unsigned i = 0; i < TRIES_OF_SERVER; i++) {
		ret->content.len = 0;
		failure = chat_once(call, kind, chat, ret);
		if ((failure != LLM_LOADING && failure != LLM_BUSY) || llm_cancelled(call) ||
		    clock_steady() >= call->deadline_us)
			break;
		llm_wait(call, pause_us);
		pause_us = pause_us * 2 < WAIT_MOST_US ? pause_us * 2 : WAIT_MOST_US;
	}
	return failure;
}

static enum llm_failure
ask_model(struct llm_call *call, const struct llm_server *server, const struct llm_model *model,
    const struct llm_question *q, struct arena *arena, struct llm_reply *ret)
{
	const struct config *config = call->llm->config;
	struct llm_answer answer = { .content = BUF_INIT(CONTENT_MOST) };
	struct chat chat = { .model = sv_from(model->name),
		.system = q->system,
		.user = q->user,
		.schema = q->schema,
		.mode = model->mode,
		.seed = config->llm_seed,
		.context = config->llm_context,
		.answer = config->llm_answer,
		.keep_alive_us = config->llm_keep_alive };
	enum llm_failure failure = LLM_NONE;

	for (unsigned i = 0; i < TRIES_OF_ANSWER; i++, chat.seed++) {
		struct sv text = SV_NONE;
		char *copy;

		failure = ask_patiently(call, server->kind, &chat, &answer);
		if (failure == LLM_NONE) {
			text = judge(q, buf_sv(&answer.content), &failure);
			if (failure != LLM_NONE)
				metrics_add(call->llm->metrics, METRIC_LLM_REQUESTS,
				    llm_failure_label(failure), NULL, 1);
		}
		ret->suspicious = ret->suspicious || failure == LLM_CANARY;
		if (text.data != NULL && (copy = arena_strdup(arena, text)) != NULL) {
			ret->json = (struct sv){ copy, text.len };
			break;
		}
		if (!llm_failure_is_of_answer(failure))
			break;
	}
	buf_clear(&answer.content);
	call->failure = failure;
	return failure;
}

static bool
answered(struct llm *llm, const struct llm_server *server, const struct llm_model *model,
    struct arena *arena, struct llm_reply *ret)
{
	(void)llm;
	ret->model = sv_from(arena_strdup(arena, sv_from(model->name)));
	ret->digest =
	    model->digest[0] == 0 ? SV_NONE : sv_from(arena_strdup(arena, sv_from(model->digest)));
	ret->kind = llm_kind_name(server->kind);
	return true;
}

/** Another model may do better: this one is missing, or it or what it says is at fault. */
static bool
may_fall_back(enum llm_failure failure)
{
	return failure == LLM_NO_MODEL || failure == LLM_REQUEST || failure == LLM_SERVER ||
	       failure == LLM_FIRST_TOKEN || failure == LLM_PROMPT_CUT ||
	       llm_failure_is_of_answer(failure);
}

bool
question_ask(struct llm_call *call, const struct llm_question *question, struct arena *arena,
    struct llm_reply *ret)
{
	struct llm *llm = call->llm;
	struct llm_server server;

	*ret = (struct llm_reply){ .json = SV_NONE };
	if (!server_find(call, &server))
		return false;
	for (size_t i = 0; i < server.n_models; i++) {
		char key[KEY_ROOM];

		if (!server_probe_model(call, &server, i)) {
			server_told(llm, call->failure);
			if (may_fall_back(call->failure))
				continue;
			return false;
		}
		cache_key(llm, &server.models[i], question, key);
		if (is_cached(llm, key, arena, &ret->json) && holds(question->schema, ret->json)) {
			ret->cached = true;
			return answered(llm, &server, &server.models[i], arena, ret);
		}
		ret->json = SV_NONE;
		server_told(llm, ask_model(call, &server, &server.models[i], question, arena, ret));
		if (ret->json.data != NULL) {
			keep(llm, key, ret->json);
			return answered(llm, &server, &server.models[i], arena, ret);
		}
		if (!may_fall_back(call->failure))
			return false;
	}
	return false;
}
