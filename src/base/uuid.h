/* uuid.h - the text of a UUID (RFC 9562) from its bytes. */
#ifndef COORD_BASE_UUID_H
#define COORD_BASE_UUID_H

#include <stdint.h>

enum { UUID_TEXT = 37 }; /* with its NUL */

/** Lower case, with version and variant set in a copy: what was drawn or hashed needs no care. */
void uuid_text(const uint8_t bytes[16], unsigned version, char ret[UUID_TEXT]);
/** Version 4 from 16 random bytes, of which the first four are replaced by the low bits of the time in milliseconds: ids of one moment are neighbours in an
 *  index. 90 random bits are left. */
void uuid_of_moment(const uint8_t random[16], uint64_t ms, char ret[UUID_TEXT]);

#endif
