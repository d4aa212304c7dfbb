/* test_ingest.c - whole runs: the result is a function of the set of events, whatever the order, the files, the threads;
 * and options. */
#define _GNU_SOURCE /* nftw */
#include "reader_check.h"
#include "testing.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SESSIONS = 400, LINES_MOST = 8000 };

static const int64_t START = INT64_C(1577836800);

/* lines of several formats, some of them twice, with sessions that join */
struct corpus {
	char *lines[LINES_MOST];
	size_t n;
};

static void PRINTF_LIKE(2, 3) add_line(struct corpus *c, const char *format, ...)
{
	va_list args;
	char line[1024];

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	assert_true(c->n < LINES_MOST);
	c->lines[c->n] = strdup(line);
	assert_non_null(c->lines[c->n++]);
}

static void
add_event(struct corpus *c, const char *event, unsigned session, unsigned host, int64_t at_us,
    const char *more)
{
	char time[TIME_TEXT_MAX];

	time_format(at_us, false, time);
	add_line(c,
	    "{\"eventid\":\"cowrie.%s\",\"session\":\"%08x\",\"src_ip\":\"203.0.113.%u\","
	    "\"sensor\":\"s%u\","
	    "\"timestamp\":\"%s\"%s}",
	    event, session, host, session % 3, time, more);
}

static void
make_corpus(struct corpus *c)
{
	struct rng rng = rng_at(7, 1, 0, 0);

	c->n = 0;
	for (unsigned s = 0; s < SESSIONS; s++) {
		unsigned host = 1 + rng_below(&rng, 40), port = 1024 + rng_below(&rng, 60000);
		int64_t at = (START + rng_below(&rng, 86400 * 3)) * TIME_SECOND;
		char more[128];

		snprintf(more, sizeof(more),
		    ",\"src_port\":%u,\"dst_port\":2222,\"protocol\":\"ssh\"", port);
		add_event(c, "session.connect", s / 2, host, at, more);
		for (unsigned k = rng_below(&rng, 8); k > 0; k--) {
			snprintf(more, sizeof(more), ",\"username\":\"root\",\"password\":\"p%u\"",
			    rng_below(&rng, 9));
			add_event(c, "login.failed", s / 2, host,
			    at + (int64_t)rng_below(&rng, 9) * TIME_SECOND / 2, more);
		}
		add_event(
		    c, "command.input", s / 2, host, at + TIME_SECOND, ",\"input\":\"a 'b' c\"");
		add_event(
		    c, "command.failed", s / 2, host, at + TIME_SECOND, ",\"input\":\"a b c\"");
		add_event(
		    c, "session.closed", s / 2, host, at + 5 * TIME_SECOND, ",\"duration\":5.0");
		add_line(c,
		    "%lld pi kernel:[1.0]  DSHIELDINPUT IN=eth0 OUT= MAC= SRC=203.0.113.%u "
		    "DST=192.0.2.1 LEN=60 TTL=50 ID=1 PROTO=TCP SPT=%u DPT=%u WINDOW=64240 SYN ",
		    (long long)(at / TIME_SECOND), host, port + (s % 3 == 0),
		    s % 5 == 0 ? 23u : 22u);
		add_line(c,
		    "{\"_path\":\"conn\",\"ts\":%lld.25,\"uid\":\"C%u\",\"id.orig_h\":\"203.0.113.%"
		    "u\","
		    "\"id.orig_p\":%u,\"id.resp_h\":\"192.0.2.1\",\"id.resp_p\":22,\"proto\":"
		    "\"tcp\"}",
		    (long long)(at / TIME_SECOND), s, host, port);
		if (s % 4 == 0)
			add_line(c, "%s", c->lines[c->n - 1 - s % 3]);
	}
	add_line(c, "{\"source_ip\":\"203.0.113.1\",\"timestamp\":\"2020-01-01T00:00:00Z\","
		    "\"payload\":\"x\"}");
}

static void
clear_corpus(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->lines[i]);
}

static void
shuffle(struct corpus *c, uint64_t seed)
{
	struct rng rng = rng_at(seed, 2, 0, 0);

	for (size_t i = c->n - 1; i > 0; i--) {
		size_t j = rng_below64(&rng, i + 1);
		char *swap = c->lines[i];

		c->lines[i] = c->lines[j];
		c->lines[j] = swap;
	}
}

static char *
new_folder(void)
{
	char path[] = "/tmp/coord-ingest-XXXXXX";

	assert_non_null(mkdtemp(path));
	return strdup(path);
}

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_folder(char *folder)
{
	(void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
}

/** Lines [from, to) as one file; every third file is compressed. */
static void
write_part(const struct corpus *c, const char *folder, unsigned part, size_t from, size_t to)
{
	char path[256];
	gzFile out;

	snprintf(path, sizeof(path), "%s/part%02u", folder, part);
	out = gzopen(path, part % 3 == 0 ? "wb6" : "wbT");
	assert_non_null(out);
	for (size_t i = from; i < to; i++)
		assert_true(gzprintf(out, "%s\n", c->lines[i]) > 0);
	assert_int_equal(gzclose(out), Z_OK);
}

static struct reader_result
run_folder(const struct corpus *c, unsigned parts, unsigned threads)
{
	char *folder = new_folder();
	struct ingest_source source = { .path = folder };
	struct ingest_options options = { .sources = &source, .n_sources = 1, .threads = threads };
	struct reader_result r = { .rc = COORD_OK };

	for (unsigned part = 0; part < parts; part++)
		write_part(c, folder, part, c->n * part / parts, c->n * (part + 1) / parts);
	r.rc = ingest_run(&options, &r.table, &r.report, &r.err);
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.files, parts);
	assert_int_equal(r.report.refused, 0);
	assert_int_equal(r.report.records, c->n);
	remove_folder(folder);
	return r;
}

static void
order_files_and_threads_change_nothing(void **state)
{
	static struct corpus c;
	struct reader_result first;

	(void)state;
	make_corpus(&c);
	first = run_folder(&c, 1, 1);
	assert_null(session_table_check(&first.table));
	assert_true(first.report.joined > 100);
	assert_true(first.report.duplicates > 50);
	for (unsigned trial = 1; trial <= 6; trial++) {
		struct reader_result r;

		shuffle(&c, trial);
		r = run_folder(&c, 1 + trial * 3, 1 + trial % 3);
		assert_int_equal(r.table.n, first.table.n);
		assert_memory_equal(r.table.input_sha256, first.table.input_sha256, 32);
		assert_int_equal(r.report.joined, first.report.joined);
		assert_int_equal(r.report.duplicates, first.report.duplicates);
		reader_result_clear(&r);
	}
	reader_result_clear(&first);
	clear_corpus(&c);
}

/** A large plain file is read in parts; lines are numbered as if it were not. */
static void
a_large_file_is_one_file(void **state)
{
	static struct corpus c;
	char *folder = new_folder(), path[300];
	struct ingest_source source = { .path = path };
	struct ingest_options options = { .sources = &source, .n_sources = 1, .threads = 1 };
	struct reader_result one = { .rc = COORD_OK }, four = { .rc = COORD_OK };
	FILE *out;

	(void)state;
	make_corpus(&c);
	snprintf(path, sizeof(path), "%s/large", folder);
	out = fopen(path, "w");
	assert_non_null(out);
	for (unsigned again = 0; again < 40; again++) {
		for (size_t i = 0; i < c.n; i++)
			fprintf(out, "%s%s\n", c.lines[i], i == 100 ? "}" : "");
		fprintf(out, "bad line %u\n", again);
	}
	assert_int_equal(fclose(out), 0);
	one.rc = ingest_run(&options, &one.table, &one.report, &one.err);
	options.threads = 4;
	four.rc = ingest_run(&options, &four.table, &four.report, &four.err);
	assert_int_equal(one.rc, COORD_OK);
	assert_int_equal(four.rc, COORD_OK);
	assert_memory_equal(one.table.input_sha256, four.table.input_sha256, 32);
	assert_int_equal(four.report.files, 1);
	assert_int_equal(four.report.bytes, one.report.bytes);
	assert_int_equal(four.report.records, one.report.records);
	assert_int_equal(one.report.refused, 80);
	assert_int_equal(four.report.n_shown, one.report.n_shown);
	for (uint32_t i = 0; i < one.report.n_shown; i++)
		assert_int_equal(four.report.shown[i].error.line, one.report.shown[i].error.line);
	reader_result_clear(&one);
	reader_result_clear(&four);
	remove_folder(folder);
	clear_corpus(&c);
}

#define EVENT(id, time)                                                                \
	"{\"eventid\":\"cowrie.login.failed\",\"src_ip\":\"203.0.113.1\",\"session\":" \
	"\"" id "\",\"sensor\":\"x\",\"timestamp\":\"" time "\"}\n"

static struct reader_result
run_with(struct ingest_options options, struct sv text)
{
	struct reader_result r = { .rc = COORD_OK };

	r.rc = ingest_memory(
	    &options, "input", text.data, text.len, false, &r.table, &r.report, &r.err);
	return r;
}

static void
time_ranges(void **state)
{
	const struct sv text = SV(EVENT("a", "2020-01-01T00:00:00Z")
		EVENT("b", "2020-01-02T00:00:00Z") EVENT("c", "2020-01-03T00:00:00Z"));
	const int64_t second = (START + 86400) * TIME_SECOND;
	struct reader_result r;

	(void)state;
	r = run_with((struct ingest_options){ .from_us = second, .to_us = TIME_NONE }, text);
	assert_int_equal(r.table.n, 2);
	assert_int_equal(r.report.outside, 1);
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ .from_us = TIME_NONE, .to_us = second }, text);
	assert_int_equal(r.table.n, 1);
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ .from_us = second, .to_us = second + 1 }, text);
	assert_int_equal(r.table.n, 1);
	assert_sv_equal(session_text(&r.table, 0, TEXT_ID), "b");
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ .from_us = second + 1, .to_us = second + 2 }, text);
	assert_int_equal(r.rc, COORD_ENODATA);
	assert_int_equal(r.report.outside, 3);
	reader_result_clear(&r);
}

static void
forced_sensor_and_format(void **state)
{
	const struct sv text = SV(EVENT("a", "2020-01-01T00:00:00Z"));
	struct ingest_source source = { .path = "x", .sensor = "roof" };
	struct reader_result r;

	(void)state;
	r = run_with((struct ingest_options){ .sources = &source, .n_sources = 1 }, text);
	assert_sv_equal(session_text(&r.table, 0, TEXT_SENSOR), "roof");
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ .format = "firewall" }, text);
	assert_int_equal(r.rc, COORD_ENODATA);
	assert_int_equal(r.report.refused_by_kind[REFUSED_NOT_RECOGNISED], 1);
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ .format = "carrier-pigeon" }, text);
	assert_int_equal(r.rc, COORD_EINVALID);
	reader_result_clear(&r);
}

static void
nothing_to_read(void **state)
{
	struct ingest_source source = { .path = "/nonexistent/log" };
	struct ingest_options options = { .sources = &source, .n_sources = 1 };
	struct reader_result r = { .rc = COORD_OK };

	(void)state;
	r.rc = ingest_run(&options, &r.table, &r.report, &r.err);
	assert_int_equal(r.rc, COORD_EIO);
	assert_int_equal(r.report.refused_by_kind[REFUSED_UNREADABLE], 1);
	assert_string_equal(r.report.shown[0].file, "/nonexistent/log");
	reader_result_clear(&r);
	r = run_with((struct ingest_options){ 0 }, SV(""));
	assert_int_equal(r.rc, COORD_ENODATA);
	assert_int_equal(r.report.files, 1);
	reader_result_clear(&r);
}

/** The first hundred by file and line, all counted. */
static void
refusals_are_in_order(void **state)
{
	char *folder = new_folder();
	struct ingest_source source = { .path = folder };
	struct ingest_options options = { .sources = &source, .n_sources = 1, .threads = 2 };
	struct reader_result r = { .rc = COORD_OK };

	(void)state;
	for (unsigned f = 0; f < 5; f++) {
		char path[256];
		FILE *out;

		snprintf(path, sizeof(path), "%s/f%u", folder, f);
		out = fopen(path, "w");
		for (unsigned i = 0; i < 30; i++)
			fprintf(
			    out, "%s", i % 2 == 0 ? "{bad\n" : EVENT("a", "2020-01-01T00:00:00Z"));
		assert_int_equal(fclose(out), 0);
	}
	r.rc = ingest_run(&options, &r.table, &r.report, &r.err);
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.report.refused, 75);
	assert_int_equal(r.report.n_shown, 75);
	assert_int_equal(r.report.duplicates, 74);
	for (uint32_t i = 0; i < 75; i++) {
		assert_int_equal(r.report.shown[i].error.line, 1 + i % 15 * 2);
		assert_int_equal(r.report.shown[i].file[strlen(folder) + 2], '0' + (char)(i / 15));
	}
	reader_result_clear(&r);
	remove_folder(folder);
}

/** What was read of a truncated archive is analysed, and said to be truncated. */
static void
truncated_archive(void **state)
{
	char *folder = new_folder(), path[256];
	struct ingest_source source = { .path = path };
	struct ingest_options options = { .sources = &source, .n_sources = 1 };
	struct reader_result r = { .rc = COORD_OK };
	struct stat st;
	gzFile out;

	(void)state;
	snprintf(path, sizeof(path), "%s/log.gz", folder);
	out = gzopen(path, "wb");
	for (unsigned i = 0; i < 20000; i++)
		gzprintf(out,
		    "{\"eventid\":\"cowrie.login.failed\",\"src_ip\":\"203.0.113.1\",\"session\":"
		    "\"%u\","
		    "\"timestamp\":\"2020-01-01T00:00:00Z\",\"password\":\"%u\"}\n",
		    i, i * 2654435761u);
	assert_int_equal(gzclose(out), Z_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size / 2), 0);
	r.rc = ingest_run(&options, &r.table, &r.report, &r.err);
	assert_int_equal(r.rc, COORD_OK);
	assert_true(r.table.n > 5000 && r.table.n < 15000);
	assert_int_equal(r.report.refused_by_kind[REFUSED_TRUNCATED], 1);
	assert_true(r.report.refused <= 2); /* and the line at the cut */
	reader_result_clear(&r);
	remove_folder(folder);
}

static void
count_progress(void *context, const struct ingest_progress *at)
{
	assert_true(at->bytes <= at->bytes_total);
	assert_true(at->sessions <= at->records);
	++*(unsigned *)context;
}

static void
progress_is_told(void **state)
{
	unsigned told = 0;
	struct reader_result r = run_with(
	    (struct ingest_options){ .progress = count_progress, .progress_context = &told },
	    SV(EVENT("a", "2020-01-01T00:00:00Z")));

	(void)state;
	assert_true(told > 0);
	reader_result_clear(&r);
}

static void
readers_have_names(void **state)
{
	const char *title = NULL, *name;
	size_t n = 0;

	(void)state;
	for (; (name = ingest_format_name(n, &title)) != NULL; n++) {
		assert_true(strlen(name) > 0 && strlen(title) > 0);
		for (size_t j = 0; j < n; j++)
			assert_string_not_equal(name, ingest_format_name(j, NULL));
	}
	assert_true(n >= 3);
	assert_string_equal(ingest_format_name(0, NULL), "cowrie");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_files_and_threads_change_nothing),
		cmocka_unit_test(a_large_file_is_one_file),
		cmocka_unit_test(time_ranges),
		cmocka_unit_test(forced_sensor_and_format),
		cmocka_unit_test(nothing_to_read),
		cmocka_unit_test(refusals_are_in_order),
		cmocka_unit_test(truncated_archive),
		cmocka_unit_test(progress_is_told),
		cmocka_unit_test(readers_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
