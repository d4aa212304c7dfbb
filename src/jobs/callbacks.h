/* callbacks.h - terminal answers delivered to callback_urls (private to jobs/; called by upkeep.c). */
#ifndef COORD_JOBS_CALLBACKS_H
#define COORD_JOBS_CALLBACKS_H

#include "jobs/jobs.h"

struct callbacks;

/** What deliveries share: the gate and the secrets of the configuration. COORD_EINVALID names the setting. */
MUST_CHECK enum coord_err callbacks_new(
    const struct jobs_world *world, struct callbacks **ret, struct coord_error *err);
void callbacks_free(struct callbacks *callbacks);
/** Takes what is due from the store, a few at a time, and tries each once. Blocks no longer than one delivery's deadline. COORD_EUNAVAIL: the store is away. */
MUST_CHECK enum coord_err callbacks_deliver(
    struct callbacks *callbacks, int64_t now_us, struct coord_error *err);
/** Deliveries in progress end soon (from another thread). */
void callbacks_wake(struct callbacks *callbacks);

#endif
