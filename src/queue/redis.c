/* redis.c - the queue in Redis 7: a stream with a consumer group whose entries are permits, and the order of the jobs beside it.
 * redis.lua says how, and is all of the logic; here are only the calls and the waiting.
 *
 * Fairness: not by streams for each owner, which a worker would have to read in turn and a scaler could not sum up, but by one script
 * that gives the job whose turn it is to whoever holds a permit. KEDA (trigger redis-streams) scales on stream "coord:jobs", consumerGroup
 * "workers", lagCount: the lag is the number of ready jobs.
 * Leases are idle times on the server's clock, judged by the lease of whoever would take over: all workers of a service have the same.
 * What Redis forgets (no appendonly, FLUSHALL, eviction) the store puts again; group and permits are made anew when they are missed.
 * A claim takes one round trip when something is ready, done another. */
#include "queue/queue.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "queue/ops.h"
#include "queue/redis_conn.h"

enum { NUMBER_TEXT = 24, VERSION_LEAST = 7, PUT_AT_ONCE = 200, SWEEP_US = 100000 };

struct redis_queue {
	struct queue base;
	struct redis_pool *pool;
	int wake_fd; /* readable once queue_wake was called */
	atomic_bool stopped;
	atomic_int_fast64_t swept_us; /* when ended leases were looked for */
};

static struct redis_queue *
of(struct queue *queue)
{
	return (struct redis_queue *)(void *)queue;
}

static struct sv
number(int64_t value, char room[NUMBER_TEXT])
{
	int len = snprintf(room, NUMBER_TEXT, "%" PRId64, value);

	return (struct sv){ room, (size_t)len };
}

static void
reply_free(redisReply **reply)
{
	freeReplyObject(*reply);
}

static struct sv
element(const redisReply *reply, size_t i)
{
	if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements ||
	    reply->element[i]->type != REDIS_REPLY_STRING)
		return SV("");
	return (struct sv){ reply->element[i]->str, (size_t)reply->element[i]->len };
}

static int64_t
element_int(const redisReply *reply, size_t i)
{
	if (reply->type != REDIS_REPLY_ARRAY || i >= reply->elements ||
	    reply->element[i]->type != REDIS_REPLY_INTEGER)
		return 0;
	return reply->element[i]->integer;
}

static int64_t
text_int(struct sv text)
{
	int64_t value = 0;

	return sv_to_i64(text, &value) ? value : 0;
}

static void
copy_text(struct sv text, char *ret, size_t size)
{
	size_t len = text.len < size ? text.len : size - 1;

	memcpy(ret, text.data, len);
	ret[len] = '\0';
}

/* --- opening ----------------------------------------------------------------------------------------------------- */

/** Streams can tell their lag since 7.0. */
static enum coord_err
check_version(struct redis_queue *q, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	struct sv info, version;
	uint64_t major = 0;
	size_t at;

	TRY(redis_command(
	    q->pool, 2, (const struct sv[]){ SV("INFO"), SV("server") }, &reply, err));
	if (reply->type != REDIS_REPLY_STRING)
		return COORD_OK;
	info = (struct sv){ reply->str, (size_t)reply->len };
	at = sv_find(info, SV("redis_version:"));
	if (at == SIZE_MAX)
		return COORD_OK;
	version = sv_skip(info, at + sizeof("redis_version:") - 1);
	version = sv_trim(sv_cut(&version, '\n'));
	info = version;
	if (!sv_to_u64(sv_cut(&info, '.'), &major) || major < VERSION_LEAST)
		return error_set(err, COORD_EUNAVAIL, "queue: redis %.*s: expected 7.0 or later",
		    SV_ARG(version));
	return COORD_OK;
}

static enum coord_err
make_group(struct redis_queue *q, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;

	return redis_script(q->pool, 1, (const struct sv[]){ SV("group") }, &reply, err);
}

static enum coord_err
start(struct redis_queue *q, const struct redis_url *url, struct coord_error *err)
{
	TRY(redis_pool_new(url, &q->pool, err));
	q->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (q->wake_fd < 0)
		return error_set(err, COORD_EUNAVAIL, "queue: %s", strerror(errno));
	TRY(check_version(q, err));
	return make_group(q, err);
}

static void
redis_close(struct queue *queue)
{
	struct redis_queue *q = of(queue);

	redis_pool_free(q->pool);
	if (q->wake_fd >= 0)
		(void)close(q->wake_fd);
	free(q);
}

static enum coord_err
redis_open(const char *url, struct queue **ret, struct coord_error *err)
{
	struct redis_url parts;
	struct redis_queue *q;
	enum coord_err rc;

	TRY(redis_url_parse(sv_from(url), &parts, err));
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		return error_set(err, COORD_ENOMEM, "queue: out of memory");
	q->base.ops = &queue_redis;
	q->wake_fd = -1;
	rc = start(q, &parts, err);
	OPENSSL_cleanse(&parts, sizeof(parts));
	if (rc != COORD_OK) {
		redis_close(&q->base);
		return rc;
	}
	*ret = &q->base;
	return COORD_OK;
}

static enum coord_err
redis_ping(struct queue *queue, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;

	return redis_command(of(queue)->pool, 1, (const struct sv[]){ SV("PING") }, &reply, err);
}

/* --- putting ----------------------------------------------------------------------------------------------------- */

static enum coord_err
put_some(struct redis_queue *q, const struct queue_item *items, size_t n, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	struct sv args[1 + 4 * PUT_AT_ONCE];
	char times[PUT_AT_ONCE][NUMBER_TEXT];
	size_t at = 0;

	args[at++] = SV("put");
	for (size_t i = 0; i < n; i++) {
		args[at++] = sv_from(items[i].id);
		args[at++] = sv_from(items[i].owner);
		args[at++] = items[i].priority == 0 ? SV("0") : SV("1");
		args[at++] = number(items[i].not_before_us, times[i]);
	}
	return redis_script(q->pool, at, args, &reply, err);
}

static enum coord_err
redis_put(struct queue *queue, const struct queue_item *items, size_t n, struct coord_error *err)
{
	for (size_t done = 0; done < n; done += PUT_AT_ONCE)
		TRY(put_some(
		    of(queue), items + done, n - done < PUT_AT_ONCE ? n - done : PUT_AT_ONCE, err));
	return COORD_OK;
}

static void
redis_wake(struct queue *queue)
{
	struct redis_queue *q = of(queue);
	const uint64_t one = 1;

	atomic_store(&q->stopped, true);
	if (write(q->wake_fd, &one, sizeof(one)) < 0)
		return; /* full: it is readable as it is */
}

/* --- claiming ---------------------------------------------------------------------------------------------------- */

struct claimer {
	struct redis_queue *q;
	struct sv consumer;
	int64_t lease_us;
};

static bool
time_to_sweep(struct redis_queue *q)
{
	int64_t now = clock_steady(), last = atomic_load(&q->swept_us);

	if (last != 0 && now - last < SWEEP_US)
		return false;
	atomic_store(&q->swept_us, now);
	return true;
}

static void
read_job(const redisReply *reply, struct queue_job *ret)
{
	struct sv entry = element(reply, 5), claim = element(reply, 6);

	*ret = (struct queue_job){
		.item.priority = sv_eq(element(reply, 2), SV("1")),
		.item.not_before_us = text_int(element(reply, 3)),
		.deliveries = (uint32_t)text_int(element(reply, 4)),
	};
	copy_text(element(reply, 0), ret->item.id, sizeof(ret->item.id));
	copy_text(element(reply, 1), ret->item.owner, sizeof(ret->item.owner));
	(void)snprintf(ret->ticket, sizeof(ret->ticket), "%.*s/%.*s", SV_ARG(entry), SV_ARG(claim));
}

/** One look, with a permit in hand or "". COORD_ENODATA: *due_us is when the next delayed one comes (0: none is there). */
static enum coord_err
look(const struct claimer *c, int64_t now_us, bool sweep, struct sv permit, struct queue_job *ret,
    int64_t *due_us, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	char now[NUMBER_TEXT], lease[NUMBER_TEXT];
	const struct sv args[] = { SV("claim"), c->consumer, number(now_us, now),
		number(c->lease_us < 1000 ? 1 : c->lease_us / 1000, lease),
		sweep ? SV("1") : SV("0"), permit };

	TRY(redis_script(c->q->pool, sizeof(args) / sizeof(args[0]), args, &reply, err));
	if (reply->type == REDIS_REPLY_ARRAY && reply->elements == 7) {
		read_job(reply, ret);
		return COORD_OK;
	}
	*due_us = text_int(element(reply, 0));
	return COORD_ENODATA;
}

/** The entry's id in the answer of XREADGROUP: [[stream, [[id, fields]]]]. */
static struct sv
entry_of(const redisReply *reply)
{
	for (int depth = 0; depth < 4; depth++) {
		size_t at = depth == 1 ? 1 : 0;

		if (reply->type != REDIS_REPLY_ARRAY || reply->elements <= at)
			return SV_NONE;
		reply = reply->element[at];
	}
	return reply->type == REDIS_REPLY_STRING ? (struct sv){ reply->str, (size_t)reply->len }
						 : SV_NONE;
}

/** Sleeps at the server until there is a permit. COORD_ENODATA: none came. */
static enum coord_err
wait_for_permit(
    const struct claimer *c, int64_t wait_us, char ret[QUEUE_TICKET_MOST], struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	char block[NUMBER_TEXT];
	const struct sv args[] = { SV("XREADGROUP"), SV("GROUP"), SV("workers"), c->consumer,
		SV("COUNT"), SV("1"), SV("BLOCK"),
		number(wait_us < 1000 ? 1 : wait_us / 1000, block), SV("STREAMS"), SV("coord:jobs"),
		SV(">") };
	struct sv entry;

	TRY(redis_block(
	    c->q->pool, sizeof(args) / sizeof(args[0]), args, wait_us, c->q->wake_fd, &reply, err));
	if (reply->type == REDIS_REPLY_ERROR)
		return make_group(c->q, err) == COORD_OK ? COORD_ENODATA : COORD_EUNAVAIL;
	entry = entry_of(reply);
	if (entry.data == NULL)
		return COORD_ENODATA;
	copy_text(entry, ret, QUEUE_TICKET_MOST);
	return COORD_OK;
}

static void
give_back(struct redis_queue *q, const char *permit)
{
	CLEANUP(reply_free) redisReply *reply = NULL;

	/* when this fails the permit comes back with the end of its lease */
	if (redis_script(q->pool, 2, (const struct sv[]){ SV("give_back"), sv_from(permit) },
		&reply, NULL) != COORD_OK)
		return;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/** Away: whoever asks again and again shall not do so without a pause. */
static void
pause_for(struct redis_queue *q, int64_t wait_us)
{
	struct pollfd fd = { .fd = q->wake_fd, .events = POLLIN };
	int64_t pause_us = least(redis_pause_us(q->pool), wait_us);

	if (pause_us > 0)
		(void)poll(&fd, 1, (int)(pause_us / 1000) + 1);
}

static enum coord_err
claim_waiting(const struct claimer *c, int64_t now_us, int64_t wait_us, struct queue_job *ret,
    struct coord_error *err)
{
	int64_t start_us = clock_steady();
	char permit[QUEUE_TICKET_MOST] = "";
	bool sweep = time_to_sweep(c->q);

	for (;;) {
		int64_t past_us = clock_steady() - start_us, due_us = 0, nap_us;
		enum coord_err rc =
		    look(c, now_us + past_us, sweep, sv_from(permit), ret, &due_us, err);

		(void)queue_told(&c->q->base, QUEUE_CLAIM, start_us + past_us, rc);
		if (rc != COORD_ENODATA)
			return rc;
		nap_us = least(wait_us - past_us, QUEUE_LOOK_US);
		if (due_us > 0)
			nap_us = least(nap_us, due_us - now_us - past_us + 1000);
		if (wait_us <= past_us || atomic_load(&c->q->stopped))
			return error_set(err, COORD_ENODATA, "queue: no job came");
		permit[0] = '\0';
		rc = wait_for_permit(c, nap_us, permit, err);
		if (rc != COORD_OK && rc != COORD_ENODATA)
			return rc;
		if (rc == COORD_OK && atomic_load(&c->q->stopped)) {
			give_back(c->q, permit);
			return error_set(err, COORD_ENODATA, "queue: no job came");
		}
		sweep = rc == COORD_ENODATA;
	}
}

static enum coord_err
redis_claim(struct queue *queue, const char *consumer, int64_t now_us, int64_t lease_us,
    int64_t wait_us, struct queue_job *ret, struct coord_error *err)
{
	const struct claimer claimer = { of(queue), sv_from(consumer), lease_us };
	int64_t start_us = clock_steady();
	struct queue_job job;
	enum coord_err rc = claim_waiting(&claimer, now_us, wait_us, &job, err);

	if (rc == COORD_OK)
		*ret = job;
	else if (rc == COORD_EUNAVAIL)
		pause_for(claimer.q, wait_us - (clock_steady() - start_us));
	return rc;
}

/* --- what comes after -------------------------------------------------------------------------------------------- */

/** A verb on a claim; *ret_held: it still was that claim's. */
static enum coord_err
on_claim(struct queue *queue, struct sv verb, const struct queue_job *job, int64_t last,
    bool *ret_held, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	struct sv claim = sv_from(job->ticket), entry = sv_cut(&claim, '/');
	char room[NUMBER_TEXT];
	const struct sv args[] = { verb, sv_from(job->item.id), entry, claim, number(last, room) };

	if (claim.data == NULL || entry.len == 0)
		return error_set(err, COORD_EINVALID, "queue: not a ticket of this queue's");
	TRY(redis_script(of(queue)->pool, 5, args, &reply, err));
	*ret_held = reply->type == REDIS_REPLY_INTEGER && reply->integer == 1;
	return COORD_OK;
}

static enum coord_err
redis_extend(struct queue *queue, const struct queue_job *job, int64_t now_us, int64_t lease_us,
    struct coord_error *err)
{
	bool held = false;

	(void)now_us; /* the server's clock, and the lease of whoever would take over */
	(void)lease_us;
	TRY(on_claim(queue, SV("extend"), job, 0, &held, err));
	return held ? COORD_OK
		    : error_set(err, COORD_ENODATA, "queue: %s: the claim was lost", job->item.id);
}

static enum coord_err
redis_done(struct queue *queue, const struct queue_job *job, struct coord_error *err)
{
	bool held = false;

	return on_claim(queue, SV("done"), job, 0, &held, err);
}

static enum coord_err
redis_retry(struct queue *queue, const struct queue_job *job, int64_t not_before_us,
    struct coord_error *err)
{
	bool held = false;

	return on_claim(queue, SV("retry"), job, not_before_us, &held, err);
}

static enum coord_err
redis_remove(struct queue *queue, const char *id, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;

	return redis_script(
	    of(queue)->pool, 2, (const struct sv[]){ SV("remove"), sv_from(id) }, &reply, err);
}

static enum coord_err
redis_depth(struct queue *queue, int64_t now_us, struct queue_depth *ret, struct coord_error *err)
{
	CLEANUP(reply_free) redisReply *reply = NULL;
	char now[NUMBER_TEXT];

	TRY(redis_script(of(queue)->pool, 2,
	    (const struct sv[]){ SV("depth"), number(now_us, now) }, &reply, err));
	*ret = (struct queue_depth){
		.ready = { (uint64_t)element_int(reply, 0), (uint64_t)element_int(reply, 1) },
		.delayed = (uint64_t)element_int(reply, 2),
		.claimed = (uint64_t)element_int(reply, 3),
		.oldest_us = element_int(reply, 4),
	};
	return COORD_OK;
}

const struct queue_ops queue_redis = {
	.kind = "redis",
	.open = redis_open,
	.close = redis_close,
	.ping = redis_ping,
	.put = redis_put,
	.claim = redis_claim,
	.extend = redis_extend,
	.done = redis_done,
	.retry = redis_retry,
	.remove = redis_remove,
	.depth = redis_depth,
	.wake = redis_wake,
};
