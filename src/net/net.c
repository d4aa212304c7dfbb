/* net.c - one request after the other by libcurl, each on a connection of its own: a connection that one gate let through is never
 * used under another. A name is resolved here, every address it has is asked of the gate, and libcurl is told these addresses and no
 * others; the socket is asked again when it is made and when it is connected, before a byte is sent. */
#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/private.h"

#define CONNECT_US (5 * TIME_SECOND)
#define TOTAL_US (30 * TIME_SECOND)

enum {
	ANSWER_MOST = 1 << 20,
	HEAD_MOST = 256 << 10,
	HEADERS_MOST = 64,
	REDIRECTS_MOST = 5,
	POLL_MS = 200,
	HEADER_MOST = 16384,
};

static const char *const outcome_names[] = { "answered", "refused", "no_name", "no_connection",
	"tls", "timeout", "broken", "too_large", "cancelled" };

const char *
net_outcome_name(enum net_outcome outcome)
{
	return outcome_names[outcome];
}

/* --- one hop ------------------------------------------------------------------------------------------------------------ */

/** A request to one URL: what callbacks of libcurl need to know. */
struct hop {
	const struct net *net;
	const struct net_request *request;
	struct net_answer *answer;
	const char *url, *method;
	struct sv body;
	bool own_headers; /* still where the request's headers were meant for */
	struct net_url parsed;
	struct addr addrs[NET_ADDRS_MOST];
	size_t n_addrs;
	size_t head_len, body_len, most;
	int64_t deadline_us;
	char retry_after[64], rate_reset[32];
	/* why a callback stopped libcurl */
	bool refused, too_large, stopped;
	char why[CURL_ERROR_SIZE];
};

/** Is it one of those that were checked, and still let through? */
static bool
lets(const struct hop *hop, struct addr a)
{
	for (size_t i = 0; i < hop->n_addrs; i++)
		if (addr_cmp(hop->addrs[i], a) == 0)
			return gate_lets_address(hop->request->gate, a);
	return false;
}

static curl_socket_t
on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct hop *hop = context;
	struct addr a;

	if (purpose != CURLSOCKTYPE_IPCXN || !addr_of_socket(&to->addr, &a) || !lets(hop, a)) {
		hop->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/** Connected: whom to? */
static int
on_connected(void *context, char *remote, char *local, int remote_port, int local_port)
{
	struct hop *hop = context;
	struct addr a;

	(void)local;
	(void)local_port;
	if (addr_parse(sv_from(remote), &a) && lets(hop, a) && remote_port == hop->parsed.port)
		return CURL_PREREQFUNC_OK;
	hop->refused = true;
	return CURL_PREREQFUNC_ABORT;
}

static size_t
on_body(char *data, size_t size, size_t n, void *context)
{
	struct hop *hop = context;
	size_t len = size * n;

	if (len > hop->most - hop->body_len) {
		hop->too_large = true;
		return CURL_WRITEFUNC_ERROR;
	}
	hop->body_len += len;
	if (hop->request->on_data != NULL) {
		hop->stopped =
		    !hop->request->on_data(hop->request->context, (struct sv){ data, len });
		return hop->stopped ? CURL_WRITEFUNC_ERROR : len;
	}
	buf_add(&hop->answer->body, data, len);
	return hop->answer->body.failed ? CURL_WRITEFUNC_ERROR : len;
}

static void
keep(char *ret, size_t room, struct sv value)
{
	size_t n = value.len < room ? value.len : 0; /* one that is too long is none */

	if (n > 0)
		memcpy(ret, value.data, n);
	ret[n] = 0;
}

static void
take_header(struct hop *hop, struct sv name, struct sv value)
{
	struct net_answer *a = hop->answer;
	const struct {
		const char *name;
		char *at;
		size_t room;
	} wanted[] = {
		{ "content-type", a->content_type, sizeof(a->content_type) },
		{ "etag", a->etag, sizeof(a->etag) },
		{ "last-modified", a->last_modified, sizeof(a->last_modified) },
		{ "location", a->location, sizeof(a->location) },
		{ "x-elastic-product", a->product, sizeof(a->product) },
		{ "retry-after", hop->retry_after, sizeof(hop->retry_after) },
		{ "x-ratelimit-reset", hop->rate_reset, sizeof(hop->rate_reset) },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (sv_ieq(name, sv_from(wanted[i].name)))
			keep(wanted[i].at, wanted[i].room, value);
}

static void
forget_headers(struct hop *hop)
{
	struct net_answer *a = hop->answer;

	a->content_type[0] = a->etag[0] = a->last_modified[0] = a->location[0] = a->product[0] = 0;
	hop->retry_after[0] = hop->rate_reset[0] = 0;
}

static size_t
on_header(char *data, size_t size, size_t n, void *context)
{
	struct hop *hop = context;
	struct sv line = { data, size * n }, value = line, name;

	hop->head_len += line.len;
	if (hop->head_len > HEAD_MOST) {
		hop->too_large = true;
		return 0;
	}
	if (sv_starts(line, SV("HTTP/"))) {
		forget_headers(hop); /* those of a 100 Continue are not the answer's */
		return line.len;
	}
	name = sv_cut(&value, ':');
	if (value.data != NULL)
		take_header(hop, name, sv_trim(value));
	return line.len;
}

/* --- setting up --------------------------------------------------------------------------------------------------------- */

/** A method of letters, headers without line ends: nothing that could end the head early. */
static enum coord_err
check_request(const struct net_request *request, struct coord_error *err)
{
	for (const char *m = request->method; m != NULL && *m != 0; m++)
		if (*m < 'A' || *m > 'Z')
			return error_set(
			    err, COORD_EINVALID, "request: a method of capital letters");
	if (request->n_headers > HEADERS_MOST)
		return error_set(
		    err, COORD_EINVALID, "request: more than %d headers", HEADERS_MOST);
	for (size_t i = 0; i < request->n_headers; i++) {
		const struct net_header *h = &request->headers[i];

		if (h->name[0] == 0 || strpbrk(h->name, "\r\n: ") != NULL ||
		    strpbrk(h->value, "\r\n") != NULL)
			return error_set(err, COORD_EINVALID, "request: a header with a line end");
	}
	return COORD_OK;
}

static bool
add_header(struct curl_slist **list, const char *name, const char *value)
{
	struct buf line = BUF_INIT(HEADER_MOST);
	struct curl_slist *longer = NULL;

	if (value == NULL) /* libcurl is not to send its own */
		buf_printf(&line, "%s:", name);
	else if (value[0] == 0) /* libcurl's way of sending an empty one */
		buf_printf(&line, "%s;", name);
	else
		buf_printf(&line, "%s: %s", name, value);
	if (!line.failed)
		longer = curl_slist_append(*list, buf_cstr(&line));
	buf_clear(&line);
	if (longer == NULL)
		return false;
	*list = longer;
	return true;
}

static bool
add_headers(struct curl_slist **list, const struct hop *hop)
{
	/* not asked for, so not sent: a pause before the body, a media type that nobody named */
	if (!add_header(list, "Expect", NULL) || !add_header(list, "Content-Type", NULL))
		return false;
	for (size_t i = 0; hop->own_headers && i < hop->request->n_headers; i++)
		if (!add_header(
			list, hop->request->headers[i].name, hop->request->headers[i].value))
			return false;
	return true;
}

/** "host:port:address,address": these and no others. A host that is an address needs none. */
static struct curl_slist *
pin(const struct hop *hop)
{
	struct buf line = BUF_INIT(HEADER_MOST);
	struct curl_slist *list = NULL;

	if (hop->parsed.is_literal)
		return NULL;

	buf_printf(&line, "%s:%u:", hop->parsed.host, hop->parsed.port);
	for (size_t i = 0; i < hop->n_addrs; i++) {
		char text[ADDR_TEXT_MAX];

		(void)addr_format(hop->addrs[i], text);
		buf_printf(
		    &line, addr_is_v4(hop->addrs[i]) ? "%s%s" : "%s[%s]", i > 0 ? "," : "", text);
	}
	if (!line.failed)
		list = curl_slist_append(NULL, buf_cstr(&line));
	buf_clear(&line);
	return list;
}

#define SET(option, value) (rc |= (int)curl_easy_setopt(curl, (option), (value)))

static bool
set_safety(CURL *curl, const struct hop *hop, long connect_ms, long left_ms)
{
	int rc = 0;

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
	SET(CURLOPT_TIMEOUT_MS, left_ms);
	if (hop->net->ca_file != NULL) {
		SET(CURLOPT_CAINFO, hop->net->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	return rc == 0;
}

static bool
set_callbacks(CURL *curl, struct hop *hop)
{
	int rc = 0;

	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, hop);
	SET(CURLOPT_PREREQFUNCTION, on_connected);
	SET(CURLOPT_PREREQDATA, hop);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, hop);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, hop);
	SET(CURLOPT_ERRORBUFFER, hop->why);
	return rc == 0;
}

static bool
set_request(
    CURL *curl, const struct hop *hop, struct curl_slist *headers, struct curl_slist *pinned)
{
	bool head = strcmp(hop->method, "HEAD") == 0;
	int rc = 0;

	SET(CURLOPT_URL, hop->url);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_USERAGENT, hop->net->user_agent);
	SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	if (head) {
		SET(CURLOPT_NOBODY, 1L);
	} else if (hop->body.data != NULL || hop->method[0] == 'P') {
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)hop->body.len);
		SET(CURLOPT_POSTFIELDS, hop->body.data != NULL ? hop->body.data : "");
	}
	if (!head)
		SET(CURLOPT_CUSTOMREQUEST, hop->method);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_RESOLVE, pinned);
	return rc == 0;
}

/* --- how it ended ---------------------------------------------------------------------------------------------------------- */

static enum net_outcome
outcome_of_code(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return NET_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return NET_NO_NAME;
	case CURLE_COULDNT_CONNECT:
		return NET_NO_CONNECTION;
	case CURLE_OPERATION_TIMEDOUT:
		return NET_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
		return NET_TLS;
	default:
		return NET_BROKEN;
	}
}

static enum net_outcome
outcome_of(const struct hop *hop, CURLcode code)
{
	if (code == CURLE_OK)
		return NET_ANSWERED;
	if (hop->refused)
		return NET_REFUSED;
	if (hop->too_large)
		return NET_TOO_LARGE;
	return hop->stopped ? NET_CANCELLED : outcome_of_code(code);
}

/** For logs: who was asked and what came of it, without path, query or body. */
static void
tell(struct hop *hop, enum net_outcome outcome, const char *why)
{
	struct net_answer *a = hop->answer;

	a->outcome = outcome;
	if (outcome == NET_ANSWERED)
		(void)snprintf(a->what, sizeof(a->what), "%s %s://%.100s:%u: status %d",
		    hop->method, hop->parsed.scheme, hop->parsed.host, hop->parsed.port, a->status);
	else
		(void)snprintf(a->what, sizeof(a->what), "%s %s://%.100s:%u: %s%s%.60s",
		    hop->method, hop->parsed.scheme, hop->parsed.host, hop->parsed.port,
		    net_outcome_name(outcome), why[0] != 0 ? ": " : "", why);
}

static void
take_retry(struct hop *hop)
{
	struct net_answer *a = hop->answer;
	int64_t now_s = clock_wall() / TIME_SECOND;

	if (!retry_after_parse(sv_from(hop->retry_after), now_s, &a->retry_after_us) &&
	    (a->status == 429 || a->status == 503))
		(void)rate_reset_parse(sv_from(hop->rate_reset), now_s, &a->retry_after_us);
}

static bool
is_cancelled(const struct hop *hop)
{
	return hop->request->cancel != NULL &&
	       __atomic_load_n(hop->request->cancel, __ATOMIC_RELAXED);
}

/** Runs the transfer, looking at `cancel` five times a second. */
static enum coord_err
run(CURLM *multi, struct hop *hop, CURLcode *ret, struct coord_error *err)
{
	CURLMcode rc = CURLM_OK;
	CURLMsg *message;
	int running = 1, left;

	while (running > 0 && rc == CURLM_OK && !is_cancelled(hop) &&
	       (hop->request->on_idle == NULL || hop->request->on_idle(hop->request->context))) {
		rc = curl_multi_perform(multi, &running);
		if (rc == CURLM_OK && running > 0)
			rc = curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
	}
	if (rc != CURLM_OK)
		return error_set(err, COORD_ENOMEM, "request: %s", curl_multi_strerror(rc));
	*ret = CURLE_ABORTED_BY_CALLBACK;
	hop->stopped = hop->stopped || running > 0;
	while (running == 0 && (message = curl_multi_info_read(multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			*ret = message->data.result;
	return COORD_OK;
}

static enum coord_err
transfer(CURL *curl, struct hop *hop, struct coord_error *err)
{
	CURLM *multi = curl_multi_init();
	CURLcode code = CURLE_FAILED_INIT;
	enum coord_err rc;
	long status = 0;

	if (multi == NULL || curl_multi_add_handle(multi, curl) != CURLM_OK) {
		(void)curl_multi_cleanup(multi);
		return error_set(err, COORD_ENOMEM, "no memory for a request");
	}
	rc = run(multi, hop, &code, err);
	(void)curl_multi_remove_handle(multi, curl);
	(void)curl_multi_cleanup(multi);
	if (rc != COORD_OK)
		return rc;
	if (code == CURLE_OUT_OF_MEMORY || hop->answer->body.failed)
		return error_set(err, COORD_ENOMEM, "no memory for an answer");
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	hop->answer->status = (int)status;
	if (code == CURLE_OK)
		take_retry(hop);
	tell(hop, outcome_of(hop, code), hop->why);
	return COORD_OK;
}

/** A connection and a request to addresses that are known to be good. */
static enum coord_err
ask(struct hop *hop, int64_t connect_us, struct coord_error *err)
{
	int64_t left_us = hop->deadline_us - clock_steady();
	struct curl_slist *headers = NULL, *pinned = pin(hop);
	CURL *curl = curl_easy_init();
	enum coord_err rc;

	left_us = left_us < 1000 ? 1000 : left_us;
	connect_us = connect_us < left_us ? connect_us : left_us;
	if (curl == NULL || (pinned == NULL && !hop->parsed.is_literal) ||
	    !add_headers(&headers, hop) ||
	    !set_safety(curl, hop, (long)(connect_us / 1000), (long)(left_us / 1000)) ||
	    !set_callbacks(curl, hop) || !set_request(curl, hop, headers, pinned))
		rc = error_set(err, COORD_ENOMEM, "no memory for a request");
	else
		rc = transfer(curl, hop, err);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	curl_slist_free_all(pinned);
	return rc;
}

/** Fills hop->addrs with all that the name has. False: the answer tells why it goes no further. */
static bool
find_addresses(struct hop *hop)
{
	int64_t left_us = hop->deadline_us - clock_steady();
	size_t n;

	if (hop->parsed.is_literal) {
		hop->addrs[0] = hop->parsed.literal;
		hop->n_addrs = 1;
		return true;
	}
	n = left_us <= 0 ? SIZE_MAX
			 : resolve_name(hop->net, hop->parsed.host, hop->deadline_us, hop->addrs);
	if (n == SIZE_MAX || n == 0) {
		tell(hop, n == 0 ? NET_NO_NAME : NET_TIMEOUT, "");
		return false;
	}
	hop->n_addrs = n;
	for (size_t i = 0; i < n; i++)
		if (!gate_lets_address(hop->request->gate, hop->addrs[i])) {
			tell(hop, NET_REFUSED, "its name has an address that is not allowed");
			return false;
		}
	return true;
}

static enum coord_err
one_hop(struct hop *hop, int64_t connect_us, struct coord_error *err)
{
	struct coord_error why;

	TRY(net_url_parse(sv_from(hop->url), &hop->parsed, err));
	if (gate_check_url(hop->request->gate, &hop->parsed, &why) != COORD_OK) {
		tell(hop, NET_REFUSED, why.what);
		return COORD_OK;
	}
	if (is_cancelled(hop)) {
		tell(hop, NET_CANCELLED, "");
		return COORD_OK;
	}
	return find_addresses(hop) ? ask(hop, connect_us, err) : COORD_OK;
}

/* --- redirects --------------------------------------------------------------------------------------------------------------- */

static bool
is_redirect(const struct net_answer *a)
{
	return a->outcome == NET_ANSWERED && a->location[0] != 0 &&
	       (a->status == 301 || a->status == 302 || a->status == 303 || a->status == 307 ||
		   a->status == 308);
}

/** The absolute URL that `location` means from `base`; NULL: none. To be given to curl_free. */
static char *
target_of(const char *base, const char *location)
{
	CURLU *url = curl_url();
	char *text = NULL;

	if (url != NULL && curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
	    curl_url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK)
		(void)curl_url_get(url, CURLUPART_URL, &text, 0);
	curl_url_cleanup(url);
	return text;
}

/** The next hop of a redirect. After 301, 302, 303 a request with a body becomes a GET without. */
static void
turn(struct hop *next, const struct hop *hop, const char *url)
{
	const struct net_answer *a = hop->answer;

	*next = (struct hop){ .net = hop->net,
		.request = hop->request,
		.answer = hop->answer,
		.url = url,
		.method = hop->method,
		.body = hop->body,
		.own_headers = hop->own_headers,
		.most = hop->most,
		.deadline_us = hop->deadline_us };
	if (a->status < 307 && strcmp(hop->method, "HEAD") != 0) {
		next->method = "GET";
		next->body = SV_NONE;
	}
}

static bool
same_place(const struct net_url *a, const char *url)
{
	struct net_url b;

	return net_url_parse(sv_from(url), &b, NULL) == COORD_OK && a->port == b.port &&
	       strcmp(a->scheme, b.scheme) == 0 && sv_ieq(sv_from(a->host), sv_from(b.host));
}

static void
forget_answer(struct net_answer *a, size_t most)
{
	buf_clear(&a->body);
	a->body = BUF_INIT(most);
	a->status = 0;
	a->retry_after_us = 0;
}

/** Follows the redirect that the answer is, if it may. *again: *hop is the next one. `url` is replaced. */
static void
follow(struct hop *hop, char **url, unsigned hops, bool *again)
{
	struct hop next;
	char *target;

	*again = hop->request->follow && is_redirect(hop->answer);
	if (!*again)
		return;
	target = target_of(hop->url, hop->answer->location);
	if (target == NULL || hops == REDIRECTS_MOST ||
	    net_url_parse(sv_from(target), &next.parsed, NULL) != COORD_OK) {
		tell(hop, NET_BROKEN,
		    target == NULL           ? "its redirect leads nowhere"
		    : hops == REDIRECTS_MOST ? "too many redirects"
					     : "its redirect is no good URL");
		curl_free(target);
		*again = false;
		return;
	}
	turn(&next, hop, target);
	next.own_headers = hop->own_headers && same_place(&hop->parsed, target);
	forget_answer(hop->answer, hop->most);
	curl_free(*url);
	*url = target;
	*hop = next;
}

enum coord_err
net_fetch(struct net *net, const struct net_request *request, struct net_answer *ret,
    struct coord_error *err)
{
	size_t most = request->answer_most != 0 ? request->answer_most : ANSWER_MOST;
	int64_t begun = clock_steady(),
		total = request->total_us > 0 ? request->total_us : TOTAL_US,
		connect = request->connect_us > 0 ? request->connect_us : CONNECT_US;
	struct net_answer answer = { .body = BUF_INIT(most) };
	struct hop hop = { .net = net,
		.request = request,
		.answer = &answer,
		.url = request->url,
		.method = request->method != NULL ? request->method : "GET",
		.body = request->body,
		.own_headers = true,
		.most = most,
		.deadline_us = begun + total };
	char *url = NULL; /* of a redirect */
	bool again = true;
	enum coord_err rc;

	TRY(check_request(request, err));
	rc = COORD_OK;
	for (unsigned hops = 0; again && rc == COORD_OK; hops++) {
		rc = one_hop(&hop, connect, err);
		if (rc == COORD_OK)
			follow(&hop, &url, hops, &again);
	}
	curl_free(url);
	answer.elapsed_us = clock_steady() - begun;
	if (rc == COORD_OK)
		*ret = answer;
	else
		net_answer_clear(&answer);
	return rc;
}

void
net_answer_clear(struct net_answer *answer)
{
	buf_clear(&answer->body);
	*answer = (struct net_answer){ .outcome = NET_REFUSED };
}

/* --- open and close ------------------------------------------------------------------------------------------------------------ */

static void
start_curl(void)
{
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

enum coord_err
net_new(const struct net_options *options, struct net **ret, struct coord_error *err)
{
	static const struct net_options none;
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct net *net = calloc(1, sizeof(*net));

	(void)pthread_once(&once, start_curl);
	if (options == NULL)
		options = &none;
	if (net != NULL) {
		net->resolve = options->resolve;
		net->resolve_context = options->resolve_context;
		net->user_agent = strdup(options->user_agent != NULL
					     ? options->user_agent
					     : "dshield-coordination-engine/" COORD_VERSION);
		net->ca_file = options->ca_file != NULL ? strdup(options->ca_file) : NULL;
	}
	if (net == NULL || net->user_agent == NULL ||
	    (options->ca_file != NULL && net->ca_file == NULL)) {
		net_free(net);
		return error_set(err, COORD_ENOMEM, "no memory for the network");
	}
	*ret = net;
	return COORD_OK;
}

void
net_free(struct net *net)
{
	if (net == NULL)
		return;
	free(net->user_agent);
	free(net->ca_file);
	free(net);
}
