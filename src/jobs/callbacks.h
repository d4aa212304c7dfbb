/* callbacks.h - telling clients that their analyses have ended (private to jobs/). Signed by Standard Webhooks, tried for three days, never
 * waited for: deliveries run in threads of their own, so many a host and an owner, that a dead receiver holds up nobody but itself. */
#ifndef COORD_JOBS_CALLBACKS_H
#define COORD_JOBS_CALLBACKS_H

#include "jobs/jobs.h"

struct callbacks;

/** COORD_EINVALID names the setting that is wrong. Uses world->net, or one of its own when that is NULL. */
MUST_CHECK enum coord_err callbacks_new(
    const struct jobs_world *world, struct callbacks **ret, struct coord_error *err);
/** Takes what is due and hands it to threads; does not wait for them. Call it about every half second. */
MUST_CHECK enum coord_err callbacks_deliver(
    struct callbacks *callbacks, int64_t now_us, struct coord_error *err);
/** Cancels what is on its way (it is tried again when its lease ends, in this or another process) and waits for the threads. */
void callbacks_free(struct callbacks *callbacks);

/* --- one try (callback_try.c) ---------------------------------------------------------------------------------------------- */

enum callback_verdict {
	CALLBACK_DELIVERED,
	CALLBACK_RETRY,
	CALLBACK_DEAD,
	CALLBACK_REFUSED,
	CALLBACK_STOPPED
};

struct callback_try {
	const struct store_callback *callback;
	struct sv body;    /* the terminal CoordinationResponse */
	struct sv secrets; /* "whsec_..." separated by blanks */
	const struct net_gate *gate;
	struct net *net;
	int64_t now_us;
	const volatile bool *cancel;
};
struct callback_outcome {
	enum callback_verdict verdict;
	int64_t next_us; /* of CALLBACK_RETRY */
	/* for the operator; nothing of what the receiver answered but the status */
	char error[256];
};
/** Posts once. */
void callback_post(const struct callback_try *t, struct callback_outcome *ret);
/** When to try again after `attempts` failed tries (1 or more) of the delivery `id`: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, a tenth
 *  more or less, but not before `retry_after_us` (a day at most). 0: enough. */
int64_t callback_wait(const char *id, uint32_t attempts, int64_t retry_after_us);

#endif
