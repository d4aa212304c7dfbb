/* json.h - JSON in: simdjson's DOM behind one extern "C" file (json.cpp), exceptions off.
 * A value is a position in its parser's document: valid until that parser parses again or is freed. Strings are
 * views into the document (decoded, may hold NUL, always valid UTF-8: lone surrogates and bad UTF-8 are a parse error
 * unless the caller repaired the bytes first). */
#ifndef COORD_BASE_JSON_H
#define COORD_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/sv.h"

#ifdef __cplusplus
extern "C" {
#endif

struct json_parser;

enum { JSON_PADDING = 64 }; /* readable bytes behind a document parsed in place */
enum { JSON_DEPTH_MOST = 64 };

enum json_type {
	JSON_NULL,
	JSON_BOOL,
	JSON_INT,  /* fits int64 */
	JSON_UINT, /* larger than INT64_MAX, fits uint64 */
	JSON_DOUBLE,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_value {
	const void *doc; /* NULL: no such value */
	size_t at;
};

struct json_iter {
	const void *doc;
	size_t at, end;
};

#define JSON_MISSING ((struct json_value){ NULL, 0 })

/** max_bytes: the largest document accepted; max_depth at most JSON_DEPTH_MOST. NULL: no memory. */
struct json_parser *json_parser_new(size_t max_bytes, unsigned max_depth);
void json_parser_free(struct json_parser *parser);
/** Parses one whole document. `padded`: JSON_PADDING bytes behind data + len may be read (their content is free);
 *  otherwise the bytes are copied. COORD_EPARSE with the byte in err where it is known, COORD_ELIMIT (size, depth),
 *  COORD_ENOMEM. */
MUST_CHECK enum coord_err json_parse(struct json_parser *parser, const char *data, size_t len,
    bool padded, struct json_value *ret, struct coord_error *err);

static inline bool
json_exists(struct json_value v)
{
	return v.doc != NULL;
}
/** JSON_NULL for a missing value too. */
enum json_type json_type(struct json_value v);
/** The member of an object, or JSON_MISSING (not an object, no such key). The first of equal keys. */
struct json_value json_get(struct json_value object, struct sv key);
/** Typed reads: false and *ret untouched when the value is missing or of another type. */
bool json_string(struct json_value v, struct sv *ret);
bool json_bool(struct json_value v, bool *ret);
bool json_i64(struct json_value v, int64_t *ret);
bool json_u64(struct json_value v, uint64_t *ret);
bool json_f64(struct json_value v, double *ret); /* any number */
/** Elements of an array, or members of an object with their keys, in document order. Anything else is empty. */
struct json_iter json_each(struct json_value array_or_object);
bool json_next(struct json_iter *iter, struct json_value *ret);
bool json_next_member(struct json_iter *iter, struct sv *key, struct json_value *ret);
/** All members of an object in document order, when there are at most `most`; else, or when it is none, 0. */
struct json_member {
	struct sv key;
	struct json_value value;
};
size_t json_members(struct json_value object, struct json_member *ret, size_t most);
size_t json_count(struct json_value array_or_object);

#ifdef __cplusplus
}
#endif

#endif
