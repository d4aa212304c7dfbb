/* ingest.h - from honeypot logs of any known format to a canonical session table.
 *
 *   files, directories, globs, stdin (.gz, .zst or plain)  ->  records (JSON documents or text lines)  ->  the reader
 *   that recognises the record  ->  events  ->  sessions folded from events  ->  rows of several logs that describe one
 *   connection joined  ->  session table.
 * A bad record is reported (first 100) and counted by kind; the rest is analysed. */
#ifndef COORD_INGEST_H
#define COORD_INGEST_H

#include "session/session.h"

enum { INGEST_REFUSED_SHOWN = 100 };

struct ingest_source {
	const char *path;   /* file, directory, glob pattern, or "-" for standard input */
	const char *sensor; /* name forced on its records, or NULL */
};

struct ingest_progress {
	uint64_t bytes, bytes_total; /* of the files as stored (compressed); total 0 when unknown */
	uint64_t records, sessions;  /* sessions: those whose start was read */
};

struct ingest_options {
	const struct ingest_source *sources;
	size_t n_sources;
	const char *format;     /* reader name, or NULL: recognised by content */
	int64_t from_us, to_us; /* sessions that start in [from, to); TIME_NONE: open */
	int year; /* for year-less syslog; 0: the year of the file's name, else of its time stamp (mtime) */
	int64_t zone_offset_us; /* of times without a zone; 0 = UTC */
	unsigned threads;       /* 0: all cores */
	uint64_t
	    line_max; /* bytes; 0: 16 MiB; longer lines are refused as "too_long" and skipped */
	uint32_t items_max; /* items kept a session; 0: 4096; the earliest are kept */
	void (*progress)(void *context,
	    const struct ingest_progress *at); /* called a few times a second, or NULL */
	void *progress_context;
};

/** Why records were refused: the counters' names. */
/* clang-format off */
#define INGEST_REFUSALS(X)                                                                         \
	X(NOT_JSON, "not_json") X(NOT_RECOGNISED, "not_recognised") X(FIELD_MISSING, "field_missing") \
	X(FIELD_INVALID, "field_invalid") X(TIME_INVALID, "time_invalid") X(TOO_LONG, "too_long")  \
	X(TOO_DEEP, "too_deep") X(BINARY, "binary") X(TRUNCATED, "truncated") X(UNREADABLE, "unreadable")
/* clang-format on */

enum ingest_refusal {
#define INGEST_REFUSAL_ENUM(name, text) REFUSED_##name,
	INGEST_REFUSALS(INGEST_REFUSAL_ENUM)
#undef INGEST_REFUSAL_ENUM
	    REFUSED_COUNT
};

struct ingest_refused {
	char *file; /* display name */
	enum ingest_refusal kind;
	struct coord_error error; /* line, byte, "field: expected ..., got ..." */
};

struct ingest_format_count {
	const char *format; /* reader name */
	uint64_t records, sessions;
};

struct ingest_report {
	uint64_t files, bytes_stored, bytes, records, events, sessions;
	uint64_t duplicates; /* records dropped because an equal one was seen */
	uint64_t joined;     /* rows of several logs joined into one session */
	uint64_t outside;    /* sessions outside the time range */
	uint64_t ignored;    /* records that are no attack activity (enrichment, stats, comments) */
	uint64_t refused, refused_by_kind[REFUSED_COUNT];
	struct ingest_refused shown[INGEST_REFUSED_SHOWN]; /* ordered by file, line */
	uint32_t n_shown;
	struct ingest_format_count formats[24];
	uint32_t n_formats;
	char notes
	    [4]
	    [200]; /* assumptions made: "year 2022 taken from the file's time stamp"; "" = none */
};

/** Reads everything. COORD_OK also when records were refused (see *report); COORD_ENODATA when not one session
 *  came out; COORD_EIO when no source could be opened; COORD_EINVALID for an unknown format. *ret and *report are the
 *  caller's to release (session_table_free, ingest_report_clear), *report even on failure. */
MUST_CHECK enum coord_err ingest_run(const struct ingest_options *options,
    struct session_table *ret, struct ingest_report *report, struct coord_error *err);
/** The same from memory: one buffer as if it were a file called `name`. For tests, fuzzing, benchmarks and the API.
 *  `padded`: JSON_PADDING bytes behind it are readable. */
MUST_CHECK enum coord_err ingest_memory(const struct ingest_options *options, const char *name,
    const char *data, size_t len, bool padded, struct session_table *ret,
    struct ingest_report *report, struct coord_error *err);
void ingest_report_clear(struct ingest_report *report);

const char *ingest_refusal_name(enum ingest_refusal kind);
/** The table of readers, for help texts: name and title of reader i, NULL behind the last. */
const char *ingest_format_name(size_t i, const char **title);

#endif
