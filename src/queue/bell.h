/* bell.h - a bell that processes hang beside a database (private to queue/): whoever puts something rings, whoever waits sleeps in the
 * kernel until then. A counter in a small file that all of them map, and a futex on it: no processor time while idle, tens of
 * microseconds when it rings, nothing to clean up after a kill.
 * It is only a hint: who relies on it looks again now and then, in case the file was removed or a ring got lost with its process. */
#ifndef COORD_QUEUE_BELL_H
#define COORD_QUEUE_BELL_H

#include "base/base.h"

struct bell {
	int fd;
	uint32_t *count; /* shared by the processes */
};

/** Makes the file when it is not there, readable and writable as `like` is. COORD_EUNAVAIL. */
MUST_CHECK enum coord_err bell_open(
    const char *path, const char *like, struct bell *ret, struct coord_error *err);
void bell_close(struct bell *bell);
/** Wakes up to `waiters`. Safe in a signal handler. */
void bell_ring(struct bell *bell, int waiters);
/** What bell_wait compares with: take it before looking for what the bell announces. */
uint32_t bell_count(const struct bell *bell);
/** Sleeps until it has rung since `count` was taken, at most wait_us. */
void bell_wait(struct bell *bell, uint32_t count, int64_t wait_us);

#endif
