/* real.h - tables of the real logs for tests: found by COORD_DATA or beside the repository, else the test says that it is
 * skipped. */
#ifndef COORD_TESTS_SUPPORT_REAL_H
#define COORD_TESTS_SUPPORT_REAL_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ingest/ingest.h"

/** Reads a set ("cowrie-2018", or a directory in one). False, with a reason printed, when it is not there; the test fails
 *  when it is there and cannot be read. Release with session_table_free. */
static inline bool
real_load(const char *set, struct session_table *table)
{
	static const char *const roots[] = { NULL, "../shared/data", "../../shared/data",
		"../../../shared/data", "../../../../shared/data" };
	struct ingest_report report;
	struct coord_error err;
	char path[512];

	for (size_t i = 0; i < COUNT_OF(roots); i++) {
		const char *root = i == 0 ? getenv("COORD_DATA") : roots[i];
		struct ingest_source source = { .path = path };
		struct ingest_options options = {
			.sources = &source, .n_sources = 1, .from_us = TIME_NONE, .to_us = TIME_NONE
		};
		enum coord_err got;

		if (root == NULL || snprintf(path, sizeof(path), "%s/%s", root, set) < 0 ||
		    access(path, R_OK) != 0)
			continue;
		got = ingest_run(&options, table, &report, &err);
		ingest_report_clear(&report);
		assert_int_equal(got, COORD_OK);
		return true;
	}
	print_message("skipped: no %s (set COORD_DATA to the directory of real logs)\n", set);
	return false;
}

#endif
