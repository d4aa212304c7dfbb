/* outcome.h - how an attempt that did not succeed is put down: tried again later, or failed for good (private to jobs/). Used by the worker, and by the
 * supervisor for a worker that died. */
#ifndef COORD_JOBS_OUTCOME_H
#define COORD_JOBS_OUTCOME_H

#include "jobs/jobs.h"
#include "jobs/page.h"

enum outcome_kind {
	OUTCOME_AGAIN,     /* worth another try, while there are tries left; then a dead letter */
	OUTCOME_OWN_FAULT, /* the request's own fault: failed, not tried again */
};

/** Microseconds until attempt number `attempts` + 1: the base doubled each time up to the most, of which a part between a half and all is drawn by (id, attempts). */
int64_t outcome_wait(const struct config *config, struct sv id, uint32_t attempts);

/** Writes it into the store and the queue. COORD_OK also when the attempt was not the one that counts any more (cancelled, given to another). COORD_EUNAVAIL: the store
 *  or the queue is away; repeat it. */
MUST_CHECK enum coord_err outcome_put(const struct jobs_world *world, const struct held *held,
    enum outcome_kind kind, const char *reason, int64_t now_us, struct coord_error *err);

#endif
