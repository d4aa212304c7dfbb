/* techniques.h - MITRE ATT&CK techniques of a session, by a table of rules.
 *
 * A rule says what was seen, never why: `crontab` typed is T1053.003 whoever typed it. The table is
 * data/techniques.c; docs/techniques.md is tested against it. ATT&CK Enterprise v14 names. Pure; cost linear in the
 * session's text. */
#ifndef COORD_DETECT_TECHNIQUES_H
#define COORD_DETECT_TECHNIQUES_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct session_table;

struct technique {
	const char *id;   /* "T1110.001" */
	const char *name; /* "Brute Force: Password Guessing" */
	const char *rule; /* what makes it match, in words: the documentation's text */
};

enum { TECHNIQUES_MAX = 64 }; /* the table is never longer */

/** Technique i in order of id, NULL behind the last. */
const struct technique *technique_at(size_t i);
size_t technique_count(void);

/** Writes the indices (ascending, distinct) of the techniques of row `row`, at most `cap`; returns how many. */
size_t techniques_of_session(const struct session_table *table, uint32_t row, struct arena *scratch,
    uint8_t *ret_indices, size_t cap);

#endif
