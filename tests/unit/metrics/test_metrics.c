/* test_metrics.c - adding, from several threads and processes, and the exposition's lines. What Prometheus itself says of them is
 * test_exposition.py's business. */
#include "testing.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "metrics/metrics.h"

static struct metrics *metrics;
static struct buf text;

static int
start(void **state)
{
	struct coord_error err = { 0 };

	(void)state;
	if (metrics_open(-1, &metrics, &err) != COORD_OK)
		fail_msg("%s", err.what);
	text = BUF_INIT(1 << 22);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	metrics_close(metrics);
	buf_clear(&text);
	return 0;
}

/** Fails unless the exposition has this line, alone. */
static void
has_line(bool openmetrics, const char *line)
{
	struct buf wanted = BUF_INIT(1024);
	size_t at;

	buf_clear(&text);
	buf_add_char(&text, '\n');
	metrics_write(metrics, openmetrics, &text);
	assert_false(text.failed);
	buf_printf(&wanted, "\n%s\n", line);
	at = sv_find(buf_sv(&text), buf_sv(&wanted));
	if (at == SIZE_MAX)
		fail_msg("no line \"%s\" in\n%s", line, buf_cstr(&text));
	assert_false(sv_has(sv_skip(buf_sv(&text), at + 1), buf_sv(&wanted)));
	buf_clear(&wanted);
}

static void
has_not(const char *piece)
{
	buf_clear(&text);
	metrics_write(metrics, false, &text);
	assert_false(sv_has(buf_sv(&text), sv_from(piece)));
}

static void
test_zeros_at_start(void **state)
{
	(void)state;
	has_line(false, "coordination_jobs_total{outcome=\"dead\"} 0");
	has_line(false, "coordination_sessions_accepted_total 0");
	has_line(false, "coordination_queue_oldest_seconds 0");
	has_line(false, "coordination_analysis_duration_seconds_count{depth=\"deep\"} 0");
	has_line(false, "coordination_http_request_duration_seconds_bucket{route=\"bulk\",status="
			"\"5xx\",le=\"+Inf\"} 0");
	has_line(false, "coordination_build_info{version=\"" COORD_VERSION "\"} 1");
	has_not("outcome=\"other\"");
}

static void
test_counter_and_gauge(void **state)
{
	(void)state;
	metrics_add(metrics, METRIC_JOBS, "retried", NULL, 1);
	metrics_add(metrics, METRIC_JOBS, "retried", NULL, 2);
	metrics_add(metrics, METRIC_JOBS, "retried", NULL, -2); /* never falls */
	metrics_add(metrics, METRIC_JOBS, "retried", NULL, NAN);
	metrics_add(metrics, METRIC_HTTP_CONNECTIONS, NULL, NULL, 5);
	metrics_add(metrics, METRIC_HTTP_CONNECTIONS, NULL, NULL, -2);
	metrics_set(metrics, METRIC_QUEUE_OLDEST, NULL, NULL, 0.1);
	metrics_set(metrics, METRIC_QUEUE_DEPTH, "dead", NULL, 1e20);
	has_line(false, "coordination_jobs_total{outcome=\"retried\"} 3");
	has_line(false, "coordination_http_connections 3");
	has_line(false, "coordination_queue_oldest_seconds 0.1");
	has_line(false, "coordination_queue_depth{state=\"dead\"} 1e+20");
	assert_true(metrics_get(metrics, METRIC_JOBS, "retried", NULL) == 3);
	assert_true(metrics_get(metrics, METRIC_JOBS, "failed", NULL) == 0);
	assert_true(metrics_get(metrics, METRIC_QUEUE_OLDEST, NULL, NULL) == 0.1);
}

static void
test_histogram(void **state)
{
#define WAIT "coordination_queue_wait_seconds"
	static const double values[] = { 0.0009765625, 0.001953125, 0.5, 600, 601, 0, -1 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++)
		metrics_observe(metrics, METRIC_WAIT_SECONDS, "bulk", NULL, values[i]);
	metrics_observe(metrics, METRIC_WAIT_SECONDS, "bulk", NULL, NAN);
	metrics_observe(metrics, METRIC_WAIT_SECONDS, "bulk", NULL, INFINITY);
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"0.001\"} 3");
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"0.0025\"} 4");
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"0.25\"} 4");
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"0.5\"} 5"); /* inclusive */
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"600\"} 6");
	has_line(false, WAIT "_bucket{priority=\"bulk\",le=\"+Inf\"} 7");
	has_line(false, WAIT "_count{priority=\"bulk\"} 7");
	has_line(false, WAIT "_sum{priority=\"bulk\"} 1200.5029296875");
	has_line(false, WAIT "_count{priority=\"interactive\"} 0");
	has_line(true, WAIT "_bucket{priority=\"bulk\",le=\"600.0\"} 6");
	assert_true(metrics_get(metrics, METRIC_WAIT_SECONDS, "bulk", NULL) == 7);
}

static void
test_unlisted_values(void **state)
{
	(void)state;
	metrics_add(metrics, METRIC_JOBS, "no such outcome", NULL, 1);
	metrics_add(metrics, METRIC_JOBS, NULL, NULL, 1);
	metrics_observe(metrics, METRIC_HTTP_SECONDS, "/analyze/1", "2xx", 1);
	metrics_observe(metrics, METRIC_HTTP_SECONDS, "list", "7xx", 1);
	has_line(false, "coordination_jobs_total{outcome=\"other\"} 2");
	has_line(false,
	    "coordination_http_request_duration_seconds_count{route=\"other\",status=\"2xx\"} 1");
	has_line(false,
	    "coordination_http_request_duration_seconds_count{route=\"list\",status=\"other\"} 1");
	assert_true(metrics_get(metrics, METRIC_JOBS, "what", NULL) == 2);
}

static void
test_heads(void **state)
{
	(void)state;
	has_line(false, "# TYPE coordination_jobs_total counter");
	has_line(false, "# HELP coordination_jobs_total Attempts at analyses, by how they ended.");
	has_line(true, "# TYPE coordination_jobs counter");
	has_line(true, "# UNIT coordination_confidence_ratio ratio");
	has_line(true, "coordination_jobs_total{outcome=\"dead\"} 0");
	has_line(true, "# EOF");
	assert_true(sv_ends(buf_sv(&text), SV("\n# EOF\n")));
	has_not("# EOF");
}

static double
value_of(const char *name)
{
	struct buf wanted = BUF_INIT(100);
	struct sv rest;
	double value = -1;

	buf_clear(&text);
	metrics_write(metrics, false, &text);
	buf_printf(&wanted, "\n%s ", name);
	rest = sv_skip(buf_sv(&text), sv_find(buf_sv(&text), buf_sv(&wanted)) + wanted.len);
	assert_true(sv_to_f64(sv_cut(&rest, '\n'), &value));
	buf_clear(&wanted);
	return value;
}

static void
test_process(void **state)
{
	int fd = dup(STDERR_FILENO);
	double files = value_of("process_open_fds");

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_true(value_of("process_open_fds") == files - 1);
	assert_true(value_of("process_resident_memory_bytes") > 100000);
	assert_true(
	    value_of("process_virtual_memory_bytes") > value_of("process_resident_memory_bytes"));
	assert_true(value_of("process_threads") >= 1);
	assert_true(value_of("process_cpu_seconds_total") > 0);
	assert_true(value_of("process_max_fds") >= files);
	assert_in_range((uint64_t)value_of("process_start_time_seconds"), 1500000000, 4102444800);
}

enum { PROCESSES = 4, THREADS = 2, ROUNDS = 20000 };

static void *
add_many(void *into)
{
	for (int i = 0; i < ROUNDS; i++) {
		metrics_add(into, METRIC_ACCEPTED_SESSIONS, NULL, NULL, 0.5);
		metrics_observe(into, METRIC_CONFIDENCE, NULL, NULL, i % 2 == 0 ? 0.25 : 0.75);
	}
	return NULL;
}

/** A child knows the block by its descriptor only. */
static int
child(int fd)
{
	struct metrics *own = NULL;
	pthread_t threads[THREADS];

	if (metrics_open(fd, &own, NULL) != COORD_OK)
		return 1;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, add_many, own) != 0)
			return 2;
	for (int i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	metrics_close(own);
	return 0;
}

static void
test_processes_add_at_once(void **state)
{
	const double all = (double)PROCESSES * THREADS * ROUNDS;
	pid_t pids[PROCESSES];
	int status;

	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(child(metrics_fd(metrics)));
	}
	for (int i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_true(metrics_get(metrics, METRIC_ACCEPTED_SESSIONS, NULL, NULL) == all / 2);
	assert_true(metrics_get(metrics, METRIC_CONFIDENCE, NULL, NULL) == all);
	assert_true(value_of("coordination_confidence_ratio_sum") == all / 2);
}

static void
test_what_is_no_block(void **state)
{
	struct coord_error err = { 0 };
	struct metrics *other = NULL;
	int fd = memfd_create("other", 0);

	(void)state;
	assert_int_equal(metrics_open(fd, &other, &err), COORD_EINVALID);
	assert_string_equal(err.what, "metrics: what was handed on is no block of this program's");
	assert_int_equal(close(fd), 0);
	assert_int_equal(metrics_open(fd, &other, &err), COORD_EUNAVAIL);
	assert_null(other);
}

static void
test_without_metrics(void **state)
{
	(void)state;
	metrics_add(NULL, METRIC_JOBS, "dead", NULL, 1);
	metrics_set(NULL, METRIC_WORKERS, NULL, NULL, 1);
	metrics_observe(NULL, METRIC_CONFIDENCE, NULL, NULL, 1);
	assert_true(metrics_get(NULL, METRIC_JOBS, "dead", NULL) == 0);
	metrics_close(NULL);
}

static void
test_accept(void **state)
{
	static const struct {
		const char *accept;
		bool open;
	} rows[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/plain", false },
		{ "text/html,application/xhtml+xml,*/*;q=0.8", false },
		{ "application/openmetrics-text", true },
		{ "Application/OpenMetrics-Text; Version=1.0.0; charset=utf-8", true },
		{ "application/openmetrics-text;version=0.0.1", false },
		{ "application/openmetrics-text;q=0", false },
		{ "application/openmetrics-text;q=x", false },
		{ "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;"
		  "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		    true },
		{ "application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.3", false },
		{ "text/plain;q=0.3,application/openmetrics-text;version=\"1.0.0\";q=0.4", true },
		{ ",;=,;q", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (metrics_wants_openmetrics(sv_from(rows[i].accept)) != rows[i].open)
			fail_msg("%s", rows[i].accept);
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)
	const struct CMUnitTest tests[] = {
		TEST(test_zeros_at_start),
		TEST(test_counter_and_gauge),
		TEST(test_histogram),
		TEST(test_unlisted_values),
		TEST(test_heads),
		TEST(test_process),
		TEST(test_processes_add_at_once),
		TEST(test_what_is_no_block),
		TEST(test_without_metrics),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
