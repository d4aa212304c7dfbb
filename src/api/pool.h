/* pool.h - a few threads for what the polling threads must not wait for: the store's reads, large bodies (private to api/). */
#ifndef COORD_API_POOL_H
#define COORD_API_POOL_H

#include "base/base.h"

struct pool;
typedef void pool_work(void *context);

/** `most`: pieces of work that may wait. */
MUST_CHECK enum coord_err pool_start(
    unsigned threads, size_t most, struct pool **ret, struct coord_error *err);
/** False: too much waits already. */
bool pool_put(struct pool *pool, pool_work *work, void *context);
/** Does what waits, then ends its threads. More is refused. */
void pool_stop(struct pool *pool);
void pool_free(struct pool *pool);

#endif
