/* split.h - the state of cutting a stream into records (private to ingest/). */
#ifndef COORD_INGEST_SPLIT_H
#define COORD_INGEST_SPLIT_H

#include "ingest/core.h"
#include "ingest/text.h"

struct splitter {
	char *block; /* cap bytes and JSON_PADDING behind them */
	size_t cap, len;
	size_t at;                    /* first byte not yet consumed */
	uint64_t line;                /* lines consumed */
	uint64_t told, told_connects; /* records and connects told to progress */
	bool skipping;                /* in a record too long to keep */
	bool documents;
	struct coord_error read_error;
	/* documents only */
	size_t scan; /* first byte not yet scanned, at or behind `at` */
	unsigned depth;
	int64_t records_at; /* records are the objects opened at this depth; -1: behind the hits */
	bool in_string, escaped, in_record, scalar;
	bool string_kept; /* string_at is still in the block */
	size_t string_at;
	bool hits[2]; /* the last string at depth 1, 2 was "hits" */
	uint64_t record_line;
};

/** Is this the start of one JSON document over several lines (array, or pretty-printed), rather than lines? */
bool documents_begin(struct sv head);
/** Consumes what is complete in the block. */
MUST_CHECK enum coord_err all_documents(struct reader_ctx *ctx, struct splitter *s, bool end);

#endif
