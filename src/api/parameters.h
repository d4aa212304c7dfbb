/* parameters.h - query parameters that several lists have (private to api/). Each answers 422 and returns false when it is malformed. */
#ifndef COORD_API_PARAMETERS_H
#define COORD_API_PARAMETERS_H

#include "api/server.h"

/** A time; *ret stays when it is not given. */
bool parameter_time(struct request *r, const char *name, int64_t *ret);
/** "<microseconds>_<id>": the last row of the page before. */
bool parameter_cursor(struct request *r, int64_t *after_us, struct sv *after);
/** 1 to 200, 50 when not given. */
bool parameter_limit(struct request *r, uint32_t *ret);
/** 0 to 1; NaN when not given. */
bool parameter_share(struct request *r, const char *name, double *ret);
/** "next_cursor" of a page. `last` NULL: there is no next page. */
void parameter_next_cursor(struct jsonw *w, int64_t last_us, const char *last);
/** A time as a member, null when it is 0. */
void parameter_time_out(struct jsonw *w, const char *key, int64_t us);

#endif
