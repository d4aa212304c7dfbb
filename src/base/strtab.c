/* strtab.c - a pool of bytes in chunks (addresses stay), a column of (pointer, length, content hash), and a hash index
 * of ids under the process's random key. The index keeps half of each hash, so that it grows without touching a string.
 * Content hashes are computed when first asked for: most strings are never asked. */
#include "base/strtab.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/pages.h"

struct entry {
	const char *data;
	uint32_t len;
	atomic_uint_least64_t
	    hash; /* hash_content, 0: not yet computed; any thread may be the one to */
};

struct slot {
	uint32_t id; /* 0: empty */
	uint32_t quick;
};

struct strtab {
	struct arena *pool;
	struct entry *entries;
	uint32_t count, cap;
	struct slot *index;
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

static uint32_t
quick_hash(const struct strtab *tab, struct sv text)
{
	return (uint32_t)hash_keyed(tab->key, text.data, text.len);
}

static size_t
probe(const struct strtab *tab, uint32_t quick, struct sv text)
{
	size_t at = quick & (tab->size - 1);

	for (; tab->index[at].id != 0; at = (at + 1) & (tab->size - 1)) {
		const struct entry *e = &tab->entries[tab->index[at].id];

		if (tab->index[at].quick == quick && e->len == text.len &&
		    (text.len == 0 || memcmp(e->data, text.data, text.len) == 0))
			break;
	}
	return at;
}

static void
place(struct slot *index, size_t size, struct slot slot)
{
	size_t at = slot.quick & (size - 1);

	while (index[at].id != 0)
		at = (at + 1) & (size - 1);
	index[at] = slot;
}

static bool
grow_index(struct strtab *tab)
{
	size_t size = tab->size * 4;
	struct slot *index = calloc(size, sizeof(*index));

	if (index == NULL)
		return false;
	pages_advise(index, size * sizeof(*index));
	for (size_t i = 0; i < tab->size; i++)
		if (tab->index[i].id != 0)
			place(index, size, tab->index[i]);
	free(tab->index);
	tab->index = index;
	tab->size = size;
	return true;
}

static bool
grow_entries(struct strtab *tab)
{
	size_t cap = pages_capacity(tab->cap, (size_t)tab->count + 1, sizeof(struct entry));
	struct entry *entries;

	if (cap >= UINT32_MAX)
		return false;
	entries =
	    pages_grow(tab->entries, (size_t)tab->count * sizeof(*entries), cap * sizeof(*entries));
	if (entries == NULL)
		return false;
	tab->entries = entries;
	tab->cap = (uint32_t)cap;
	return true;
}

uint32_t
strtab_intern(struct strtab *tab, struct sv text)
{
	uint32_t quick;
	size_t at;
	char *copy;

	if (text.data == NULL)
		return STR_NONE;
	if (text.len >= UINT32_MAX)
		return UINT32_MAX;
	quick = quick_hash(tab, text);
	at = probe(tab, quick, text);
	if (tab->index[at].id != 0)
		return tab->index[at].id;
	if ((size_t)tab->count * 2 >= tab->size) {
		if (!grow_index(tab))
			return UINT32_MAX;
		at = probe(tab, quick, text);
	}
	if (tab->count == tab->cap && !grow_entries(tab))
		return UINT32_MAX;
	if ((copy = arena_strdup(tab->pool, text)) == NULL)
		return UINT32_MAX;
	tab->entries[tab->count] = (struct entry){ copy, (uint32_t)text.len, 0 };
	tab->index[at] = (struct slot){ tab->count, quick };
	return tab->count++;
}

uint32_t
strtab_find(const struct strtab *tab, struct sv text)
{
	if (text.data == NULL)
		return STR_NONE;
	return tab->index[probe(tab, quick_hash(tab, text), text)].id;
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
	uint64_t hash;
	struct entry *e;

	if (id == STR_NONE || id >= tab->count)
		return 0;
	e = &tab->entries[id];
	hash = atomic_load_explicit(&e->hash, memory_order_relaxed);
	if (hash == 0) {
		hash = hash_content((struct sv){ e->data, e->len });
		atomic_store_explicit(&e->hash, hash, memory_order_relaxed);
	}
	return hash;
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

/** The index of the ids that stay, by their new numbers. */
static bool
number_index(struct strtab *tab, const uint32_t *fresh, uint32_t n)
{
	size_t size = 4096;
	struct slot *index;

	while (size < (size_t)n * 2)
		size *= 2;
	if ((index = calloc(size, sizeof(*index))) == NULL)
		return false;
	pages_advise(index, size * sizeof(*index));
	for (size_t i = 0; i < tab->size; i++)
		if (tab->index[i].id != 0 && fresh[tab->index[i].id] != 0)
			place(index, size,
			    (struct slot){ fresh[tab->index[i].id], tab->index[i].quick });
	free(tab->index);
	tab->index = index;
	tab->size = size;
	return true;
}

static struct strtab *
copy_numbered(const struct strtab *tab, const uint32_t *old, uint32_t n)
{
	struct strtab *copy = strtab_new();

	for (uint32_t id = 1; copy != NULL && id < n; id++)
		if (strtab_intern(copy, strtab_get(tab, old[id])) == UINT32_MAX) {
			strtab_free(copy);
			return NULL;
		}
	return copy;
}

struct strtab *
strtab_number(struct strtab *tab, const uint32_t *fresh, uint32_t n)
{
	uint32_t *old = malloc((size_t)n * sizeof(*old));
	struct entry *entries = malloc(((size_t)n + 1024) * sizeof(*entries));
	struct strtab *ret = NULL;

	if (old == NULL || entries == NULL)
		goto out;
	for (uint32_t id = 1; id < tab->count; id++)
		if (fresh[id] != 0)
			old[fresh[id]] = id;
	if (tab->count / 2 > n) { /* most bytes would be kept for nothing */
		ret = copy_numbered(tab, old, n);
		if (ret != NULL)
			strtab_free(tab);
		goto out;
	}
	if (!number_index(tab, fresh, n))
		goto out;
	pages_advise(entries, ((size_t)n + 1024) * sizeof(*entries));
	for (uint32_t id = 1; id < n; id++)
		entries[id] = tab->entries[old[id]];
	free(tab->entries);
	tab->entries = entries;
	tab->count = n;
	tab->cap = n + 1024;
	entries = NULL;
	ret = tab;
out:
	free(old);
	free(entries);
	return ret;
}
