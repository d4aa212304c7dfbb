/* jsonw.h - JSON out: a small streaming writer into a buf. Commas and nesting are its business; strings are escaped so
 * that the output is valid UTF-8 JSON whatever the bytes: invalid UTF-8 becomes U+FFFD, control characters (C1 too),
 * U+007F, line separators and bidi controls become \uXXXX, and "<", ">" and "&" too, so that a document can be set into a page as it is.
 * A misuse (value without key in an object, unbalanced end) is our bug: assert. */
#ifndef COORD_BASE_JSONW_H
#define COORD_BASE_JSONW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/sv.h"

enum { JSONW_DEPTH_MOST = 32 };

struct jsonw {
	struct buf *out;
	unsigned depth;
	bool pretty; /* two blanks a level; else one line */
	bool after_key;
	bool first[JSONW_DEPTH_MOST];
	char closer[JSONW_DEPTH_MOST];
};

struct jsonw jsonw_init(struct buf *out, bool pretty);
void jsonw_object(struct jsonw *w);
void jsonw_array(struct jsonw *w);
/** Ends the innermost object or array. */
void jsonw_end(struct jsonw *w);
void jsonw_key(struct jsonw *w, const char *key);
void jsonw_key_sv(struct jsonw *w, struct sv key);
/** null for an absent view. */
void jsonw_sv(struct jsonw *w, struct sv text);
void jsonw_str(struct jsonw *w, const char *text); /* NULL: null */
void jsonw_i64(struct jsonw *w, int64_t value);
void jsonw_u64(struct jsonw *w, uint64_t value);
/** Shortest text that reads back as the same double; null when not finite. */
void jsonw_f64(struct jsonw *w, double value);
/** Rounded to 1e-6 first: probabilities and other reported numbers (methods.md section 13). */
void jsonw_prob(struct jsonw *w, double value);
void jsonw_bool(struct jsonw *w, bool value);
void jsonw_null(struct jsonw *w);
/** Already valid JSON text, put in as it is. */
void jsonw_raw(struct jsonw *w, struct sv json);

#endif
