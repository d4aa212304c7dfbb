/* answers.h - lists of answers as JSON, for the state and for documents (private to services/). */
#ifndef COORD_SERVICES_ANSWERS_H
#define COORD_SERVICES_ANSWERS_H

#include "base/json.h"
#include "tools/tools.h"

/** From a JSON array (empty text: none) of what tools_answer_write wrote. COORD_EPARSE. */
MUST_CHECK enum coord_err answers_read(struct sv json, struct arena *arena,
    struct tools_answer **ret, size_t *ret_n, struct coord_error *err);
/** Appends them as a JSON array. */
void answers_write(const struct tools_answer *answers, size_t n, struct buf *out);

/** Appends a compact copy of a value: the bytes that our own writer gives. */
void json_copy(struct buf *out, struct json_value value);

#endif
