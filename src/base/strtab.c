/* strtab.c - a pool of bytes in chunks (addresses stay), a column of (pointer, length, content hash), and a hash index
 * of ids under the process's random key. */
#include "base/strtab.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"

struct entry {
	const char *data;
	uint32_t len;
	uint32_t quick; /* upper half of the keyed hash: a cheap first comparison */
	uint64_t hash;  /* hash_content */
};

struct strtab {
	struct arena *pool;
	struct entry *entries;
	uint32_t count, cap;
	uint32_t *index; /* id, 0 = empty */
	size_t size;
	struct hash_key key;
};

struct strtab *
strtab_new(void)
{
	struct strtab *tab = calloc(1, sizeof(*tab));

	if (tab == NULL)
		return NULL;
	tab->key = hash_table_key();
	tab->pool = arena_new(0);
	tab->cap = 1024;
	tab->entries = calloc(tab->cap, sizeof(*tab->entries));
	tab->size = 4096;
	tab->index = calloc(tab->size, sizeof(*tab->index));
	tab->count = 1;
	if (tab->pool == NULL || tab->entries == NULL || tab->index == NULL) {
		strtab_free(tab);
		return NULL;
	}
	return tab;
}

void
strtab_free(struct strtab *tab)
{
	if (tab == NULL)
		return;
	arena_free(tab->pool);
	free(tab->entries);
	free(tab->index);
	free(tab);
}

static size_t
probe(const struct strtab *tab, uint64_t h, struct sv text)
{
	uint32_t quick = (uint32_t)(h >> 32);
	size_t at = (size_t)h & (tab->size - 1);

	for (; tab->index[at] != 0; at = (at + 1) & (tab->size - 1)) {
		const struct entry *e = &tab->entries[tab->index[at]];

		if (e->quick == quick && e->len == text.len &&
		    (text.len == 0 || memcmp(e->data, text.data, text.len) == 0))
			break;
	}
	return at;
}

static bool
grow_index(struct strtab *tab)
{
	size_t size = tab->size * 2;
	uint32_t *index = calloc(size, sizeof(*index));

	if (index == NULL)
		return false;
	for (uint32_t id = 1; id < tab->count; id++) {
		const struct entry *e = &tab->entries[id];
		size_t at = (size_t)siphash13(tab->key, e->data, e->len) & (size - 1);

		while (index[at] != 0)
			at = (at + 1) & (size - 1);
		index[at] = id;
	}
	free(tab->index);
	tab->index = index;
	tab->size = size;
	return true;
}

static bool
grow_entries(struct strtab *tab)
{
	struct entry *entries;

	if (tab->cap > UINT32_MAX / 2)
		return false;
	entries = realloc(tab->entries, (size_t)tab->cap * 2 * sizeof(*entries));
	if (entries == NULL)
		return false;
	tab->entries = entries;
	tab->cap *= 2;
	return true;
}

uint32_t
strtab_intern(struct strtab *tab, struct sv text)
{
	uint64_t h;
	size_t at;
	char *copy;

	if (text.data == NULL)
		return STR_NONE;
	if (text.len >= UINT32_MAX)
		return UINT32_MAX;
	h = siphash13(tab->key, text.data, text.len);
	at = probe(tab, h, text);
	if (tab->index[at] != 0)
		return tab->index[at];
	if ((size_t)tab->count * 2 >= tab->size) {
		if (!grow_index(tab))
			return UINT32_MAX;
		at = probe(tab, h, text);
	}
	if (tab->count == tab->cap && !grow_entries(tab))
		return UINT32_MAX;
	if ((copy = arena_strdup(tab->pool, text)) == NULL)
		return UINT32_MAX;
	tab->entries[tab->count] =
	    (struct entry){ copy, (uint32_t)text.len, (uint32_t)(h >> 32), hash_content(text) };
	tab->index[at] = tab->count;
	return tab->count++;
}

uint32_t
strtab_find(const struct strtab *tab, struct sv text)
{
	if (text.data == NULL)
		return STR_NONE;
	return tab->index[probe(tab, siphash13(tab->key, text.data, text.len), text)];
}

struct sv
strtab_get(const struct strtab *tab, uint32_t id)
{
	if (id == STR_NONE || id >= tab->count)
		return SV_NONE;
	return (struct sv){ tab->entries[id].data, tab->entries[id].len };
}

uint64_t
strtab_hash(const struct strtab *tab, uint32_t id)
{
	return id >= tab->count ? 0 : tab->entries[id].hash;
}

uint32_t
strtab_count(const struct strtab *tab)
{
	return tab->count;
}

size_t
strtab_memory(const struct strtab *tab)
{
	return arena_used(tab->pool) + (size_t)tab->cap * sizeof(*tab->entries) +
	       tab->size * sizeof(*tab->index);
}
