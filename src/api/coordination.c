/* coordination.c - POST /analyze/coordination and POST /analyze/bulk: sessions in, ids out. Small bodies are checked on the
 * polling thread that read them; large ones, and those of a key with a quota (which the store counts), by the heavy pool. */
#include "api/resources.h"
#include "api/submit.h"

#include <stdlib.h>
#include <zstd.h>

enum { LEVEL = 1 };

static bool
is_bulk(const struct request *r)
{
	return r->route->run == bulk_run;
}

/* Each batch becomes a frame of its own, one behind the other in one buffer. */
static bool
compress(struct submission *s, const struct request_parsed *parsed)
{
	ZSTD_CCtx *z = thread_compressor();
	size_t room = 0, at = 0;

	for (size_t i = 0; i < parsed->n_batches; i++)
		room += ZSTD_compressBound(parsed->batches[i].to - parsed->batches[i].from);
	s->compressed = BUF_INIT(room + 64);
	if (z == NULL || buf_reserve(&s->compressed, room) == NULL)
		return false;
	for (size_t i = 0; i < parsed->n_batches; i++) {
		const struct request_batch *b = &parsed->batches[i];
		size_t n = ZSTD_compressCCtx(z, s->compressed.data + at, room - at,
		    parsed->ndjson.data + b->from, b->to - b->from, LEVEL);

		if (ZSTD_isError(n))
			return false;
		s->items[i].request = (struct sv){ s->compressed.data + at, n };
		s->items[i].sessions = b->sessions;
		s->sessions += b->sessions;
		at += n;
	}
	s->compressed.len = at;
	return true;
}

/* What is kept is what was compressed, not the room it was given. */
static void
shrink(struct submission *s)
{
	char *before = s->compressed.data;
	char *now = realloc(before, s->compressed.len + 1);

	if (now == NULL)
		return;
	s->compressed.data = now;
	s->compressed.cap = s->compressed.len + 1;
	for (size_t i = 0, at = 0; i < s->n; i++) {
		s->items[i].request.data = now + at;
		at += s->items[i].request.len;
	}
}

static void
reply_bulk(struct submission *s)
{
	struct jsonw w = jsonw_init(&s->reply, false);

	jsonw_object(&w);
	jsonw_key(&w, "analysis_ids");
	jsonw_array(&w);
	for (size_t i = 0; i < s->n; i++)
		jsonw_str(&w, s->items[i].id);
	jsonw_end(&w);
	jsonw_key(&w, "status");
	jsonw_str(&w, "queued");
	jsonw_key(&w, "batch_count");
	jsonw_u64(&w, s->n);
	jsonw_end(&w);
}

static bool
make_submission(struct request *r, const struct request_parsed *parsed)
{
	struct submission *s = submission_new(r, parsed->n_batches);
	uint8_t digest[32];
	bool made = s != NULL;

	for (size_t i = 0; made && i < s->n; i++) {
		made = submission_fill(s, i, &parsed->options, "sessions", NULL, NULL);
		s->items[i].priority = is_bulk(r) ? JOB_BULK : JOB_INTERACTIVE;
	}
	if (!made || !compress(s, parsed))
		return false;
	shrink(s);
	if (is_bulk(r))
		reply_bulk(s);
	else
		submission_reply_one(s);
	if (r->idempotency_key.data != NULL) {
		sha256_of(r->body.data, r->body.len, digest);
		submission_fingerprint(s, digest);
	}
	return !s->reply.failed;
}

static bool
take_quota(struct request *r, const struct submission *s)
{
	struct coord_error err;
	enum coord_err rc;

	if (r->who.quota_per_day == 0)
		return true;
	rc = auth_quota_take(r->api->world.auth, &r->who, s->sessions, r->now_us, &err);
	if (rc == COORD_OK)
		return true;
	if (rc == COORD_ELIMIT) {
		answer_error(r, 429, "The day's quota of sessions is spent");
		answer_retry_after(r, (INT64_C(86400) - r->now_us / TIME_SECOND % 86400));
	} else {
		answer_failure(r, rc, &err);
	}
	return false;
}

/* False: answered. */
static bool
check(struct request *r, struct arena *arena, struct request_parsed *parsed)
{
	struct faults faults;
	struct request_limits limits = r->view->limits;
	bool temporary = false;
	struct json_parser *parser = thread_parser(r->api, r->body.len, &temporary);
	struct sv text = { r->body.data, r->body.len };
	enum coord_err rc = COORD_ENOMEM;
	bool good;

	limits.now_us = r->now_us;
	faults_begin(&faults);
	if (parser != NULL)
		rc = is_bulk(r)
			 ? request_bulk(parser, text, &limits, arena, parsed, &faults)
			 : request_coordination(parser, text, &limits, arena, parsed, &faults);
	if (rc == COORD_OK) {
		request_query_options(&r->ex->target, &limits, &parsed->options, &faults);
		rc = faults.n > 0 ? COORD_EINVALID : COORD_OK;
	}
	if (rc == COORD_ENOMEM) {
		answer_error(r, 503, "Out of memory; try again later");
		answer_retry_after(r, RETRY_SECONDS);
	} else if (rc != COORD_OK) {
		answer_faults(r, &faults);
	}
	faults_clear(&faults);
	good = rc == COORD_OK && make_submission(r, parsed);
	if (rc == COORD_OK && !good && r->ex->answer.status == 0)
		answer_error(r, 500, "Internal server error");
	if (temporary)
		json_parser_free(parser);
	return good;
}

/* True: r->work is a submission ready to be sent. */
static bool
prepare(struct request *r)
{
	struct arena *arena = arena_new(0);
	struct request_parsed parsed = { .n_batches = 0 };
	bool good;

	if (arena == NULL) {
		answer_error(r, 503, "Out of memory; try again later");
		return false;
	}
	good = check(r, arena, &parsed);
	buf_clear(&parsed.ndjson);
	arena_free(arena);
	if (!good)
		return false;
	body_clear(r); /* what is sent lies in the submission */
	return take_quota(r, r->work);
}

static void
prepare_later(void *context)
{
	struct request *r = context;

	if (prepare(r))
		submission_send(r->work);
	else
		request_done(r);
}

static bool
run(struct request *r)
{
	if (r->body.len > BODY_INLINE_MOST || r->who.quota_per_day > 0)
		return request_later(r, r->api->heavy, prepare_later);
	if (!prepare(r))
		return true;
	http_suspend(r->ex);
	submission_send(r->work);
	return false;
}

bool
coordination_run(struct request *r)
{
	return run(r);
}

bool
bulk_run(struct request *r)
{
	return run(r);
}
