/* cache.c - see cache.h: a hash table with chains, an entry's use as a stamp, one lock a shard. */
#include "api/cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SHARDS = 16, SLOTS = 1024 };

struct entry {
	struct cached shown; /* first: what users hold */
	_Atomic unsigned users;
	struct entry *chain, *newer, *older;
	char key[CACHE_KEY_MOST];
	size_t key_len, bytes;
	uint64_t hash;
	int64_t made_us;
};

struct shard {
	pthread_mutex_t lock;
	struct entry *slots[SLOTS];
	struct entry *newest, *oldest;
	size_t bytes;
};

struct cache {
	size_t most; /* of one shard */
	struct hash_key secret;
	struct shard shards[SHARDS];
};

struct cache *
cache_new(size_t bytes)
{
	struct cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->most = bytes / SHARDS;
	c->secret = hash_table_key();
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_init(&c->shards[i].lock, NULL);
	return c;
}

void
cache_put_back(void *entry)
{
	struct entry *e = entry;

	if (e == NULL || atomic_fetch_sub_explicit(&e->users, 1, memory_order_acq_rel) > 1)
		return;
	free((void *)(uintptr_t)e->shown.body.data);
	free(e);
}

static void
unlink_use(struct shard *s, struct entry *e)
{
	*(e->newer != NULL ? &e->newer->older : &s->newest) = e->older;
	*(e->older != NULL ? &e->older->newer : &s->oldest) = e->newer;
	e->newer = e->older = NULL;
}

static void
link_newest(struct shard *s, struct entry *e)
{
	e->older = s->newest;
	e->newer = NULL;
	if (s->newest != NULL)
		s->newest->newer = e;
	s->newest = e;
	if (s->oldest == NULL)
		s->oldest = e;
}

static struct entry **
find(struct shard *s, uint64_t hash, struct sv key)
{
	struct entry **at = &s->slots[hash / SHARDS % SLOTS];

	while (*at != NULL && !((*at)->hash == hash && (*at)->key_len == key.len &&
				  memcmp((*at)->key, key.data, key.len) == 0))
		at = &(*at)->chain;
	return at;
}

/* Out of the shard; whoever is sending it keeps it. */
static void
drop(struct shard *s, struct entry **at)
{
	struct entry *e = *at;

	*at = e->chain;
	unlink_use(s, e);
	s->bytes -= e->bytes;
	cache_put_back(e);
}

static void
drop_entry(struct shard *s, const struct entry *e)
{
	struct entry **at = find(s, e->hash, (struct sv){ e->key, e->key_len });

	if (*at != NULL)
		drop(s, at);
}

const struct cached *
cache_get(struct cache *cache, struct sv key, int64_t monotonic_us)
{
	uint64_t hash = hash_keyed(cache->secret, key.data, key.len);
	struct shard *s = &cache->shards[hash % SHARDS];
	struct entry **at, *e;

	(void)pthread_mutex_lock(&s->lock);
	at = find(s, hash, key);
	e = *at;
	if (e != NULL && monotonic_us - e->made_us > CACHE_FRESH_US) {
		drop(s, at);
		e = NULL;
	}
	if (e != NULL) {
		(void)atomic_fetch_add_explicit(&e->users, 1, memory_order_relaxed);
		if (s->newest != e) {
			unlink_use(s, e);
			link_newest(s, e);
		}
	}
	(void)pthread_mutex_unlock(&s->lock);
	return e != NULL ? &e->shown : NULL;
}

static struct entry *
new_entry(struct sv key, struct buf *body, const struct cached *about, int64_t monotonic_us)
{
	struct entry *e = key.len <= CACHE_KEY_MOST ? calloc(1, sizeof(*e)) : NULL;

	if (e == NULL)
		return NULL;
	e->shown = *about;
	e->shown.body = (struct sv){ body->data, body->len };
	memcpy(e->key, key.data, key.len);
	e->key_len = key.len;
	e->bytes = body->cap + sizeof(*e);
	e->made_us = monotonic_us;
	atomic_init(&e->users, 1);
	*body = BUF_INIT(body->max);
	return e;
}

const struct cached *
cache_add(struct cache *cache, struct sv key, struct buf *body, const struct cached *about,
    int64_t monotonic_us)
{
	struct entry *e = new_entry(key, body, about, monotonic_us);
	struct entry **at;
	struct shard *s;

	if (e == NULL)
		return NULL;
	e->hash = hash_keyed(cache->secret, key.data, key.len);
	s = &cache->shards[e->hash % SHARDS];
	if (e->bytes > cache->most / 2)
		return &e->shown;
	(void)pthread_mutex_lock(&s->lock);
	at = find(s, e->hash, key);
	if (*at != NULL)
		drop(s, at);
	while (s->oldest != NULL && s->bytes + e->bytes > cache->most)
		drop_entry(s, s->oldest);
	at = &s->slots[e->hash / SHARDS % SLOTS];
	e->chain = *at;
	*at = e;
	link_newest(s, e);
	s->bytes += e->bytes;
	atomic_store_explicit(&e->users, 2, memory_order_relaxed);
	(void)pthread_mutex_unlock(&s->lock);
	return &e->shown;
}

static void
drop_of_shard(struct shard *s, struct sv prefix)
{
	struct entry *next;

	(void)pthread_mutex_lock(&s->lock);
	for (struct entry *e = s->newest; e != NULL; e = next) {
		next = e->older;
		if (sv_starts((struct sv){ e->key, e->key_len }, prefix))
			drop_entry(s, e);
	}
	(void)pthread_mutex_unlock(&s->lock);
}

void
cache_drop(struct cache *cache, struct sv prefix)
{
	for (unsigned i = 0; i < SHARDS; i++)
		drop_of_shard(&cache->shards[i], prefix);
}

void
cache_free(struct cache *cache)
{
	if (cache == NULL)
		return;
	cache_drop(cache, SV(""));
	for (unsigned i = 0; i < SHARDS; i++)
		(void)pthread_mutex_destroy(&cache->shards[i].lock);
	free(cache);
}
