/* cache.h - finished answers kept in memory, ready to be sent: body (compressed already where that was asked for), entity
 * tag, owner (private to api/). A terminal answer never changes, so an entry is only ever dropped: when room is needed (the one read
 * longest ago), when it was deleted here, or after CACHE_FRESH_US, so that what another process deleted does not stay.
 * Threads: any. An entry that is being sent lives until it is put back. */
#ifndef COORD_API_CACHE_H
#define COORD_API_CACHE_H

#include "base/base.h"

#define CACHE_FRESH_US (INT64_C(10) * TIME_SECOND)
enum { CACHE_KEY_MOST = 64, CACHE_ETAG_MOST = 40 };

struct cache;

struct cached {
	struct sv body;
	const char *type;   /* media type, a constant */
	const char *coding; /* Content-Encoding, a constant; "": none */
	char etag[CACHE_ETAG_MOST];
	char owner[64];
};

/** `bytes`: of all entries at most. NULL: no memory. */
struct cache *cache_new(size_t bytes);
void cache_free(struct cache *cache);
/** The entry, to be put back; NULL: not there, or older than CACHE_FRESH_US. */
const struct cached *cache_get(struct cache *cache, struct sv key, int64_t monotonic_us);
void cache_put_back(void *entry);
/** Takes the buffer's memory over (it is empty then). Returns the entry, to be put back; NULL: no memory. One that is too large for the cache is returned all the same. */
const struct cached *cache_add(struct cache *cache, struct sv key, struct buf *body,
    const struct cached *about, int64_t monotonic_us);
/** Drops all entries of this analysis: keys that begin with `prefix`. */
void cache_drop(struct cache *cache, struct sv prefix);

#endif
