/* public_artefacts.h - artefacts that unrelated operators share: public miners and pools, leaked bot sources, test
 * files, the empty file. A versioned table (data/public_artefacts.c); only entries that are certain. */
#ifndef COORD_DETECT_PUBLIC_ARTEFACTS_H
#define COORD_DETECT_PUBLIC_ARTEFACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "detect/text/artefacts.h"

/** Version of the table, a date: part of a result's provenance. */
const char *public_artefacts_version(void);
/** Does the table name this artefact (or everything at its host, or a guessable password)? Cost O(entries). */
bool public_artefact(enum artefact_kind kind, struct sv value);
/** Does "host:port/path" lie at `host` or below it? */
bool public_artefact_below(struct sv value, struct sv host);

/** How an entry is compared. */
enum public_match {
	PUBLIC_EXACT,  /* the value */
	PUBLIC_PREFIX, /* the value starts with it */
	PUBLIC_HOST,   /* the value's host is it or lies below it */
};

struct public_entry {
	enum artefact_kind kind;
	enum public_match match;
	const char *value;
	const char *why;
};

/** Entry i, NULL behind the last: for documentation and tests. */
const struct public_entry *public_artefacts_entry(size_t i);

#endif
