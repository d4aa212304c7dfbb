/* api.c - the server as a whole: its start and stop, and a request's way through it. */
#include "api/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

enum {
	CACHE_BYTES = 64 << 20,
	READ_THREADS = 4,
	READS_WAITING = 4096,
	HEAVY_WAITING = 256,
};

/* --- a request's way ---------------------------------------------------------------------------------------------- */

static void
name_request(struct request *r)
{
	struct sv given = r->ex->head.value[HEADER_REQUEST_ID];
	uint8_t raw[16];

	if (head_request_id_valid(given)) {
		memcpy(r->id, given.data, given.len);
		r->id[given.len] = 0;
		return;
	}
	thread_random(raw, sizeof(raw));
	hex_of(raw, sizeof(raw), r->id);
}

/* The caller's trace goes on here; without one a trace begins, which is recorded when there is somebody to send it to.
 * A read that nobody records needs no ids: drawing them would cost as much as the read. */
static void
begin_span(struct request *r)
{
	struct trace_context parent;
	bool follows;

	if (r->api->world.jobs.tracing == NULL && r->ex->head.method != HTTP_POST)
		return;
	follows = trace_parse(sv_trim(r->ex->head.value[HEADER_TRACEPARENT]), &parent);

	tracing_begin(follows ? &parent : NULL, "", SPAN_SERVER, r->now_us, &r->span);
	if (!follows && r->api->world.jobs.tracing == NULL)
		r->span.context.flags = 0;
}

static void
on_head(void *context, struct exchange *ex)
{
	struct request *r = malloc(sizeof(*r));

	if (r == NULL)
		return; /* nothing can be answered: the connection ends */
	memset(r, 0,
	    offsetof(
		struct request, span)); /* the span, which is last, is filled when it is begun */
	ex->user = r;
	r->api = context;
	r->view = atomic_load_explicit(&r->api->view, memory_order_acquire);
	r->ex = ex;
	r->now_us = clock_wall();
	ex->remote = proxies_client(&r->api->proxies, ex->remote, &ex->head);
	name_request(r);
	begin_span(r);
	if (!gate_check(r))
		return;
	if (r->route->body == BODY_JSON)
		(void)body_begin(r);
	else if (r->route->body == BODY_STREAM)
		(void)r->route->begin(r);
}

static bool
on_piece(void *context, struct exchange *ex, const char *data, size_t len)
{
	struct request *r = ex->user;

	(void)context;
	if (r == NULL)
		return false;
	if (r->route->body == BODY_JSON)
		return body_piece(r, data, len);
	if (r->route->body == BODY_STREAM)
		return r->route->piece(r, data, len);
	if (ex->wire <= ex->wire_most)
		return true; /* nobody wants it */
	answer_error(r, 413, "Request body too large");
	return false;
}

static bool
on_whole(void *context, struct exchange *ex)
{
	struct request *r = ex->user;

	(void)context;
	if (r == NULL)
		return true;
	if (r->route->body == BODY_JSON && !body_end(r))
		return true;
	return r->route->run(r);
}

static void
leave_in_flight(struct request *r)
{
	if (r->in_flight)
		in_flight_leave(r->api->in_flight, sv_from(r->who.id), r->idempotency_key);
	r->in_flight = false;
}

/* The key is free before the answer goes out: who has read it may use the key again at once. */
static void
on_answering(void *context, struct exchange *ex)
{
	(void)context;
	if (ex->user == NULL)
		return;
	leave_in_flight(ex->user);
	answer_common_headers(ex->user);
}

static const char *
class_of(int status)
{
	return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
}

static void
end_span(struct request *r)
{
	int status = r->ex->answer.status;

	if (r->api->world.jobs.tracing == NULL)
		return;
	(void)snprintf(r->span.name, sizeof(r->span.name), "%s %s",
	    http_method_name(r->ex->head.method), r->route != NULL ? r->route->label : "other");
	tracing_number(&r->span, "http.response.status_code", status);
	tracing_text(&r->span, "coord.request_id", sv_from(r->id));
	tracing_text(&r->span, "coord.analysis_id", sv_from(r->analysis_id));
	tracing_end(
	    r->api->world.jobs.tracing, &r->span, clock_wall(), status == 0 || status >= 500);
}

static void
log_request(const struct request *r, bool complete)
{
	const struct exchange *ex = r->ex;
	enum log_level level = ex->answer.status >= 500 ? LOG_WARNING : LOG_DEBUG;
	char remote[ADDR_TEXT_MAX];

	if (!log_wants(level))
		return;
	(void)addr_format(ex->remote, remote);
	log_write(level, "request", LOG_TEXT("request_id", r->id),
	    LOG_TEXT("method", http_method_name(ex->head.method)),
	    LOG_TEXT("route", r->route != NULL ? r->route->label : "other"),
	    LOG_INT("status", ex->answer.status),
	    LOG_TEXT("analysis_id", r->analysis_id[0] != 0 ? r->analysis_id : NULL),
	    LOG_TEXT("key", r->known ? r->who.id : NULL), LOG_TEXT("remote", remote),
	    LOG_REAL("ms", (double)(clock_steady() - ex->start_us) / 1e3),
	    LOG_TEXT("broken_off", complete ? NULL : "yes"));
}

static void
on_ended(void *context, struct exchange *ex, bool complete)
{
	struct api *api = context;
	struct request *r = ex->user;

	if (r == NULL)
		return;
	if (ex->answer.status != 0)
		metrics_observe(api->world.jobs.metrics, METRIC_HTTP_SECONDS,
		    r->route != NULL ? r->route->label : "other", class_of(ex->answer.status),
		    (double)(clock_steady() - ex->start_us) / 1e6);
	end_span(r);
	log_request(r, complete);
	leave_in_flight(r);
	body_clear(r);
	if (r->work != NULL)
		r->work_free(r->work);
	free(r);
	ex->user = NULL;
}

bool
request_later(struct request *r, struct pool *pool, pool_work *work)
{
	http_suspend(r->ex);
	if (pool_put(pool, work, r))
		return false;
	answer_error(r, 503, "Too many requests at once; try again later");
	answer_retry_after(r, RETRY_SECONDS);
	request_done(r);
	return false;
}

void
request_done(struct request *r)
{
	http_resume(r->ex);
}

struct sv
request_owner(const struct request *r)
{
	return (r->who.scopes & SCOPE_ALL) != 0 ? SV_NONE : sv_from(r->who.id);
}

/* Lower-case hex with dashes at their places. */
bool
request_id_plausible(struct request *r)
{
	struct sv id = r->parameter;
	bool good = id.len == STORE_ID_LEN;

	for (size_t i = 0; good && i < id.len; i++) {
		char c = id.data[i];

		good = i == 8 || i == 13 || i == 18 || i == 23
			   ? c == '-'
			   : (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
	}
	if (good) {
		memcpy(r->analysis_id, id.data, STORE_ID_LEN);
		r->analysis_id[STORE_ID_LEN] = 0;
	} else {
		answer_error(r, 404, "Analysis not found");
	}
	return good;
}

/* --- start and stop ------------------------------------------------------------------------------------------------- */

static const char *
callback_refused(void *context, struct sv url, char ret[240])
{
	const struct view *view = context;
	struct coord_error err;

	if (net_url_check(url, &view->gate, &err) == COORD_OK)
		return NULL;
	(void)snprintf(ret, 240, "callback_url: %.220s", err.what);
	return ret;
}

static void
view_free(struct view *view)
{
	arena_free(view->arena);
	free(view);
}

static enum coord_err
view_fill(struct view *view, struct coord_error *err)
{
	const struct config *c = view->config;

	view->arena = arena_new(0);
	if (view->arena == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	view->limits = (struct request_limits){ .min_sessions = c->min_sessions,
		.max_sessions = c->max_sessions,
		.max_batches = c->max_batches,
		.levels = (unsigned)c->max_depth,
		.callback_refused = callback_refused,
		.context = view };
	return jobs_callback_gate(c, view->arena, &view->gate, err);
}

enum coord_err
api_reload(struct api *api, struct coord_error *err)
{
	struct view *view = calloc(1, sizeof(*view));
	enum coord_err rc;

	if (view == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	view->config = config_now(api->config);
	rc = view_fill(view, err);
	if (rc != COORD_OK) {
		view_free(view);
		return rc;
	}
	view->older = atomic_load(&api->view);
	atomic_store_explicit(&api->view, view, memory_order_release);
	return COORD_OK;
}

/* "127.0.0.1:8000", "[::1]:8000", ":8000" */
static enum coord_err
split_listen(const char *text, char host[64], uint16_t *port, struct coord_error *err)
{
	struct sv all = sv_from(text), name;
	size_t colon = all.len;
	uint64_t number;

	while (colon > 0 && all.data[colon - 1] != ':')
		colon--;
	name = sv_first(all, colon > 0 ? colon - 1 : 0);
	if (name.len >= 2 && name.data[0] == '[' && name.data[name.len - 1] == ']')
		name = (struct sv){ name.data + 1, name.len - 2 };
	if (name.len == 0)
		name = SV("0.0.0.0");
	if (sv_eq(name, SV("localhost")))
		name = SV("127.0.0.1");
	if (colon == 0 || !sv_to_u64(sv_skip(all, colon), &number) || number > 65535 ||
	    name.len >= 64)
		return error_set(
		    err, COORD_EINVALID, "COORD_LISTEN: expected ADDRESS:PORT, got \"%s\"", text);
	memcpy(host, name.data, name.len);
	host[name.len] = 0;
	*port = (uint16_t)number;
	return COORD_OK;
}

static bool
is_loopback(const char *host)
{
	struct addr a;

	return addr_parse(sv_from(host), &a) &&
	       (addr_is_v4(a) ? a.bytes[12] == 127
			      : a.bytes[15] == 1 && addr_is_unknown(addr_prefix(a, 127)));
}

/* Beyond this machine only with keys, and TLS in front: else whoever is on the network reads keys and results. */
static enum coord_err
check_width(const struct api *api, const char *host, struct coord_error *err)
{
	const struct config *c = api->config;

	if (is_loopback(host) || c->force_listen)
		return COORD_OK;
	if (c->open_mode || auth_ways(api->world.auth) == 0)
		return error_set(err, COORD_EINVALID,
		    "listening on %s is refused: there are no keys (COORD_LISTEN_FORCE=yes "
		    "overrides)",
		    host);
	if (!c->behind_tls)
		return error_set(err, COORD_EINVALID,
		    "listening on %s is refused without TLS in front: set COORD_BEHIND_TLS=yes "
		    "when a proxy "
		    "terminates it (COORD_LISTEN_FORCE=yes overrides)",
		    host);
	return COORD_OK;
}

static enum coord_err
start_http(struct api *api, struct coord_error *err)
{
	const struct config *c = api->config;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	char host[64];
	struct http *http;
	struct http_options o = { .host = host,
		.threads = cores > 2 ? (unsigned)cores : 2,
		.connections = c->connections,
		.connections_per_address = c->connections_per_address,
		.head_us = c->header_deadline,
		.body_us = c->body_deadline,
		.idle_us = c->idle_deadline,
		.hooks = { on_head, on_piece, on_whole, on_answering, on_ended },
		.context = api };

	TRY(split_listen(c->listen, host, &o.port, err));
	TRY(check_width(api, host, err));
	TRY(http_start(&o, &http, err));
	atomic_store(&api->http, http);
	(void)snprintf(api->url, sizeof(api->url),
	    strchr(host, ':') != NULL ? "http://[%s]:%u" : "http://%s:%u", host, http_port(http));
	return COORD_OK;
}

static enum coord_err
start_parts(struct api *api, struct coord_error *err)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	api->arena = arena_new(0);
	api->cache = cache_new(CACHE_BYTES);
	api->in_flight = in_flight_new();
	if (api->arena == NULL || api->cache == NULL || api->in_flight == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	TRY(api_reload(api, err));
	TRY(proxies_read(api->config, api->arena, &api->proxies, err));
	TRY(pool_start(READ_THREADS, READS_WAITING, &api->reads, err));
	TRY(pool_start(cores > 1 ? (unsigned)cores : 1, HEAVY_WAITING, &api->heavy, err));
	TRY(dispatch_start(api, &api->dispatch, err));
	TRY(streams_start(api, &api->streams, err));
	TRY(watch_start(api, &api->watch, err));
	TRY(outside_start(&api->world.jobs, &api->outside, err));
	return start_http(api, err);
}

/* Pools first: what they hold is answered. Then the commits that are on their way. */
static void
release(struct api *api)
{
	watch_stop(api->watch);
	pool_stop(api->reads);
	pool_stop(api->heavy);
	for (int i = 0; api->http != NULL && http_suspended(api->http) > 0 && i < 1000; i++)
		clock_sleep(5000);
	http_stop(api->http); /* until here requests may come that look at watch and pools */
	watch_free(api->watch);
	outside_stop(api->outside);
	pool_free(api->reads);
	pool_free(api->heavy);
	streams_stop(api->streams);
	dispatch_stop(api->dispatch);
	in_flight_free(api->in_flight);
	cache_free(api->cache);
	arena_free(api->arena);
	for (struct view *view = atomic_load(&api->view), *older; view != NULL; view = older) {
		older = view->older;
		view_free(view);
	}
	free(api);
}

enum coord_err
api_start(const struct api_world *world, struct api **ret, struct coord_error *err)
{
	struct api *api = calloc(1, sizeof(*api));
	enum coord_err rc;

	if (api == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	api->world = *world;
	api->config = world->jobs.config;
	api->started_us = clock_steady();
	rc = start_parts(api, err);
	if (rc != COORD_OK) {
		release(api);
		return rc;
	}
	*ret = api;
	return COORD_OK;
}

const char *
api_url(const struct api *api)
{
	return api->url;
}

void
api_stop(struct api *api, int64_t deadline_us)
{
	if (api == NULL)
		return;
	atomic_store(&api->draining, true);
	http_quiesce(api->http);
	streams_drain(api->streams);
	while (http_running(api->http) > 0 && clock_steady() < deadline_us)
		clock_sleep(5000);
	release(api);
}
