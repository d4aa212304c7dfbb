/* turned_clock.c - a wall clock that a test turns (LD_PRELOAD): the real one and as many microseconds as stand, in binary, in the file TURNED_CLOCK.
 * As when somebody sets it: steady time goes on, and what sleeps in the kernel is not told. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t second = 1000000;
static const int64_t
    *turned; /* shared with whoever turns it; libraries that begin before this one find none */

__attribute__((constructor)) static void
find_clock(void)
{
	const char *path = getenv("TURNED_CLOCK");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*turned), PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		_exit(127);
	turned = at;
	(void)close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	long rc = syscall(SYS_clock_gettime, clock, ret);

	if (rc == 0 && turned != NULL &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
		int64_t us = (int64_t)ret->tv_sec * second + ret->tv_nsec / 1000 +
			     __atomic_load_n(turned, __ATOMIC_RELAXED);

		ret->tv_sec = us / second;
		ret->tv_nsec = us % second * 1000 + ret->tv_nsec % 1000;
	}
	return (int)rc;
}

int
gettimeofday(struct timeval *ret, void *zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	*ret = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
	return 0;
}

time_t
time(time_t *ret)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (ret != NULL)
		*ret = now.tv_sec;
	return now.tv_sec;
}
