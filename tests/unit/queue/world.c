/* world.c - what the tests of all implementations share. */
#include "world.h"

#include <stdio.h>

struct world world;

struct queue *
world_open(void)
{
	struct coord_error err = { 0 };
	struct queue *queue = NULL;

	if (queue_open(world.url, &queue, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return queue;
}

void
world_put_one(const char *id, const char *owner, unsigned priority, int64_t not_before_us)
{
	struct queue_item item = { .priority = priority, .not_before_us = not_before_us };

	(void)snprintf(item.id, sizeof(item.id), "%s", id);
	(void)snprintf(item.owner, sizeof(item.owner), "%s", owner);
	world_put(&item, 1);
}

struct queue_job
world_claim(const char *consumer)
{
	struct queue_job job = { 0 };
	struct coord_error err = { 0 };

	if (queue_claim(world.queue, consumer, clock_wall(), LONG_US, 0, &job, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return job;
}

void
world_claim_none(int64_t now)
{
	struct queue_job job;
	struct coord_error err = { 0 };
	enum coord_err rc = queue_claim(world.queue, "none", now, LONG_US, 0, &job, &err);

	if (rc == COORD_OK)
		fail_msg("%s was claimed", job.item.id);
	assert_int_equal(rc, COORD_ENODATA);
}

void
world_done(const struct queue_job *job)
{
	struct coord_error err = { 0 };

	if (queue_done(world.queue, job, &err) != COORD_OK)
		fail_msg("%s", err.what);
}
