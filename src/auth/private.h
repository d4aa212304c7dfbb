/* private.h - what the files of auth/ share: the table of keys, its cache, the buckets (private to auth/). */
#ifndef COORD_AUTH_PRIVATE_H
#define COORD_AUTH_PRIVATE_H

#include <pthread.h>

#include "auth/auth.h"
#include "base/base64.h"

enum {
	SECRET_LEN = 6 + 43, /* "coord_" and 32 bytes of base64url */
	PEPPER_MOST = 256,
	PRESENTED_LEAST = 16, /* of a key that somebody chose (COORD_API_KEYS) */
	PRESENTED_MOST = 256,
	KEYS_MOST = 100000,
	CACHE_SLOTS = 4096,
	BUCKET_SETS = 2048,
	BUCKET_WAYS = 8,
	RELOAD_BURST = 5, /* by secrets that look right and are not known, ... */
};
#define RELOAD_REFILL_US (TIME_SECOND / 4) /* ... one more each */
#define RELOAD_EVERY_US (2 * TIME_SECOND)
#define USED_EVERY_US (60 * TIME_SECOND) /* how exact "last used" is */

/** What secrets are hashed under. */
struct pepper {
	uint8_t bytes[PEPPER_MOST];
	size_t len;
};
/** From the configuration, else from the store, where it is made once. */
MUST_CHECK enum coord_err pepper_get(
    const struct config *config, struct store *store, struct pepper *ret, struct coord_error *err);
void pepper_wipe(struct pepper *pepper);
/** HMAC-SHA-256. False: no memory. */
MUST_CHECK bool pepper_hash(const struct pepper *pepper, struct sv secret, uint8_t ret[32]);

/** Fills `ret` with what no one can foresee. False: the system gives nothing. */
bool random_bytes(void *ret, size_t len);

/** A key's row of the store that holds the secret before the last rotation: its name is this mark and the key's id. */
#define ROTATED_MARK '~'
static inline bool
key_is_rotated(const struct store_key *key)
{
	return key->name.len > 0 && key->name.data[0] == ROTATED_MARK;
}

/** One secret that opens: a key's, the one before its rotation, or one of the environment. */
struct way {
	uint8_t hash[32];
	struct auth_who who;
	int64_t expires_us; /* 0: never */
	int64_t used_us;    /* newest use that is not written down yet; 0: none */
	bool kept;          /* in the store */
};

struct table {
	struct way *ways;
	size_t n;
	size_t living;      /* ways that had not ended when it was made */
	uint64_t content;   /* hash of all of it */
	struct map by_hash; /* first 8 bytes of a hash -> way */
};

/** A secret that was verified against the table of `generation`, known again by 128 bits of a keyed hash. */
struct cached {
	uint64_t tag[2];
	uint32_t way, generation;
};

struct bucket {
	uint64_t tag; /* 0: empty */
	int64_t level, at_us;
	uint32_t rate;
};

struct tokens; /* tokens.h */

struct auth {
	const struct config *config;
	struct store *store;
	struct net *net;
	struct pepper pepper;
	struct hash_key tag_keys[2];

	pthread_mutex_t lock; /* of everything down to `forced` */
	struct table table;
	uint32_t generation;
	struct cached *cache;
	int64_t forced_level, forced_us; /* reloads that unknown secrets may still ask for */

	pthread_mutex_t given_lock;
	char *
	    given; /* keys of the environment, read again: COORD_API_KEYS_FILE; NULL: those of config */

	pthread_mutex_t bucket_lock;
	struct bucket *buckets;

	pthread_t thread;
	pthread_mutex_t wake_lock;
	pthread_cond_t wake;
	bool stop, started, look; /* look: a round is wanted now */
	struct tokens *tokens;    /* NULL: no JWK set is configured */
};

/** Reads the keys of the store and of the environment. */
MUST_CHECK enum coord_err table_load(
    const struct auth *auth, int64_t now_us, struct table *ret, struct coord_error *err);
void table_clear(struct table *table);
/** The way that opens with this hash, or NULL. Constant time over the hash. */
struct way *table_find(const struct table *table, const uint8_t hash[32]);

/** Wall time in microseconds. */

#endif
