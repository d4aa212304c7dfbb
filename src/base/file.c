/* file.c - see file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum coord_err
file_read_whole(const char *path, struct buf *out, struct coord_error *err)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0) {
		char *at = buf_reserve(out, (size_t)1 << 16);

		if (at == NULL)
			break;
		n = read(fd, at, (size_t)1 << 16);
		if (n > 0)
			out->len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (n < 0)
		(void)error_set(err, COORD_EIO, "cannot read %s: %s", path, strerror(errno));
	if (fd > STDERR_FILENO)
		(void)close(fd);
	if (n < 0)
		return COORD_EIO;
	return out->failed
		   ? error_set(err, COORD_ELIMIT, "%s: larger than %zu bytes", path, out->max)
		   : COORD_OK;
}
