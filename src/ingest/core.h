/* core.h - one run of ingest: files, workers, and one file being read (private to ingest/). */
#ifndef COORD_INGEST_CORE_H
#define COORD_INGEST_CORE_H

#include <stdatomic.h>

#include "ingest/events.h"
#include "ingest/source.h"

enum { READERS_MOST = 24 };

/** A file to be read, and afterwards what happened to it. One thread at a time. */
struct ingest_file {
	char *path;         /* as displayed; "-": standard input */
	const char *sensor; /* forced, or NULL */
	int year;           /* for year-less times; 0: not known before the file was opened */
	const char *year_from;
	uint64_t size; /* as stored, 0 when not known */
	/* a large file of JSON lines is read in parts: the lines that begin in [from, to) */
	bool is_part;
	uint64_t from, to;
	uint64_t lines; /* of this part */
	uint64_t bytes_stored, bytes, records, events, ignored, refused, repaired;
	uint64_t refused_by_kind[REFUSED_COUNT];
	uint64_t records_by_reader[READERS_MOST];
	struct ingest_refused *shown; /* the first INGEST_REFUSED_SHOWN of this file */
	uint32_t n_shown, shown_cap;
	bool year_used, zone_assumed, opened;
};

struct file_list {
	struct ingest_file *files;
	size_t n, cap;
};

/** Files, directories and globs as one list, ordered by path. A path that leads nowhere stays in it. */
MUST_CHECK enum coord_err file_list_fill(
    struct file_list *list, const struct ingest_options *options, struct coord_error *err);
MUST_CHECK enum coord_err file_list_add(struct file_list *list, const char *path,
    const char *sensor, uint64_t size, struct coord_error *err);
void file_list_clear(struct file_list *list);
/** Cuts large files of JSON lines into parts, for several threads. */
MUST_CHECK enum coord_err file_list_cut(
    struct file_list *list, unsigned threads, struct coord_error *err);
/** The year of year-less times: the option's, the file name's ("ufw.log.2022-05-07"), else the time stamp's. */
void file_find_year(struct ingest_file *file, const struct ingest_options *options);

/** Shared by all workers. */
struct ingest_shared {
	const struct ingest_options *options;
	const struct reader *forced;
	uint64_t line_max, bytes_total;
	atomic_uint_fast64_t bytes, records, sessions;
	atomic_bool stop;
	atomic_int_fast64_t progress_ms; /* when progress was last told */
};

/** One worker's side of the file being read. */
struct reader_ctx {
	struct ingest_shared *shared;
	struct ingest_file *file;
	struct event_log *log;
	struct arena *scratch;
	struct json_parser *parser;
	char (*memo)[READER_MEMO]; /* one a reader */
	struct buf repaired;
	uint64_t line; /* of the record, 1-based */
	int reader;    /* of the record; -1: none yet */
	int last_text; /* reader of the last text line, -1: none */
	bool ignored, refused;
	struct coord_error fatal;
};

/** One line (without newline, JSON_PADDING readable bytes behind it) or one JSON document. Refusals are counted; other
 *  errors are in ctx->fatal. */
MUST_CHECK enum coord_err record_line(struct reader_ctx *ctx, struct sv line);
/** Reads all of a source. */
MUST_CHECK enum coord_err split_source(struct reader_ctx *ctx, struct source *source);

void refuse(struct reader_ctx *ctx, enum ingest_refusal kind, uint64_t line, uint64_t byte,
    const char *format, ...) PRINTF_LIKE(5, 6);
/** Gathers what happened to all files. */
MUST_CHECK enum coord_err report_gather(struct ingest_report *report, struct file_list *list,
    const struct ingest_options *options, struct coord_error *err);

/** The table of readers. */
size_t reader_count(void);
const struct reader *reader_at(size_t i);
/** -1: no such reader. */
int reader_find(const char *name);

#endif
