/* http.h - an HTTP/1.1 server as the rest of api/ sees it (private): libmicrohttpd stays behind http.c and can be replaced.
 *
 * A request is an `exchange`. It lives on one of a few polling threads (one a core), where nobody may block: what has to
 * wait (the store's commit, a read, a large body) suspends the exchange, and resumes it from wherever the answer comes.
 *   head   the head is complete and well framed: answer (refuse) or let the body come
 *   piece  of a body, in order
 *   whole  nothing more comes: answer, or suspend and answer later
 *   ended  sent, or broken off
 * Bodies are counted here; a client that is slow with head, body or reading is cut off by a sweep (deadline.h). */
#ifndef COORD_API_HTTP_H
#define COORD_API_HTTP_H

#include <stdatomic.h>

#include "api/head.h"
#include "api/target.h"

struct http;
struct connection;
struct MHD_Connection;

enum { ANSWER_HEADERS = 20, ANSWER_TEXT = 1024, REQUEST_ID_MOST = 64, HTTP_INLINE_TARGET = 200 };

/** What a stream's source returns besides a count of bytes. */
enum { HTTP_STREAM_WAIT = 0, HTTP_STREAM_END = -1 };

struct http_stream {
	/** Up to `most` bytes into `to`. HTTP_STREAM_WAIT: nothing yet, the exchange has been suspended (http_suspend). */
	ptrdiff_t (*read)(void *context, char *to, size_t most);
	void (*free)(void *context);
	void *context;
};

struct answer {
	int status; /* 0: none yet */
	struct sv body;
	void (*release)(
	    void *context); /* when it has been sent; NULL: the body outlives the server */
	void *release_context;
	struct http_stream stream; /* in place of a body, when read is set */
	bool close;                /* the connection ends with it */
	size_t n_headers, text_used;
	struct {
		const char *name, *value;
	} headers[ANSWER_HEADERS];
	char text[ANSWER_TEXT]; /* of values that are made for this answer */
};

enum http_stage { STAGE_HEAD, STAGE_BODY, STAGE_WAIT, STAGE_ANSWERED };

struct exchange {
	struct http *http;
	struct connection *connection;
	struct MHD_Connection *mhd;
	enum http_stage stage;
	bool draining;    /* refused already: the rest of the body is only counted */
	bool cut;         /* answered by hand, on a connection that ends */
	int64_t start_us; /* monotonic */
	struct http_head head;
	const char *target_fault;
	const char
	    *target_end; /* of the raw target, in the library's buffer while the head is read */
	char *target_text;
	uint64_t wire, wire_most; /* body bytes received, and how many may be */
	struct addr remote;
	void *user; /* of the room's own: made by `head`, freed by `ended` */
	struct answer answer;
	/* from the answer's headers on nothing is zeroed for a new request */
	struct target target;
	char target_inline[HTTP_INLINE_TARGET];
};

struct http_hooks {
	void (*head)(void *context, struct exchange *ex);
	/** False: ex->answer says why; what still comes is dropped. */
	bool (*piece)(void *context, struct exchange *ex, const char *data, size_t len);
	/** False: it has been suspended and answers later; the exchange must not be touched any more by the caller. */
	bool (*whole)(void *context, struct exchange *ex);
	/** Just before the answer goes out: headers that all answers have. */
	void (*answering)(void *context, struct exchange *ex);
	void (*ended)(void *context, struct exchange *ex, bool complete);
};

struct http_options {
	const char *host; /* numeric */
	uint16_t port;
	unsigned threads;
	uint64_t connections, connections_per_address;
	int64_t head_us, body_us, idle_us; /* deadlines */
	struct http_hooks hooks;
	void *context;
};

MUST_CHECK enum coord_err http_start(
    const struct http_options *options, struct http **ret, struct coord_error *err);
uint16_t http_port(const struct http *http);
unsigned http_connections(const struct http *http);
/** Exchanges that wait for http_resume. */
unsigned http_suspended(const struct http *http);
/** Requests whose end has not come yet. */
unsigned http_running(const struct http *http);
uint64_t http_deadlines_missed(const struct http *http);
/** No new connections. */
void http_quiesce(struct http *http);
/** Ends it. What is still suspended then can never be answered: its memory stays until the process ends. */
void http_stop(struct http *http);

/** For `whole` and a stream's `read`: the exchange waits until http_resume, which may be called from any thread, also before this call's function has returned. */
void http_suspend(struct exchange *ex);
void http_resume(struct exchange *ex);

/** A header of the answer; `name` and `value` outlive it. */
void answer_header(struct exchange *ex, const char *name, const char *value);
/** The same with a value that is copied. One that does not fit is left out. */
void answer_header_copy(struct exchange *ex, const char *name, struct sv value);
void answer_header_u64(struct exchange *ex, const char *name, uint64_t value);
/** Forgets an answer that was begun. */
void answer_reset(struct exchange *ex);

#endif
