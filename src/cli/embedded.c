/* embedded.c - see embedded.h. */
#include "cli/embedded.h"

#include "ingest/ingest.h"

enum coord_err
embedded_read(
    struct sv ndjson, unsigned threads, struct session_table *ret, struct coord_error *err)
{
	struct ingest_options options = {
		.format = "session", .from_us = TIME_NONE, .to_us = TIME_NONE, .threads = threads
	};
	struct ingest_report report;
	enum coord_err rc =
	    ingest_memory(&options, "sessions", ndjson.data, ndjson.len, false, ret, &report, err);

	if (rc == COORD_OK && report.refused > 0) {
		session_table_free(ret);
		rc = error_set(err, COORD_EPARSE, "session %llu of those in the document: %s",
		    report.n_shown > 0 ? (unsigned long long)report.shown[0].error.line : 0,
		    report.n_shown > 0 ? report.shown[0].error.what : "refused");
	}
	ingest_report_clear(&report);
	return rc;
}
