/* world.h - the world that a queue lives in, for tests: a database with the store's tables, or a redis-server of the test's own on a
 * free port. One table of tests runs in each. */
#ifndef COORD_TESTS_QUEUE_WORLD_H
#define COORD_TESTS_QUEUE_WORLD_H

#include "testing.h"

#include "queue/queue.h"

#define SECOND TIME_SECOND
#define LONG_US (120 * TIME_SECOND) /* a wait that only a failing test waits to the end */

struct world {
	const char *kind;
	char folder[64];
	char url[256];
	struct queue *queue;
};

extern struct world world;

/** Fails the test when it does not open. */
struct queue *world_open(void);
/** Accepts as the store does, and puts. */
void world_put(const struct queue_item *items, size_t n);
void world_put_one(const char *id, const char *owner, unsigned priority, int64_t not_before_us);
/** A claim that has to come at once. */
struct queue_job world_claim(const char *consumer);
/** Fails unless nothing can be claimed at `now`. */
void world_claim_none(int64_t now);
void world_done(const struct queue_job *job);

/** setup and teardown of each test, by kind */
int sqlite_start(void **state);
int sqlite_stop(void **state);
/** Rows of `jobs`, as the store writes them; and any other statement of the store's. */
void sqlite_accept(const struct queue_item *items, size_t n);
void sqlite_run(const char *text);
int redis_start(void **state);
int redis_stop(void **state);

/** The tests that hold for every implementation. */
int run_both(const char *name, int (*setup)(void **), int (*teardown)(void **));

#endif
