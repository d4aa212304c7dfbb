/* clock.h - the two clocks of the workers (private to jobs/): wall time for what is stored, monotonic time for what is waited for. */
#ifndef COORD_JOBS_CLOCK_H
#define COORD_JOBS_CLOCK_H

#include <time.h>

#include "base/timestamp.h"

static inline int64_t
clock_us(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

static inline int64_t
clock_wall(void)
{
	return clock_us(CLOCK_REALTIME);
}

static inline int64_t
clock_steady(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static inline void
clock_sleep(int64_t us)
{
	struct timespec wait = { (time_t)(us / TIME_SECOND), (long)(us % TIME_SECOND) * 1000 };

	(void)nanosleep(&wait, NULL);
}

#endif
