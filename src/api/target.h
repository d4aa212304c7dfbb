/* target.h - the request target (RFC 9112 section 3.2) taken apart: path segments and query parameters, decoded once
 * (private to api/). Several slashes count as one ("//analyze"), one at the end as none. */
#ifndef COORD_API_TARGET_H
#define COORD_API_TARGET_H

#include "base/base.h"

enum { TARGET_SEGMENTS = 6, TARGET_PARAMETERS = 24, TARGET_MOST = 8192 };

struct target_parameter {
	struct sv name, value;
};

struct target {
	struct sv segments[TARGET_SEGMENTS];
	size_t n_segments; /* more than TARGET_SEGMENTS: the path is nobody's */
	struct target_parameter parameters[TARGET_PARAMETERS];
	size_t n_parameters;
};

/** Takes `text` apart in place: percent escapes are decoded into it and the views of *ret lie in it. What is wrong, or NULL:
 *  not a path ("http://..." is taken as its path), a bad escape, a control character, too many parameters. */
const char *target_parse(char *text, size_t len, struct target *ret);
/** The value of the first parameter of this name, SV_NONE: not given. */
struct sv target_get(const struct target *target, struct sv name);

#endif
