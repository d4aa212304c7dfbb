/* file.c - see file.h. */
#define _GNU_SOURCE
#include "reference/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum coord_err
file_hash(const struct file_part *parts, size_t n, size_t hashed_from, uint64_t *ret_bytes,
    uint8_t ret_sha256[32], struct coord_error *err)
{
	struct sha256 *sha = sha256_new();

	if (sha == NULL)
		return error_set(err, COORD_ENOMEM, "reference: cannot hash");
	*ret_bytes = 0;
	for (size_t i = 0; i < n; i++) {
		size_t skip = i == 0 ? hashed_from : 0;

		*ret_bytes += parts[i].bytes;
		if (parts[i].bytes > skip)
			sha256_add(sha, (const char *)parts[i].data + skip, parts[i].bytes - skip);
	}
	sha256_end(sha, ret_sha256);
	return COORD_OK;
}

static bool
write_all(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

enum coord_err
file_write(const struct file_part *parts, size_t n, const char *path, struct coord_error *err)
{
	struct buf temporary = BUF_INIT(4096);
	enum coord_err rc = COORD_OK;
	bool ok = true;
	int fd;

	buf_printf(&temporary, "%s.XXXXXX", path);
	if (temporary.failed)
		return error_set(err, COORD_EINVALID, "reference: the path is too long");
	buf_add_char(&temporary, 0);
	fd = mkostemp(temporary.data, O_CLOEXEC);
	if (fd == -1) {
		rc = error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
		goto err0;
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = write_all(fd, parts[i].data, parts[i].bytes);
	ok = ok && fchmod(fd, 0644) == 0 && fsync(fd) == 0;
	if (close(fd) != 0 || !ok || rename(temporary.data, path) != 0) {
		rc = error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
		(void)unlink(temporary.data);
	}
err0:
	buf_clear(&temporary);
	return rc;
}

enum coord_err
file_map(const char *path, const char *what, struct file_map *ret, struct coord_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map;

	if (fd == -1)
		return error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0) {
		(void)close(fd);
		return error_set(err, COORD_EPARSE, "%s: not a %s", path, what);
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (map == MAP_FAILED)
		return error_set(err, COORD_EIO, "%s: %s", path, strerror(errno));
	*ret = (struct file_map){ map, (size_t)st.st_size };
	return COORD_OK;
}

void
file_unmap(struct file_map *map)
{
	if (map->data != NULL)
		(void)munmap(map->data, map->bytes);
	*map = (struct file_map){ NULL, 0 };
}

bool
file_take(const char **at, size_t *left, uint64_t n, size_t size, const void **ret)
{
	size_t bytes;

	if (n > SIZE_MAX / 2 || __builtin_mul_overflow((size_t)n, size, &bytes) || bytes > *left)
		return false;
	*ret = *at;
	*at += bytes;
	*left -= bytes;
	return true;
}
