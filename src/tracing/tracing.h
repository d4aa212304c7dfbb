/* tracing.h - spans to a collector, by OTLP/HTTP with JSON (reference for external systems, section 6.5). What a request or a job did, when, and as
 * part of which trace (base/trace.h). Recording copies a span into a bounded ring, shared by the processes of a service, and returns; a thread of the
 * process that opened it sends them in batches.
 * Nobody waits for a collector: when it is away the oldest spans are dropped and counted.
 *
 * Attributes are small and closed: routes, status codes, counts, ids of analyses. Never an address, a payload, a key or a URL's query. */
#ifndef COORD_TRACING_H
#define COORD_TRACING_H

#include "base/base.h"
#include "base/trace.h"
#include "net/net.h"

struct tracing;

/** `endpoint`: OTEL_EXPORTER_OTLP_ENDPOINT, such as "http://localhost:4318": spans go to its /v1/traces. NULL or "": *ret is NULL, and every function below
 *  takes that and does nothing. `role` says which program this is ("serve", "worker"). `net` is borrowed until tracing_close. COORD_EINVALID: the URL. */
MUST_CHECK enum coord_err tracing_open(const char *endpoint, const char *role, struct net *net,
    struct tracing **ret, struct coord_error *err);
/** For handing to a child process, which records into the same ring; it is not close-on-exec. -1: NULL. */
int tracing_fd(const struct tracing *tracing);
/** In the child: records only, sends nothing, and needs no network. COORD_EINVALID: `fd` is no such ring. */
MUST_CHECK enum coord_err tracing_attach(int fd, struct tracing **ret, struct coord_error *err);
/** Sends what waits, for deadline_us at most, and frees it. */
void tracing_close(struct tracing *tracing, int64_t deadline_us);

enum tracing_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };

enum { SPAN_NAME_MOST = 64, SPAN_KEY_MOST = 32, SPAN_TEXT_MOST = 64, SPAN_ATTRIBUTES_MOST = 6 };

struct tracing_attribute {
	char key[SPAN_KEY_MOST];   /* "" ends the list */
	char text[SPAN_TEXT_MOST]; /* "": the number counts */
	int64_t number;
};

struct tracing_span {
	struct trace_context context; /* its own ids; not TRACE_SAMPLED: it is not recorded */
	uint8_t parent[8];            /* all 0: none */
	char name
	    [SPAN_NAME_MOST]; /* "POST /analyze/coordination", "analysis": a route, not a path */
	enum tracing_kind kind;
	int64_t start_us, end_us;
	bool failed;
	struct tracing_attribute attributes[SPAN_ATTRIBUTES_MOST];
};

/** Starts a span in *ret: a child of `parent`, or the first of a new trace (NULL, sampled). Works without a `struct tracing`, so that ids are there for logs and
 *  queues whoever records them. */
void tracing_begin(const struct trace_context *parent, const char *name, enum tracing_kind kind,
    int64_t now_us, struct tracing_span *ret);
/** Beyond SPAN_ATTRIBUTES_MOST: left out. Texts are cut. */
void tracing_text(struct tracing_span *span, const char *key, struct sv value);
void tracing_number(struct tracing_span *span, const char *key, int64_t value);
/** Ends and records it. */
void tracing_end(struct tracing *tracing, struct tracing_span *span, int64_t now_us, bool failed);

struct tracing_counts {
	uint64_t recorded, sent, rejected; /* rejected: by the collector, of those sent */
	uint64_t
	    dropped; /* the ring was full, the collector refused them, or the end came before it answered */
};
struct tracing_counts tracing_counts(struct tracing *tracing);

#endif
