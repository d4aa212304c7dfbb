/* sort.c - eight byte-wide counting passes, the trivial ones skipped; for few pairs a merge sort, since the counts alone are 16 KiB to clear and
 * to add up. Both are stable, so which one it was cannot be told from the result. */
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

static void
merge(const struct sort_pair *from, size_t n_left, size_t n, struct sort_pair *to)
{
	size_t left = 0, right = n_left, at = 0;

	while (left < n_left && right < n)
		to[at++] = from[right].key < from[left].key ? from[right++] : from[left++];
	memcpy(&to[at], &from[left], (n_left - left) * sizeof(*to));
	memcpy(&to[at + n_left - left], &from[right], (n - right) * sizeof(*to));
}

/* Runs of `run` sorted in place, then merged two by two. */
static void
merge_sort(struct sort_pair *pairs, size_t n, struct sort_pair *scratch)
{
	static const size_t run = 16;
	struct sort_pair *from = pairs, *to = scratch;

	for (size_t at = 0; at < n; at += run)
		insertion_sort(&pairs[at], n - at < run ? n - at : run);
	for (size_t width = run; width < n; width *= 2) {
		struct sort_pair *swap = from;

		for (size_t at = 0; at < n; at += 2 * width) {
			size_t rest = n - at;

			merge(&from[at], rest < width ? rest : width,
			    rest < 2 * width ? rest : 2 * width, &to[at]);
		}
		from = to;
		to = swap;
	}
	if (from != pairs)
		memcpy(pairs, from, n * sizeof(*pairs));
}

void
sort_pairs(struct sort_pair *pairs, size_t n, struct sort_pair *scratch)
{
	static const size_t small = 32, middle = 1024;
	size_t counts[8][256];
	struct sort_pair *from = pairs, *to = scratch;

	if (n <= small) {
		insertion_sort(pairs, n);
		return;
	}
	if (n <= middle) {
		merge_sort(pairs, n, scratch);
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

uint32_t
sorted_common(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b)
{
	uint32_t both = 0;

	for (uint32_t i = 0, j = 0; i < n_a && j < n_b;) {
		uint32_t x = a[i], y = b[j];

		both += x == y;
		i += x <= y;
		j += y <= x;
	}
	return both;
}
