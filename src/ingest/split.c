/* split.c - a stream of bytes cut into records: lines, or the elements of one large JSON document. Memory is one block
 * and the longest record allowed; a longer one is refused and skipped without being held. */
#include "ingest/split.h"

#include <stdlib.h>

enum { FIRST_BLOCK = 256 * 1024, BINARY_SAMPLE = 4096, HEAD_LEN = 64 * 1024, PROGRESS_MS = 200 };

/** Whichever worker finds that it is time tells. */
static void
tell_progress(struct reader_ctx *ctx)
{
	struct ingest_shared *shared = ctx->shared;
	int_fast64_t last = atomic_load(&shared->progress_ms);
	int64_t now;

	if (shared->options->progress == NULL)
		return;
	now = clock_steady() / 1000;
	if (now - last < PROGRESS_MS ||
	    !atomic_compare_exchange_strong(&shared->progress_ms, &last, now))
		return;
	shared->options->progress(shared->options->progress_context,
	    &(struct ingest_progress){ .bytes = atomic_load(&shared->bytes),
		.bytes_total = shared->bytes_total,
		.records = atomic_load(&shared->records),
		.sessions = atomic_load(&shared->sessions) });
}

/** Fills the block behind what is left in it. *ret: bytes got, 0 at the end. */
static enum coord_err
fill(struct reader_ctx *ctx, struct splitter *s, struct source *source, size_t *ret)
{
	uint64_t stored = source_stored(source), records = ctx->file->records;
	enum coord_err rc;

	if (s->at > 0) {
		memmove(s->block, s->block + s->at, s->len - s->at);
		s->len -= s->at;
		s->scan -= s->scan < s->at ? s->scan : s->at;
		s->string_at -= s->string_at < s->at ? s->string_at : s->at;
		s->at = 0;
	}
	if (s->len == s->cap) {
		char *wider = realloc(s->block, s->cap * 2 + JSON_PADDING);

		if (wider == NULL)
			return error_set(&ctx->fatal, COORD_ENOMEM, "no memory for a long line");
		s->block = wider;
		s->cap *= 2;
	}
	rc = source_read(source, s->block + s->len, s->cap - s->len, ret, &s->read_error);
	s->len += *ret;
	memset(s->block + s->len, 0, JSON_PADDING);
	ctx->file->bytes += *ret;
	stored = source_stored(source) - stored;
	ctx->file->bytes_stored += stored;
	atomic_fetch_add(&ctx->shared->bytes, stored);
	atomic_fetch_add(&ctx->shared->records, records - s->told);
	s->told = records;
	atomic_fetch_add(&ctx->shared->sessions, ctx->log->connects - s->told_connects);
	s->told_connects = ctx->log->connects;
	tell_progress(ctx);
	return rc;
}

static void
refuse_long(struct reader_ctx *ctx, uint64_t line)
{
	refuse(ctx, REFUSED_TOO_LONG, line, 0, "line: longer than %llu bytes",
	    (unsigned long long)ctx->shared->line_max);
}

static enum coord_err
one_line(struct reader_ctx *ctx, struct splitter *s, size_t len)
{
	struct sv line = { s->block + s->at, len };

	ctx->line = ++s->line;
	if (s->skipping) {
		s->skipping = false;
		return COORD_OK;
	}
	if (len > ctx->shared->line_max) {
		refuse_long(ctx, s->line);
		return COORD_OK;
	}
	return record_line(ctx, line);
}

static enum coord_err
all_lines(struct reader_ctx *ctx, struct splitter *s, bool end)
{
	while (s->at < s->len) {
		const char *start = s->block + s->at;
		const char *newline = memchr(start, '\n', s->len - s->at);
		size_t len = newline == NULL ? s->len - s->at : (size_t)(newline - start);

		if (newline == NULL && !end) {
			if (!s->skipping && len <= ctx->shared->line_max)
				return COORD_OK;
			if (!s->skipping)
				refuse_long(ctx, s->line + 1);
			s->skipping = true;
			s->at = s->len;
			return COORD_OK;
		}
		TRY(one_line(ctx, s, len));
		s->at += len + (newline != NULL);
	}
	return COORD_OK;
}

static bool
has_magic(struct sv head)
{
	static const struct sv magics[] = { { "\x7f"
					      "ELF",
						4 },
		{ "\x89PNG", 4 }, { "\xff\xd8\xff", 3 }, { "GIF8", 4 }, { "%PDF", 4 },
		{ "PK\x03\x04", 4 }, { "SQLite format 3", 15 }, { "BZh", 3 },
		{ "\xfd"
		  "7zXZ",
		    5 },
		{ "7z\xbc\xaf", 4 }, { "\xd4\xc3\xb2\xa1", 4 }, { "\x0a\x0d\x0d\x0a", 4 },
		{ "\xff\xfe", 2 }, { "\xfe\xff", 2 } };

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (sv_starts(head, magics[i]))
			return true;
	return false;
}

/** Is this no log at all? Single NUL bytes in text are the attackers' doing and allowed. */
static bool
is_binary(struct sv head)
{
	size_t odd = 0, n = head.len < BINARY_SAMPLE ? head.len : BINARY_SAMPLE;

	if (has_magic(head))
		return true;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)head.data[i];

		odd += c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b;
	}
	return odd > n / 10 || (text_valid_prefix(head) < n - n / 8 && odd > n / 50);
}

static void
skip_mark(struct splitter *s)
{
	if (sv_starts((struct sv){ s->block, s->len }, SV("\xef\xbb\xbf")))
		s->at = 3;
}

static enum coord_err
read_error(struct reader_ctx *ctx, struct splitter *s, enum coord_err rc)
{
	if (rc == COORD_EPARSE)
		refuse(ctx, REFUSED_TRUNCATED, s->line + 1, 0, "file: %s", s->read_error.what);
	else if (rc == COORD_EIO)
		refuse(ctx, REFUSED_UNREADABLE, s->line, 0, "file: %s", s->read_error.what);
	else
		return rc;
	return COORD_OK;
}

/** One block more. *end: it was the last. */
static enum coord_err
next_block(struct reader_ctx *ctx, struct splitter *s, struct source *source, bool *end)
{
	size_t got = 0;
	enum coord_err rc = fill(ctx, s, source, &got);

	*end = got == 0 || rc != COORD_OK;
	if (rc == COORD_OK || ctx->fatal.code != COORD_OK)
		return rc;
	return read_error(ctx, s, rc);
}

/** Decides from the file's first bytes how it will be read. *end as well when it will not be. */
static enum coord_err
look_at_head(struct reader_ctx *ctx, struct splitter *s, struct source *source, bool *end)
{
	while (!*end && s->len < HEAD_LEN) /* a pipe gives a little at a time */
		TRY(next_block(ctx, s, source, end));
	if (ctx->file->is_part)
		return COORD_OK;
	if (is_binary((struct sv){ s->block, s->len })) {
		refuse(ctx, REFUSED_BINARY, 0, 0, "file: expected text, got binary data");
		s->at = s->len = 0;
		*end = true;
		return COORD_OK;
	}
	skip_mark(s);
	s->scan = s->at;
	s->documents = documents_begin((struct sv){ s->block + s->at, s->len - s->at });
	return COORD_OK;
}

static enum coord_err
split_blocks(struct reader_ctx *ctx, struct splitter *s, struct source *source)
{
	bool end = false;

	TRY(look_at_head(ctx, s, source, &end));
	for (;;) {
		TRY(s->documents ? all_documents(ctx, s, end) : all_lines(ctx, s, end));
		if (end || atomic_load(&ctx->shared->stop))
			return COORD_OK;
		TRY(next_block(ctx, s, source, &end));
	}
}

enum coord_err
split_source(struct reader_ctx *ctx, struct source *source)
{
	struct splitter s = { .cap = FIRST_BLOCK, .told_connects = ctx->log->connects };
	enum coord_err rc;

	if ((s.block = malloc(s.cap + JSON_PADDING)) == NULL)
		return error_set(&ctx->fatal, COORD_ENOMEM, "no memory to read a file");
	rc = split_blocks(ctx, &s, source);
	ctx->file->lines = s.line;
	free(s.block);
	return rc;
}
