/* csv.h - rows of character-separated values (RFC 4180) with a header, private to ingest/.
 *
 * A row is one line: a quoted field with a line break in it is refused as unterminated. The header's column names are
 * mapped once to the reader's own fields; the map lies in the reader's memo for the rest of the file. */
#ifndef COORD_INGEST_CSV_H
#define COORD_INGEST_CSV_H

#include "ingest/emit.h"

enum { CSV_COLUMNS_MOST = 512, CSV_FIELDS_MOST = 64, CSV_IGNORED = 0xff };

/** One field of a reader: its column names, NULL-terminated; matching ignores case, blanks, '_', '-' and '.'. */
struct csv_field {
	const char *names[10];
};

/** Lies in the memo: all zero means that no header was seen. */
struct csv_columns {
	char separator;
	uint8_t header_seen;
	uint16_t n;
	uint8_t field[CSV_COLUMNS_MOST]; /* of each column; CSV_IGNORED */
};

/** Values of one row by field; absent when there is no such column. */
struct csv_row {
	struct sv value[CSV_FIELDS_MOST];
	uint64_t byte[CSV_FIELDS_MOST];
};

/** A cheap test before csv_header: rows hold times, so they begin with a digit or have a ':' somewhere. */
bool csv_may_be_header(struct sv line);
/** Reads a header line. *has tells the fields found. False: not a header (a quote left open, too many columns, or
 *  none of the fields). */
bool csv_header(struct sv line, const struct csv_field *fields, size_t n_fields,
    struct csv_columns *ret, uint64_t *ret_has);
/** Reads a row; refused (COORD_EPARSE) when a quote is left open or the columns do not match the header's. Values are
 *  views into the line or scratch. */
MUST_CHECK enum coord_err csv_row(
    struct reader_ctx *ctx, struct sv line, const struct csv_columns *columns, struct csv_row *ret);

#endif
