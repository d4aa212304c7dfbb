/* deck.h - private to the generator: drawing without replacement. Newcomers who drew by popularity with replacement would
 * share what one source of the log has more often than two sources of it do: among n sources, of whom n_v have a thing,
 * two draws agree on it with (n_v / n)^2 instead of n_v (n_v - 1) / (n (n - 1)), and most things have n_v = 1. */
#ifndef COORD_GENERATE_DECK_H
#define COORD_GENERATE_DECK_H

#include "base/base.h"

/** One card for every source that has the thing; the first `at` are drawn. */
struct deck {
	uint32_t *cards;
	uint32_t n, at;
};

/** The deck of counts[i] cards i, for i below n; in arena memory. False: none is left. */
bool deck_make(struct deck *deck, const uint32_t *counts, uint32_t n, struct arena *arena);
/** The next card of a deck that has any; after the last one they are shuffled anew. */
uint32_t deck_draw(struct deck *deck, struct rng *rng);
/** Up to `want` different cards; fewer when that many tries find none. Returns how many; UINT32_MAX: no memory. */
uint32_t deck_draw_different(struct deck *deck, uint32_t want, uint32_t *ret, struct rng *rng);

#endif
