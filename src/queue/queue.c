/* queue.c - picks the implementation from the URL's scheme and hands calls on. */
#include "queue/queue.h"

#include "queue/ops.h"

static const struct {
	const char *scheme;
	const struct queue_ops *ops;
} schemes[] = {
	{ "sqlite:", &queue_sqlite },
	{ "redis:", &queue_redis },
	{ "rediss:", &queue_redis },
};

void
queue_observe(struct queue *queue, queue_observer *observer, void *context)
{
	queue->observer_context = context;
	queue->observer = observer;
}

enum coord_err
queue_told(struct queue *queue, enum queue_operation operation, int64_t start_us, enum coord_err rc)
{
	bool answered = rc == COORD_OK || rc == COORD_ENODATA;

	if (queue->observer != NULL)
		queue->observer(
		    queue->observer_context, operation, clock_steady() - start_us, !answered);
	return rc;
}

/** A URL without a scheme is a path, as for the store. */
static bool
is_path(struct sv url)
{
	struct sv scheme = sv_first(url, sv_find_char(url, ':'));

	return url.len > 0 &&
	       (scheme.len == url.len || memchr(scheme.data, '/', scheme.len) != NULL);
}

enum coord_err
queue_open(const char *url, struct queue **ret, struct coord_error *err)
{
	if (is_path(sv_from(url)))
		return queue_sqlite.open(url, ret, err);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (sv_starts(sv_from(url), sv_from(schemes[i].scheme)))
			return schemes[i].ops->open(url, ret, err);
	if (sv_starts(sv_from(url), SV("postgres")))
		return error_set(err, COORD_EINVALID,
		    "queue: with PostgreSQL the queue is in Redis: set REDIS_URL");
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
	int64_t start_us;

	for (size_t i = 0; i < n; i++)
		if (items[i].id[0] == '\0' || !ends_within(items[i].id, QUEUE_ID_MOST) ||
		    !ends_within(items[i].owner, QUEUE_OWNER_MOST) || items[i].priority > 1)
			return error_set(err, COORD_EINVALID,
			    "queue: item %zu: expected an id, an owner and a priority of 0 or 1",
			    i);
	if (n == 0)
		return COORD_OK;
	start_us = clock_steady();
	return queue_told(queue, QUEUE_PUT, start_us, queue->ops->put(queue, items, n, err));
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
	int64_t start_us = clock_steady();

	return queue_told(
	    queue, QUEUE_DONE, start_us, queue->ops->extend(queue, job, now_us, lease_us, err));
}

enum coord_err
queue_done(struct queue *queue, const struct queue_job *job, struct coord_error *err)
{
	int64_t start_us = clock_steady();

	return queue_told(queue, QUEUE_DONE, start_us, queue->ops->done(queue, job, err));
}

enum coord_err
queue_retry(struct queue *queue, const struct queue_job *job, int64_t not_before_us,
    struct coord_error *err)
{
	int64_t start_us = clock_steady();

	return queue_told(
	    queue, QUEUE_DONE, start_us, queue->ops->retry(queue, job, not_before_us, err));
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
