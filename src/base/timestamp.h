/* timestamp.h - time is int64_t microseconds since 1970-01-01T00:00:00Z everywhere inside. */
#ifndef COORD_BASE_TIMESTAMP_H
#define COORD_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/sv.h"

#define TIME_NONE INT64_MIN
#define TIME_SECOND INT64_C(1000000)
/* what a plausible log may hold: 1990-01-01 .. 2100-01-01 */
#define TIME_EARLIEST INT64_C(631152000000000)
#define TIME_LATEST INT64_C(4102444800000000)

enum { TIME_TEXT_MAX = 48 };

/** RFC 3339 and its relatives (reference/input-formats.md section 0): "T" or blank, 0-9 fraction digits, "Z",
 *  "+00:00", "+0000" or no zone (then `zone_offset_us` is subtracted), or epoch seconds (with fraction), milliseconds
 *  (>= 1e11) or microseconds (>= 1e14) as text. Any instant int64 can hold; the caller checks plausibility. */
bool time_parse(struct sv text, int64_t zone_offset_us, int64_t *ret);
/** Epoch number by magnitude, as above. False when not finite or out of range. */
bool time_from_number(double number, int64_t *ret);
/** "Jul 28 10:00:00" with the year given. */
bool time_parse_syslog(struct sv text, int year, int64_t zone_offset_us, int64_t *ret);
/** Days since the epoch of a civil date (proleptic Gregorian). */
int64_t time_days(int64_t year, unsigned month, unsigned day);
/** "2026-11-23T15:50:09.123456Z", NUL-terminated; without fraction when it is 0 or `whole_seconds`. */
void time_format(int64_t us, bool whole_seconds, char ret[TIME_TEXT_MAX]);

#endif
