/* redis_conn.c - see redis_conn.h. hiredis does the protocol; its calls block, with a time-out. */
#include "queue/redis_conn.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "queue/ops.h"

enum { IDLE_MOST = 16, ARGS_MOST = 4, CALL_S = 3, PAUSE_LEAST_US = 50000, PAUSE_MOST_US = 2000000 };

extern const char queue_lua[]; /* redis.lua */

struct conn {
	struct conn *next;
	redisContext *redis;
	char id[24]; /* CLIENT ID: for CLIENT UNBLOCK */
};

struct redis_pool {
	struct redis_url url;
	pthread_mutex_t lock; /* of all below */
	struct conn *idle;
	unsigned n_idle, failures;
	int64_t next_us; /* no attempt before */
	char why[128];   /* of the last failure */
	char sha[41];    /* of the script; "": not loaded yet */
};

static void
conn_free(struct conn *conn)
{
	if (conn == NULL)
		return;
	redisFree(conn->redis);
	free(conn);
}

static void
drop_idle(struct redis_pool *pool)
{
	while (pool->idle != NULL) {
		struct conn *next = pool->idle->next;

		conn_free(pool->idle);
		pool->idle = next;
	}
	pool->n_idle = 0;
}

static enum coord_err
unavailable(struct redis_pool *pool, struct coord_error *err)
{
	return error_set(err, COORD_EUNAVAIL, "queue: redis at %s: %s", pool->url.shown, pool->why);
}

/** Notes a failure: what is idle is as dead as what failed, and the next attempt waits. */
static void
failed(struct redis_pool *pool, const char *why)
{
	int64_t pause = PAUSE_LEAST_US;

	(void)pthread_mutex_lock(&pool->lock);
	for (unsigned i = 0; i < pool->failures && pause < PAUSE_MOST_US; i++)
		pause *= 2;
	pool->failures++;
	pool->next_us = clock_steady() + (pause < PAUSE_MOST_US ? pause : PAUSE_MOST_US);
	(void)snprintf(pool->why, sizeof(pool->why), "%s", why);
	drop_idle(pool);
	(void)pthread_mutex_unlock(&pool->lock);
}

static const char *
context_why(const redisContext *redis)
{
	if (redis == NULL)
		return "out of memory";
	if (redis->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
		return "no answer in time";
	return redis->errstr[0] != '\0' ? redis->errstr : "connection lost";
}

int64_t
redis_pause_us(struct redis_pool *pool)
{
	int64_t left;

	(void)pthread_mutex_lock(&pool->lock);
	left = pool->next_us - clock_steady();
	(void)pthread_mutex_unlock(&pool->lock);
	return left > 0 ? left : 0;
}

/* --- connecting -------------------------------------------------------------------------------------------------- */

/** One command of the greeting. False: `why` says what went wrong; the texts are Redis's own and hold no password. */
static bool
greet(struct conn *conn, int argc, const char **argv, char *why, size_t size)
{
	redisReply *reply = redisCommandArgv(conn->redis, argc, argv, NULL);
	bool good = reply != NULL && reply->type != REDIS_REPLY_ERROR;

	if (good && reply->type == REDIS_REPLY_INTEGER)
		(void)snprintf(conn->id, sizeof(conn->id), "%lld", reply->integer);
	if (!good)
		(void)snprintf(
		    why, size, "%s", reply != NULL ? reply->str : context_why(conn->redis));
	freeReplyObject(reply);
	return good;
}

static bool
log_in(const struct redis_url *url, struct conn *conn, char *why, size_t size)
{
	char db[16];
	const char *auth[] = { "AUTH", url->user, url->password };
	const char *auth_default[] = { "AUTH", url->password };
	const char *choose[] = { "SELECT", db };
	const char *id[] = { "CLIENT", "ID" };

	(void)snprintf(db, sizeof(db), "%u", url->db);
	if (url->user[0] != '\0' && !greet(conn, 3, auth, why, size))
		return false;
	if (url->user[0] == '\0' && url->password[0] != '\0' &&
	    !greet(conn, 2, auth_default, why, size))
		return false;
	return (url->db == 0 || greet(conn, 2, choose, why, size)) && greet(conn, 2, id, why, size);
}

static struct conn *
conn_new(const struct redis_url *url, char *why, size_t size)
{
	const struct timeval limit = { .tv_sec = CALL_S };
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		(void)snprintf(why, size, "out of memory");
		return NULL;
	}
	conn->redis = redisConnectWithTimeout(url->host, url->port, limit);
	if (conn->redis == NULL || conn->redis->err != 0) {
		(void)snprintf(why, size, "%s", context_why(conn->redis));
		conn_free(conn);
		return NULL;
	}
	(void)redisSetTimeout(conn->redis, limit);
	(void)redisEnableKeepAlive(conn->redis);
	if (!log_in(url, conn, why, size)) {
		conn_free(conn);
		return NULL;
	}
	return conn;
}

static enum coord_err
take(struct redis_pool *pool, bool fresh, struct conn **ret, struct coord_error *err)
{
	char why[sizeof(pool->why)] = "";
	struct conn *conn;
	bool early;

	(void)pthread_mutex_lock(&pool->lock);
	if (fresh)
		drop_idle(pool);
	conn = pool->idle;
	if (conn != NULL) {
		pool->idle = conn->next;
		pool->n_idle--;
	}
	early = conn == NULL && clock_steady() < pool->next_us;
	if (early)
		(void)unavailable(pool, err);
	(void)pthread_mutex_unlock(&pool->lock);
	if (early)
		return COORD_EUNAVAIL;
	if (conn == NULL)
		conn = conn_new(&pool->url, why, sizeof(why));
	if (conn == NULL) {
		failed(pool, why);
		return error_set(
		    err, COORD_EUNAVAIL, "queue: redis at %s: %s", pool->url.shown, why);
	}
	*ret = conn;
	return COORD_OK;
}

static void
give(struct redis_pool *pool, struct conn *conn)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->failures = 0;
	pool->next_us = 0;
	if (pool->n_idle < IDLE_MOST) {
		conn->next = pool->idle;
		pool->idle = conn;
		pool->n_idle++;
		conn = NULL;
	}
	(void)pthread_mutex_unlock(&pool->lock);
	conn_free(conn);
}

enum coord_err
redis_pool_new(const struct redis_url *url, struct redis_pool **ret, struct coord_error *err)
{
	struct redis_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return error_set(err, COORD_ENOMEM, "queue: out of memory");
	pool->url = *url;
	(void)pthread_mutex_init(&pool->lock, NULL);
	*ret = pool;
	return COORD_OK;
}

void
redis_pool_free(struct redis_pool *pool)
{
	if (pool == NULL)
		return;
	drop_idle(pool);
	(void)pthread_mutex_destroy(&pool->lock);
	OPENSSL_cleanse(&pool->url, sizeof(pool->url));
	free(pool);
}

/* --- calling ----------------------------------------------------------------------------------------------------- */

/** The arguments as hiredis takes them. */
struct call {
	const char **argv;
	size_t *lens;
	size_t n;
};

static void
call_clear(struct call *call)
{
	free(call->argv);
	free(call->lens);
}

static enum coord_err
call_make(size_t n_head, const struct sv *head, size_t n, const struct sv *args, struct call *ret,
    struct coord_error *err)
{
	*ret = (struct call){ .argv = calloc(n_head + n, sizeof(*ret->argv)),
		.lens = calloc(n_head + n, sizeof(*ret->lens)),
		.n = n_head + n };
	if (ret->argv == NULL || ret->lens == NULL)
		return error_set(err, COORD_ENOMEM, "queue: out of memory");
	for (size_t i = 0; i < n_head + n; i++) {
		struct sv arg = i < n_head ? head[i] : args[i - n_head];

		ret->argv[i] = arg.data;
		ret->lens[i] = arg.len;
	}
	return COORD_OK;
}

static bool
is_error(const redisReply *reply, const char *code)
{
	return reply->type == REDIS_REPLY_ERROR &&
	       sv_starts((struct sv){ reply->str, reply->len }, sv_from(code));
}

/** Sends and waits; once more on a new connection when the old one turned out to be closed (Redis was restarted). */
static enum coord_err
send_call(
    struct redis_pool *pool, const struct call *call, redisReply **ret, struct coord_error *err)
{
	for (int attempt = 0;; attempt++) {
		struct conn *conn = NULL;
		redisReply *reply;
		bool again;

		TRY(take(pool, attempt > 0, &conn, err));
		errno = 0;
		reply = redisCommandArgv(conn->redis, (int)call->n, call->argv, call->lens);
		if (reply != NULL) {
			give(pool, conn);
			*ret = reply;
			return COORD_OK;
		}
		again = attempt == 0 && errno != EAGAIN && errno != EWOULDBLOCK;
		if (!again) {
			failed(pool, context_why(conn->redis));
			conn_free(conn);
			return unavailable(pool, err);
		}
		conn_free(conn);
	}
}

/** Hands a reply on, or turns an error reply into ours. */
static enum coord_err
accept_reply(struct redis_pool *pool, redisReply *reply, redisReply **ret, struct coord_error *err)
{
	if (reply->type == REDIS_REPLY_ERROR) {
		enum coord_err rc = error_set(
		    err, COORD_EUNAVAIL, "queue: redis at %s: %s", pool->url.shown, reply->str);

		freeReplyObject(reply);
		return rc;
	}
	*ret = reply;
	return COORD_OK;
}

enum coord_err
redis_command(struct redis_pool *pool, size_t n, const struct sv *args, redisReply **ret,
    struct coord_error *err)
{
	CLEANUP(call_clear) struct call call = { 0 };
	redisReply *reply = NULL;

	TRY(call_make(0, NULL, n, args, &call, err));
	TRY(send_call(pool, &call, &reply, err));
	return accept_reply(pool, reply, ret, err);
}

/** Loads the script and keeps its name. */
static enum coord_err
load_script(struct redis_pool *pool, struct coord_error *err)
{
	const struct sv load[] = { SV("SCRIPT"), SV("LOAD"), sv_from(queue_lua) };
	redisReply *reply = NULL;

	TRY(redis_command(pool, 3, load, &reply, err));
	(void)pthread_mutex_lock(&pool->lock);
	if (reply->type == REDIS_REPLY_STRING)
		(void)snprintf(pool->sha, sizeof(pool->sha), "%s", reply->str);
	(void)pthread_mutex_unlock(&pool->lock);
	freeReplyObject(reply);
	return COORD_OK;
}

enum coord_err
redis_script(struct redis_pool *pool, size_t n, const struct sv *args, redisReply **ret,
    struct coord_error *err)
{
	for (int attempt = 0;; attempt++) {
		CLEANUP(call_clear) struct call call = { 0 };
		redisReply *reply = NULL;
		char sha[sizeof(pool->sha)];

		(void)pthread_mutex_lock(&pool->lock);
		memcpy(sha, pool->sha, sizeof(sha));
		(void)pthread_mutex_unlock(&pool->lock);
		if (sha[0] != '\0') {
			const struct sv head[] = { SV("EVALSHA"), sv_from(sha), SV("0") };

			TRY(call_make(3, head, n, args, &call, err));
			TRY(send_call(pool, &call, &reply, err));
			if (attempt > 0 || !is_error(reply, "NOSCRIPT"))
				return accept_reply(pool, reply, ret, err);
			freeReplyObject(reply);
		}
		TRY(load_script(pool, err));
	}
}

/* --- blocking ---------------------------------------------------------------------------------------------------- */

static bool
flush(redisContext *redis)
{
	int done = 0;

	while (done == 0)
		if (redisBufferWrite(redis, &done) != REDIS_OK)
			return false;
	return true;
}

/** Ends a blocked command of another connection; when that fails, the block ends by itself. */
static void
unblock(struct redis_pool *pool, const struct conn *conn)
{
	const struct sv args[] = { SV("CLIENT"), SV("UNBLOCK"), sv_from(conn->id) };
	redisReply *reply = NULL;

	if (redis_command(pool, 3, args, &reply, NULL) == COORD_OK)
		freeReplyObject(reply);
}

/** Waits until the answer is there to be read. False: it does not come. */
static bool
await(struct redis_pool *pool, const struct conn *conn, int64_t block_us, int wake_fd)
{
	struct pollfd fds[2] = { { .fd = conn->redis->fd, .events = POLLIN },
		{ .fd = wake_fd, .events = POLLIN } };
	int64_t end = clock_steady() + block_us + CALL_S * TIME_SECOND;

	for (;;) {
		int64_t left_ms = (end - clock_steady()) / 1000;
		int n = left_ms <= 0 ? 0 : poll(fds, 2, (int)left_ms);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (fds[0].revents != 0)
			return true;
		fds[1].fd = -1; /* heard */
		unblock(pool, conn);
	}
}

enum coord_err
redis_block(struct redis_pool *pool, size_t n, const struct sv *args, int64_t block_us, int wake_fd,
    redisReply **ret, struct coord_error *err)
{
	CLEANUP(call_clear) struct call call = { 0 };
	struct conn *conn = NULL;
	void *reply = NULL;

	TRY(call_make(0, NULL, n, args, &call, err));
	TRY(take(pool, false, &conn, err));
	errno = 0;
	if (redisAppendCommandArgv(conn->redis, (int)call.n, call.argv, call.lens) == REDIS_OK &&
	    flush(conn->redis) && await(pool, conn, block_us, wake_fd) &&
	    redisGetReply(conn->redis, &reply) == REDIS_OK && reply != NULL) {
		give(pool, conn);
		*ret = reply;
		return COORD_OK;
	}
	failed(pool, context_why(conn->redis));
	conn_free(conn);
	return unavailable(pool, err);
}
