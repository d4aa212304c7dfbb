/* stix.h - the pieces that STIX 2.1 objects are made of: ids, times, patterns. */
#ifndef COORD_REPORT_STIX_H
#define COORD_REPORT_STIX_H

#include "report/document.h"

enum { STIX_ID = 64, STIX_TIME = 32 };

/** "<type>--<uuid>" of an observable whose id-contributing property is {"<property>":"<value>"} (section 2.9). */
MUST_CHECK enum coord_err stix_observable_id(const char *type, const char *property,
    struct sv value, char ret[STIX_ID], struct coord_error *err);
/** The same for a file known by its SHA-256. */
MUST_CHECK enum coord_err stix_file_id(
    struct sv sha256, char ret[STIX_ID], struct coord_error *err);
/** "<type>--<uuid>" of any other object, from a name that stays the same: project name space, "<type>:<name>". */
MUST_CHECK enum coord_err stix_id(
    const char *type, const char *name, char ret[STIX_ID], struct coord_error *err);
/** UTC with exactly three fraction digits, as created and modified want it; rounded down. */
void stix_time(int64_t us, char ret[STIX_TIME]);
/** A string literal of the pattern language: quoted, ' and \ escaped. */
void stix_pattern_string(struct buf *out, struct sv value);
/** The URL as a URI (RFC 3986): bytes that may not stand in one are percent-encoded. False: it has no scheme. */
bool stix_uri(struct buf *out, struct sv url);
/** True when the URL, with or without its scheme, has this form: "<...>" in it stands for anything. */
bool stix_url_has_form(struct sv url, struct sv form);
/** 64 hexadecimal digits. */
bool stix_is_sha256(struct sv text);
/** A JSON string as RFC 8785 writes it; invalid UTF-8 becomes U+FFFD, as in the document itself. */
void stix_canonical_string(struct buf *out, struct sv value);

#endif
