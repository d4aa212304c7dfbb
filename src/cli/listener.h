/* listener.h - /metrics and /health of a process that has no API (private to cli/). */
#ifndef COORD_CLI_LISTENER_H
#define COORD_CLI_LISTENER_H

#include "metrics/metrics.h"

struct listener;

/** Whether the process can do its work now. */
typedef bool listener_ready(void *context);

/** Listens on "ADDRESS:PORT" ("[::1]:9100", port 0: any). COORD_EINVALID the address; COORD_EUNAVAIL taken. */
MUST_CHECK enum coord_err listener_start(const char *address, const struct metrics *metrics,
    listener_ready *ready, void *context, struct listener **ret, struct coord_error *err);
/** The port that was really taken. */
unsigned listener_port(const struct listener *listener);
void listener_stop(struct listener *listener);

#endif
