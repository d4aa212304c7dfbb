/* beat.h - the heartbeat of a worker process: one thread that keeps the lease of the job in hand, tells how far it is, sees that it was cancelled and that the
 * process has to stop (private to jobs/).
 * The engine cannot be interrupted within a stage, so a job that was cancelled, or does not end before the stop's deadline, ends with the process: the
 * thread puts the job back (or forgets it) and leaves by _exit. That never happens between beat_ending and beat_idle, when the outcome is being written. */
#ifndef COORD_JOBS_BEAT_H
#define COORD_JOBS_BEAT_H

#include "jobs/jobs.h"
#include "jobs/page.h"

struct beat;

/** `page` may be NULL. */
MUST_CHECK enum coord_err beat_start(const struct jobs_world *world, struct page *page,
    const _Atomic bool *stop, struct beat **ret, struct coord_error *err);
void beat_stop(struct beat *beat);

/** This attempt is under way. */
void beat_running(struct beat *beat, const struct held *held);
/** A jobs_progress: `context` is the struct beat. False when the job was cancelled. */
bool beat_tell(void *context, const char *stage, double share);
/** No new job: told to stop, or the supervisor is gone. */
bool beat_stopping(const struct beat *beat);
/** Its outcome is being written: the lease is kept, the process stays. False: it was cancelled, there is nothing to write. */
bool beat_ending(struct beat *beat);
void beat_idle(struct beat *beat);

#endif
