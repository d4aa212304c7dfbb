/* listener.c - see listener.h. One thread, few connections, GET and HEAD of four paths: for a scraper and a probe on a network of the operator's own. */
#include "cli/listener.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { CONNECTIONS_MOST = 32, DEADLINE_S = 10, TEXT_MOST = 4 << 20 };

struct listener {
	struct MHD_Daemon *daemon;
	const struct metrics *metrics;
	listener_ready *ready;
	void *context;
	unsigned port;
};

static enum MHD_Result
answer(struct MHD_Connection *connection, unsigned status, const char *type, const struct buf *text)
{
	char *copy = malloc(text->len + 1);
	struct MHD_Response *response;
	enum MHD_Result result;

	if (copy == NULL)
		return MHD_NO;
	if (text->len > 0)
		memcpy(copy, text->data, text->len);
	response = MHD_create_response_from_buffer(text->len, copy, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(copy);
		return MHD_NO;
	}
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
answer_metrics(const struct listener *l, struct MHD_Connection *connection)
{
	const char *accept =
	    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	bool openmetrics = metrics_wants_openmetrics(sv_from(accept));
	struct buf text = BUF_INIT(TEXT_MOST);
	enum MHD_Result result;

	metrics_write(l->metrics, openmetrics, &text);
	result = answer(connection, MHD_HTTP_OK,
	    openmetrics ? metrics_type_openmetrics : metrics_type_text, &text);
	buf_clear(&text);
	return result;
}

static enum MHD_Result
answer_json(struct MHD_Connection *connection, unsigned status, const char *key, const char *value)
{
	struct buf text = BUF_INIT(TEXT_MOST);
	struct jsonw w = jsonw_init(&text, false);
	enum MHD_Result result;

	jsonw_object(&w);
	jsonw_key(&w, key);
	jsonw_str(&w, value);
	jsonw_key(&w, "service");
	jsonw_str(&w, "dshield-coordination-engine worker");
	jsonw_end(&w);
	result = answer(connection, status, "application/json", &text);
	buf_clear(&text);
	return result;
}

static enum MHD_Result
answer_ready(
    const struct listener *l, struct MHD_Connection *connection, const char *yes, const char *no)
{
	bool ready = l->ready(l->context);

	return answer_json(connection, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, "status",
	    ready ? yes : no);
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *data, size_t *size, void **state)
{
	static char seen;
	const struct listener *l = context;

	(void)version;
	(void)data;
	if (*state == NULL) {
		*state = &seen; /* the head is there; the body, which nobody wants, may come */
		return MHD_YES;
	}
	if (*size > 0) {
		*size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_json(
		    connection, MHD_HTTP_METHOD_NOT_ALLOWED, "detail", "Method Not Allowed");
	if (strcmp(url, "/metrics") == 0)
		return answer_metrics(l, connection);
	if (strcmp(url, "/health/live") == 0)
		return answer_json(connection, MHD_HTTP_OK, "status", "alive");
	if (strcmp(url, "/health/ready") == 0)
		return answer_ready(l, connection, "ready", "not_ready");
	if (strcmp(url, "/health") == 0 || strcmp(url, "/health/") == 0)
		return answer_ready(l, connection, "healthy", "unhealthy");
	return answer_json(connection, MHD_HTTP_NOT_FOUND, "detail", "Not Found");
}

/* --- the address ------------------------------------------------------------------------------------------------------------ */

union place {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static bool
place_of(struct sv text, union place *ret)
{
	struct sv host, port;
	uint64_t number;
	struct addr a;
	size_t colon = SIZE_MAX;

	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] == ':')
			colon = i;
	if (colon == SIZE_MAX)
		return false;
	host = sv_first(text, colon);
	port = sv_skip(text, colon + 1);
	if (sv_starts(host, SV("[")) && sv_ends(host, SV("]")))
		host = (struct sv){ host.data + 1, host.len - 2 };
	if (!sv_to_u64(port, &number) || number > UINT16_MAX || !addr_parse(host, &a))
		return false;
	memset(ret, 0, sizeof(*ret));
	if (addr_is_v4(a)) {
		ret->v4.sin_family = AF_INET;
		ret->v4.sin_port = htons((uint16_t)number);
		memcpy(&ret->v4.sin_addr, a.bytes + 12, 4);
	} else {
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)number);
		memcpy(&ret->v6.sin6_addr, a.bytes, 16);
	}
	return true;
}

enum coord_err
listener_start(const char *address, const struct metrics *metrics, listener_ready *ready,
    void *context, struct listener **ret, struct coord_error *err)
{
	struct listener *l = calloc(1, sizeof(*l));
	const union MHD_DaemonInfo *info;
	union place place;
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;

	if (l == NULL)
		return error_set(err, COORD_ENOMEM, "no memory to listen");
	*l = (struct listener){ .metrics = metrics, .ready = ready, .context = context };
	if (!place_of(sv_from(address), &place)) {
		free(l);
		return error_set(err, COORD_EINVALID, "expected ADDRESS:PORT, got \"%s\"", address);
	}
	if (place.any.sa_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, l, MHD_OPTION_SOCK_ADDR,
	    &place.any, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)DEADLINE_S, MHD_OPTION_END);
	if (l->daemon == NULL) {
		free(l);
		return error_set(err, COORD_EUNAVAIL, "cannot listen on %s", address);
	}
	info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_BIND_PORT);
	l->port = info == NULL ? 0 : info->port;
	*ret = l;
	return COORD_OK;
}

unsigned
listener_port(const struct listener *l)
{
	return l->port;
}

void
listener_stop(struct listener *l)
{
	if (l == NULL)
		return;
	MHD_stop_daemon(l->daemon);
	free(l);
}
