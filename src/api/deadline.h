/* deadline.h - open connections, and the sweep that ends those which are late (private to api/).
 * The library's own time-out is one of idleness: a byte a second keeps a connection open for ever (measured). Here every
 * connection has an instant at which it has to be further; a thread looks a few times a second and shuts the socket of
 * those that are not, so that the library sees its end. */
#ifndef COORD_API_DEADLINE_H
#define COORD_API_DEADLINE_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

struct exchange;

struct connection {
	struct connection *next, *previous;
	int fd;
	_Atomic int64_t deadline_us; /* monotonic; 0: none */
	struct exchange *spare;      /* of the request before: used again */
};

struct deadlines {
	pthread_mutex_t lock;
	pthread_cond_t stop_wanted;
	pthread_t thread;
	bool stop;
	struct connection *first;
	_Atomic unsigned open;
	_Atomic uint64_t missed;
};

MUST_CHECK enum coord_err deadlines_start(struct deadlines *d, struct coord_error *err);
void deadlines_stop(struct deadlines *d);
/** NULL: no memory. */
struct connection *deadlines_open(struct deadlines *d, int fd, int64_t deadline_us);
/** Before the socket is closed. Frees it. */
void deadlines_closed(struct deadlines *d, struct connection *c);

#endif
