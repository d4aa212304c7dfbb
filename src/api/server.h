/* server.h - what the files of api/ share (private): the server, a request on its way, and how it is answered.
 * A resource is a file with functions of the type route_run and a row in router.c; see campaigns.c for a small one. */
#ifndef COORD_API_SERVER_H
#define COORD_API_SERVER_H

#include "api/api.h"
#include "api/cache.h"
#include "api/codec.h"
#include "api/forwarded.h"
#include "api/http.h"
#include "api/pool.h"
#include "api/request.h"

struct request;
struct streams;
struct watch;
struct outside;
struct dispatch;
struct in_flight;

enum {
	BODY_INLINE_MOST = 256 * 1024,  /* larger JSON is read by the heavy pool */
	PARSER_KEPT_MOST = 1024 * 1024, /* documents up to this size use the thread's own parser */
	RETRY_SECONDS = 2,
};

/** One row of the table of routes. */
struct route {
	const char *pattern; /* segments; "{}" takes any */
	enum http_method method;
	unsigned scope;    /* bit of auth_scope that is needed; 0: anybody */
	const char *label; /* in metrics */
	enum { BODY_NONE, BODY_JSON, BODY_STREAM } body;
	/** True: answered. False: suspended (request_wait), and answered by somebody else. */
	bool (*run)(struct request *r);
	/** BODY_STREAM: once, when the head is accepted; false: answered. Then each piece. */
	bool (*begin)(struct request *r);
	bool (*piece)(struct request *r, const char *data, size_t len);
};

/** The route for a path; sets *parameter to what "{}" took. NULL: no such path, or (then *allowed has bits) no such method on it. HEAD is GET. */
const struct route *route_find(
    const struct target *target, enum http_method method, struct sv *parameter, unsigned *allowed);
const struct route *route_at(size_t i); /* NULL behind the last */

struct body {
	char *data; /* JSON_PADDING bytes behind len are there */
	size_t len, cap;
	enum coding coding;
	struct decoder *decoder; /* of a coded one */
};

struct view;

struct request {
	struct api *api;
	const struct view *view; /* the settings that it began with */
	struct exchange *ex;
	const struct route *route; /* NULL: refused before */
	struct sv parameter;
	struct auth_who who;
	struct auth_rate rate;
	bool known, rated; /* who and rate are there */
	bool in_flight;    /* its Idempotency-Key is held */
	struct sv idempotency_key;
	struct body body;
	int64_t now_us; /* UTC */
	char id[REQUEST_ID_MOST + 1];
	char analysis_id[STORE_ID_LEN + 1]; /* for the log */
	void *work;                         /* of the resource */
	void (*work_free)(void *work);
	struct tracing_span span; /* last: not there when nobody records a read */
};

/** What requests go by, of one configuration. A request keeps the one that it began with; each lives as long as the server. */
struct view {
	const struct config *config;
	struct arena *arena;
	struct net_gate gate; /* of callbacks */
	struct request_limits limits;
	struct view *older;
};

struct api {
	struct api_world world;
	const struct config *config;
	struct http *_Atomic http; /* NULL until it listens */
	char url[160];
	struct cache *cache;
	struct pool *reads, *heavy;
	struct streams *streams;
	struct watch *watch;
	struct outside *outside;
	struct dispatch *dispatch;
	struct in_flight *in_flight;
	struct view *_Atomic view; /* the newest */
	struct proxies proxies;
	struct arena *arena; /* of what lives as long as the server */
	int64_t started_us;  /* monotonic */
	_Atomic bool draining;
	_Atomic uint64_t body_bytes;
};

/* --- answers (answer.c): each sets the exchange's answer -------------------------------------------------------------- */

extern const char API_JSON[]; /* "application/json" */

/** Takes the buffer's memory over. */
void answer_buf(struct request *r, int status, const char *type, struct buf *body);
/** A constant body. */
void answer_constant(struct request *r, int status, const char *type, struct sv body);
/** {"detail","error_code","timestamp"} */
void answer_error(struct request *r, int status, const char *detail);
/** 422 with the list. */
void answer_faults(struct request *r, struct faults *faults);
/** One fault of a query parameter. */
void answer_bad_parameter(struct request *r, const char *name, const char *msg);
/** 503 with Retry-After, or 500: what an error of a lower room is to a client. Logs what is not the client's fault. */
void answer_failure(struct request *r, enum coord_err rc, const struct coord_error *err);
void answer_retry_after(struct request *r, int64_t seconds);
/** A cached entry: 200, or 304 when the client has it. The entry is put back when it has been sent. */
void answer_cached(struct request *r, const struct cached *entry);
/** Compresses when accepted and worth it. Takes the buffer over. */
void answer_compressible(struct request *r, int status, const char *type, struct buf *body);
void answer_common_headers(struct request *r);

/* --- waiting ------------------------------------------------------------------------------------------------------------ */

/** Suspends and has `work` called with the request from a pool; the work answers, then calls request_done. True: answered already (503, too much
 *  waits): for `return request_later(...)` in a route_run. */
bool request_later(struct request *r, struct pool *pool, pool_work *work);
/** An answer is there: it goes out. The request must not be touched any more. */
void request_done(struct request *r);
/** The owner that reads are limited to; SV_NONE: may see all. */
struct sv request_owner(const struct request *r);
/** Whether `id` looks like one of ours; else 404 is answered. */
bool request_id_plausible(struct request *r);

/* --- services that the site named (outside.c) ------------------------------------------------------------------------------- */

enum outside_service { OUTSIDE_ELASTICSEARCH, OUTSIDE_LLM, OUTSIDE_SERVICES };
/** A thread that asks them, first at once. COORD_ENOMEM. */
MUST_CHECK enum coord_err outside_start(
    const struct jobs_world *world, struct outside **ret, struct coord_error *err);
/** Ends a question that is on its way. Frees it. */
void outside_stop(struct outside *outside);
/** Without waiting: "disabled" (not configured), "unknown" (not asked yet), "healthy" or "unhealthy", as found at the last look. */
const char *outside_state(const struct outside *outside, enum outside_service service);

/* --- gate (gate.c): refusals before the body ------------------------------------------------------------------------------ */

/** Everything that is checked of a head, in the contract's order. True: the body may come; false: answered. */
bool gate_check(struct request *r);

/* --- bodies (body.c) -------------------------------------------------------------------------------------------------------- */

bool body_begin(struct request *r);
bool body_piece(struct request *r, const char *data, size_t len);
bool body_end(struct request *r);
void body_clear(struct request *r);

/* --- tools of a thread (tools.c), kept as long as the thread ------------------------------------------------------------------ */

/** A parser for a document of that size; *temporary: to be freed after use. NULL: no memory. */
struct json_parser *thread_parser(const struct api *api, size_t len, bool *temporary);
struct ZSTD_CCtx_s *thread_compressor(void);
void thread_random(void *to, size_t len);
/** A version 4 UUID of 90 random bits behind the time in milliseconds modulo 2^32: ids of one moment are neighbours in the
 *  databases' indexes, so that a batch of them rewrites a page or two and not one for each. */
void thread_uuid(char ret[STORE_ID_LEN + 1]);

/* --- parts with a life of their own --------------------------------------------------------------------------------------------- */

MUST_CHECK enum coord_err watch_start(struct api *api, struct watch **ret, struct coord_error *err);
/** No more looks; what the last one said can be read until watch_free. */
void watch_stop(struct watch *watch);
void watch_free(struct watch *watch);
/** What the last look said; "" when all is well. */
bool watch_store_well(const struct watch *watch);
bool watch_queue_well(const struct watch *watch);
/** Jobs that wait, as of the last look and what was accepted since. */
uint64_t watch_backlog(const struct watch *watch);
void watch_accepted(struct watch *watch, uint64_t jobs);

MUST_CHECK enum coord_err dispatch_start(
    struct api *api, struct dispatch **ret, struct coord_error *err);
void dispatch_stop(struct dispatch *dispatch);
/** Into the queue, soon; copied. */
void dispatch_put(struct dispatch *dispatch, const struct queue_item *items, size_t n);
/** Into the audit log, soon; copied. */
void dispatch_audit(struct dispatch *dispatch, const struct request *r, const char *action,
    struct sv subject, const char *outcome);
/** A read: once an hour for a key and subject. */
void dispatch_audit_read(
    struct dispatch *dispatch, const struct request *r, const char *action, struct sv subject);

MUST_CHECK enum coord_err streams_start(
    struct api *api, struct streams **ret, struct coord_error *err);
/** All streams end with a hint to come again. */
void streams_drain(struct streams *streams);
void streams_stop(struct streams *streams);
unsigned streams_open(const struct streams *streams);

struct in_flight *in_flight_new(void);
void in_flight_free(struct in_flight *f);
/** False: a request with this owner and key is being handled. */
bool in_flight_enter(struct in_flight *f, struct sv owner, struct sv key);
void in_flight_leave(struct in_flight *f, struct sv owner, struct sv key);

#endif
