/* sort.c - eight byte-wide counting passes, the trivial ones skipped. */
#include "base/sort.h"

#include <string.h>

static void
insertion_sort(struct sort_pair *pairs, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct sort_pair p = pairs[i];
		size_t j = i;

		for (; j > 0 && pairs[j - 1].key > p.key; j--)
			pairs[j] = pairs[j - 1];
		pairs[j] = p;
	}
}

void
sort_pairs(struct sort_pair *pairs, size_t n, struct sort_pair *scratch)
{
	static const size_t small = 32;
	size_t counts[8][256];
	struct sort_pair *from = pairs, *to = scratch;

	if (n <= small) {
		insertion_sort(pairs, n);
		return;
	}
	memset(counts, 0, sizeof(counts));
	for (size_t i = 0; i < n; i++)
		for (unsigned b = 0; b < 8; b++)
			counts[b][(pairs[i].key >> (8 * b)) & 255]++;
	for (unsigned b = 0; b < 8; b++) {
		size_t sum = 0;

		if (counts[b][(pairs[0].key >> (8 * b)) & 255] == n)
			continue;
		for (unsigned v = 0; v < 256; v++) {
			size_t c = counts[b][v];

			counts[b][v] = sum;
			sum += c;
		}
		for (size_t i = 0; i < n; i++)
			to[counts[b][(from[i].key >> (8 * b)) & 255]++] = from[i];
		{
			struct sort_pair *swap = from;

			from = to;
			to = swap;
		}
	}
	if (from != pairs)
		memcpy(pairs, from, n * sizeof(*pairs));
}
