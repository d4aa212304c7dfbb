/* clock.h - the two clocks, in microseconds: wall time for what is stored or shown, steady time for what is waited for. Wall time is set by
 * people and NTP, forward and back; a wait by it would last as long as the clock was set back. */
#ifndef COORD_BASE_CLOCK_H
#define COORD_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Since 1970 (CLOCK_REALTIME), as in timestamp.h. */
int64_t clock_wall(void);
/** Since some moment in the past, never back (CLOCK_MONOTONIC). */
int64_t clock_steady(void);
/** Another one, as CLOCK_PROCESS_CPUTIME_ID. */
int64_t clock_of(clockid_t clock);
/** May end early, by a signal. */
void clock_sleep(int64_t us);

/** A condition for clock_cond_wait. */
void clock_cond_init(pthread_cond_t *cond);
/** Waits until it is signalled (or for no reason), or until the steady clock shows `until_us`. False: it does. The lock is held, before and after. */
bool clock_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_us);

#endif
