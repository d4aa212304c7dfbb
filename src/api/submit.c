/* submit.c - see submit.h. Everything the store borrows lies in the submission, which lives until the request has ended. */
#include "api/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/log.h"

static void
submission_free(void *work)
{
	struct submission *s = work;

	if (s->mapped != NULL)
		(void)munmap(s->mapped, s->mapped_len);
	buf_clear(&s->compressed);
	buf_clear(&s->reply);
	arena_free(s->arena);
	free(s);
}

struct submission *
submission_new(struct request *r, size_t n)
{
	struct submission *s = calloc(1, sizeof(*s));

	if (s == NULL)
		goto err0;
	s->arena = arena_new(0);
	if (s->arena == NULL)
		goto err1;
	s->items = ARENA_ARRAY(s->arena, n, struct store_submission);
	if (s->items == NULL)
		goto err2;
	s->r = r;
	s->n = n;
	s->reply = BUF_INIT(64 * (n + 8) + 4096);
	for (size_t i = 0; i < n; i++)
		thread_uuid(s->items[i].id);
	memcpy(r->analysis_id, s->items[0].id, sizeof(r->analysis_id));
	trace_format(&r->span.context, s->traceparent); /* the job's parent is this request */
	r->work = s;
	r->work_free = submission_free;
	return s;
err2:
	arena_free(s->arena);
err1:
	free(s);
err0:
	answer_error(r, 503, "Out of memory; try again later");
	answer_retry_after(r, RETRY_SECONDS);
	return NULL;
}

static struct sv
keep(struct arena *arena, struct sv text)
{
	char *copy;

	if (text.data == NULL)
		return SV_NONE;
	copy = arena_strdup(arena, text);
	return (struct sv){ copy, copy != NULL ? text.len : 0 };
}

static struct sv
options_json(struct submission *s, const struct request_options *o, const char *kind,
    void (*extra)(struct jsonw *w, void *context), void *context)
{
	CLEANUP(buf_clear) struct buf out = BUF_INIT(4096);
	struct jsonw w = jsonw_init(&out, false);

	jsonw_object(&w);
	jsonw_key(&w, "kind");
	jsonw_str(&w, kind);
	if (o->group) {
		jsonw_key(&w, "group");
		jsonw_bool(&w, true);
	}
	if (o->selected_by.data != NULL) {
		jsonw_key(&w, "selected_by");
		jsonw_sv(&w, o->selected_by);
	}
	if (extra != NULL)
		extra(&w, context);
	jsonw_end(&w);
	return out.failed ? SV_NONE : keep(s->arena, buf_sv(&out));
}

bool
submission_fill(struct submission *s, size_t i, const struct request_options *options,
    const char *kind, void (*extra)(struct jsonw *w, void *context), void *context)
{
	struct store_submission *item = &s->items[i];

	item->owner = sv_from(s->r->who.id);
	item->depth = options->depth;
	item->label = keep(s->arena, options->label);
	item->callback_url = keep(s->arena, options->callback_url);
	item->traceparent = sv_from(s->traceparent);
	item->options = options_json(s, options, kind, extra, context);
	return item->options.data != NULL;
}

void
submission_reply_one(struct submission *s)
{
	buf_printf(&s->reply,
	    "{\"analysis_id\":\"%s\",\"status\":\"queued\",\"coordination_confidence\":null,"
	    "\"evidence\":null,\"enrichment_applied\":false}",
	    s->items[0].id);
}

void
submission_fingerprint(struct submission *s, const uint8_t body_sha256[32])
{
	struct request *r = s->r;
	const struct target *t = &r->ex->target;
	struct sha256 *h = sha256_new();
	uint8_t digest[32] = { 0 };

	if (h == NULL)
		return;
	sha256_add(h, r->route->pattern, strlen(r->route->pattern) + 1);
	for (size_t i = 0; i < t->n_parameters; i++) {
		sha256_add(h, t->parameters[i].name.data, t->parameters[i].name.len);
		sha256_add(h, "=", 1);
		sha256_add(h, t->parameters[i].value.data, t->parameters[i].value.len);
		sha256_add(h, "", 1);
	}
	sha256_add(h, body_sha256, 32);
	sha256_end(h, digest);
	hex_of(digest, sizeof(digest), s->fingerprint);
}

/* --- the store's answer ------------------------------------------------------------------------------------------- */

static void
queue_all(struct submission *s)
{
	struct queue_item item = { .not_before_us = 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct store_submission *one = &s->items[i];

		(void)snprintf(item.id, sizeof(item.id), "%s", one->id);
		(void)snprintf(item.owner, sizeof(item.owner), "%s", s->r->who.id);
		item.priority = one->priority == JOB_BULK;
		dispatch_put(s->r->api->dispatch, &item, 1);
	}
	watch_accepted(s->r->api->watch, s->n);
}

static void
count_accepted(const struct submission *s)
{
	struct metrics *m = s->r->api->world.jobs.metrics;

	metrics_add(m, METRIC_ACCEPTED, s->items[0].depth.data, NULL, (double)s->n);
	metrics_add(m, METRIC_ACCEPTED_SESSIONS, NULL, NULL, (double)s->sessions);
	log_write(LOG_INFO, "analysis accepted", LOG_TEXT("request_id", s->r->id),
	    LOG_TEXT("analysis_id", s->items[0].id), LOG_TEXT("key", s->r->who.id),
	    LOG_INT("analyses", s->n), LOG_INT("sessions", s->sessions),
	    LOG_SV("depth", s->items[0].depth), LOG_TEXT("traceparent", s->traceparent));
}

static void
answer_stored(struct submission *s)
{
	struct request *r = s->r;

	queue_all(s);
	count_accepted(s);
	dispatch_audit(r->api->dispatch, r, "analysis.submit", sv_from(s->items[0].id), "ok");
	answer_buf(r, 200, API_JSON, &s->reply);
}

static void
answer_replayed(struct submission *s, struct sv reply)
{
	struct buf copy = BUF_INIT(reply.len + 16);

	buf_add_sv(&copy, reply);
	answer_buf(s->r, 200, API_JSON, &copy);
	answer_header(s->r->ex, "Idempotency-Replayed", "true");
}

static void
on_submitted(void *context, enum coord_err rc, enum store_submitted what, struct sv reply,
    const struct coord_error *err)
{
	struct submission *s = context;

	if (rc != COORD_OK)
		answer_failure(s->r, rc, err);
	else if (what == SUBMIT_CONFLICT)
		answer_error(s->r, 422, "This Idempotency-Key was used with another request body");
	else if (what == SUBMIT_REPLAYED)
		answer_replayed(s, reply);
	else
		answer_stored(s);
	request_done(s->r);
}

void
submission_send(struct submission *s)
{
	struct request *r = s->r;
	struct coord_error err = { .code = COORD_OK };
	enum coord_err rc;

	s->set = (struct store_submit){ .items = s->items, .n = s->n, .now_us = r->now_us };
	if (r->idempotency_key.data != NULL) {
		s->set.idempotency_owner = sv_from(r->who.id);
		s->set.idempotency_key = r->idempotency_key;
		s->set.fingerprint = sv_from(s->fingerprint);
		s->set.reply = buf_sv(&s->reply);
	}
	rc = store_submit(r->api->world.jobs.store, &s->set, on_submitted, s, &err);
	if (rc == COORD_OK)
		return;
	answer_failure(r, rc, &err);
	request_done(r);
}
