/* http.c - see http.h: libmicrohttpd with epoll in its own threads. What its peculiarities ask for (measured, see
 * docs/operations.md): an answer queued in the first call for a request closes the connection, so only refusals are; an
 * answer cannot be queued while a body is coming, so a body that is too large is answered on the socket itself; a NUL ends a text
 * as if the rest of its line had not come, and a folded line is joined to the name and not to the value: both are seen by where
 * the texts lie in its buffer (lies_well), which is known of version 0.9.75. Later ones refuse them by themselves, if asked. */
#include "api/http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/deadline.h"

enum {
	POOL_BYTES = 32 * 1024, /* of one connection: heads longer than this are refused */
	DRAIN_MOST =
	    1024 *
	    1024, /* a refused body of this size is read, so that the client reads the answer */
	STREAM_BLOCK = 1024,
	CUT_MOST = 4096,
	BACKLOG = 4096,
};

struct http {
	struct MHD_Daemon *daemon;
	int listen_fd;
	bool quiesced;
	uint16_t port;
	struct http_options options;
	struct deadlines deadlines;
	_Atomic unsigned running, suspended;
};

/* --- answers ------------------------------------------------------------------------------------------------- */

void
answer_header(struct exchange *ex, const char *name, const char *value)
{
	struct answer *a = &ex->answer;

	if (a->n_headers == ANSWER_HEADERS)
		return;
	a->headers[a->n_headers].name = name;
	a->headers[a->n_headers++].value = value;
}

void
answer_header_copy(struct exchange *ex, const char *name, struct sv value)
{
	struct answer *a = &ex->answer;
	char *to = a->text + a->text_used;

	if (value.len >= ANSWER_TEXT - a->text_used)
		return;
	memcpy(to, value.data, value.len);
	to[value.len] = 0;
	a->text_used += value.len + 1;
	answer_header(ex, name, to);
}

void
answer_header_u64(struct exchange *ex, const char *name, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	answer_header_copy(ex, name, (struct sv){ digits + at, sizeof(digits) - at });
}

void
answer_reset(struct exchange *ex)
{
	struct answer *a = &ex->answer;

	if (a->release != NULL)
		a->release(a->release_context);
	if (a->stream.free != NULL)
		a->stream.free(a->stream.context);
	a->status = 0;
	a->body = SV_NONE;
	a->release = NULL;
	a->stream = (struct http_stream){ 0 };
	a->close = false;
	a->n_headers = 0;
	a->text_used = 0;
}

static ssize_t
read_stream(void *context, uint64_t at, char *to, size_t most)
{
	struct http_stream *s = context;
	ptrdiff_t n = s->read(s->context, to, most);

	(void)at;
	return n == HTTP_STREAM_END ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void
free_stream(void *context)
{
	struct http_stream *s = context;

	if (s->free != NULL)
		s->free(s->context);
	free(s);
}

/* Takes the body or the stream over. */
static struct MHD_Response *
make_response(struct answer *a)
{
	struct MHD_Response *r;

	if (a->stream.read != NULL) {
		struct http_stream *s = malloc(sizeof(*s));

		if (s == NULL)
			return NULL;
		*s = a->stream;
		r = MHD_create_response_from_callback(
		    MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, s, free_stream);
		if (r == NULL)
			free(s);
		else
			a->stream = (struct http_stream){ 0 };
		return r;
	}
	if (a->release == NULL)
		return MHD_create_response_from_buffer(a->body.len,
		    (void *)(uintptr_t)(a->body.len > 0 ? a->body.data : ""),
		    MHD_RESPMEM_PERSISTENT);
	r = MHD_create_response_from_buffer_with_free_callback_cls(
	    a->body.len, (void *)(uintptr_t)a->body.data, a->release, a->release_context);
	if (r != NULL)
		a->release = NULL;
	return r;
}

static enum MHD_Result
respond(struct exchange *ex)
{
	struct answer *a = &ex->answer;
	struct MHD_Response *r;
	enum MHD_Result done;

	if (a->status == 0)
		return MHD_NO;
	ex->http->options.hooks.answering(ex->http->options.context, ex);
	ex->stage = STAGE_ANSWERED;
	atomic_store_explicit(&ex->connection->deadline_us,
	    a->stream.read != NULL ? 0 : clock_steady() + ex->http->options.body_us,
	    memory_order_relaxed);
	r = make_response(a);
	if (r == NULL)
		return MHD_NO;
	for (size_t i = 0; i < a->n_headers; i++)
		(void)MHD_add_response_header(r, a->headers[i].name, a->headers[i].value);
	if (a->close)
		(void)MHD_add_response_header(r, "Connection", "close");
	done = MHD_queue_response(ex->mhd, (unsigned)a->status, r);
	MHD_destroy_response(r);
	return done;
}

/* The body goes on past what is read: the answer is written to the socket, and the connection ends. */
static enum MHD_Result
cut_off(struct exchange *ex)
{
	struct answer *a = &ex->answer;
	char text[CUT_MOST];
	int len;

	ex->cut = true;
	ex->http->options.hooks.answering(ex->http->options.context, ex);
	len = snprintf(text, sizeof(text),
	    "HTTP/1.1 %d Refused\r\nConnection: close\r\nContent-Length: %zu\r\n", a->status,
	    a->body.len);
	for (size_t i = 0; i < a->n_headers && len > 0 && (size_t)len < sizeof(text); i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%s: %s\r\n",
		    a->headers[i].name, a->headers[i].value);
	if (len > 0 && (size_t)len + 2 + a->body.len < sizeof(text)) {
		memcpy(text + len, "\r\n", 2);
		memcpy(text + len + 2, a->body.data, a->body.len);
		(void)send(ex->connection->fd, text, (size_t)len + 2 + a->body.len,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)shutdown(ex->connection->fd, SHUT_WR);
	}
	return MHD_NO;
}

/* --- a request's life ------------------------------------------------------------------------------------------- */

static void
release_target(struct exchange *ex)
{
	if (ex->target_text != ex->target_inline)
		free(ex->target_text);
	ex->target_text = NULL;
}

/* The raw target, before the library decodes it: escapes of NUL are seen here, and the first byte's time. */
static void *
on_target(void *context, const char *uri, struct MHD_Connection *mhd)
{
	struct http *http = context;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct connection *c = info != NULL ? info->socket_context : NULL;
	struct exchange *ex;
	size_t len = strlen(uri);

	if (c == NULL)
		return NULL;
	ex = c->spare != NULL ? c->spare : malloc(sizeof(*ex));
	c->spare = NULL;
	if (ex == NULL)
		return NULL;
	memset(ex, 0, offsetof(struct exchange, answer) + offsetof(struct answer, headers));
	ex->http = http;
	ex->connection = c;
	ex->mhd = mhd;
	ex->start_us = clock_steady();
	ex->target_end = uri + len;
	ex->target_text = len < HTTP_INLINE_TARGET ? ex->target_inline
			  : len <= TARGET_MOST     ? malloc(len + 1)
						   : NULL;
	if (ex->target_text != NULL) {
		memcpy(ex->target_text, uri, len + 1);
		ex->target_fault = target_parse(ex->target_text, len, &ex->target);
	} else {
		ex->target.n_segments = ex->target.n_parameters = 0;
		ex->target_fault = "";
	}
	atomic_fetch_add_explicit(&http->running, 1, memory_order_relaxed);
	atomic_store_explicit(
	    &c->deadline_us, ex->start_us + http->options.head_us, memory_order_relaxed);
	return ex;
}

/** A head as it lies in the library's buffer: the target, the version and each field in one piece, line behind line, with zeros in
 *  the place of the blank after the target and of every line's CR LF. */
struct reading {
	struct http_head *head;
	const char *
	    next; /* where the next line has to begin; NULL: the head does not lie well, or nobody knows how it lies */
	bool checked;
};

static bool
layout_known(void)
{
	return strcmp(MHD_get_version(), "0.9.75") == 0;
}

/* A line ends behind `text` with its CR LF: else a NUL hides the rest of it, or a bare LF ends it. */
static const char *
behind(const char *text, size_t len)
{
	return text[len] == 0 && text[len + 1] == 0 ? text + len + 2 : NULL;
}

static enum MHD_Result
on_field(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	struct reading *reading = context;

	(void)kind;
	head_add(reading->head, (struct sv){ name, name_len },
	    value == NULL ? SV("") : (struct sv){ value, value_len });
	if (reading->next == NULL)
		return MHD_YES;
	/* what was folded was put together elsewhere, after its value was found */
	reading->next = name == reading->next && value != NULL && value > name
			    ? behind(value, value_len)
			    : NULL;
	return MHD_YES;
}

static void
read_fields(struct exchange *ex, const char *version)
{
	struct reading reading = { &ex->head, NULL, layout_known() };

	if (reading.checked && version == ex->target_end + 1)
		reading.next = behind(version, strlen(version));
	(void)MHD_get_connection_values_n(ex->mhd, MHD_HEADER_KIND, on_field, &reading);
	/* the empty line, which ends the head */
	if (reading.checked &&
	    (reading.next == NULL || reading.next[0] != 0 || reading.next[1] != 0))
		ex->head.odd = true;
}

static void
find_remote(struct exchange *ex)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(ex->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (info == NULL || info->client_addr == NULL)
		return;
	if (info->client_addr->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)info->client_addr;

		ex->remote = addr_from_v4(ntohl(in->sin_addr.s_addr));
	} else if (info->client_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)info->client_addr;

		memcpy(ex->remote.bytes, in6->sin6_addr.s6_addr, 16);
	}
}

static bool
body_comes(const struct exchange *ex)
{
	return ex->head.chunked || ex->head.content_length > 0;
}

/* All headers are there. Refusals of a request without body, or with a small one, wait for its end. */
static enum MHD_Result
take_head(struct exchange *ex, const char *method, const char *version)
{
	struct http *http = ex->http;
	bool small;

	ex->head.method = http_method_of(sv_from(method));
	ex->head.is_1_1 = strcmp(version, "HTTP/1.1") == 0;
	read_fields(ex, version);
	find_remote(ex);
	http->options.hooks.head(http->options.context, ex);
	ex->draining = ex->answer.status != 0;
	atomic_store_explicit(&ex->connection->deadline_us, clock_steady() + http->options.body_us,
	    memory_order_relaxed);
	small = !body_comes(ex) || (!ex->head.chunked && ex->head.content_length <= DRAIN_MOST &&
				       ex->head.times[HEADER_EXPECT] == 0);
	if (ex->draining && (ex->answer.close || !small))
		return respond(ex);
	ex->stage = STAGE_BODY;
	return MHD_YES;
}

static enum MHD_Result
take_piece(struct exchange *ex, const char *data, size_t len)
{
	struct http *http = ex->http;

	ex->wire += len;
	if (!ex->draining && !http->options.hooks.piece(http->options.context, ex, data, len))
		ex->draining = true;
	if (ex->draining && ex->wire > (ex->wire_most > DRAIN_MOST ? ex->wire_most : DRAIN_MOST))
		return cut_off(ex);
	return MHD_YES;
}

static enum MHD_Result
take_end(struct exchange *ex)
{
	struct http *http = ex->http;

	if (ex->stage == STAGE_BODY && !ex->draining) {
		ex->stage = STAGE_WAIT;
		/* a request that waits is late by our fault, not by the client's */
		atomic_store_explicit(&ex->connection->deadline_us, 0, memory_order_relaxed);
		if (!http->options.hooks.whole(http->options.context, ex))
			return MHD_YES;
	}
	return respond(ex);
}

static enum MHD_Result
on_access(void *context, struct MHD_Connection *mhd, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **con_cls)
{
	struct exchange *ex = *con_cls;
	size_t len = *size;

	(void)context;
	(void)mhd;
	(void)url;
	if (ex == NULL)
		return MHD_NO;
	if (ex->stage == STAGE_HEAD)
		return take_head(ex, method, version);
	if (len > 0) {
		*size = 0;
		return take_piece(ex, data, len);
	}
	return take_end(ex);
}

static void
on_completed(
    void *context, struct MHD_Connection *mhd, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct http *http = context;
	struct exchange *ex = *con_cls;
	struct connection *c;

	(void)mhd;
	if (ex == NULL)
		return;
	c = ex->connection;
	http->options.hooks.ended(
	    http->options.context, ex, ex->cut || code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
	answer_reset(ex);
	release_target(ex);
	*con_cls = NULL;
	atomic_store_explicit(
	    &c->deadline_us, clock_steady() + http->options.idle_us, memory_order_relaxed);
	c->spare = ex;
	atomic_fetch_sub_explicit(&http->running, 1, memory_order_relaxed);
}

static void
on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http *http = context;
	const union MHD_ConnectionInfo *info;

	if (code != MHD_CONNECTION_NOTIFY_STARTED) {
		deadlines_closed(&http->deadlines, *socket_context);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	*socket_context = info == NULL ? NULL
				       : deadlines_open(&http->deadlines, info->connect_fd,
					     clock_steady() + http->options.head_us);
}

void
http_suspend(struct exchange *ex)
{
	(void)atomic_fetch_add(&ex->http->suspended, 1);
	MHD_suspend_connection(ex->mhd);
}

void
http_resume(struct exchange *ex)
{
	struct http *http = ex->http;

	MHD_resume_connection(ex->mhd); /* the exchange may be gone now */
	(void)atomic_fetch_sub(&http->suspended, 1);
}

/* --- start and stop ------------------------------------------------------------------------------------------------ */

union socket_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
fill_address(const struct http_options *o, union socket_address *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, o->host, &ret->v4.sin_addr) == 1) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons(o->port);
		return sizeof(ret->v4);
	}
	if (inet_pton(AF_INET6, o->host, &ret->v6.sin6_addr) == 1) {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons(o->port);
		return sizeof(ret->v6);
	}
	return 0;
}

static enum coord_err
open_listener(struct http *http, struct coord_error *err)
{
	union socket_address a;
	socklen_t len = fill_address(&http->options, &a);
	int on = 1, off = 0;

	if (len == 0)
		return error_set(err, COORD_EINVALID,
		    "listen address: expected an IP address, got \"%s\"", http->options.host);
	http->listen_fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (http->listen_fd < 0)
		return error_set(err, COORD_EUNAVAIL, "no socket to listen on");
	(void)setsockopt(http->listen_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (a.any.sa_family == AF_INET6)
		(void)setsockopt(http->listen_fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(http->listen_fd, &a.any, len) != 0 || listen(http->listen_fd, BACKLOG) != 0) {
		(void)close(http->listen_fd);
		return error_set(err, COORD_EUNAVAIL, "cannot listen on %s port %u: %s",
		    http->options.host, http->options.port,
		    "taken, or not an address of this machine");
	}
	len = sizeof(a);
	if (getsockname(http->listen_fd, &a.any, &len) == 0)
		http->port = ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
	return COORD_OK;
}

static void
on_log(void *context, const char *format, va_list args)
{
	(void)context; /* what the library says is about single connections of strangers */
	(void)format;
	(void)args;
}

static enum coord_err
start_daemon(struct http *http, struct coord_error *err)
{
	const struct http_options *o = &http->options;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL | MHD_USE_ITC |
			 MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

	http->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_access, http,
	    MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_LISTEN_SOCKET, http->listen_fd,
	    MHD_OPTION_THREAD_POOL_SIZE, o->threads, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)(o->connections < UINT32_MAX ? o->connections : UINT32_MAX),
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)(o->connections_per_address < UINT32_MAX ? o->connections_per_address : 0),
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
	    0u, MHD_OPTION_STRICT_FOR_CLIENT, layout_known() ? 0 : 1, MHD_OPTION_URI_LOG_CALLBACK,
	    on_target, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed, http,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http, MHD_OPTION_END);
	if (http->daemon == NULL)
		return error_set(err, COORD_EUNAVAIL, "the HTTP server does not start");
	return COORD_OK;
}

enum coord_err
http_start(const struct http_options *options, struct http **ret, struct coord_error *err)
{
	struct http *http = calloc(1, sizeof(*http));
	enum coord_err rc;

	if (http == NULL)
		return error_set(err, COORD_ENOMEM, "api: no memory");
	http->options = *options;
	rc = open_listener(http, err);
	if (rc != COORD_OK)
		goto err0;
	rc = deadlines_start(&http->deadlines, err);
	if (rc != COORD_OK)
		goto err1;
	*ret = http; /* requests may come before this function returns */
	rc = start_daemon(http, err);
	if (rc != COORD_OK)
		goto err2;
	return COORD_OK;
err2:
	*ret = NULL;
	deadlines_stop(&http->deadlines);
err1:
	(void)close(http->listen_fd);
err0:
	free(http);
	return rc;
}

uint16_t
http_port(const struct http *http)
{
	return http->port;
}

unsigned
http_connections(const struct http *http)
{
	return atomic_load_explicit(&http->deadlines.open, memory_order_relaxed);
}

unsigned
http_running(const struct http *http)
{
	return atomic_load_explicit(&http->running, memory_order_relaxed);
}

unsigned
http_suspended(const struct http *http)
{
	return atomic_load(&http->suspended);
}

uint64_t
http_deadlines_missed(const struct http *http)
{
	return atomic_load_explicit(&http->deadlines.missed, memory_order_relaxed);
}

void
http_quiesce(struct http *http)
{
	if (http->quiesced)
		return;
	http->quiesced = true;
	(void)MHD_quiesce_daemon(http->daemon);
	/* refuses from now on; its number stays taken until no thread can use it any more */
	(void)shutdown(http->listen_fd, SHUT_RDWR);
}

void
http_stop(struct http *http)
{
	if (http == NULL)
		return;
	http_quiesce(http);
	if (http_suspended(http) > 0)
		return; /* the library would abort */
	MHD_stop_daemon(http->daemon);
	(void)close(http->listen_fd);
	deadlines_stop(&http->deadlines);
	free(http);
}
