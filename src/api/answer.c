/* answer.c - how a request is answered: errors in FastAPI's layout with our two members more, media types exactly as the
 * contract has them, finished results from the cache, compression where the client takes it. */
#include "api/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

const char API_JSON[] = "application/json";

enum { COMPRESS_LEAST = 1024 };

void
answer_buf(struct request *r, int status, const char *type, struct buf *body)
{
	struct exchange *ex = r->ex;

	if (body->failed) {
		buf_clear(body);
		answer_error(r, 500, "Internal server error");
		return;
	}
	answer_reset(ex);
	ex->answer.status = status;
	ex->answer.body = buf_sv(body);
	ex->answer.release = free;
	ex->answer.release_context = body->data;
	*body = BUF_INIT(body->max);
	answer_header(ex, "Content-Type", type);
}

void
answer_constant(struct request *r, int status, const char *type, struct sv body)
{
	answer_reset(r->ex);
	r->ex->answer.status = status;
	r->ex->answer.body = body;
	answer_header(r->ex, "Content-Type", type);
}

static const char *
error_code_of(int status)
{
	static const struct {
		int status;
		const char *code;
	} codes[] = {
		{ 400, "BAD_REQUEST" },
		{ 401, "AUTHENTICATION_ERROR" },
		{ 403, "PERMISSION_DENIED" },
		{ 404, "NOT_FOUND" },
		{ 405, "METHOD_NOT_ALLOWED" },
		{ 409, "CONFLICT" },
		{ 413, "PAYLOAD_TOO_LARGE" },
		{ 414, "URI_TOO_LONG" },
		{ 415, "UNSUPPORTED_MEDIA_TYPE" },
		{ 422, "VALIDATION_ERROR" },
		{ 429, "RATE_LIMIT_EXCEEDED" },
		{ 503, "SERVICE_UNAVAILABLE" },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].status == status)
			return codes[i].code;
	return "INTERNAL_ERROR";
}

static void
end_error(struct request *r, int status, struct jsonw *w, struct buf *body)
{
	char time[TIME_TEXT_MAX];

	time_format(clock_wall(), true, time);
	jsonw_key(w, "error_code");
	jsonw_str(w, error_code_of(status));
	jsonw_key(w, "timestamp");
	jsonw_str(w, time);
	jsonw_end(w);
	if (body->failed) /* no memory even for this */
		answer_constant(r, status, API_JSON, SV("{\"detail\":\"Internal server error\"}"));
	else
		answer_buf(r, status, API_JSON, body);
}

void
answer_error(struct request *r, int status, const char *detail)
{
	struct buf body = BUF_INIT(64 * 1024);
	struct jsonw w = jsonw_init(&body, false);

	jsonw_object(&w);
	jsonw_key(&w, "detail");
	jsonw_str(&w, detail);
	end_error(r, status, &w, &body);
}

void
answer_faults(struct request *r, struct faults *faults)
{
	struct buf body = BUF_INIT(2 << 20);
	struct jsonw w = jsonw_init(&body, false);

	jsonw_object(&w);
	jsonw_key(&w, "detail");
	jsonw_raw(&w, faults_end(faults));
	if (faults->n > FAULTS_SHOWN) {
		jsonw_key(&w, "errors_total");
		jsonw_u64(&w, faults->n);
	}
	end_error(r, 422, &w, &body);
	faults_clear(faults);
}

void
answer_bad_parameter(struct request *r, const char *name, const char *msg)
{
	struct buf body = BUF_INIT(64 * 1024);
	struct jsonw w = jsonw_init(&body, false);

	jsonw_object(&w);
	jsonw_key(&w, "detail");
	jsonw_array(&w);
	jsonw_object(&w);
	jsonw_key(&w, "type");
	jsonw_str(&w, "value_error");
	jsonw_key(&w, "loc");
	jsonw_array(&w);
	jsonw_str(&w, "query");
	jsonw_str(&w, name);
	jsonw_end(&w);
	jsonw_key(&w, "msg");
	jsonw_str(&w, msg);
	jsonw_key(&w, "input");
	jsonw_null(&w);
	jsonw_end(&w);
	jsonw_end(&w);
	end_error(r, 422, &w, &body);
}

void
answer_retry_after(struct request *r, int64_t seconds)
{
	answer_header_u64(r->ex, "Retry-After", seconds > 1 ? (uint64_t)seconds : 1);
}

void
answer_failure(struct request *r, enum coord_err rc, const struct coord_error *err)
{
	bool again = rc == COORD_EUNAVAIL || rc == COORD_ELIMIT || rc == COORD_EIO ||
		     rc == COORD_ENOMEM || rc == COORD_ECANCELLED;

	log_write(LOG_WARNING, "request failed", LOG_TEXT("request_id", r->id),
	    LOG_TEXT("route", r->route != NULL ? r->route->label : "other"),
	    LOG_TEXT("reason", err->what));
	if (!again) {
		answer_error(r, 500, "Internal server error");
		return;
	}
	answer_error(r, 503,
	    rc == COORD_EIO ? "The store cannot be written; try again later"
			    : "Temporarily not able to handle this; try again later");
	answer_retry_after(r, RETRY_SECONDS);
}

void
answer_cached(struct request *r, const struct cached *entry)
{
	struct exchange *ex = r->ex;
	bool same = head_names_etag(ex->head.value[HEADER_IF_NONE_MATCH], sv_from(entry->etag));

	answer_reset(ex);
	ex->answer.status = same ? 304 : 200;
	ex->answer.body = same ? SV("") : entry->body;
	ex->answer.release = cache_put_back;
	ex->answer.release_context = (void *)(uintptr_t)entry;
	if (!same) {
		answer_header(ex, "Content-Type", entry->type);
		if (entry->coding[0] != 0)
			answer_header(ex, "Content-Encoding", entry->coding);
	}
	answer_header(ex, "ETag", entry->etag);
	answer_header(ex, "Cache-Control", "private, no-cache");
	answer_header(ex, "Vary", "Accept-Encoding, Authorization, X-API-Key");
}

void
answer_compressible(struct request *r, int status, const char *type, struct buf *body)
{
	enum coding coding = coding_accepted(r->ex->head.value[HEADER_ACCEPT_ENCODING]);
	struct buf coded = BUF_INIT(body->len + body->len / 2 + 1024);

	if (coding == CODING_IDENTITY || body->failed || body->len < COMPRESS_LEAST ||
	    !coding_encode(coding, buf_sv(body), &coded)) {
		buf_clear(&coded);
		answer_buf(r, status, type, body);
		return;
	}
	buf_clear(body);
	answer_buf(r, status, type, &coded);
	answer_header(r->ex, "Content-Encoding", coding_name(coding));
	answer_header(r->ex, "Vary", "Accept-Encoding");
}

/* A small text made of pieces, for headers that every answer has: formatted printing would cost more than the rest. */
struct pieces {
	char text[64];
	size_t len;
};

static void
add_piece(struct pieces *p, const char *text, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits), n = strlen(text);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	if (p->len + n + sizeof(digits) > sizeof(p->text))
		return;
	memcpy(p->text + p->len, text, n);
	memcpy(p->text + p->len + n, digits + at, sizeof(digits) - at);
	p->len += n + sizeof(digits) - at;
}

static void
rate_headers(struct request *r)
{
	struct exchange *ex = r->ex;
	const struct auth_rate *rate = &r->rate;
	int64_t until = (rate->reset_us - r->now_us + TIME_SECOND - 1) / TIME_SECOND;
	uint64_t seconds = until > 0 ? (uint64_t)until : 0;
	struct pieces left = { .len = 0 }, policy = { .len = 0 };

	add_piece(&left, "\"default\";r=", rate->remaining);
	add_piece(&left, ";t=", seconds);
	add_piece(&policy, "\"default\";q=", rate->limit);
	add_piece(&policy, ";w=", 60);
	answer_header_copy(ex, "RateLimit", (struct sv){ left.text, left.len });
	answer_header_copy(ex, "RateLimit-Policy", (struct sv){ policy.text, policy.len });
	answer_header_u64(ex, "X-RateLimit-Limit", rate->limit);
	answer_header_u64(ex, "X-RateLimit-Remaining", rate->remaining);
	answer_header_u64(ex, "X-RateLimit-Reset", (uint64_t)(r->now_us / TIME_SECOND) + seconds);
}

static bool
origin_allowed(const struct config *config, struct sv origin)
{
	struct sv rest = sv_from(config->cors_origins);

	while (rest.data != NULL && origin.len > 0) {
		struct sv one = sv_trim(sv_cut(&rest, ','));

		if (sv_eq(one, origin))
			return true;
	}
	return false;
}

static void
cors_headers(struct request *r)
{
	struct exchange *ex = r->ex;
	struct sv origin = ex->head.value[HEADER_ORIGIN];

	if (origin.data == NULL || !origin_allowed(r->view->config, origin))
		return;
	answer_header_copy(ex, "Access-Control-Allow-Origin", origin);
	answer_header(ex, "Access-Control-Allow-Credentials", "true");
	answer_header(ex, "Access-Control-Expose-Headers",
	    "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, ETag");
	if (ex->head.method != HTTP_OPTIONS || ex->head.value[HEADER_CORS_METHOD].data == NULL)
		return;
	answer_header(ex, "Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
	answer_header(ex, "Access-Control-Allow-Headers",
	    "Authorization, X-API-Key, Content-Type, Content-Encoding, Idempotency-Key, "
	    "X-Request-Id, Last-Event-ID, If-None-Match, traceparent");
	answer_header(ex, "Access-Control-Max-Age", "600");
}

void
answer_common_headers(struct request *r)
{
	struct exchange *ex = r->ex;

	answer_header(ex, "X-Request-Id", r->id);
	answer_header(ex, "X-Content-Type-Options", "nosniff");
	if (r->rated && r->rate.limit > 0)
		rate_headers(r);
	if (r->view->config->cors_origins[0] != 0)
		cors_headers(r);
	if (atomic_load_explicit(&r->api->draining, memory_order_relaxed))
		ex->answer.close = true;
}
