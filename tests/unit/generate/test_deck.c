/* test_deck.c - drawing without replacement: every card once a round, and two draws agree as often as two sources do. */
#include "generate/deck.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void
test_every_card_once_a_round(void **state)
{
	static const uint32_t counts[] = { 3, 1, 0, 2 };
	struct arena *arena = arena_new(0);
	struct rng rng = rng_at(1, 1, 0, 0);
	struct deck deck;

	(void)state;
	assert_true(deck_make(&deck, counts, 4, arena));
	assert_int_equal(deck.n, 6);
	for (int round = 0; round < 3; round++) {
		uint32_t seen[4] = { 0 };

		for (int i = 0; i < 6; i++)
			seen[deck_draw(&deck, &rng)]++;
		assert_memory_equal(seen, counts, sizeof(counts));
	}
	arena_free(arena);
}

/* Twenty things of one source each and one of ten: pairs that agree come from the latter alone. */
static void
test_what_one_source_has_is_drawn_once(void **state)
{
	enum { THINGS = 21 };
	uint32_t counts[THINGS], seen[THINGS] = { 0 };
	struct arena *arena = arena_new(0);
	struct rng rng = rng_at(2, 1, 0, 0);
	struct deck deck;

	(void)state;
	for (uint32_t i = 0; i < THINGS; i++)
		counts[i] = i == 0 ? 10 : 1;
	assert_true(deck_make(&deck, counts, THINGS, arena));
	for (int i = 0; i < 25; i++)
		seen[deck_draw(&deck, &rng)]++;
	for (uint32_t i = 1; i < THINGS; i++)
		assert_true(seen[i] <= 1);
	arena_free(arena);
}

/* A hand holds no card twice; what it passed over stays in the deck. */
static void
test_a_hand_is_of_different_cards(void **state)
{
	static const uint32_t counts[] = { 8, 1, 1 };
	struct arena *arena = arena_new(0);
	struct rng rng = rng_at(3, 1, 0, 0);
	struct deck deck, none;
	uint32_t hand[5], left;

	(void)state;
	assert_true(deck_make(&deck, counts, 3, arena));
	left = deck_draw_different(&deck, 5, hand, &rng);
	assert_true(left >= 1 && left <= 3);
	for (uint32_t i = 0; i < left; i++)
		for (uint32_t k = 0; k < i; k++)
			assert_int_not_equal(hand[i], hand[k]);
	assert_int_equal(deck.at, left);
	assert_true(deck_make(&none, counts, 0, arena));
	assert_int_equal(deck_draw_different(&none, 5, hand, &rng), 0);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_card_once_a_round),
		cmocka_unit_test(test_what_one_source_has_is_drawn_once),
		cmocka_unit_test(test_a_hand_is_of_different_cards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
