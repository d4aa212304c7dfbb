/* map.c - linear probing, load at most 1/2, slots mixed with a salt against chosen keys. */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

void
map_clear(struct map *map)
{
	free(map->keys);
	free(map->values);
	*map = MAP_INIT;
}

static size_t
home(const struct map *map, uint64_t key)
{
	return (size_t)hash_mix(map->salt, key) & (map->size - 1);
}

static bool
resize(struct map *map, size_t size)
{
	struct map wider = { .size = size, .used = map->used, .salt = map->salt };

	wider.keys = malloc(size * sizeof(*wider.keys));
	wider.values = malloc(size * sizeof(*wider.values));
	if (wider.keys == NULL || wider.values == NULL) {
		free(wider.keys);
		free(wider.values);
		return false;
	}
	memset(wider.values, 0xff, size * sizeof(*wider.values));
	for (size_t i = 0; i < map->size; i++) {
		size_t at;

		if (map->values[i] == MAP_NONE)
			continue;
		at = home(&wider, map->keys[i]);
		while (wider.values[at] != MAP_NONE)
			at = (at + 1) & (size - 1);
		wider.keys[at] = map->keys[i];
		wider.values[at] = map->values[i];
	}
	free(map->keys);
	free(map->values);
	*map = wider;
	return true;
}

bool
map_reserve(struct map *map, size_t n)
{
	size_t size = map->size == 0 ? 16 : map->size;

	if (map->salt == 0)
		map->salt = hash_table_key().k0 | 1;
	while (size / 2 < n)
		size *= 2;
	return size == map->size || resize(map, size);
}

uint32_t
map_get(const struct map *map, uint64_t key)
{
	if (map->size == 0)
		return MAP_NONE;
	for (size_t at = home(map, key); map->values[at] != MAP_NONE;
	     at = (at + 1) & (map->size - 1))
		if (map->keys[at] == key)
			return map->values[at];
	return MAP_NONE;
}

uint32_t *
map_slot(struct map *map, uint64_t key)
{
	size_t at;

	if (!map_reserve(map, map->used + 1))
		return NULL;
	for (at = home(map, key); map->values[at] != MAP_NONE; at = (at + 1) & (map->size - 1))
		if (map->keys[at] == key)
			return &map->values[at];
	map->keys[at] = key;
	map->used++;
	return &map->values[at];
}
