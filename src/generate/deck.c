/* deck.c - see deck.h. */
#include "generate/deck.h"

enum { TRIES_EACH = 20 };

bool
deck_make(struct deck *deck, const uint32_t *counts, uint32_t n, struct arena *arena)
{
	size_t total = 0;

	for (uint32_t i = 0; i < n; i++)
		total += counts[i];
	*deck = (struct deck){ .cards = ARENA_ARRAY_RAW(arena, total + 1, uint32_t) };
	if (deck->cards == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < counts[i]; k++)
			deck->cards[deck->n++] = i;
	return true;
}

/* Puts one of those not drawn on top. */
static uint32_t
look(struct deck *deck, struct rng *rng)
{
	uint32_t other, card;

	if (deck->at == deck->n)
		deck->at = 0;
	other = deck->at + rng_below(rng, deck->n - deck->at);
	card = deck->cards[other];
	deck->cards[other] = deck->cards[deck->at];
	deck->cards[deck->at] = card;
	return card;
}

uint32_t
deck_draw(struct deck *deck, struct rng *rng)
{
	uint32_t card = look(deck, rng);

	deck->at++;
	return card;
}

uint32_t
deck_draw_different(struct deck *deck, uint32_t want, uint32_t *ret, struct rng *rng)
{
	struct map seen = MAP_INIT;
	uint32_t n = 0;

	for (uint32_t tries = 0; deck->n > 0 && n < want && tries / TRIES_EACH < want; tries++) {
		uint32_t card = look(deck, rng);
		uint32_t *slot = map_slot(&seen, card);

		if (slot == NULL) {
			map_clear(&seen);
			return UINT32_MAX;
		}
		if (*slot != MAP_NONE) /* stays for somebody else */
			continue;
		*slot = 1;
		ret[n++] = card;
		deck->at++;
	}
	map_clear(&seen);
	return n;
}
