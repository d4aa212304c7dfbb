/* documents.c - what each source typed, as a document of words: the input of the text clusterings (B3). */
#include "evaluate/baseline/documents.h"

static bool
is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c >= 0x80;
}

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 'a' - 'A') : c;
}

static void
add_words(struct sparse_bag *bag, uint32_t row, struct sv line)
{
	for (size_t from = 0, to; from < line.len; from = to + 1) {
		uint64_t h = 0;

		for (to = from; to < line.len && is_word((unsigned char)line.data[to]); to++)
			h = hash_mix(h, lower((unsigned char)line.data[to]));
		if (to - from >= 2)
			sparse_bag_add(bag, row, h);
	}
}

enum coord_err
documents_of_commands(const struct session_table *t, const struct baseline_sources *sources,
    struct arena *arena, struct sparse *ret, struct coord_error *err)
{
	struct sparse_bag bag = { .arena = arena };

	for (uint32_t row = 0; row < t->n; row++)
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (t->items[i].kind == ITEM_COMMAND &&
			    sources->of_row[row] != BASELINE_NONE)
				add_words(
				    &bag, sources->of_row[row], session_string(t, t->items[i].a));
	TRY(sparse_of_bag(&bag, sources->n, ret, err));
	return sparse_tfidf(ret, arena, err);
}
