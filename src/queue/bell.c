/* bell.c - futex(2) on a shared file mapping: the kernel knows the word by file and offset, so the processes need nothing else in common. */
#define _GNU_SOURCE /* syscall */
#include "queue/bell.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BELL_SIZE = 4096 };

static enum coord_err
fail(const char *path, const char *what, struct coord_error *err)
{
	return error_set(err, COORD_EUNAVAIL, "queue: %s: %s: %s", path, what, strerror(errno));
}

static enum coord_err
bell_map(struct bell *bell, const char *path, struct coord_error *err)
{
	void *at;

	/* a hole in the file would be a SIGBUS on a full disk */
	if ((errno = posix_fallocate(bell->fd, 0, BELL_SIZE)) != 0)
		return fail(path, "no room for it", err);
	at = mmap(NULL, BELL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, bell->fd, 0);
	if (at == MAP_FAILED)
		return fail(path, "cannot map", err);
	bell->count = at;
	return COORD_OK;
}

enum coord_err
bell_open(const char *path, const char *like, struct bell *ret, struct coord_error *err)
{
	struct bell bell = { .fd = -1, .count = NULL };
	struct stat st;
	enum coord_err rc;

	if (stat(like, &st) != 0)
		return fail(like, "cannot be looked at", err);
	bell.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, st.st_mode & 0666);
	if (bell.fd < 0)
		return fail(path, "cannot open", err);
	rc = bell_map(&bell, path, err);
	if (rc != COORD_OK) {
		bell_close(&bell);
		return rc;
	}
	*ret = bell;
	return COORD_OK;
}

void
bell_close(struct bell *bell)
{
	if (bell->count != NULL)
		(void)munmap(bell->count, BELL_SIZE);
	if (bell->fd >= 0)
		(void)close(bell->fd);
	bell->count = NULL;
	bell->fd = -1;
}

void
bell_ring(struct bell *bell, int waiters)
{
	__atomic_add_fetch(bell->count, 1, __ATOMIC_SEQ_CST);
	(void)syscall(SYS_futex, bell->count, FUTEX_WAKE, waiters, NULL, NULL, 0);
}

uint32_t
bell_count(const struct bell *bell)
{
	return __atomic_load_n(bell->count, __ATOMIC_SEQ_CST);
}

void
bell_wait(struct bell *bell, uint32_t count, int64_t wait_us)
{
	struct timespec wait = { .tv_sec = wait_us / TIME_SECOND,
		.tv_nsec = wait_us % TIME_SECOND * 1000 };

	if (wait_us > 0)
		(void)syscall(SYS_futex, bell->count, FUTEX_WAIT, count, &wait, NULL, 0);
}
