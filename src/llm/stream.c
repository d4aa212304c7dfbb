/* stream.c - an answer as it comes: NDJSON lines (Ollama) or server-sent events (vLLM, llama.cpp, OpenAI), of any chunking, put together to one text. It ends
 * early when the text is a flood of white space, longer than anything that was asked for, or when a record is an error under status 200. */
#include "llm/server.h"

static const struct {
	const char *label, *text;
} failures[] = {
#define LLM_FAILURE_ROW(name, label_, text_) { (label_), (text_) },
	LLM_FAILURES(LLM_FAILURE_ROW)
#undef LLM_FAILURE_ROW
};

const char *
llm_failure_label(enum llm_failure failure)
{
	return failures[failure].label;
}

const char *
llm_failure_text(enum llm_failure failure)
{
	return failures[failure].text;
}

bool
llm_stream_init(struct llm_stream *stream, bool sse)
{
	*stream = (struct llm_stream){ .sse = sse,
		.parser = json_parser_new(LINE_MOST, JSON_DEPTH_MOST),
		.line = BUF_INIT(LINE_MOST),
		.event = BUF_INIT(LINE_MOST),
		.content = BUF_INIT(CONTENT_MOST) };
	return stream->parser != NULL;
}

void
llm_stream_clear(struct llm_stream *stream)
{
	json_parser_free(stream->parser);
	buf_clear(&stream->line);
	buf_clear(&stream->event);
	buf_clear(&stream->content);
}

static void
fail(struct llm_stream *stream, enum llm_failure failure)
{
	if (stream->failure == LLM_NONE)
		stream->failure = failure;
}

static void
take_record(struct llm_stream *stream, struct sv text)
{
	struct json_value record;

	text = sv_trim(text);
	if (text.len == 0)
		return;
	if (stream->sse && sv_eq(text, SV("[DONE]"))) {
		stream->done = true;
		return;
	}
	if (json_parse(stream->parser, text.data, text.len, false, &record, NULL) != COORD_OK ||
	    json_type(record) != JSON_OBJECT || !dialect_take(stream, record))
		fail(stream, LLM_BROKEN);
	if (stream->content.failed)
		fail(stream, LLM_CUT);
}

/** A line of an event: data is kept until the empty line; comments and other fields are passed over. */
static void
take_event_line(struct llm_stream *stream, struct sv line)
{
	struct sv value = line, field;

	if (line.len == 0) {
		take_record(stream, buf_sv(&stream->event));
		stream->event.len = 0;
		return;
	}
	if (line.data[0] == '{') { /* an error that is no event, as some servers send it */
		take_record(stream, line);
		return;
	}
	field = sv_cut(&value, ':');
	if (!sv_eq(field, SV("data")) || value.data == NULL)
		return;
	if (stream->event.len > 0)
		buf_add_char(&stream->event, '\n');
	buf_add_sv(&stream->event, sv_starts(value, SV(" ")) ? sv_skip(value, 1) : value);
}

static void
take_line(struct llm_stream *stream)
{
	struct sv line = buf_sv(&stream->line);

	if (stream->line.failed || stream->event.failed)
		fail(stream, LLM_BROKEN);
	if (sv_ends(line, SV("\r")))
		line.len--;
	if (stream->sse)
		take_event_line(stream, line);
	else
		take_record(stream, line);
	stream->line.len = 0;
}

static void
keep_head(struct llm_stream *stream, struct sv piece)
{
	size_t room = HEAD_MOST - stream->n_head, n = piece.len < room ? piece.len : room;

	if (n == 0)
		return;
	memcpy(stream->head + stream->n_head, piece.data, n);
	stream->n_head += n;
}

bool
llm_stream_add(struct llm_stream *stream, struct sv piece)
{
	struct sv rest = piece;

	keep_head(stream, piece);
	while (rest.len > 0 && stream->failure == LLM_NONE && !stream->done) {
		size_t end = sv_find_char(rest, '\n');

		buf_add_sv(&stream->line, sv_first(rest, end == SIZE_MAX ? rest.len : end));
		if (stream->line.failed)
			fail(stream, LLM_BROKEN);
		if (end == SIZE_MAX)
			break;
		take_line(stream);
		rest = sv_skip(rest, end + 1);
	}
	return stream->failure == LLM_NONE;
}

void
llm_stream_end(struct llm_stream *stream)
{
	if (stream->failure == LLM_NONE && !stream->done && stream->line.len > 0)
		take_line(stream);
	if (stream->failure == LLM_NONE && !stream->done && stream->event.len > 0)
		take_record(stream, buf_sv(&stream->event));
	if (stream->failure != LLM_NONE)
		return;
	if (!stream->done)
		fail(stream, LLM_BROKEN);
	else if (stream->cut)
		fail(stream, LLM_CUT);
	else if (sv_trim(buf_sv(&stream->content)).len == 0)
		fail(stream, LLM_EMPTY);
}
