/* uuid.h - name-based UUIDs (RFC 9562 section 5.5, version 5): the same name gives the same id everywhere, so a report
 * written twice has the same bytes. Two name spaces: STIX 2.1's own for observables, and the project's for all else. */
#ifndef COORD_REPORT_UUID_H
#define COORD_REPORT_UUID_H

#include "base/base.h"
#include "base/uuid.h"

/** 00abedb4-aa42-466c-9c01-fed23315a9b7: fixed by STIX 2.1 section 2.9 for observables. */
extern const uint8_t UUID_STIX_OBSERVABLE[16];
/** b08553e0-f7a1-5416-8fd7-bd4f70785251: v5(DNS, "stix.coordination-engine.invalid"). */
extern const uint8_t UUID_PROJECT[16];

/** Lower-case text with a final NUL. COORD_EUNAVAIL: the library refuses SHA-1. */
MUST_CHECK enum coord_err uuid_v5(
    const uint8_t space[16], struct sv name, char ret[UUID_TEXT], struct coord_error *err);

#endif
