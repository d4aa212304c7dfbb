/* arena.c - a list of chunks, newest first; allocation moves a mark inside the newest.
 * Chunks double up to 64 MiB so that an analysis of any size makes a few dozen mallocs. */
#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pages.h"
#include "base/sv.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_SINGLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_SINGLE 1
#endif
#endif
#ifndef ARENA_SINGLE
#define ARENA_SINGLE 0
#endif

enum { ARENA_ALIGN = 16 };
static const size_t chunk_first = (size_t)64 << 10;
static const size_t chunk_most = (size_t)64 << 20;

struct chunk {
	struct chunk *older;
	size_t size; /* of data[] */
	size_t used;
	_Alignas(ARENA_ALIGN) unsigned char data[];
};

struct release {
	struct release *older;
	void (*call)(void *);
	void *object;
	size_t at; /* arena total when registered */
};

struct arena {
	struct chunk *newest;
	struct chunk *
	    spare; /* the largest chunk let go: scratch rewound for each record or null world costs no malloc */
	size_t limit;
	size_t total;
	size_t next_size;
	struct release *releases;
};

struct arena *
arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->limit = limit == 0 ? SIZE_MAX / 2 : limit;
	arena->next_size = chunk_first;
	return arena;
}

static void
run_releases(struct arena *arena, size_t down_to)
{
	while (arena->releases != NULL && arena->releases->at >= down_to) {
		struct release *r = arena->releases;

		arena->releases = r->older;
		r->call(r->object);
		free(r);
	}
}

void
arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	run_releases(arena, 0);
	while (arena->newest != NULL) {
		struct chunk *c = arena->newest;

		arena->newest = c->older;
		free(c);
	}
	free(arena->spare);
	free(arena);
}

static void
chunk_drop(struct arena *arena, struct chunk *c)
{
	struct chunk *loser = c;

	if (!ARENA_SINGLE && (arena->spare == NULL || arena->spare->size < c->size)) {
		loser = arena->spare;
		arena->spare = c;
	}
	free(loser);
}

static struct chunk *
chunk_add(struct arena *arena, size_t size)
{
	size_t room = ARENA_SINGLE ? size : arena->next_size;
	struct chunk *c;

	if (arena->spare != NULL && arena->spare->size >= size) {
		c = arena->spare;
		arena->spare = NULL;
		c->older = arena->newest;
		c->used = 0;
		arena->newest = c;
		return c;
	}
	if (room < size)
		room = size;
	c = malloc(sizeof(*c) + room);
	if (c == NULL)
		return NULL;
	pages_advise(c, sizeof(*c) + room);
	c->older = arena->newest;
	c->size = room;
	c->used = 0;
	arena->newest = c;
	if (!ARENA_SINGLE && arena->next_size < chunk_most)
		arena->next_size *= 2;
	return c;
}

static void *
take(struct arena *arena, size_t size)
{
	size_t rounded;
	struct chunk *c = arena->newest;
	void *at;

	if (size > SIZE_MAX / 4)
		return NULL;
	rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (rounded == 0)
		rounded = ARENA_ALIGN;
	if (rounded > arena->limit - arena->total)
		return NULL;
	if (ARENA_SINGLE || c == NULL || c->size - c->used < rounded) {
		/* the sanitizer's red zone must start where the caller's bytes end */
		c = chunk_add(arena, ARENA_SINGLE ? (size == 0 ? 1 : size) : rounded);
		if (c == NULL)
			return NULL;
	}
	at = c->data + c->used;
	c->used += ARENA_SINGLE ? c->size : rounded;
	arena->total += rounded;
	return at;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	void *at = take(arena, size);

	if (at != NULL)
		memset(at, 0, size);
	return at;
}

void *
arena_array_raw(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : take(arena, bytes);
}

void *
arena_array(struct arena *arena, size_t n, size_t size)
{
	void *at = arena_array_raw(arena, n, size);

	if (at != NULL)
		memset(at, 0, n * size);
	return at;
}

char *
arena_strdup(struct arena *arena, struct sv text)
{
	char *copy = arena_array_raw(arena, text.len + 1, 1);

	if (copy == NULL)
		return NULL;
	if (text.len > 0)
		memcpy(copy, text.data, text.len);
	copy[text.len] = 0;
	return copy;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	int len;
	char *text;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || (text = arena_array_raw(arena, (size_t)len + 1, 1)) == NULL)
		return NULL;
	va_start(args, format);
	(void)vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

struct arena_mark
arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->newest, arena->newest == NULL ? 0 : arena->newest->used,
		arena->total };
}

void
arena_rewind(struct arena *arena, struct arena_mark mark)
{
	assert(mark.total <= arena->total);
	run_releases(arena, mark.total + 1);
	while (arena->newest != mark.chunk) {
		struct chunk *c = arena->newest;

		assert(c != NULL);
		arena->newest = c->older;
		chunk_drop(arena, c);
	}
	if (arena->newest != NULL)
		arena->newest->used = mark.used;
	arena->total = mark.total;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->total;
}

int
arena_on_free(struct arena *arena, void (*release)(void *), void *object)
{
	struct release *r;

	if (arena_alloc(arena, 1) == NULL || (r = malloc(sizeof(*r))) == NULL)
		return -1;
	*r = (struct release){ arena->releases, release, object, arena->total };
	arena->releases = r;
	return 0;
}
