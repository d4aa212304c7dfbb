/* records.h - the lines of a list file: comments and empty lines left out, a line split into fields (private to detect/).
 *
 * A field ends at a comma (RFC 4180: fields in double quotes may hold commas, a quote is doubled) or, in feeds, also at
 * white space or a semicolon. "#" starts a comment at the start of a line or behind white space; ";" does at the start of
 * a line of a feed (Spamhaus). Every fault is named by list and line. */
#ifndef COORD_DETECT_RECORDS_H
#define COORD_DETECT_RECORDS_H

#include "base/base.h"

enum { RECORD_FIELDS_MOST = 16, RECORD_LINE_MOST = 4096 };

enum record_style { RECORD_CSV, RECORD_FEED };
enum record_got { RECORD_END, RECORD_LINE, RECORD_BAD };

struct records {
	const char *name; /* of the list: for errors */
	enum record_style style;
	struct sv rest;
	uint64_t line;                       /* of the record at hand, 1-based */
	struct sv text;                      /* the whole line, without comment */
	struct sv field[RECORD_FIELDS_MOST]; /* in unquoted[] or in the list itself */
	uint32_t n;                          /* at least 1 */
	char unquoted[RECORD_LINE_MOST];
};

/** `name` and `text` are borrowed. A byte order mark is skipped. */
void records_begin(struct records *r, const char *name, enum record_style style, struct sv text);
/** RECORD_BAD fills *err: too long a line, a quote that does not end, too many fields. */
enum record_got records_next(struct records *r, struct coord_error *err);
/** COORD_EPARSE "NAME:LINE: what" at the record's line. */
enum coord_err records_fault(
    const struct records *r, struct coord_error *err, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
