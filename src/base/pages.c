/* pages.c - madvise on the whole large pages inside a block. */
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
	if (used > 0)
		memcpy(at, old, used);
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
