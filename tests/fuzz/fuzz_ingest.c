/* fuzz_ingest.c - one reader on any bytes (FORMAT, or none: recognised by content, in whatever wrapper). Whatever comes
 * out is a table that holds its invariants; with the same file named twice, it is the same table;
 * written as normalised records and read back, it is the same table again. */
#define _GNU_SOURCE /* memfd_create */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ingest/ingest.h"

#ifndef FORMAT
#define FORMAT NULL
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct outcome {
	enum coord_err rc;
	struct session_table table;
	struct ingest_report report;
};

static struct ingest_options
options_for(const char *format)
{
	return (struct ingest_options){ .format = format,
		.from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.threads = 1,
		.year = 2024,
		.line_max = 1 << 20,
		.items_max = 64 };
}

static void
check_outcome(const struct outcome *o)
{
	uint64_t by_kind = 0;

	assert(o->rc == COORD_OK || o->rc == COORD_ENODATA);
	for (unsigned i = 0; i < REFUSED_COUNT; i++)
		by_kind += o->report.refused_by_kind[i];
	assert(by_kind == o->report.refused);
	if (o->rc == COORD_OK)
		assert(session_table_check(&o->table) == NULL);
}

static void
run(struct outcome *o, const char *format, const char *data, size_t len)
{
	struct ingest_options options = options_for(format);

	o->rc = ingest_memory(&options, "fuzz", data, len, false, &o->table, &o->report, NULL);
	check_outcome(o);
}

static void
run_twice(struct outcome *o, const char *path)
{
	struct ingest_source sources[] = { { path, NULL }, { path, NULL } };
	struct ingest_options options = options_for(FORMAT);

	options.sources = sources;
	options.n_sources = 2;
	o->rc = ingest_run(&options, &o->table, &o->report, NULL);
	check_outcome(o);
}

static void
clear(struct outcome *o)
{
	if (o->rc == COORD_OK)
		session_table_free(&o->table);
	ingest_report_clear(&o->report);
}

static void
check_written(const struct session_table *table)
{
	struct buf out = BUF_INIT((size_t)256 << 20), csv = BUF_INIT((size_t)256 << 20);
	struct outcome again;

	for (uint32_t i = 0; i < table->n; i++) {
		session_write_ndjson(table, i, &out);
		session_write_csv(table, i, &csv);
	}
	assert(!out.failed && !csv.failed);
	run(&again, "session", out.data, out.len);
	assert(again.rc == COORD_OK && again.report.refused == 0);
	assert(memcmp(again.table.input_sha256, table->input_sha256, 32) == 0);
	clear(&again);
	buf_clear(&out);
	buf_clear(&csv);
}

/** The same file named twice: every record is there already. Two files and not one of double length, in which a
 * header would hold for the rows before it when they come again. */
static void
check_repeated(const struct outcome *once, const char *data, size_t len)
{
	struct outcome twice;
	int file = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];

	assert(file >= 0 && write(file, data, len) == (ssize_t)len);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	run_twice(&twice, path);
	if (twice.report.bytes == 2 * (uint64_t)len) { /* else a compressed one by chance */
		assert(twice.report.records == 2 * once->report.records);
		assert(twice.report.refused == 2 * once->report.refused);
		assert(twice.rc == once->rc);
		assert(memcmp(twice.table.input_sha256, once->table.input_sha256, 32) == 0);
	}
	clear(&twice);
	assert(close(file) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct outcome once;

	if (len > (1 << 18))
		return 0;
	run(&once, FORMAT, (const char *)data, len);
	if (once.rc == COORD_OK) {
		check_written(&once.table);
		check_repeated(&once, (const char *)data, len);
	}
	clear(&once);
	return 0;
}
