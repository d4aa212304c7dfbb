/* dialect.c - what is written to a server and what its records mean. Reference section 4.1 (Ollama) and 4.2 (the chat completions of vLLM, llama.cpp
 * and others). All rows of the modes are data; a new dialect is a row and a writer. */
#include "llm/server.h"

#include <stdio.h>

static const char *const kind_names[] = { "ollama", "vllm", "llama.cpp", "openai" };
static const char *const mode_names[] = { "schema_no_thinking", "schema", "structured_outputs",
	"guided_json", "grammar", "json_object", "prompt" };

static const struct {
	const char *path;
	bool sse;
	enum llm_mode modes[LLM_MODES];
	size_t n_modes;
} kinds[] = {
	[LLM_OLLAMA] = { "/api/chat", false,
	    { LLM_MODE_SCHEMA_NO_THINKING, LLM_MODE_SCHEMA, LLM_MODE_OBJECT, LLM_MODE_PROMPT }, 4 },
	[LLM_VLLM] = { "/v1/chat/completions", true,
	    { LLM_MODE_SCHEMA, LLM_MODE_STRUCTURED, LLM_MODE_GUIDED, LLM_MODE_OBJECT,
		LLM_MODE_PROMPT },
	    5 },
	[LLM_LLAMA_CPP] = { "/v1/chat/completions", true,
	    { LLM_MODE_SCHEMA_NO_THINKING, LLM_MODE_SCHEMA, LLM_MODE_GRAMMAR, LLM_MODE_OBJECT,
		LLM_MODE_PROMPT },
	    5 },
	[LLM_OPENAI] = { "/v1/chat/completions", true,
	    { LLM_MODE_SCHEMA, LLM_MODE_OBJECT, LLM_MODE_PROMPT }, 3 },
};

const char *
llm_kind_name(enum llm_kind kind)
{
	return kind_names[kind];
}

const char *
llm_mode_name(enum llm_mode mode)
{
	return mode_names[mode];
}

bool
llm_kind_mode(enum llm_kind kind, size_t i, enum llm_mode *ret)
{
	if (i >= kinds[kind].n_modes)
		return false;
	*ret = kinds[kind].modes[i];
	return true;
}

const char *
dialect_path(enum llm_kind kind)
{
	return kinds[kind].path;
}

bool
dialect_is_sse(enum llm_kind kind)
{
	return kinds[kind].sse;
}

/* --- requests ------------------------------------------------------------------------------------------------------------ */

static void
key_str(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
key_u64(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
key_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw_key(w, key);
	jsonw_bool(w, value);
}

static void
key_schema(struct jsonw *w, const char *key, const struct chat *chat)
{
	jsonw_key(w, key);
	jsonw_raw(w, chat->schema);
}

static void
message(struct jsonw *w, const char *role, struct sv text)
{
	jsonw_object(w);
	key_str(w, "role", role);
	jsonw_key(w, "content");
	jsonw_sv(w, text);
	jsonw_end(w);
}

static void
write_messages(struct jsonw *w, const struct chat *chat)
{
	jsonw_key(w, "model");
	jsonw_sv(w, chat->model);
	jsonw_key(w, "messages");
	jsonw_array(w);
	message(w, "system", chat->system);
	message(w, "user", chat->user);
	jsonw_end(w);
	key_bool(w, "stream", true);
}

static void
write_ollama(struct jsonw *w, const struct chat *chat)
{
	CLEANUP(buf_clear) struct buf keep = BUF_INIT(32);

	if (chat->mode == LLM_MODE_SCHEMA_NO_THINKING || chat->mode == LLM_MODE_SCHEMA)
		key_schema(w, "format", chat);
	else if (chat->mode == LLM_MODE_OBJECT)
		key_str(w, "format", "json");
	if (chat->mode != LLM_MODE_SCHEMA)
		key_bool(w, "think", false);
	buf_printf(&keep, "%llds", (long long)(chat->keep_alive_us / TIME_SECOND));
	key_str(w, "keep_alive", buf_cstr(&keep));
	jsonw_key(w, "options");
	jsonw_object(w);
	key_u64(w, "seed", chat->seed);
	key_u64(w, "temperature", 0);
	key_u64(w, "num_ctx", chat->context);
	key_u64(w, "num_predict", chat->answer);
	jsonw_end(w);
}

static void
write_response_format(struct jsonw *w, const struct chat *chat)
{
	jsonw_key(w, "response_format");
	jsonw_object(w);
	if (chat->mode == LLM_MODE_OBJECT) {
		key_str(w, "type", "json_object");
	} else {
		key_str(w, "type", "json_schema");
		jsonw_key(w, "json_schema");
		jsonw_object(w);
		key_str(w, "name", "narrative");
		key_bool(w, "strict", true);
		key_schema(w, "schema", chat);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_completions(struct jsonw *w, const struct chat *chat)
{
	key_u64(w, "temperature", 0);
	key_u64(w, "seed", chat->seed);
	key_u64(w, "max_tokens", chat->answer);
	jsonw_key(w, "stream_options");
	jsonw_object(w);
	key_bool(w, "include_usage", true);
	jsonw_end(w);
	if (chat->mode == LLM_MODE_SCHEMA_NO_THINKING) {
		jsonw_key(w, "chat_template_kwargs");
		jsonw_object(w);
		key_bool(w, "enable_thinking", false);
		jsonw_end(w);
	}
	if (chat->mode <= LLM_MODE_SCHEMA || chat->mode == LLM_MODE_OBJECT)
		write_response_format(w, chat);
	else if (chat->mode == LLM_MODE_GUIDED)
		key_schema(w, "guided_json", chat);
	else if (chat->mode == LLM_MODE_GRAMMAR)
		key_schema(w, "json_schema", chat);
	if (chat->mode != LLM_MODE_STRUCTURED)
		return;
	jsonw_key(w, "structured_outputs");
	jsonw_object(w);
	key_schema(w, "json", chat);
	jsonw_end(w);
}

void
dialect_write(enum llm_kind kind, const struct chat *chat, struct buf *out)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	write_messages(&w, chat);
	if (kind == LLM_OLLAMA)
		write_ollama(&w, chat);
	else
		write_completions(&w, chat);
	jsonw_end(&w);
}

/* --- records ------------------------------------------------------------------------------------------------------------- */

static struct json_value
at(struct json_value object, const char *key)
{
	return json_get(object, sv_from(key));
}

/** The server's words, for logs: printable ASCII, cut. */
static void
keep_error(char *ret, size_t room, struct sv text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len && n + 1 < room; i++)
		ret[n++] = text.data[i] >= ' ' && text.data[i] < 0x7f ? text.data[i] : '.';
	ret[n] = 0;
}

/** "error" is a text (Ollama), an object with a message, or the whole is one with "object":"error". */
static bool
error_of(struct json_value record, struct sv *ret)
{
	struct json_value error = at(record, "error");
	struct sv object;

	if (json_string(error, ret) || json_string(at(error, "message"), ret))
		return true;
	*ret = SV("an error without a message");
	if (json_type(error) == JSON_OBJECT)
		return true;
	if (json_string(at(record, "object"), &object) && sv_eq(object, SV("error"))) {
		(void)json_string(at(record, "message"), ret);
		return true;
	}
	return false;
}

static void
add_content(struct llm_stream *stream, struct json_value text)
{
	struct sv piece;

	if (!json_string(text, &piece))
		return;
	buf_add_sv(&stream->content, piece);
	for (size_t i = 0; i < piece.len; i++)
		stream->blanks = strchr(" \t\r\n", piece.data[i]) != NULL && piece.data[i] != 0
				     ? stream->blanks + 1
				     : 0;
	if (stream->blanks >= BLANKS_MOST)
		stream->failure = LLM_WHITESPACE;
}

static void
note_reasoning(struct llm_stream *stream, struct json_value message)
{
	static const char *const keys[] = { "thinking", "reasoning_content", "reasoning" };
	struct sv text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (json_string(at(message, keys[i]), &text) && text.len > 0)
			stream->reasoned = true;
}

static bool
take_ollama(struct llm_stream *stream, struct json_value record)
{
	struct sv why = SV_NONE;
	bool done = false;

	add_content(stream, at(at(record, "message"), "content"));
	note_reasoning(stream, at(record, "message"));
	(void)json_u64(at(record, "prompt_eval_count"), &stream->prompt_tokens);
	(void)json_u64(at(record, "eval_count"), &stream->answer_tokens);
	(void)json_bool(at(record, "done"), &done);
	if (!done)
		return true;
	stream->done = true;
	(void)json_string(at(record, "done_reason"), &why);
	stream->cut = sv_eq(why, SV("length"));
	return true;
}

static bool
take_chunk(struct llm_stream *stream, struct json_value record)
{
	struct json_iter each = json_each(at(record, "choices"));
	struct json_value choice, usage = at(record, "usage"), delta;
	struct sv why;

	(void)json_u64(at(usage, "prompt_tokens"), &stream->prompt_tokens);
	(void)json_u64(at(usage, "completion_tokens"), &stream->answer_tokens);
	if (!json_next(&each, &choice))
		return true;
	delta = at(choice, "delta");
	if (!json_exists(delta)) { /* a server that does not stream */
		delta = at(choice, "message");
		stream->done = json_exists(delta);
	}
	add_content(stream, at(delta, "content"));
	note_reasoning(stream, delta);
	if (json_string(at(choice, "finish_reason"), &why))
		stream->cut = sv_eq(why, SV("length"));
	return true;
}

bool
dialect_take(struct llm_stream *stream, struct json_value record)
{
	struct sv why;

	if (error_of(record, &why)) {
		keep_error(stream->error, sizeof(stream->error), why);
		return false;
	}
	return stream->sse ? take_chunk(stream, record) : take_ollama(stream, record);
}

/* --- answers that are no answer -------------------------------------------------------------------------------------------- */

static enum llm_failure
failure_of_status(int status, struct sv why)
{
	if (status == 401 || status == 403)
		return LLM_AUTH;
	if (status == 404)
		return LLM_NO_MODEL;
	if (status == 429)
		return LLM_BUSY;
	if (status == 503)
		return sv_has(why, SV("oading")) ? LLM_LOADING : LLM_BUSY;
	return status >= 500 ? LLM_SERVER : LLM_REQUEST;
}

enum llm_failure
dialect_failure(int status, struct sv head, char *ret_error, size_t room)
{
	struct json_parser *parser = json_parser_new(HEAD_MOST, JSON_DEPTH_MOST);
	struct sv why = SV("an answer that is no JSON");
	struct json_value record;
	enum llm_failure failure;

	if (parser != NULL &&
	    json_parse(parser, head.data, head.len, false, &record, NULL) == COORD_OK)
		(void)error_of(record, &why);
	keep_error(ret_error, room, why);
	failure = failure_of_status(status, why);
	json_parser_free(parser);
	return failure;
}
