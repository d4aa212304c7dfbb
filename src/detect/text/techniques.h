/* techniques.h - MITRE ATT&CK techniques of a session, by a table of rules.
 *
 * A rule says what was seen, never why: `crontab` typed is T1053.003 whoever typed it. The table is
 * data/techniques.c; docs/techniques.md is tested against it. ATT&CK Enterprise v14 names. Pure; cost linear in the
 * session's text. */
#ifndef COORD_DETECT_TECHNIQUES_H
#define COORD_DETECT_TECHNIQUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"

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

/** What the texts of one table said: sessions of one group type the same. Starts as { .n = 0 }, ends with _clear. */
struct technique_memo {
	struct map at; /* by text and how it was read */
	struct technique_said {
		uint64_t techniques; /* bit i: technique i */
		bool key_planted;
	} said[256]; /* later texts are matched each time */
	uint32_t n;
};
void technique_memo_clear(struct technique_memo *memo);

/** Writes the indices (ascending, distinct) of the techniques of row `row`, at most `cap`; returns how many. `memo` is of
 *  this table; NULL: none. */
size_t techniques_of_session(const struct session_table *table, uint32_t row,
    struct technique_memo *memo, struct arena *scratch, uint8_t *ret_indices, size_t cap);

#endif
