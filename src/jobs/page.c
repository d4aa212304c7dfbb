/* page.c - see page.h. */
#define _GNU_SOURCE /* memfd_create */
#include "jobs/page.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct page *
map(int fd)
{
	void *at = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

struct page *
page_new(int *ret_fd)
{
	int fd = memfd_create("coord-page", MFD_CLOEXEC);
	struct page *page = NULL;

	if (fd >= 0 && ftruncate(fd, sizeof(struct page)) == 0)
		page = map(fd);
	if (page == NULL && fd >= 0)
		(void)close(fd);
	*ret_fd = page == NULL ? -1 : fd;
	return page;
}

struct page *
page_from(int fd)
{
	struct stat st;
	struct page *page = NULL;

	if (fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof(struct page))
		page = map(fd);
	(void)close(fd);
	return page;
}

void
page_free(struct page *page)
{
	if (page != NULL)
		(void)munmap(page, sizeof(*page));
}
