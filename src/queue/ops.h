/* ops.h - what an implementation of the queue is (private to queue/): one table of functions, chosen once from the URL's scheme.
 * The functions have the contracts of queue.h. */
#ifndef COORD_QUEUE_OPS_H
#define COORD_QUEUE_OPS_H

#include "queue/queue.h"

struct queue_ops {
	const char *kind;
	enum coord_err (*open)(const char *url, struct queue **ret, struct coord_error *err);
	void (*close)(struct queue *queue);
	enum coord_err (*ping)(struct queue *queue, struct coord_error *err);
	enum coord_err (*put)(
	    struct queue *queue, const struct queue_item *items, size_t n, struct coord_error *err);
	enum coord_err (*claim)(struct queue *queue, const char *consumer, int64_t now_us,
	    int64_t lease_us, int64_t wait_us, struct queue_job *ret, struct coord_error *err);
	enum coord_err (*extend)(struct queue *queue, const struct queue_job *job, int64_t now_us,
	    int64_t lease_us, struct coord_error *err);
	enum coord_err (*done)(
	    struct queue *queue, const struct queue_job *job, struct coord_error *err);
	enum coord_err (*retry)(struct queue *queue, const struct queue_job *job,
	    int64_t not_before_us, struct coord_error *err);
	enum coord_err (*remove)(struct queue *queue, const char *id, struct coord_error *err);
	enum coord_err (*depth)(
	    struct queue *queue, int64_t now_us, struct queue_depth *ret, struct coord_error *err);
	void (*wake)(struct queue *queue);
};

/** First member of an implementation's own struct. */
struct queue {
	const struct queue_ops *ops;
	queue_observer *observer; /* NULL: none */
	void *observer_context;
};

extern const struct queue_ops queue_sqlite, queue_redis;

/** One claim in this many looks at bulk first. */
enum { QUEUE_BULK_EVERY = 8 };
/** No wait is longer without a look: what came without a word is found then. */
#define QUEUE_LOOK_US INT64_C(1000000)

/** Microseconds of a clock that nobody turns: for measuring waits. */
/** Tells the observer of a call that began at start_us by that clock; returns `rc`. */
enum coord_err queue_told(
    struct queue *queue, enum queue_operation operation, int64_t start_us, enum coord_err rc);

#endif
