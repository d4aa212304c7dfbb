/* sort.h - stable LSD radix sort of (64-bit key, 32-bit value) pairs, O(n) for the sizes that matter here; and what sorted
 * lists have in common. */
#ifndef COORD_BASE_SORT_H
#define COORD_BASE_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sort_pair {
	uint64_t key;
	uint32_t value;
};

/** Sorts by key, equal keys stay in their order. `scratch` holds n pairs. Bytes that are the same in all keys cost
 *  one pass of counting only. A signed time sorts right after adding 1 << 63 (sort_key_i64). */
void sort_pairs(struct sort_pair *pairs, size_t n, struct sort_pair *scratch);
static inline uint64_t
sort_key_i64(int64_t v)
{
	return (uint64_t)v ^ ((uint64_t)1 << 63);
}
/** Numbers that both lists hold; each ascends, without repetitions. */
uint32_t sorted_common(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b);

#endif
