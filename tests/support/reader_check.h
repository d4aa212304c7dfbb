/* reader_check.h - tests of readers: input as text, sessions as text, refusals as tables. */
#ifndef COORD_TESTS_SUPPORT_READER_CHECK_H
#define COORD_TESTS_SUPPORT_READER_CHECK_H

#include "ingest/ingest.h"

/** What came of reading one text; release with reader_result_clear. */
struct reader_result {
	enum coord_err rc;
	struct session_table table; /* empty unless rc is COORD_OK */
	struct ingest_report report;
	struct coord_error err;
};

/** `format`: reader name or NULL (by content). `name`: of the file; its year serves year-less times. */
struct reader_result reader_run(const char *format, const char *name, struct sv input);
void reader_result_clear(struct reader_result *result);

/** Reads the sample tests/data/<format>/<file> by content, and fails unless its sessions, written as below, are what
 *  <file>.sessions holds beside it (COORD_UPDATE=1 in the environment writes that file anew):
 *
 *    2025-07-28T10:00:00Z 203.0.113.7:47822 > 192.0.2.10:22/tcp ssh service=ssh id=8599dd602207 sensor=pi1 dur=12.4 closed
 *      banner=SSH-2.0-Go
 *      credential root | 123456 success
 *
 *  Absent parts are left out. Fails too when the table breaks an invariant, when anything was refused, or when not
 *  all records went to reader `format`. */
void reader_check_sample(const char *format, const char *file);
/** The same sample again with the format forced: the same sessions. */
void reader_check_forced(const char *format, const char *file);

struct reader_bad {
	const char *input; /* one or more lines, the last of them bad */
	enum ingest_refusal kind;
	const char *what; /* the refusal's text, without the reader's name before it */
};

/** Every input must be refused once, with that kind and text, by the reader `format` (forced when `forced`). */
void reader_check_refusals(
    const char *format, bool forced, const char *name, const struct reader_bad *bad, size_t n);

/** Real logs: path of a file or folder in the real data, or NULL after printing why the test is skipped. `ret` holds
 *  it. */
const char *reader_real_path(const char *relative, char ret[4096]);
/** Reads one path of the real data. */
struct reader_result reader_run_path(const char *path);
/** Number of distinct sources, and of distinct texts of one kind. */
size_t reader_count_sources(const struct session_table *table);
size_t reader_count_texts(const struct session_table *table, enum session_text which);

#endif
