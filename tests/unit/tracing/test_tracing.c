/* test_tracing.c - spans on their way to a collector that answers as it likes. */
#include "testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracing/tracing.h"

#define LONG_US (120 * TIME_SECOND)

/* --- a collector ----------------------------------------------------------------------------------------------------- */

enum { ANSWERS_MOST = 4, REQUEST_MOST = 4 << 20 };

/** Answers one request after another with what is listed, the last one again and again; keeps the bodies. */
static struct {
	int fd, port;
	pthread_t thread;
	const char *answers[ANSWERS_MOST];
	size_t n;
	char *bodies[16];
	char heads[16][1024];
	size_t served;
} collector;

static size_t
read_request(int fd, char *into)
{
	size_t len = 0, want = SIZE_MAX;

	while (len < want && len < REQUEST_MOST - 1) {
		ssize_t n = read(fd, into + len, REQUEST_MOST - 1 - len);
		const char *end, *length;

		if (n <= 0)
			break;
		len += (size_t)n;
		into[len] = '\0';
		end = strstr(into, "\r\n\r\n");
		length = strstr(into, "Content-Length: ");
		if (end != NULL && length != NULL)
			want = (size_t)(end + 4 - into) + strtoul(length + 16, NULL, 10);
	}
	return len;
}

static void *
serve(void *unused)
{
	char *request = malloc(REQUEST_MOST);

	(void)unused;
	for (;;) {
		int fd = accept(collector.fd, NULL, NULL);
		const char *answer, *body;

		if (fd < 0)
			break;
		if (read_request(fd, request) > 0 &&
		    collector.served < COUNT_OF(collector.bodies)) {
			size_t at =
			    collector.served < collector.n ? collector.served : collector.n - 1;

			body = strstr(request, "\r\n\r\n");
			collector.bodies[collector.served] = strdup(body == NULL ? "" : body + 4);
			(void)snprintf(collector.heads[collector.served],
			    sizeof(collector.heads[0]), "%s", request);
			answer = collector.answers[at];
			(void)__atomic_add_fetch(&collector.served, 1, __ATOMIC_SEQ_CST);
			(void)!write(fd, answer, strlen(answer));
		}
		(void)shutdown(fd, SHUT_WR);
		while (read(fd, request, REQUEST_MOST) > 0)
			continue;
		(void)close(fd);
	}
	free(request);
	return NULL;
}

#define ANSWER(status, more, body)                          \
	"HTTP/1.1 " status "\r\nConnection: close\r\n" more \
	"Content-Type: application/json\r\n\r\n" body

static void
collector_start(const char *const *answers, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	memset(&collector, 0, sizeof(collector));
	memcpy(collector.answers, answers, n * sizeof(*answers));
	collector.n = n;
	collector.fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(collector.fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(collector.fd, 16), 0);
	assert_int_equal(getsockname(collector.fd, (struct sockaddr *)&at, &len), 0);
	collector.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&collector.thread, NULL, serve, NULL), 0);
}

static void
collector_stop(void)
{
	(void)shutdown(collector.fd, SHUT_RDWR);
	assert_int_equal(pthread_join(collector.thread, NULL), 0);
	assert_int_equal(close(collector.fd), 0);
	for (size_t i = 0; i < collector.served; i++)
		free(collector.bodies[i]);
}

/* --- what is sent ---------------------------------------------------------------------------------------------------- */

static struct net *net;

static struct tracing *
opened(const char *path)
{
	struct tracing *tracing = NULL;
	struct coord_error err = { 0 };
	char endpoint[128];

	(void)snprintf(endpoint, sizeof(endpoint), "http://127.0.0.1:%d%s", collector.port, path);
	if (tracing_open(endpoint, "serve", net, &tracing, &err) != COORD_OK)
		fail_msg("%s", err.what);
	assert_non_null(tracing);
	return tracing;
}

static void
record(struct tracing *tracing, const char *name)
{
	struct tracing_span span;

	tracing_begin(NULL, name, SPAN_INTERNAL, 1, &span);
	tracing_end(tracing, &span, 2, false);
}

static void
wait_for_served(size_t n)
{
	while (__atomic_load_n(&collector.served, __ATOMIC_SEQ_CST) < n)
		(void)usleep(2000);
}

static struct sv
text_of(struct json_value object, const char *key)
{
	struct sv text = SV("(none)");

	(void)json_string(json_get(object, sv_from(key)), &text);
	return text;
}

static struct json_value
first_of(struct json_value object, const char *key)
{
	struct json_iter iter = json_each(json_get(object, sv_from(key)));
	struct json_value value = JSON_MISSING;

	assert_true(json_next(&iter, &value));
	return value;
}

static void
test_form(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "{}") };
	struct json_parser *parser = json_parser_new(1 << 20, 32);
	struct tracing_span span, child;
	struct trace_context parent = { .flags = TRACE_SAMPLED };
	struct json_value root, spans, first, second, attribute;
	struct json_iter iter;
	struct tracing *tracing;
	char hex[33];
	int64_t kind = 0, code = 0;

	(void)state;
	collector_start(answers, 1);
	tracing = opened("/");
	memset(parent.trace, 0x5b, sizeof(parent.trace));
	memset(parent.span, 0xee, sizeof(parent.span));
	tracing_begin(&parent, "POST /analyze/coordination", SPAN_SERVER, 1767571200000000, &span);
	tracing_number(&span, "http.response.status_code", 202);
	tracing_text(&span, "http.route", SV("/analyze/coordination"));
	tracing_text(&span, "empty", SV(""));
	tracing_begin(&span.context, "store", SPAN_CLIENT, 1767571200500000, &child);
	tracing_end(tracing, &child, 1767571200400000, true); /* a clock that was turned back */
	tracing_end(tracing, &span, 1767571201000000, false);
	tracing_close(tracing, LONG_US);
	assert_int_equal(collector.served, 1);
	assert_true(sv_starts(sv_from(collector.heads[0]), SV("POST /v1/traces HTTP/1.1\r\n")));
	assert_non_null(strstr(collector.heads[0], "Content-Type: application/json\r\n"));
	assert_int_equal(json_parse(parser, collector.bodies[0], strlen(collector.bodies[0]), false,
			     &root, NULL),
	    COORD_OK);
	root = first_of(root, "resourceSpans");
	attribute = first_of(json_get(root, SV("resource")), "attributes");
	assert_sv_equal(text_of(attribute, "key"), "service.name");
	assert_sv_equal(text_of(json_get(attribute, SV("value")), "stringValue"), "coord");
	spans = json_get(first_of(root, "scopeSpans"), SV("spans"));
	assert_int_equal(json_count(spans), 2);
	iter = json_each(spans);
	assert_true(json_next(&iter, &first));
	assert_true(json_next(&iter, &second));
	assert_sv_equal(text_of(first, "name"), "store");
	assert_sv_equal(text_of(first, "startTimeUnixNano"), "1767571200500000000");
	assert_sv_equal(text_of(first, "endTimeUnixNano"), "1767571200500000000");
	assert_true(
	    json_i64(json_get(json_get(first, SV("status")), SV("code")), &code) && code == 2);
	assert_true(sv_eq(text_of(first, "parentSpanId"), text_of(second, "spanId")));
	assert_sv_equal(text_of(second, "traceId"), "5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b");
	assert_sv_equal(text_of(second, "parentSpanId"), "eeeeeeeeeeeeeeee");
	assert_true(json_i64(json_get(second, SV("kind")), &kind) && kind == 2);
	hex_of(span.context.span, 8, hex);
	assert_true(sv_eq(text_of(second, "spanId"), sv_from(hex)));
	assert_int_equal(json_count(json_get(second, SV("attributes"))), 2);
	attribute = first_of(second, "attributes");
	assert_sv_equal(text_of(attribute, "key"), "http.response.status_code");
	assert_sv_equal(text_of(json_get(attribute, SV("value")), "intValue"), "202");
	json_parser_free(parser);
	collector_stop();
}

static void
test_path_is_not_added_twice(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "") };
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 1);
	tracing = opened("/otlp/v1/traces");
	record(tracing, "a");
	tracing_close(tracing, LONG_US);
	assert_true(
	    sv_starts(sv_from(collector.heads[0]), SV("POST /otlp/v1/traces HTTP/1.1\r\n")));
	collector_stop();
}

static void
test_tried_again(void **state)
{
	static const char *const answers[] = {
		ANSWER("503 Service Unavailable", "Retry-After: 1\r\n", ""),
		ANSWER("429 Too Many Requests", "", ""),
		ANSWER("200 OK", "",
		    "{\"partialSuccess\":{\"rejectedSpans\":\"1\",\"errorMessage\":\"x\"}}"),
	};
	struct tracing_counts counts;
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 3);
	tracing = opened("");
	record(tracing, "a");
	record(tracing, "b");
	wait_for_served(3);
	do
		counts = tracing_counts(tracing);
	while (counts.sent == 0);
	assert_int_equal(counts.recorded, 2);
	assert_int_equal(counts.sent, 2);
	assert_int_equal(counts.rejected, 1);
	assert_int_equal(counts.dropped, 0);
	assert_string_equal(collector.bodies[0], collector.bodies[1]);
	assert_string_equal(collector.bodies[1], collector.bodies[2]);
	tracing_close(tracing, LONG_US);
	assert_int_equal(collector.served, 3); /* a partial success is not sent again */
	collector_stop();
}

static void
test_refused(void **state)
{
	static const char *const answers[] = { ANSWER("400 Bad Request", "", ""),
		ANSWER("200 OK", "", "no JSON") };
	struct tracing_counts counts;
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 2);
	tracing = opened("");
	record(tracing, "a");
	do
		counts = tracing_counts(tracing);
	while (counts.dropped == 0);
	record(tracing, "b");
	do
		counts = tracing_counts(tracing);
	while (counts.sent == 0);
	assert_int_equal(counts.dropped, 1);
	assert_int_equal(counts.sent, 1);
	assert_int_equal(counts.rejected, 0);
	assert_int_equal(collector.served, 2);
	assert_null(strstr(collector.bodies[1], "\"a\""));
	tracing_close(tracing, LONG_US);
	collector_stop();
}

/** Nobody listens: recording goes on, the ring keeps the newest, closing does not wait beyond its deadline. */
static void
test_away(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "") };
	struct tracing_counts counts;
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 1);
	collector_stop();
	tracing = opened("");
	for (int i = 0; i < 10000; i++)
		record(tracing, "a");
	counts = tracing_counts(tracing);
	assert_int_equal(counts.recorded, 10000);
	assert_int_equal(counts.sent, 0);
	assert_true(counts.dropped >= 10000 - 4096 - 512);
	tracing_close(tracing, 0);
}

static void
test_batches(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "{}") };
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 1);
	tracing = opened("");
	for (int i = 0; i < 1200; i++)
		record(tracing, "a");
	tracing_close(tracing, LONG_US);
	assert_int_equal(collector.served, 3);
	collector_stop();
}

/** Processes record into one ring, which the one that opened it sends; one of them is killed in the middle of it. */
static void
test_processes(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "{}") };
	struct tracing *tracing, *own = NULL;
	struct tracing_counts counts;
	int status;
	pid_t pids[3];

	(void)state;
	collector_start(answers, 1);
	tracing = opened("");
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0) {
			if (tracing_attach(tracing_fd(tracing), &own, NULL) != COORD_OK)
				_exit(1);
			for (int n = 0; n < 100 || i == 2; n++)
				record(own, "child");
			tracing_close(own, LONG_US);
			_exit(0);
		}
	}
	do
		counts = tracing_counts(tracing);
	while (counts.recorded < 300);
	assert_int_equal(kill(pids[2], SIGKILL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, i == 2 ? SIGKILL : 0);
	}
	record(tracing, "own");
	wait_for_served(1);
	tracing_close(tracing, LONG_US);
	assert_non_null(strstr(collector.bodies[0], "\"child\""));
	collector_stop();
}

static void
test_no_ring(void **state)
{
	struct tracing *own = NULL;

	(void)state;
	assert_int_equal(tracing_attach(STDERR_FILENO, &own, NULL), COORD_EINVALID);
	assert_int_equal(tracing_attach(-1, &own, NULL), COORD_EINVALID);
	assert_int_equal(tracing_fd(NULL), -1);
	assert_null(own);
}

static void
test_not_sampled(void **state)
{
	static const char *const answers[] = { ANSWER("200 OK", "", "{}") };
	struct trace_context parent = { .trace = { 1 }, .span = { 1 }, .flags = 0 };
	struct tracing_span span;
	struct tracing *tracing;

	(void)state;
	collector_start(answers, 1);
	tracing = opened("");
	tracing_begin(&parent, "a", SPAN_INTERNAL, 1, &span);
	tracing_end(tracing, &span, 2, false);
	assert_int_equal(tracing_counts(tracing).recorded, 0);
	tracing_close(tracing, LONG_US);
	assert_int_equal(collector.served, 0);
	collector_stop();
}

static void
test_off(void **state)
{
	struct tracing *tracing = (struct tracing *)1;
	struct tracing_span span;
	struct coord_error err;

	(void)state;
	assert_int_equal(tracing_open("", "serve", net, &tracing, &err), COORD_OK);
	assert_null(tracing);
	tracing_begin(NULL, "a", SPAN_INTERNAL, 1, &span);
	assert_int_equal(span.context.flags, TRACE_SAMPLED);
	for (int i = 0; i < 20; i++)
		tracing_number(&span, "n", i); /* the seventh is left out */
	assert_int_equal(
	    span.attributes[SPAN_ATTRIBUTES_MOST - 1].number, SPAN_ATTRIBUTES_MOST - 1);
	tracing_end(NULL, &span, 2, false);
	assert_int_equal(tracing_counts(NULL).recorded, 0);
	tracing_close(NULL, 1);
}

static void
test_bad_endpoint(void **state)
{
	static const char *const rows[] = { "localhost", "ftp://h", "http://u:hunter2@h",
		"http://" };
	struct tracing *tracing = NULL;
	char large[700] = "http://";

	(void)state;
	memset(large + 7, 'a', 600);
	assert_int_equal(tracing_open(large, "serve", net, &tracing, NULL), COORD_EINVALID);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct coord_error err = { 0 };

		assert_int_equal(
		    tracing_open(rows[i], "serve", net, &tracing, &err), COORD_EINVALID);
		assert_null(strstr(err.what, "hunter2"));
		assert_null(tracing);
	}
}

static int
start(void **state)
{
	(void)state;
	return net_new(&(struct net_options){ 0 }, &net, NULL) == COORD_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	net_free(net);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_path_is_not_added_twice),
		cmocka_unit_test(test_tried_again),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_batches),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_no_ring),
		cmocka_unit_test(test_not_sampled),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_bad_endpoint),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
