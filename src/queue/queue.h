/* queue.h - which job is next. One interface, two implementations chosen from the URL's scheme: SQLite (the `jobs` table that
 * the store writes in the transaction that accepts an analysis) and Redis 7 Streams with a consumer group.
 *
 * At least once: what is claimed and not ended within its lease is given to somebody else. The store decides whether it
 * still has to be done (store_begin), so a queue may deliver twice, may forget everything (Redis without appendonly), and nothing is lost: what
 * the store says is stranded is put again.
 * Order: interactive before bulk (one in eight claims looks at bulk first, so that bulk moves too); among the same priority the
 * owner who was served least recently, then first come first served.
 * Threads: any number may use one queue; a claim waits without holding the others up. */
#ifndef COORD_QUEUE_H
#define COORD_QUEUE_H

#include "base/base.h"

struct queue;

enum { QUEUE_ID_MOST = 64, QUEUE_OWNER_MOST = 64, QUEUE_TICKET_MOST = 96 };

struct queue_item {
	char id[QUEUE_ID_MOST];       /* the analysis */
	char owner[QUEUE_OWNER_MOST]; /* for fairness */
	unsigned priority;            /* 0: interactive, 1: bulk */
	int64_t not_before_us;        /* 0: now */
};

/** A claim. `ticket` names it to the implementation. */
struct queue_job {
	struct queue_item item;
	char ticket[QUEUE_TICKET_MOST];
	uint32_t deliveries; /* of this item, this one included */
};

/** "sqlite:PATH", "sqlite:///PATH" or a bare path (the store's file, written as for store_open), or "redis://[:password@]host[:port][/db]". COORD_EINVALID; COORD_EUNAVAIL. No password in errors. */
MUST_CHECK enum coord_err queue_open(const char *url, struct queue **ret, struct coord_error *err);
void queue_close(struct queue *queue);
const char *queue_kind(const struct queue *queue);
MUST_CHECK enum coord_err queue_ping(struct queue *queue, struct coord_error *err);

/** After the store has accepted them. Putting one that is there already is no error. SQLite: only wakes those who wait. */
MUST_CHECK enum coord_err queue_put(
    struct queue *queue, const struct queue_item *items, size_t n, struct coord_error *err);
/** Waits up to wait_us for a job. COORD_ENODATA: none came; COORD_EUNAVAIL. `consumer`: a name unique among live workers. */
MUST_CHECK enum coord_err queue_claim(struct queue *queue, const char *consumer, int64_t now_us,
    int64_t lease_us, int64_t wait_us, struct queue_job *ret, struct coord_error *err);
/** COORD_ENODATA: the claim was lost (its lease ended and another has it). */
MUST_CHECK enum coord_err queue_extend(struct queue *queue, const struct queue_job *job,
    int64_t now_us, int64_t lease_us, struct coord_error *err);
/** Done with it, whatever came out. */
MUST_CHECK enum coord_err queue_done(
    struct queue *queue, const struct queue_job *job, struct coord_error *err);
/** Back into the queue, not before then. */
MUST_CHECK enum coord_err queue_retry(struct queue *queue, const struct queue_job *job,
    int64_t not_before_us, struct coord_error *err);
/** Cancelled: nobody needs to claim it any more. Not there: no error. */
MUST_CHECK enum coord_err queue_remove(
    struct queue *queue, const char *id, struct coord_error *err);

struct queue_depth {
	uint64_t ready[2]; /* by priority */
	uint64_t delayed, claimed;
	int64_t oldest_us; /* when the longest waiting ready one was put; 0: none */
};
MUST_CHECK enum coord_err queue_depth(
    struct queue *queue, int64_t now_us, struct queue_depth *ret, struct coord_error *err);
/** What calls cost, for whoever counts: told once for every way to the database or server and back, by the thread that went it (a claim's waiting is not
 *  in it). `failed`: COORD_EUNAVAIL or worse. At most one observer; set before other threads use the queue. */
enum queue_operation { QUEUE_PUT, QUEUE_CLAIM, QUEUE_DONE };
typedef void queue_observer(
    void *context, enum queue_operation operation, int64_t elapsed_us, bool failed);
void queue_observe(struct queue *queue, queue_observer *observer, void *context);
/** Unblocks all claims of this process that wait (they return COORD_ENODATA): for stopping. */
void queue_wake(struct queue *queue);

#endif
