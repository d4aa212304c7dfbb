/* queue.c - picks the implementation from the URL's scheme and hands calls on. */
#include "queue/queue.h"

#include <time.h>

#include "queue/ops.h"

static const struct {
	const char *scheme;
	const struct queue_ops *ops;
} schemes[] = {
	{ "sqlite:", &queue_sqlite },
	{ "redis:", &queue_redis },
	{ "rediss:", &queue_redis },
};

int64_t
queue_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * TIME_SECOND + now.tv_nsec / 1000;
}

enum coord_err
queue_open(const char *url, struct queue **ret, struct coord_error *err)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (sv_starts(sv_from(url), sv_from(schemes[i].scheme)))
			return schemes[i].ops->open(url, ret, err);
	return error_set(
	    err, COORD_EINVALID, "queue: expected a URL that begins with sqlite: or redis://");
}

void
queue_close(struct queue *queue)
{
	if (queue != NULL)
		queue->ops->close(queue);
}

const char *
queue_kind(const struct queue *queue)
{
	return queue->ops->kind;
}

enum coord_err
queue_ping(struct queue *queue, struct coord_error *err)
{
	return queue->ops->ping(queue, err);
}

/** Texts come from this program; one that does not fit its field is not ended. */
static bool
ends_within(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

enum coord_err
queue_put(struct queue *queue, const struct queue_item *items, size_t n, struct coord_error *err)
{
	for (size_t i = 0; i < n; i++)
		if (items[i].id[0] == '\0' || !ends_within(items[i].id, QUEUE_ID_MOST) ||
		    !ends_within(items[i].owner, QUEUE_OWNER_MOST) || items[i].priority > 1)
			return error_set(err, COORD_EINVALID,
			    "queue: item %zu: expected an id, an owner and a priority of 0 or 1",
			    i);
	return n == 0 ? COORD_OK : queue->ops->put(queue, items, n, err);
}

enum coord_err
queue_claim(struct queue *queue, const char *consumer, int64_t now_us, int64_t lease_us,
    int64_t wait_us, struct queue_job *ret, struct coord_error *err)
{
	if (consumer[0] == '\0' || lease_us <= 0)
		return error_set(
		    err, COORD_EINVALID, "queue: a claim needs a consumer's name and a lease");
	return queue->ops->claim(queue, consumer, now_us, lease_us, wait_us, ret, err);
}

enum coord_err
queue_extend(struct queue *queue, const struct queue_job *job, int64_t now_us, int64_t lease_us,
    struct coord_error *err)
{
	return queue->ops->extend(queue, job, now_us, lease_us, err);
}

enum coord_err
queue_done(struct queue *queue, const struct queue_job *job, struct coord_error *err)
{
	return queue->ops->done(queue, job, err);
}

enum coord_err
queue_retry(struct queue *queue, const struct queue_job *job, int64_t not_before_us,
    struct coord_error *err)
{
	return queue->ops->retry(queue, job, not_before_us, err);
}

enum coord_err
queue_remove(struct queue *queue, const char *id, struct coord_error *err)
{
	return queue->ops->remove(queue, id, err);
}

enum coord_err
queue_depth(struct queue *queue, int64_t now_us, struct queue_depth *ret, struct coord_error *err)
{
	return queue->ops->depth(queue, now_us, ret, err);
}

void
queue_wake(struct queue *queue)
{
	queue->ops->wake(queue);
}
