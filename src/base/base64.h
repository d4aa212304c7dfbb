/* base64.h - RFC 4648, sections 4 (standard, padded) and 5 (for URLs, not padded), strictly: no blanks, no line ends, no
 * other alphabet, no bits left over. One text for one value, so that nobody can spell a secret or a token in two ways. */
#ifndef COORD_BASE_BASE64_H
#define COORD_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

enum base64_kind { BASE64_STANDARD, BASE64_URL };

/** The most characters that n bytes become, the final NUL counted. */
#define BASE64_TEXT_MOST(n) (((n) + 2) / 3 * 4 + 1)

/** Writes the NUL-terminated text to `ret` (BASE64_TEXT_MOST(len) bytes) and returns its length. */
size_t base64_encode(enum base64_kind kind, const void *data, size_t len, char *ret);
/** Decodes the whole view into at most `most` bytes. False: not canonical, or longer. */
bool base64_decode(
    enum base64_kind kind, struct sv text, uint8_t *ret, size_t most, size_t *ret_len);

#endif
