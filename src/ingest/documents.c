/* documents.c - JSON that is not one object a line: an array of objects, objects printed over several lines, or
 * an Elasticsearch response whose hits may be larger than any record may be. Brackets and strings are
 * followed byte by byte; only one record is held at a time. */
#include "ingest/split.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/** Do brackets stay open at the end of the line, outside a string? */
static bool
stays_open(struct sv line)
{
	bool in_string = false;
	long depth = 0;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.data[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']'))
			depth--;
	}
	return depth > 0 && !in_string;
}

bool
documents_begin(struct sv head)
{
	struct sv line, rest;

	while (head.len > 0 && is_blank(head.data[0]))
		head = sv_skip(head, 1);
	rest = head;
	line = sv_trim(sv_cut(&rest, '\n'));
	if (line.len == 0)
		return false;
	if (line.data[0] == '[') {
		struct sv inside = sv_trim(sv_skip(line, 1));

		if (inside.len == 0) {
			inside = sv_trim(rest);
			return inside.len == 0 || inside.data[0] == '{' || inside.data[0] == ']';
		}
		return inside.data[0] == '{' || inside.data[0] == ']';
	}
	/* a cut-off first line of NDJSON is followed by a line that begins an object */
	return line.data[0] == '{' && rest.data != NULL && rest.len > 0 && rest.data[0] != '{' &&
	       stays_open(line);
}

enum { RECORDS_NONE = -1 };

static void
end_string(struct splitter *s)
{
	struct sv text = { s->block + s->string_at, s->scan - s->string_at };

	s->in_string = false;
	if (s->depth == 1 || s->depth == 2)
		s->hits[s->depth - 1] = s->string_kept && sv_eq(text, SV("hits"));
}

static void
in_string(struct splitter *s, char c)
{
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		end_string(s);
}

static void
open_bracket(struct splitter *s, char c)
{
	if (c == '{' && !s->in_record && (int64_t)s->depth == s->records_at) {
		s->in_record = true;
		s->at = s->scan;
		s->record_line = s->line + 1;
	}
	if (c == '[' && s->depth == 0)
		s->records_at = 1;
	if (c == '[' && s->depth == 2 && s->records_at == 0 && s->hits[0] && s->hits[1]) {
		s->in_record = s->skipping = false;
		s->records_at = 3;
	}
	s->depth++;
	if (s->depth <= 2)
		s->hits[s->depth - 1] = false;
}

static void
refuse_long(struct reader_ctx *ctx, const struct splitter *s)
{
	refuse(ctx, REFUSED_TOO_LONG, s->record_line, 0, "record: longer than %llu bytes",
	    (unsigned long long)ctx->shared->line_max);
}

static enum coord_err
close_bracket(struct reader_ctx *ctx, struct splitter *s)
{
	struct sv record = { s->block + s->at, s->scan + 1 - s->at };

	if (s->depth == 0) {
		refuse(ctx, REFUSED_NOT_JSON, s->line + 1, 0,
		    "JSON: closing bracket without an opening one");
		return COORD_OK;
	}
	s->depth--;
	if ((int64_t)s->depth < s->records_at)
		s->records_at = RECORDS_NONE;
	if (s->depth == 0 && s->records_at == RECORDS_NONE)
		s->records_at = 0;
	if (!s->in_record || (int64_t)s->depth != s->records_at)
		return COORD_OK;
	s->in_record = false;
	if (s->skipping) {
		s->skipping = false;
		return COORD_OK;
	}
	ctx->line = s->record_line;
	if (record.len <= ctx->shared->line_max)
		return record_line(ctx, record);
	refuse_long(ctx, s);
	return COORD_OK;
}

static void
between(struct reader_ctx *ctx, struct splitter *s, char c)
{
	if (c == ',' || c == '\n') {
		s->scalar = false;
		return;
	}
	if (is_blank(c) || s->scalar || s->in_record || (int64_t)s->depth != s->records_at)
		return;
	s->scalar = true;
	refuse(ctx, REFUSED_NOT_RECOGNISED, s->line + 1, 0, "record: expected a JSON object");
}

static enum coord_err
step(struct reader_ctx *ctx, struct splitter *s, char c)
{
	if (c == '\n')
		s->line++;
	if (s->in_string) {
		in_string(s, c);
		return COORD_OK;
	}
	if (c == '{' || c == '[') {
		open_bracket(s, c);
		return COORD_OK;
	}
	if (c == '}' || c == ']')
		return close_bracket(ctx, s);
	between(ctx, s, c);
	if (c == '"') {
		s->in_string = s->string_kept = true;
		s->escaped = false;
		s->string_at = s->scan + 1;
	}
	return COORD_OK;
}

enum coord_err
all_documents(struct reader_ctx *ctx, struct splitter *s, bool end)
{
	for (; s->scan < s->len; s->scan++)
		TRY(step(ctx, s, s->block[s->scan]));
	if (s->in_record && !s->skipping && s->scan - s->at > ctx->shared->line_max) {
		refuse_long(ctx, s);
		s->skipping = true;
	}
	if (!s->in_record || s->skipping) {
		s->string_kept = false;
		s->at = s->scan;
	}
	if (end && (s->depth > 0 || s->in_string))
		refuse(ctx, REFUSED_TRUNCATED, s->in_record ? s->record_line : s->line + 1, 0,
		    "JSON: the document ends in the middle");
	return COORD_OK;
}
