/* decode.h - one layer of wrapping taken off: base64, \x escapes, percent encoding, Log4j look-ups.
 *
 * Attackers wrap what they type so that a plain comparison fails. Each function takes off exactly one layer, so that
 * nested wrapping costs no more than its own length; what is still wrapped afterwards is masked, not followed.
 * Results lie in scratch. Pure; cost linear in the input. */
#ifndef COORD_DETECT_DECODE_H
#define COORD_DETECT_DECODE_H

#include <stdbool.h>

#include "base/sv.h"

struct arena;

/** True for the bytes of the base64 and base64url alphabets, '=' left out. */
bool decode_is_base64_char(char c);
/** Decodes base64 or base64url; padding may be missing. False for any other byte, a length that no encoder gives, or
 *  no memory. */
bool decode_base64(struct sv text, struct arena *scratch, struct sv *ret);
/** The same, but true only when the result is text: at least 12 bytes, nine of ten of them printable. */
bool decode_base64_text(struct sv text, struct arena *scratch, struct sv *ret);
/** \xHH, \0ooo, \ooo, \n, \r, \t, \e and \\ as `echo -e` reads them. The view itself when there is none. */
struct sv decode_escapes(struct sv text, struct arena *scratch);
/** %HH once and, when `plus` is true, '+' as a blank. The view itself when there is nothing to do. */
struct sv decode_percent(struct sv text, bool plus, struct arena *scratch);
/** Log4j look-ups that only hide letters, innermost first: ${env:NaN:-j} -> j, ${lower:J} -> j, ${::-n} -> n.
 *  At most 8 rounds. The view itself when it holds no "${". */
struct sv decode_lookups(struct sv text, struct arena *scratch);
/** At least nine of ten bytes are printable ASCII or white space. False for an empty view. */
bool decode_is_text(struct sv text);

#endif
