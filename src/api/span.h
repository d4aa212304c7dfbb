/* span.h - where the values of a JSON text lie (private to api/). The parser has found the text to be valid; this walks
 * over it again, so that a session is stored with the bytes that came: no number is rounded, no member lost. */
#ifndef COORD_API_SPAN_H
#define COORD_API_SPAN_H

#include "base/base.h"

/** Elements of an array or members of an object, in document order. `text` begins (after white space) with its bracket. */
struct span_iter {
	const char *at, *end;
	bool object;
};
struct span_iter span_each(struct sv text);
/** The next element's (or member's value's) bytes; false behind the last. The order is that of json_next. */
bool span_next(struct span_iter *iter, struct sv *ret);
/** Appends a valid JSON value as one line: line ends between its tokens become blanks, and one is put behind it. */
void span_line(struct sv value, struct buf *out);

#endif
