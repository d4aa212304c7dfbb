/* mapped.c - a file in memory, read when it is touched; see source.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/offline/source.h"

enum coord_err
mapped_open(const char *path, struct mapped *ret, struct coord_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
	struct stat st;
	void *at;

	if (fd < 0)
		return error_set(err, COORD_EIO, "cannot read %s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
		(void)close(fd);
		return error_set(
		    err, COORD_EPARSE, "%s: expected a file with something in it", path);
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (at == MAP_FAILED)
		return error_set(err, COORD_EIO, "cannot map %s: %s", path, strerror(errno));
	*ret = (struct mapped){ at, (size_t)st.st_size, at };
	return COORD_OK;
}

void
mapped_close(struct mapped *file)
{
	if (file->at != NULL)
		(void)munmap(file->at, file->len);
	*file = (struct mapped){ NULL, 0, NULL };
}
