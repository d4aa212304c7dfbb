/* tally.c - counts distinct sources of things by key, in the order of rows, so that nothing depends on a hash. */
#include "generate/tally.h"

#include <stdlib.h>

static bool
grow(struct tally *t)
{
	uint32_t wider = t->cap == 0 ? 256 : t->cap * 2;
	struct tally_entry *moved;

	if (t->n < t->cap)
		return true;
	moved = realloc(t->entries, wider * sizeof(*moved));
	if (moved == NULL)
		return false;
	t->entries = moved;
	t->cap = wider;
	return true;
}

bool
tally_add(struct tally *t, uint64_t key, uint32_t a, uint32_t b, uint64_t source)
{
	uint32_t *slot, *pair;

	if (t->failed)
		return false;
	slot = map_slot(&t->index, key);
	pair = map_slot(&t->pairs, hash_mix(key, source));
	if (slot == NULL || pair == NULL || !grow(t)) {
		t->failed = true;
		return false;
	}
	if (*slot == MAP_NONE) {
		*slot = t->n;
		t->entries[t->n] = (struct tally_entry){ .a = a, .b = b, .order = t->n };
		t->n++;
	}
	if (*pair != MAP_NONE)
		return false;
	*pair = 1;
	t->entries[*slot].sources++;
	return true;
}

static int
by_popularity(const void *x, const void *y)
{
	const struct tally_entry *a = x, *b = y;

	if (a->sources != b->sources)
		return a->sources > b->sources ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

void
tally_sort(struct tally *t)
{
	if (t->n > 1)
		qsort(t->entries, t->n, sizeof(*t->entries), by_popularity);
}

void
tally_shares(const struct tally *t, uint32_t n, uint32_t more, double *shares)
{
	double sum = 0.0;

	shares[0] = 0.0;
	for (uint32_t i = 0; i < n + more; i++)
		shares[i + 1] = sum += i < n ? t->entries[i].sources : 0.5;
	for (uint32_t i = 1; i <= n + more; i++)
		shares[i] /= sum;
	shares[n + more] = 1.0;
}

void
tally_clear(struct tally *t)
{
	map_clear(&t->index);
	map_clear(&t->pairs);
	free(t->entries);
	*t = TALLY_INIT;
}
