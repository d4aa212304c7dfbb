/* redis_conn.h - connections to one Redis (private to queue/): a few that threads take and give back, made again after a failure with a
 * growing pause, and the one script that all of the queue's logic is.
 * A command that lost its connection is sent once more on a new one: every verb of the script may be repeated. */
#ifndef COORD_QUEUE_REDIS_CONN_H
#define COORD_QUEUE_REDIS_CONN_H

#include <hiredis/hiredis.h>

#include "queue/redis_url.h"

struct redis_pool;

MUST_CHECK enum coord_err redis_pool_new(
    const struct redis_url *url, struct redis_pool **ret, struct coord_error *err);
/** No thread may be using it any more. */
void redis_pool_free(struct redis_pool *pool);

/** Runs the script's verb. *ret is released by freeReplyObject, and is never an error. COORD_EUNAVAIL: away, or it said no. */
MUST_CHECK enum coord_err redis_script(struct redis_pool *pool, size_t n, const struct sv *args,
    redisReply **ret, struct coord_error *err);
/** The same for an ordinary command. */
MUST_CHECK enum coord_err redis_command(struct redis_pool *pool, size_t n, const struct sv *args,
    redisReply **ret, struct coord_error *err);
/** A command that blocks on the server for up to block_us: ends early when `wake_fd` is readable, then with what came until then.
 *  *ret may be an error reply: NOGROUP. */
MUST_CHECK enum coord_err redis_block(struct redis_pool *pool, size_t n, const struct sv *args,
    int64_t block_us, int wake_fd, redisReply **ret, struct coord_error *err);
/** How long a new attempt has to wait, 0: it need not. */
int64_t redis_pause_us(struct redis_pool *pool);

#endif
