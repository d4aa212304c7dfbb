/* clock.c - see clock.h. */
#include "base/clock.h"

#include <errno.h>

#include "base/timestamp.h"

static struct timespec
spec_of(int64_t us)
{
	return (struct timespec){ .tv_sec = (time_t)(us / TIME_SECOND),
		.tv_nsec = (long)(us % TIME_SECOND) * 1000 };
}

int64_t
clock_of(clockid_t clock)
{
	struct timespec now = { 0 };

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

int64_t
clock_wall(void)
{
	return clock_of(CLOCK_REALTIME);
}

int64_t
clock_steady(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

void
clock_sleep(int64_t us)
{
	struct timespec wait = spec_of(us);

	if (us > 0)
		(void)nanosleep(&wait, NULL);
}

void
clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t steady;

	(void)pthread_condattr_init(&steady);
	(void)pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	(void)pthread_cond_init(cond, &steady);
	(void)pthread_condattr_destroy(&steady);
}

bool
clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us)
{
	struct timespec until = spec_of(until_us > 0 ? until_us : 0);

	return pthread_cond_timedwait(cond, lock, &until) != ETIMEDOUT;
}
