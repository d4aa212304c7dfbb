/* map.h - open addressing from a 64-bit key to a 32-bit value. The key is taken as already well mixed by the
 * caller or mixed here with the process's table key; iteration order must never reach a result. */
#ifndef COORD_BASE_MAP_H
#define COORD_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map {
	uint64_t *keys;
	uint32_t *values; /* MAP_NONE marks an empty slot */
	size_t size;      /* a power of two, or 0 */
	size_t used;
	uint64_t salt;
};

#define MAP_NONE UINT32_MAX
#define MAP_INIT ((struct map){ 0 })

void map_clear(struct map *map);
/** Room for n keys without growing. False: no memory. */
bool map_reserve(struct map *map, size_t n);
/** The value of `key`, or MAP_NONE. */
uint32_t map_get(const struct map *map, uint64_t key);
/** The slot of `key`, made with value MAP_NONE if new: the caller must fill it with another value. NULL: no
 *  memory. Valid until the next insertion. */
uint32_t *map_slot(struct map *map, uint64_t key);

#endif
