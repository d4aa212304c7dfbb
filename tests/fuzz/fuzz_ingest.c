/* fuzz_ingest.c - one reader on any bytes (FORMAT, or none: recognised by content, in whatever wrapper). Whatever comes
 * out is a table that holds its invariants; given the same input twice over, it is the same table;
 * written as normalised records and read back, it is the same table again. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static void
run(struct outcome *o, const char *format, const char *data, size_t len)
{
	struct ingest_options options = { .format = format,
		.from_us = TIME_NONE,
		.to_us = TIME_NONE,
		.threads = 1,
		.year = 2024,
		.line_max = 1 << 20,
		.items_max = 64 };
	uint64_t by_kind = 0;

	o->rc = ingest_memory(&options, "fuzz", data, len, false, &o->table, &o->report, NULL);
	assert(o->rc == COORD_OK || o->rc == COORD_ENODATA);
	for (unsigned i = 0; i < REFUSED_COUNT; i++)
		by_kind += o->report.refused_by_kind[i];
	assert(by_kind == o->report.refused);
	if (o->rc == COORD_OK)
		assert(session_table_check(&o->table) == NULL);
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

/** The same bytes twice: every record is there already. */
static void
check_repeated(const struct outcome *once, const char *data, size_t len)
{
	struct outcome twice;
	char *both = malloc(2 * len + 1);

	if (both == NULL)
		return;
	memcpy(both, data, len);
	both[len] = '\n';
	memcpy(both + len + 1, data, len);
	run(&twice, FORMAT, both, 2 * len + 1);
	if (twice.report.refused == 2 * once->report.refused &&
	    twice.report.records == 2 * once->report.records) {
		assert(twice.rc == once->rc);
		assert(once->rc != COORD_OK ||
		       memcmp(twice.table.input_sha256, once->table.input_sha256, 32) == 0);
	}
	clear(&twice);
	free(both);
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
