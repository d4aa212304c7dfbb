/* fuzz_readers.c - every reader on any bytes: read by content, then with each format forced. Whatever comes out is a table
 * that holds its invariants, and its rows can be written; what was refused is counted by kind. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "ingest/ingest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check_report(const struct ingest_report *report)
{
	uint64_t by_kind = 0;

	for (unsigned i = 0; i < REFUSED_COUNT; i++)
		by_kind += report->refused_by_kind[i];
	assert(by_kind == report->refused);
	assert(report->n_shown <= report->refused && report->n_shown <= INGEST_REFUSED_SHOWN);
}

static void
check_table(const struct session_table *table)
{
	struct buf out = BUF_INIT((size_t)64 << 20);

	assert(session_table_check(table) == NULL);
	for (uint32_t i = 0; i < table->n && i < 64; i++) {
		session_write_ndjson(table, i, &out);
		session_write_csv(table, i, &out);
	}
	assert(table->n == 0 || out.len > 0);
	buf_clear(&out);
}

static void
run(const char *format, const char *data, size_t len)
{
	struct ingest_options options = { .format = format,
		.from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.threads = 1,
		.year = 2024 };
	struct session_table table;
	struct ingest_report report;
	enum coord_err rc =
	    ingest_memory(&options, "fuzz", data, len, false, &table, &report, NULL);

	check_report(&report);
	if (rc == COORD_OK) {
		check_table(&table);
		session_table_free(&table);
	}
	assert(rc == COORD_OK || rc == COORD_ENODATA);
	ingest_report_clear(&report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *format;

	run(NULL, (const char *)data, len);
	for (size_t i = 0; (format = ingest_format_name(i, NULL)) != NULL; i++)
		run(format, (const char *)data, len);
	return 0;
}
