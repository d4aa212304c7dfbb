/* gate.c - what is checked of a request's head, in the contract's order: framing, path and method, who it is, what they may,
 * how often, what the body claims to be. A caller without a key learns nothing of a body's validation. */
#include "api/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

static void
refused(struct request *r, const char *why)
{
	metrics_add(r->api->world.jobs.metrics, METRIC_HTTP_REFUSED, why, NULL, 1);
}

static bool
check_framing(struct request *r)
{
	struct exchange *ex = r->ex;
	const char *fault = head_fault(&ex->head);

	if (ex->target_fault != NULL && ex->target_fault[0] == 0) {
		answer_error(r, 414, "URI too long");
		ex->answer.close = true;
		refused(r, "framing");
		return false;
	}
	if (fault == NULL)
		fault = ex->target_fault;
	if (fault == NULL)
		return true;
	answer_error(r, 400, fault);
	ex->answer.close = true; /* where the next request begins is anybody's guess */
	refused(r, "framing");
	return false;
}

static void
allow_header(struct request *r, unsigned allowed)
{
	char text[80];
	size_t at = 0;

	if ((allowed & HTTP_BIT(HTTP_GET)) != 0)
		allowed |= HTTP_BIT(HTTP_HEAD);
	for (unsigned m = 0; m < HTTP_OTHER; m++)
		if ((allowed & HTTP_BIT(m)) != 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s",
			    at > 0 ? ", " : "", http_method_name((enum http_method)m));
	answer_header_copy(r->ex, "Allow", (struct sv){ text, at });
}

/* A preflight asks without a key. */
static void
answer_options(struct request *r, unsigned allowed)
{
	bool preflight = r->ex->head.value[HEADER_ORIGIN].data != NULL &&
			 r->ex->head.value[HEADER_CORS_METHOD].data != NULL &&
			 r->view->config->cors_origins[0] != 0;

	if (preflight) {
		answer_constant(r, 200, API_JSON, SV("{}"));
		return;
	}
	answer_error(r, 405, "Method Not Allowed");
	allow_header(r, allowed);
}

static bool
check_route(struct request *r)
{
	struct exchange *ex = r->ex;
	unsigned allowed;

	r->route = route_find(&ex->target, ex->head.method, &r->parameter, &allowed);
	if (r->route != NULL)
		return true;
	if (allowed == 0) {
		answer_error(r, 404, "Not Found");
		return false;
	}
	if (ex->head.method == HTTP_OPTIONS) {
		answer_options(r, allowed);
		return false;
	}
	answer_error(r, 405, "Method Not Allowed");
	allow_header(r, allowed);
	return false;
}

static bool
refuse_caller(struct request *r, enum auth_answer answer)
{
	refused(r, "auth");
	if (answer == AUTH_UNAVAILABLE) {
		answer_error(r, 503, "Keys cannot be checked now; try again later");
		answer_retry_after(r, RETRY_SECONDS);
		return false;
	}
	answer_error(r, 401,
	    answer == AUTH_MISSING   ? "Missing API key"
	    : answer == AUTH_EXPIRED ? "Expired API key"
				     : "Invalid API key");
	answer_header(r->ex, "WWW-Authenticate", "Bearer");
	if (answer != AUTH_MISSING)
		dispatch_audit(r->api->dispatch, r, "auth", sv_from(r->route->label), "denied");
	return false;
}

static unsigned
needed_scope(const struct request *r)
{
	if (r->route->run != NULL && strcmp(r->route->label, "metrics") == 0 &&
	    !r->view->config->metrics_public)
		return SCOPE_READ;
	return r->route->scope;
}

static bool
check_caller(struct request *r)
{
	const struct http_head *head = &r->ex->head;
	unsigned scope = needed_scope(r);
	enum auth_answer answer;

	if (scope == 0)
		return true;
	if (r->view->config->open_mode) {
		r->who = (struct auth_who){ .id = "open",
			.scopes = SCOPE_SUBMIT | SCOPE_READ | SCOPE_ADMIN | SCOPE_ALL };
		r->known = true;
		return true;
	}
	answer = auth_check(r->api->world.auth, head->value[HEADER_AUTHORIZATION],
	    head->value[HEADER_API_KEY], r->now_us, &r->who);
	if (answer != AUTH_OK)
		return refuse_caller(r, answer);
	r->known = true;
	if ((r->who.scopes & (scope | SCOPE_ADMIN)) != 0)
		return true;
	refused(r, "auth");
	answer_error(r, 403, "This key may not do that");
	dispatch_audit(r->api->dispatch, r, r->route->label, r->parameter, "denied");
	return false;
}

static bool
check_rate(struct request *r)
{
	if (!r->known || r->view->config->open_mode)
		return true;
	r->rated = true;
	if (auth_rate_take(r->api->world.auth, &r->who, 1, r->now_us, &r->rate))
		return true;
	refused(r, "rate");
	answer_error(r, 429, "Rate limit exceeded");
	answer_retry_after(r, (r->rate.retry_us + TIME_SECOND - 1) / TIME_SECOND);
	return false;
}

static bool
check_body_claims(struct request *r)
{
	struct exchange *ex = r->ex;
	const struct config *config = r->view->config;
	uint64_t most = r->route->body == BODY_STREAM ? config->max_ingest : config->max_body;

	if (r->route->body == BODY_NONE) {
		ex->wire_most = 64 * 1024;
		return true;
	}
	ex->wire_most = most;
	if (ex->head.content_length > most) {
		refused(r, "too_large");
		answer_error(r, 413, "Request body too large");
		return false;
	}
	if (!coding_of(ex->head.value[HEADER_CONTENT_ENCODING], &r->body.coding)) {
		answer_error(r, 415, "Content-Encoding is none of gzip, zstd, identity");
		answer_header(ex, "Accept-Encoding", "gzip, zstd, identity");
		return false;
	}
	if (r->route->body == BODY_JSON &&
	    !head_type_is_json(ex->head.value[HEADER_CONTENT_TYPE])) {
		answer_error(r, 415, "Content-Type must be application/json");
		return false;
	}
	return true;
}

static bool
check_idempotency(struct request *r)
{
	struct sv value = r->ex->head.value[HEADER_IDEMPOTENCY_KEY];

	if (r->route->method != HTTP_POST || value.data == NULL)
		return true;
	if (!head_idempotency_key(value, &r->idempotency_key)) {
		answer_error(r, 422, "Idempotency-Key: expected 1 to 255 printable characters");
		return false;
	}
	r->in_flight = in_flight_enter(r->api->in_flight, sv_from(r->who.id), r->idempotency_key);
	if (r->in_flight)
		return true;
	answer_error(r, 409, "A request with this Idempotency-Key is being handled");
	answer_retry_after(r, 1);
	return false;
}

static bool
check_room(struct request *r)
{
	struct api *api = r->api;
	const char *why = NULL;

	if (r->route->method != HTTP_POST)
		return true;
	if (!watch_store_well(api->watch))
		why = "The store is not available; try again later";
	else if (!watch_queue_well(api->watch))
		why = "The queue is not available; try again later";
	else if (watch_backlog(api->watch) >= r->view->config->queue_most)
		why = "Too many analyses wait; try again later";
	else if (atomic_load_explicit(&api->body_bytes, memory_order_relaxed) +
		     (r->route->body == BODY_JSON ? r->ex->head.content_length : 0) >
		 r->view->config->memory_most) {
		refused(r, "memory");
		why = "Too many request bodies at once; try again later";
	}
	if (why == NULL)
		return true;
	answer_error(r, 503, why);
	answer_retry_after(r, RETRY_SECONDS);
	return false;
}

bool
gate_check(struct request *r)
{
	return check_framing(r) && check_route(r) && check_caller(r) && check_rate(r) &&
	       check_body_claims(r) && check_room(r) && check_idempotency(r);
}
