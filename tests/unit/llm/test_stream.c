/* Streams of answers in every chunking, their faults, and answers validated against a schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "llm/prompt.h"
#include "llm/server.h"

#define OLLAMA(text) \
	"{\"message\":{\"role\":\"assistant\",\"content\":\"" text "\"},\"done\":false}\n"
#define OLLAMA_END(why)                                                        \
	"{\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"" why \
	"\",\"prompt_eval_count\":7,\"eval_count\":3}\n"
#define CHUNK(text) \
	"data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"},\"finish_reason\":null}]}\n\n"
#define CHUNK_END(why)                                                                       \
	"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" why "\"}]}\n\n"             \
	"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n" \
	"data: [DONE]\n\n"

static const struct {
	const char *name, *bytes;
	bool sse;
	enum llm_failure failure;
	const char *content;
} streams[] = {
	{ "ndjson", OLLAMA("{\\\"a\\\":") OLLAMA("1}") OLLAMA_END("stop"), false, LLM_NONE,
	    "{\"a\":1}" },
	{ "ndjson without a last line end",
	    OLLAMA("x") "{\"message\":{\"content\":\"y\"},\"done\":true}", false, LLM_NONE, "xy" },
	{ "one record", "{\"message\":{\"content\":\"x\"},\"done\":true,\"done_reason\":\"stop\"}",
	    false, LLM_NONE, "x" },
	{ "cut", OLLAMA("x") OLLAMA_END("length"), false, LLM_CUT, "x" },
	{ "empty", OLLAMA_END("stop"), false, LLM_EMPTY, "" },
	{ "blank", OLLAMA("  \\n") OLLAMA_END("stop"), false, LLM_EMPTY, NULL },
	{ "thinking only",
	    "{\"message\":{\"content\":\"\",\"thinking\":\"hm\"},\"done\":false}\n" OLLAMA_END(
		"stop"),
	    false, LLM_EMPTY, "" },
	{ "ended early", OLLAMA("x"), false, LLM_BROKEN, "x" },
	{ "nothing", "", false, LLM_BROKEN, "" },
	{ "error in the middle", OLLAMA("x") "{\"error\":\"CUDA error\"}\n", false, LLM_BROKEN,
	    "x" },
	{ "not json", OLLAMA("x") "garbage\n", false, LLM_BROKEN, "x" },
	{ "bad utf-8", "{\"message\":{\"content\":\"\xff\"},\"done\":true}\n", false, LLM_BROKEN,
	    "" },
	{ "white space",
	    OLLAMA("{                                                                    ")
		OLLAMA_END("stop"),
	    false, LLM_WHITESPACE, NULL },
	{ "sse", ": hello\n\n" CHUNK("{\\\"a\\\":") CHUNK("1}") CHUNK_END("stop"), true, LLM_NONE,
	    "{\"a\":1}" },
	{ "sse with carriage returns",
	    "data:{\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\r\n\r\ndata: [DONE]\r\n\r\n",
	    true, LLM_NONE, "x" },
	{ "sse of two data lines",
	    "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n",
	    true, LLM_NONE, "x" },
	{ "sse cut", CHUNK("x") CHUNK_END("length"), true, LLM_CUT, "x" },
	{ "sse error", CHUNK("x") "data: {\"error\":{\"message\":\"died\",\"code\":500}}\n\n", true,
	    LLM_BROKEN, "x" },
	{ "sse flat error", "data: {\"object\":\"error\",\"message\":\"died\"}\n\n", true,
	    LLM_BROKEN, "" },
	{ "sse error that is no event", CHUNK("x") "{\"error\":{\"message\":\"died\"}}\n", true,
	    LLM_BROKEN, "x" },
	{ "sse without an end", CHUNK("x"), true, LLM_BROKEN, "x" },
	{ "sse not streamed",
	    "data: "
	    "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n",
	    true, LLM_NONE, "x" },
	{ "sse reasoning",
	    "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n" CHUNK_END(
		"stop"),
	    true, LLM_EMPTY, "" },
};

static void
feed(struct llm_stream *stream, const char *bytes, bool sse, size_t step)
{
	size_t len = strlen(bytes);

	assert_true(llm_stream_init(stream, sse));
	for (size_t at = 0; at < len; at += step)
		if (!llm_stream_add(
			stream, (struct sv){ bytes + at, len - at < step ? len - at : step }))
			break;
	llm_stream_end(stream);
}

static void
every_chunking_is_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		for (size_t step = 1; step < 400; step = step * 2 + 1) {
			struct llm_stream s;

			feed(&s, streams[i].bytes, streams[i].sse, step);
			if (s.failure != streams[i].failure)
				fail_msg("%s in pieces of %zu: %s", streams[i].name, step,
				    llm_failure_label(s.failure));
			if (streams[i].content != NULL)
				assert_true(sv_eq(sv_from(streams[i].content), buf_sv(&s.content)));
			llm_stream_clear(&s);
		}
}

static void
tokens_and_errors_are_read(void **state)
{
	struct llm_stream s;

	(void)state;
	feed(&s, OLLAMA("x") OLLAMA_END("stop"), false, 5);
	assert_int_equal(s.prompt_tokens, 7);
	assert_int_equal(s.answer_tokens, 3);
	llm_stream_clear(&s);
	feed(&s, CHUNK("x") CHUNK_END("stop"), true, 5);
	assert_int_equal(s.prompt_tokens, 7);
	assert_int_equal(s.answer_tokens, 3);
	llm_stream_clear(&s);
	feed(&s, "{\"error\":\"CUDA \\u001b[2J error\"}\n", false, 9);
	assert_string_equal(s.error, "CUDA .[2J error");
	llm_stream_clear(&s);
}

static void
statuses_are_told_apart(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum llm_failure failure;
	} answers[] = {
		{ 404, "{\"error\":\"model 'x' not found\"}", LLM_NO_MODEL },
		{ 401, "{\"error\":{\"message\":\"Invalid API Key\"}}", LLM_AUTH },
		{ 403, "", LLM_AUTH },
		{ 429, "", LLM_BUSY },
		{ 503,
		    "{\"error\":{\"code\":503,\"message\":\"Loading "
		    "model\",\"type\":\"unavailable_error\"}}",
		    LLM_LOADING },
		{ 503, "{\"error\":\"server busy, please try again.\"}", LLM_BUSY },
		{ 500, "<html>", LLM_SERVER },
		{ 400, "{\"object\":\"error\",\"message\":\"bad\",\"code\":400}", LLM_REQUEST },
	};
	char error[64];

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		assert_int_equal(dialect_failure(answers[i].status, sv_from(answers[i].body), error,
				     sizeof(error)),
		    answers[i].failure);
	assert_string_equal(error, "bad");
}

/* --- schemas ------------------------------------------------------------------------------------------------------------ */

#define SCHEMA                                                                                     \
	"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"a\"],\"properties\":" \
	"{"                                                                                        \
	"\"a\":{\"type\":\"string\",\"enum\":[\"x\",\"y\"]},"                                      \
	"\"n\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":3},"                                \
	"\"t\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":2},"                             \
	"\"l\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,\"items\":{\"type\":\"string\"}}" \
	"}}"

static void
schemas_hold_what_they_say(void **state)
{
	static const struct {
		const char *value;
		bool holds;
	} values[] = { { "{\"a\":\"x\"}", true }, { "{\"a\":\"z\"}", false },
		{ "{\"a\":1}", false }, { "{}", false }, { "[]", false },
		{ "{\"a\":\"x\",\"b\":1}", false }, { "{\"a\":\"x\",\"n\":3}", true },
		{ "{\"a\":\"x\",\"n\":4}", false }, { "{\"a\":\"x\",\"n\":0}", false },
		{ "{\"a\":\"x\",\"n\":1.5}", false },
		{ "{\"a\":\"x\",\"t\":\"\\u00e4\\u00e4\"}", true },
		{ "{\"a\":\"x\",\"t\":\"\"}", false }, { "{\"a\":\"x\",\"t\":\"abc\"}", false },
		{ "{\"a\":\"x\",\"l\":[\"1\"]}", true }, { "{\"a\":\"x\",\"l\":[]}", false },
		{ "{\"a\":\"x\",\"l\":[1]}", false },
		{ "{\"a\":\"x\",\"l\":[\"1\",\"2\",\"3\"]}", false } };
	struct json_parser *p = json_parser_new(4096, 16), *q = json_parser_new(4096, 16);
	struct json_value schema, value;

	(void)state;
	assert_int_equal(json_parse(p, SCHEMA, strlen(SCHEMA), false, &schema, NULL), COORD_OK);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct buf path = BUF_INIT(256);

		assert_int_equal(
		    json_parse(q, values[i].value, strlen(values[i].value), false, &value, NULL),
		    COORD_OK);
		if (schema_holds(schema, value, &path) != values[i].holds)
			fail_msg("%s", values[i].value);
		buf_clear(&path);
	}
	json_parser_free(p);
	json_parser_free(q);
}

static void
fences_are_taken_off(void **state)
{
	static const char *const objects[] = { "{}", " {} ", "```json\n{}\n```", "```\n{}```" };
	static const char *const others[] = { "", "text", "{} and more", "```json\n{}",
		"``` {} ```", "[]" };

	(void)state;
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		assert_true(sv_eq(SV("{}"), schema_strip(sv_from(objects[i]))));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_null(schema_strip(sv_from(others[i])).data);
}

static void
excerpts_are_tame(void **state)
{
	struct buf out = BUF_INIT(4096);
	char many[1000];

	(void)state;
	prompt_excerpt(&out, SV("a b<c>`d\\e^\n\x1b\xe2\x80\xae"));
	assert_string_equal(
	    buf_cstr(&out), "a^b\\x3cc\\x3e\\x60d\\x5ce\\x5e\\x0a\\x1b\\xe2\\x80\\xae");
	out.len = 0;
	memset(many, 1, sizeof(many));
	prompt_excerpt(&out, (struct sv){ many, sizeof(many) });
	assert_int_equal(out.len, EXCERPT_MOST);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chunking_is_the_same),
		cmocka_unit_test(tokens_and_errors_are_read),
		cmocka_unit_test(statuses_are_told_apart),
		cmocka_unit_test(schemas_hold_what_they_say),
		cmocka_unit_test(fences_are_taken_off),
		cmocka_unit_test(excerpts_are_tame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
