/* page.h - what a worker process tells its supervisor, in a page of memory that both have: which job it has in hand, so that its attempt is failed at once, with
 * the reason, when the process dies (private to jobs/). One writer, the child, but of `leave`;
 * the supervisor reads it when the child is dead, but for `state` and `since_us`. */
#ifndef COORD_JOBS_PAGE_H
#define COORD_JOBS_PAGE_H

#include <stdatomic.h>
#include <sys/types.h>

#include "queue/queue.h"
#include "store/store.h"

enum page_state {
	PAGE_STARTING,
	PAGE_IDLE,
	PAGE_CLAIMED, /* `job` is claimed from the queue, not begun in the store */
	PAGE_RUNNING, /* `id`, `fence`, `attempts` are of the attempt under way */
};

/** A job in hand. */
struct held {
	struct queue_job job;
	char id[STORE_ID_LEN + 1];
	uint64_t fence;
	uint32_t attempts; /* this one included */
};

struct page {
	pid_t supervisor;
	_Atomic unsigned state;   /* enum page_state */
	_Atomic int64_t since_us; /* CLOCK_MONOTONIC of its last change */
	_Atomic bool leave;       /* by the supervisor: end between two jobs, a newer one comes */
	struct held held;
};

static inline void
page_turn(struct page *page, enum page_state state, int64_t monotonic_us)
{
	atomic_store_explicit(&page->since_us, monotonic_us, memory_order_relaxed);
	atomic_store_explicit(&page->state, (unsigned)state, memory_order_release);
}

/** A new page and its descriptor, close-on-exec (the supervisor hands it on by number). NULL: no memory. */
struct page *page_new(int *ret_fd);
/** The page behind a descriptor that was inherited, which is closed. NULL: it is none. */
struct page *page_from(int fd);
void page_free(struct page *page);

#endif
