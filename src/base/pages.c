/* pages.c - madvise on the whole pages inside a block. */
#define _DEFAULT_SOURCE /* madvise */
#include "base/pages.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const size_t large_page = (size_t)2 << 20;

void
pages_advise(void *at, size_t size)
{
	uintptr_t before = (large_page - (uintptr_t)at % large_page) % large_page;

	if (size < before + large_page)
		return;
#ifdef MADV_HUGEPAGE
	(void)madvise(
	    (char *)at + before, (size - before) / large_page * large_page, MADV_HUGEPAGE);
#endif
}

void
pages_drop(void *at, size_t size)
{
	static const size_t page =
	    4096; /* where pages are larger the call is refused, and nothing is lost */
	uintptr_t before = (page - (uintptr_t)at % page) % page;

	if (size < before + page)
		return;
#ifdef MADV_DONTNEED
	(void)madvise((char *)at + before, (size - before) / page * page, MADV_DONTNEED);
#endif
}

/* Two copies of a gigabyte are never there at once: what has been copied goes. */
static void
move_pages(char *to, char *from, size_t size)
{
	static const size_t step = (size_t)16 << 20;

	for (size_t at = 0; at < size; at += step) {
		size_t n = size - at < step ? size - at : step;

		memcpy(to + at, from + at, n);
		pages_drop(from + at, n);
	}
}

/* realloc would touch the new place, copying, before it can be advised. */
void *
pages_grow(void *old, size_t used, size_t size)
{
	void *at;

	if (size < 2 * large_page)
		return realloc(old, size);
	if (posix_memalign(&at, large_page, size) != 0)
		return NULL;
	pages_advise(at, size);
	move_pages(at, old, used);
	free(old);
	return at;
}

size_t
pages_capacity(size_t cap, size_t need, size_t size)
{
	static const size_t some_pages = 2, many_pages = 32;

	while (cap < need)
		cap *= 2;
	if (cap * size >= some_pages * large_page && cap * size < many_pages * large_page)
		cap = many_pages * large_page / size;
	return cap;
}
