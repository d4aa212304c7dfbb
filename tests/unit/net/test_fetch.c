/* test_fetch.c - requests to a server that behaves as badly as one may (tests/support/standin.py): every outcome, every cap,
 * and names whose addresses change between one look and the next. */
#include "net/net.h"
#include "base/base64.h"
#include "standin.h"
#include "testing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static struct standin standin;
static const struct net_gate here = { .allow_http = true, .any_port = true, .allow_private = true };

/** A resolver that answers from a list, the last for ever. */
struct names {
	const char *answers[4]; /* addresses separated by blanks */
	size_t n;
	atomic_uint asked;
};

static size_t
resolve(void *context, const char *host, struct addr *ret, size_t most)
{
	struct names *names = context;
	size_t asked = atomic_fetch_add(&names->asked, 1), n = 0;
	struct sv rest = sv_from(names->answers[asked < names->n ? asked : names->n - 1]);

	if (strcmp(host, "nowhere.test") == 0)
		return 0;
	while (rest.data != NULL && n < most)
		n += addr_parse(sv_cut(&rest, ' '), &ret[n]);
	return n;
}

static struct net *
net_with(struct names *names)
{
	const struct net_options options = { .resolve = names != NULL ? resolve : NULL,
		.resolve_context = names,
		.ca_file = standin.ca };
	struct net *net;
	struct coord_error err;

	assert_int_equal(COORD_OK, net_new(&options, &net, &err));
	return net;
}

static void
fetch(struct net *net, struct net_request request, const char *url, struct net_answer *ret)
{
	struct coord_error err;

	request.url = url;
	if (request.gate == NULL)
		request.gate = &here;
	if (net_fetch(net, &request, ret, &err) != COORD_OK)
		fail_msg("%s: %s", url, err.what);
}

static const char *
url_of(const char *host, unsigned port, const char *path)
{
	static _Thread_local char url[4][512];
	static _Thread_local unsigned at;
	char *ret = url[at++ % 4];

	(void)snprintf(ret, sizeof(url[0]), "%s://%s:%u%s",
	    port == standin.https ? "https" : "http", host, port, path);
	return ret;
}

static const char *
plain(const char *path)
{
	return url_of("127.0.0.1", standin.http, path);
}

/** How many requests to paths that begin so came in. */
static unsigned
came(struct net *net, const char *path)
{
	struct net_answer a;
	struct sv rest;
	unsigned n = 0;
	char url[256];

	(void)snprintf(url, sizeof(url), "/requests%s", path);
	fetch(net, (struct net_request){ 0 }, plain(url), &a);
	assert_int_equal(200, a.status);
	rest = buf_sv(&a.body);
	for (size_t at_; (at_ = sv_find(rest, SV("\"method\""))) != SIZE_MAX; n++)
		rest = sv_skip(rest, at_ + 1);
	net_answer_clear(&a);
	return n;
}

#define QUICK .total_us = TIME_SECOND / 2

static void
test_statuses_are_answers(void **state)
{
	static const int statuses[] = { 200, 401, 403, 404, 410, 429, 500, 503 };
	struct net *net = net_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		struct net_answer a;
		char path[32], body[32];

		(void)snprintf(path, sizeof(path), "/status/%d?secret=x", statuses[i]);
		(void)snprintf(body, sizeof(body), "{\"status\": %d}", statuses[i]);
		fetch(net, (struct net_request){ 0 }, plain(path), &a);
		assert_int_equal(NET_ANSWERED, a.outcome);
		assert_int_equal(statuses[i], a.status);
		assert_string_equal(body, buf_cstr(&a.body));
		assert_string_equal("application/json", a.content_type);
		assert_string_equal("\"abc\"", a.etag);
		assert_string_equal("Sun, 06 Nov 1994 08:49:37 GMT", a.last_modified);
		assert_true(a.retry_after_us == 0 && a.elapsed_us > 0);
		assert_null(strstr(a.what, "secret"));
		net_answer_clear(&a);
	}
	net_free(net);
}

static void
test_what_is_sent(void **state)
{
	const struct net_header headers[] = { { "Content-Type", "application/json" },
		{ "webhook-id", "msg_1" }, { "X-Empty", "" } };
	struct net *net = net_with(NULL);
	struct net_answer a;
	struct sv body;

	(void)state;
	(void)setenv("http_proxy", "http://127.0.0.1:1", 1);
	(void)setenv("all_proxy", "http://127.0.0.1:1", 1);
	fetch(net,
	    (struct net_request){ .method = "POST",
		.headers = headers,
		.n_headers = COUNT_OF(headers),
		.body = SV("{\"a\":1}") },
	    plain("/echo/a/../b?c=d%20e&f"), &a);
	(void)unsetenv("http_proxy");
	(void)unsetenv("all_proxy");
	assert_int_equal(200, a.status);
	body = buf_sv(&a.body);
	assert_true(sv_has(body, SV("\"method\": \"POST\"")));
	assert_true(sv_has(body, SV("\"path\": \"/echo/a/../b?c=d%20e&f\"")));
	assert_true(sv_has(body, SV("\"content-type\": \"application/json\"")));
	assert_true(sv_has(body, SV("\"webhook-id\": \"msg_1\"")));
	assert_true(sv_has(body, SV("\"x-empty\": \"\"")));
	assert_true(sv_has(body, SV("\"user-agent\": \"dshield-coordination-engine/")));
	assert_true(sv_has(body, SV("\"body\": \"eyJhIjoxfQ==\"")));
	assert_false(sv_has(body, SV("expect")));
	net_answer_clear(&a);
	fetch(net, (struct net_request){ .method = "POST" }, plain("/echo"), &a);
	assert_true(sv_has(buf_sv(&a.body), SV("\"content-length\": \"0\"")));
	assert_false(sv_has(buf_sv(&a.body), SV("content-type")));
	net_answer_clear(&a);
	fetch(net, (struct net_request){ .method = "DELETE" }, plain("/echo"), &a);
	assert_true(sv_has(buf_sv(&a.body), SV("\"method\": \"DELETE\"")));
	net_answer_clear(&a);
	net_free(net);
}

static void
test_a_request_that_would_smuggle(void **state)
{
	static const struct net_header bad[] = { { "X", "a\r\nY: b" }, { "X\nY", "a" },
		{ "X: y", "a" }, { "", "a" } };
	struct net *net = net_with(NULL);
	struct net_answer a;
	struct coord_error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct net_request request = { .url = plain("/echo/smuggled"),
			.gate = &here,
			.headers = &bad[i],
			.n_headers = 1 };

		assert_int_equal(COORD_EINVALID, net_fetch(net, &request, &a, &err));
	}
	assert_int_equal(COORD_EINVALID,
	    net_fetch(net,
		&(struct net_request){
		    .url = plain("/echo/smuggled"), .gate = &here, .method = "GET /x HTTP/1.1" },
		&a, &err));
	assert_int_equal(0, came(net, "/echo/smuggled"));
	net_free(net);
}

static void
test_ways_of_answering(void **state)
{
	static const struct {
		const char *path;
		enum net_outcome outcome;
		const char *body, *type;
	} ways[] = {
		{ "/chunked", NET_ANSWERED, "{\"chunked\":true}", "application/json" },
		{ "/gzip", NET_ANSWERED, "{\"packed\":true}", "application/json" },
		{ "/html", NET_ANSWERED, "<html>service unhappy</html>",
		    "text/html; charset=utf-8" },
		{ "/truncated", NET_ANSWERED, "{\"count\": 4213, \"att", "application/json" },
		{ "/utf8", NET_ANSWERED, "{\"name\":\"\xff\xfe\"}", "application/json" },
		{ "/twice", NET_ANSWERED, "{\"a\":1,\"a\":2}", "application/json" },
		{ "/continue", NET_ANSWERED, "{}", "application/json" },
		{ "/close", NET_BROKEN, NULL, NULL },
		{ "/close/head", NET_BROKEN, NULL, NULL },
		{ "/garbage", NET_BROKEN, NULL, NULL },
		{ "/broken-gzip", NET_BROKEN, NULL, NULL },
		{ "/large", NET_TOO_LARGE, NULL, NULL },
		{ "/bomb", NET_TOO_LARGE, NULL, NULL },
		{ "/flood", NET_TOO_LARGE, NULL, NULL },
	};
	struct net *net = net_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct net_answer a;

		fetch(net, (struct net_request){ 0 }, plain(ways[i].path), &a);
		if (a.outcome != ways[i].outcome)
			fail_msg("%s: %s", ways[i].path, a.what);
		assert_in_range(a.body.len, 0, 1 << 20);
		if (ways[i].body != NULL) {
			assert_string_equal(ways[i].body, buf_cstr(&a.body));
			assert_string_equal(ways[i].type, a.content_type);
			assert_string_equal("", a.etag); /* also not the one of a 100 Continue */
		}
		assert_non_null(strstr(a.what,
		    ways[i].outcome == NET_ANSWERED ? "status 200" : net_outcome_name(a.outcome)));
		net_answer_clear(&a);
	}
	net_free(net);
}

static void
test_large_answers_that_are_wanted(void **state)
{
	struct net *net = net_with(NULL);
	struct net_answer a;

	(void)state;
	fetch(net, (struct net_request){ .answer_most = 10 << 20 }, plain("/large"), &a);
	assert_int_equal(NET_ANSWERED, a.outcome);
	assert_int_equal(10 << 20, a.body.len);
	net_answer_clear(&a);
	fetch(net, (struct net_request){ .answer_most = (10 << 20) - 1 }, plain("/large"), &a);
	assert_int_equal(NET_TOO_LARGE, a.outcome);
	net_answer_clear(&a);
	net_free(net);
}

struct stream {
	size_t got, stop_at;
};

static bool
on_data(void *context, struct sv piece)
{
	struct stream *s = context;

	s->got += piece.len;
	return s->got < s->stop_at;
}

static void
test_streaming(void **state)
{
	struct stream s = { .stop_at = SIZE_MAX };
	struct net *net = net_with(NULL);
	struct net_answer a;

	(void)state;
	fetch(net,
	    (struct net_request){ .answer_most = 11 << 20, .on_data = on_data, .context = &s },
	    plain("/large"), &a);
	assert_int_equal(NET_ANSWERED, a.outcome);
	assert_int_equal(10 << 20, s.got);
	assert_int_equal(0, a.body.len);
	net_answer_clear(&a);
	s = (struct stream){ .stop_at = 100000 };
	fetch(net,
	    (struct net_request){ .answer_most = 11 << 20, .on_data = on_data, .context = &s },
	    plain("/large"), &a);
	assert_int_equal(NET_CANCELLED, a.outcome);
	assert_in_range(s.got, 100000, 1 << 20);
	net_answer_clear(&a);
	net_free(net);
}

static void
test_deadlines(void **state)
{
	static const char *const slow[] = { "/hang", "/dribble" };
	struct net *net = net_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(slow); i++) {
		struct net_answer a;

		fetch(net, (struct net_request){ QUICK }, plain(slow[i]), &a);
		assert_int_equal(NET_TIMEOUT, a.outcome);
		net_answer_clear(&a);
	}
	net_free(net);
}

static void *
cancel_when_it_came(void *context)
{
	struct net *net = net_with(NULL);

	while (came(net, "/hang/cancel") == 0)
		;
	__atomic_store_n((bool *)context, true, __ATOMIC_SEQ_CST);
	net_free(net);
	return NULL;
}

static void
test_cancel(void **state)
{
	static volatile bool cancel;
	struct net *net = net_with(NULL);
	struct net_answer a;
	pthread_t thread;

	(void)state;
	assert_int_equal(
	    0, pthread_create(&thread, NULL, cancel_when_it_came, (void *)(uintptr_t)&cancel));
	fetch(net, (struct net_request){ .total_us = 600 * TIME_SECOND, .cancel = &cancel },
	    plain("/hang/cancel"), &a);
	assert_int_equal(NET_CANCELLED, a.outcome);
	(void)pthread_join(thread, NULL);
	net_answer_clear(&a);
	fetch(net, (struct net_request){ .cancel = &cancel }, plain("/echo/cancelled"), &a);
	assert_int_equal(NET_CANCELLED, a.outcome);
	assert_int_equal(0, came(net, "/echo/cancelled"));
	net_answer_clear(&a);
	net_free(net);
}

static bool
idles_thrice(void *context)
{
	return ++*(int *)context < 3;
}

static void
test_idle(void **state)
{
	struct net *net = net_with(NULL);
	struct net_answer a;
	int n = 0;

	(void)state;
	fetch(net,
	    (struct net_request){
		.total_us = 600 * TIME_SECOND, .on_idle = idles_thrice, .context = &n },
	    plain("/hang/idle"), &a);
	assert_int_equal(NET_CANCELLED, a.outcome);
	assert_int_equal(3, n);
	net_answer_clear(&a);
	net_free(net);
}

static void
test_retry_after(void **state)
{
	static const char *const forms[] = { "/retry/seconds/120", "/retry/date/120",
		"/retry/reset/120", "/retry/epoch/120" };
	struct net *net = net_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct net_answer a;

		fetch(net, (struct net_request){ 0 }, plain(forms[i]), &a);
		assert_int_equal(429, a.status);
		/* a date is of whole seconds, and time passes before it is read */
		assert_in_range(a.retry_after_us, i % 2 == 0 ? 120 * TIME_SECOND : TIME_SECOND,
		    121 * TIME_SECOND);
		net_answer_clear(&a);
	}
	net_free(net);
}

static void
test_no_connection_and_no_name(void **state)
{
	struct names names = { .answers = { "127.0.0.1" }, .n = 1 };
	struct net *net = net_with(&names);
	struct net_answer a;

	(void)state;
	fetch(net, (struct net_request){ 0 }, "http://127.0.0.1:1/", &a);
	assert_int_equal(NET_NO_CONNECTION, a.outcome);
	net_answer_clear(&a);
	fetch(net, (struct net_request){ 0 }, "http://nowhere.test/", &a);
	assert_int_equal(NET_NO_NAME, a.outcome);
	net_answer_clear(&a);
	net_free(net);
}

static void
test_the_systems_resolver(void **state)
{
	struct net *net = net_with(NULL);
	struct net_answer a;

	(void)state;
	fetch(net, (struct net_request){ 0 }, url_of("localhost", standin.http, "/echo"), &a);
	assert_true(a.outcome == NET_ANSWERED || a.outcome == NET_NO_NAME);
	net_answer_clear(&a);
	/* a name for this machine is no way around a closed gate */
	fetch(net,
	    (struct net_request){
		.gate = &(struct net_gate){ .allow_http = true, .any_port = true } },
	    url_of("localhost", standin.http, "/echo/localhost"), &a);
	assert_true(a.outcome == NET_REFUSED || a.outcome == NET_NO_NAME);
	assert_int_equal(0, came(net, "/echo/localhost"));
	net_answer_clear(&a);
	net_free(net);
}

static void
test_tls(void **state)
{
	struct names names = { .answers = { "127.0.0.1" }, .n = 1 };
	struct net *net = net_with(&names), *strangers;
	struct net_answer a;
	struct coord_error err;

	(void)state;
	fetch(net, (struct net_request){ 0 }, url_of("receiver.test", standin.https, "/echo"), &a);
	if (a.outcome != NET_ANSWERED)
		fail_msg("%s", a.what);
	assert_true(sv_has(
	    buf_sv(&a.body), SV("\"host\": \"receiver.test:"))); /* the name, not the address */
	net_answer_clear(&a);
	fetch(net, (struct net_request){ 0 }, url_of("imposter.test", standin.https, "/echo/tls"),
	    &a);
	assert_int_equal(NET_TLS, a.outcome);
	net_answer_clear(&a);
	/* not known to the system's authorities */
	assert_int_equal(COORD_OK,
	    net_new(&(struct net_options){ .resolve = resolve, .resolve_context = &names },
		&strangers, &err));
	fetch(strangers, (struct net_request){ 0 },
	    url_of("receiver.test", standin.https, "/echo/tls"), &a);
	assert_int_equal(NET_TLS, a.outcome);
	net_answer_clear(&a);
	net_free(strangers);
	/* no TLS on the other side */
	fetch(net, (struct net_request){ 0 }, "https://receiver.test:1/", &a);
	assert_int_equal(NET_NO_CONNECTION, a.outcome);
	net_answer_clear(&a);
	assert_int_equal(0, came(net, "/echo/tls"));
	net_free(net);
}

static void
test_redirects(void **state)
{
	const struct net_header headers[] = { { "Authorization", "Bearer of-this-place" } };
	struct names names = { .answers = { "127.0.0.1" }, .n = 1 };
	struct net *net = net_with(&names);
	struct net_request request = { .method = "POST",
		.body = SV("x"),
		.headers = headers,
		.n_headers = 1,
		.follow = true };
	struct net_answer a;
	char path[512], target[400], coded[400];

	(void)state;
	fetch(net, (struct net_request){ 0 }, plain("/redirect/302/1"), &a);
	assert_int_equal(302, a.status); /* not followed unless asked for */
	assert_string_equal("/echo/end?x=1", a.location);
	net_answer_clear(&a);
	fetch(net, request, plain("/redirect/302/5"), &a);
	assert_int_equal(200, a.status);
	assert_true(sv_has(buf_sv(&a.body), SV("\"method\": \"GET\"")));
	assert_true(sv_has(buf_sv(&a.body), SV("of-this-place")));
	assert_true(sv_has(buf_sv(&a.body), SV("\"body\": \"\"")));
	net_answer_clear(&a);
	fetch(net, request, plain("/redirect/307/2"), &a);
	assert_true(sv_has(buf_sv(&a.body), SV("\"method\": \"POST\"")));
	assert_true(sv_has(buf_sv(&a.body), SV("\"body\": \"eA==\"")));
	net_answer_clear(&a);
	fetch(net, request, plain("/redirect/302/6"), &a);
	assert_int_equal(NET_BROKEN, a.outcome);
	net_answer_clear(&a);
	/* elsewhere: without the headers of this place, and only where the gate lets it */
	(void)snprintf(target, sizeof(target), "http://other.test:%u/echo/elsewhere", standin.http);
	(void)snprintf(path, sizeof(path), "/redirect-to/%s",
	    (base64_encode(BASE64_STANDARD, target, strlen(target), coded), coded));
	fetch(net, request, plain(path), &a);
	assert_int_equal(200, a.status);
	assert_true(sv_has(buf_sv(&a.body), SV("other.test")));
	assert_false(sv_has(buf_sv(&a.body), SV("of-this-place")));
	net_answer_clear(&a);
	request.gate = &(struct net_gate){ .allow_http = true,
		.any_port = true,
		.allow_private = true,
		.hosts = (const char *const[]){ "127.0.0.1" },
		.n_hosts = 1 };
	fetch(net, request, plain(path), &a);
	assert_int_equal(NET_REFUSED, a.outcome);
	net_answer_clear(&a);
	assert_int_equal(1, came(net, "/echo/elsewhere"));
	net_free(net);
}

/* --- the gate, and names that change ------------------------------------------------------------------------------------------ */

static const struct net_gate outside = { .allow_http = true, .any_port = true };

static void
refused(struct net *net, const char *url)
{
	struct net_answer a;

	fetch(net, (struct net_request){ .gate = &outside, QUICK }, url, &a);
	if (a.outcome != NET_REFUSED)
		fail_msg("%s: %s", url, a.what);
	assert_int_equal(0, a.status);
	net_answer_clear(&a);
}

static void
test_a_name_with_a_private_address_is_refused(void **state)
{
	static const char *const answers[] = { "127.0.0.1", "10.0.0.1", "169.254.169.254", "::1",
		"fd00::1", "0.0.0.0", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
		"2002:7f00:1::", "8.8.8.8 127.0.0.1", "127.0.0.1 8.8.8.8",
		"2600::1 8.8.8.8 fe80::1" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct names names = { .answers = { answers[i] }, .n = 1 };
		struct net *net = net_with(&names);

		refused(net, url_of("receiver.test", standin.http, "/echo/private"));
		assert_int_equal(1, names.asked);
		assert_int_equal(0, came(net, "/echo/private"));
		net_free(net);
	}
}

static void
test_literal_private_addresses_are_refused(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]",
		"[::ffff:7f00:1]", "0.0.0.0" };
	struct net *net = net_with(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		refused(net, url_of(hosts[i], standin.http, "/echo/literal"));
	assert_int_equal(0, came(net, "/echo/literal"));
	net_free(net);
}

static void
test_rebinding(void **state)
{
	/* good when it is checked, this machine ever after: it is asked once a request, and what was checked is what is used */
	struct names names = { .answers = { "198.41.0.4", "127.0.0.1" }, .n = 2 };
	struct net *net = net_with(&names);
	struct net_answer a;

	(void)state;
	fetch(net, (struct net_request){ .gate = &outside, QUICK, .connect_us = TIME_SECOND / 4 },
	    url_of("receiver.test", standin.http, "/echo/rebound"), &a);
	assert_true(a.outcome == NET_NO_CONNECTION || a.outcome == NET_TIMEOUT);
	assert_int_equal(1, names.asked);
	net_answer_clear(&a);
	refused(net,
	    url_of("receiver.test", standin.http, "/echo/rebound")); /* the next try looks again */
	assert_int_equal(2, names.asked);
	assert_int_equal(0, came(net, "/echo/rebound"));
	net_free(net);
}

static void
test_pinned_names_reach_what_was_checked(void **state)
{
	/* a name that no resolver knows: only the addresses that were checked can have been used */
	struct names names = { .answers = { "127.0.0.1" }, .n = 1 };
	struct net_prefix also;
	struct net_gate gate = { .allow_http = true, .any_port = true, .also = &also, .n_also = 1 };
	struct net *net = net_with(&names);
	struct net_answer a;

	(void)state;
	assert_true(net_prefix_parse(SV("127.0.0.0/8"), &also));
	fetch(net, (struct net_request){ .gate = &gate },
	    url_of("receiver.test", standin.http, "/echo/pinned"), &a);
	assert_int_equal(200, a.status);
	assert_int_equal(1, names.asked);
	assert_int_equal(1, came(net, "/echo/pinned"));
	net_answer_clear(&a);
	net_free(net);
}

static void
test_bad_urls_are_errors(void **state)
{
	struct net *net = net_with(NULL);
	struct net_answer a;
	struct coord_error err;

	(void)state;
	assert_int_equal(COORD_EINVALID,
	    net_fetch(net, &(struct net_request){ .url = "http://2130706433/", .gate = &here }, &a,
		&err));
	assert_int_equal(COORD_EINVALID,
	    net_fetch(net, &(struct net_request){ .url = "file:///etc/passwd", .gate = &here }, &a,
		&err));
	net_free(net);
}

static void *
fetch_many(void *context)
{
	struct net_answer a;

	for (int i = 0; i < 20; i++) {
		fetch(context, (struct net_request){ 0 }, "http://127.0.0.1:1/", &a);
		net_answer_clear(&a);
	}
	return NULL;
}

static void
test_threads_share_one(void **state)
{
	struct net *net = net_with(NULL);
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(0, pthread_create(&threads[i], NULL, fetch_many, net));
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		(void)pthread_join(threads[i], NULL);
	net_free(net);
}

static void
test_talk(void **state)
{
	static const struct net_gate closed = { .any_port = true };
	static const struct {
		const char *host, *said;
		const struct net_gate *gate;
		size_t most;
		int64_t total_us;
		bool cancel;
		enum net_outcome outcome;
	} rows[] = {
		{ "127.0.0.1", "GET /status/200 HTTP/1.0\r\n\r\n", &here, 4096, 20 * TIME_SECOND,
		    false, NET_ANSWERED },
		{ "127.0.0.1", "GET /status/200 HTTP/1.0\r\n\r\n", &here, 10, 20 * TIME_SECOND,
		    false, NET_TOO_LARGE },
		{ "127.0.0.1", "GET /hang HTTP/1.0\r\n\r\n", &here, 4096, TIME_SECOND / 5, false,
		    NET_TIMEOUT },
		{ "127.0.0.1", "GET /status/200 HTTP/1.0\r\n\r\n", &here, 4096, 20 * TIME_SECOND,
		    true, NET_CANCELLED },
		{ "127.0.0.1", "GET /talk/refused HTTP/1.0\r\n\r\n", &closed, 4096,
		    20 * TIME_SECOND, false, NET_REFUSED },
		/* one address that is not allowed is enough */
		{ "inside.test", "GET /talk/refused HTTP/1.0\r\n\r\n", &closed, 4096,
		    20 * TIME_SECOND, false, NET_REFUSED },
		{ "nowhere.test", "x", &here, 4096, 20 * TIME_SECOND, false, NET_NO_NAME },
	};
	struct names names = { .answers = { "45.9.20.7 127.0.0.1" }, .n = 1 };
	struct net *net = net_with(&names);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const volatile bool cancel = rows[i].cancel;
		const struct net_talk talk = { .host = rows[i].host,
			.port = (uint16_t)standin.http,
			.text = sv_from(rows[i].said),
			.gate = rows[i].gate,
			.total_us = rows[i].total_us,
			.answer_most = rows[i].most,
			.cancel = &cancel };
		struct net_answer answer;
		struct coord_error err;

		assert_int_equal(net_talk(net, &talk, &answer, &err), COORD_OK);
		if (answer.outcome != rows[i].outcome)
			fail_msg("row %zu: %s", i, net_outcome_name(answer.outcome));
		if (answer.outcome == NET_ANSWERED)
			assert_true(sv_starts(buf_sv(&answer.body), SV("HTTP/1.1 200")));
		net_answer_clear(&answer);
	}
	net_free(net);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses_are_answers),
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_a_request_that_would_smuggle),
		cmocka_unit_test(test_ways_of_answering),
		cmocka_unit_test(test_large_answers_that_are_wanted),
		cmocka_unit_test(test_streaming),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_talk),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_no_connection_and_no_name),
		cmocka_unit_test(test_the_systems_resolver),
		cmocka_unit_test(test_tls),
		cmocka_unit_test(test_redirects),
		cmocka_unit_test(test_a_name_with_a_private_address_is_refused),
		cmocka_unit_test(test_literal_private_addresses_are_refused),
		cmocka_unit_test(test_rebinding),
		cmocka_unit_test(test_pinned_names_reach_what_was_checked),
		cmocka_unit_test(test_bad_urls_are_errors),
		cmocka_unit_test(test_threads_share_one),
	};
	int failed;

	if (argc < 2 || !standin_start(&standin, argv[1])) {
		(void)fprintf(stderr, "the stand-in did not start\n");
		return 1;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	standin_stop(&standin);
	return failed;
}
