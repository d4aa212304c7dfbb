/* tally.h - private to real*.c: which things there are and how many sources have each, most popular first. */
#ifndef COORD_GENERATE_TALLY_H
#define COORD_GENERATE_TALLY_H

#include "base/base.h"

struct tally_entry {
	uint32_t a, b;    /* what it is, as the caller likes */
	uint32_t sources; /* distinct ones */
	uint32_t order;   /* of first sight */
};

struct tally {
	struct map index; /* key -> order of first sight */
	struct map pairs; /* (key, source) seen */
	struct tally_entry *entries;
	uint32_t n, cap;
	bool failed; /* out of memory */
};

#define TALLY_INIT ((struct tally){ .index = MAP_INIT, .pairs = MAP_INIT })

/** Returns whether this source is the first time seen with it. */
bool tally_add(struct tally *t, uint64_t key, uint32_t a, uint32_t b, uint64_t source);
/** Most sources first, then first seen. Order numbers stay in the entries. */
void tally_sort(struct tally *t);
/** Cumulative shares of the first n by their sources, and of `more` invented things of half a source each: n + more + 1
 *  numbers from 0 to 1. */
void tally_shares(const struct tally *t, uint32_t n, uint32_t more, double *shares);
void tally_clear(struct tally *t);

#endif
