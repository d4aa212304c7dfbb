/* arena.h - memory with one owner and one release.
 * One arena an analysis owns sessions, visits, edges and the result; freeing it is the only free. Scratch is
 * marked and rewound. An arena has a limit: past it, allocation returns NULL and the caller returns
 * COORD_ELIMIT. In sanitizer builds every allocation is a malloc of its own, so that overruns are seen. */
#ifndef COORD_BASE_ARENA_H
#define COORD_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct sv;
struct arena;

struct arena_mark {
	void *chunk;
	size_t used;
	size_t total;
};

/** A new arena that may hand out at most `limit` bytes in all; 0: no limit but the address space. NULL: no memory. */
struct arena *arena_new(size_t limit);
void arena_free(struct arena *arena);
/** For CLEANUP. */
static inline void
arena_release(struct arena **arena)
{
	arena_free(*arena);
}
/** `size` zeroed bytes aligned to 16, or NULL (limit or memory). size 0 gives a valid pointer. Not thread safe. */
void *arena_alloc(struct arena *arena, size_t size);
/** n * size with the overflow checked. */
void *arena_array(struct arena *arena, size_t n, size_t size);
/** The same without zeroing, for arrays about to be filled. */
void *arena_array_raw(struct arena *arena, size_t n, size_t size);
/** A NUL-terminated copy of the view's bytes; NULL when full. */
char *arena_strdup(struct arena *arena, struct sv text);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Everything allocated after the mark is released by rewinding to it. Marks nest. */
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);
/** Bytes handed out at present. */
size_t arena_used(const struct arena *arena);
/** `release(object)` is called when the arena is freed (or rewound past this call). 0, or -1 when full. */
int arena_on_free(struct arena *arena, void (*release)(void *), void *object);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, n, type) ((type *)arena_array((arena), (n), sizeof(type)))
#define ARENA_ARRAY_RAW(arena, n, type) ((type *)arena_array_raw((arena), (n), sizeof(type)))

#endif
