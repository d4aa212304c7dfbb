/* auth.c - who is it? A known key costs a keyed hash of what was presented and a look into a small cache; a key seen for the
 * first time costs an HMAC. What looks like a key and is not known may have been made a moment ago: the table is read again for
 * it, as often as a small bucket allows, and by a thread every two seconds. When the store is away the last table holds. */
#include "auth/private.h"
#include "auth/tokens.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* --- what was presented ---------------------------------------------------------------------------------------------- */

/** The token behind "Bearer", or an absent view. */
static struct sv
bearer_of(struct sv authorization)
{
	struct sv rest = sv_trim(authorization), scheme = sv_cut(&rest, ' ');

	if (rest.data == NULL || !sv_ieq(scheme, SV("Bearer")))
		return SV_NONE;
	rest = sv_trim(rest);
	return rest.len == 0 ? SV_NONE : rest;
}

static void
tag_of(const struct auth *auth, struct sv secret, uint64_t ret[2])
{
	ret[0] = siphash13(auth->tag_keys[0], secret.data, secret.len);
	ret[1] = siphash13(auth->tag_keys[1], secret.data, secret.len);
}

/* --- the cache: under auth->lock ---------------------------------------------------------------------------------------- */

static struct cached *
cache_slot(struct auth *auth, const uint64_t tag[2])
{
	return &auth->cache[tag[0] % CACHE_SLOTS];
}

static struct way *
cache_find(struct auth *auth, const uint64_t tag[2])
{
	const struct cached *c = cache_slot(auth, tag);

	if (((c->tag[0] ^ tag[0]) | (c->tag[1] ^ tag[1])) != 0 || c->generation != auth->generation)
		return NULL;
	return &auth->table.ways[c->way];
}

static void
cache_put(struct auth *auth, const uint64_t tag[2], const struct way *way)
{
	*cache_slot(auth, tag) = (struct cached){ .tag = { tag[0], tag[1] },
		.way = (uint32_t)(way - auth->table.ways),
		.generation = auth->generation };
}

/* --- the answer ----------------------------------------------------------------------------------------------------------- */

static enum auth_answer
answer_for(struct way *way, int64_t now_us, struct auth_who *ret)
{
	if (way->expires_us != 0 && way->expires_us <= now_us)
		return AUTH_EXPIRED;
	way->used_us = now_us;
	*ret = way->who;
	return AUTH_OK;
}

static enum auth_answer
check_cached(struct auth *auth, const uint64_t tag[2], int64_t now_us, struct auth_who *ret)
{
	enum auth_answer answer = AUTH_INVALID;
	struct way *way;

	(void)pthread_mutex_lock(&auth->lock);
	way = cache_find(auth, tag);
	if (way != NULL)
		answer = answer_for(way, now_us, ret);
	(void)pthread_mutex_unlock(&auth->lock);
	return answer;
}

static enum auth_answer
check_hashed(struct auth *auth, const uint64_t tag[2], const uint8_t hash[32], int64_t now_us,
    struct auth_who *ret)
{
	enum auth_answer answer = AUTH_INVALID;
	struct way *way;

	(void)pthread_mutex_lock(&auth->lock);
	way = table_find(&auth->table, hash);
	if (way != NULL) {
		cache_put(auth, tag, way);
		answer = answer_for(way, now_us, ret);
	}
	(void)pthread_mutex_unlock(&auth->lock);
	return answer;
}

/** May an unknown secret ask for the table to be read again? */
static bool
may_reload(struct auth *auth, int64_t now_us)
{
	int64_t most = RELOAD_BURST * RELOAD_REFILL_US, gone;
	bool may;

	(void)pthread_mutex_lock(&auth->lock);
	gone = now_us > auth->forced_us ? now_us - auth->forced_us : 0;
	auth->forced_us = now_us;
	auth->forced_level = gone > most - auth->forced_level ? most : auth->forced_level + gone;
	may = auth->forced_level >= RELOAD_REFILL_US;
	if (may)
		auth->forced_level -= RELOAD_REFILL_US;
	(void)pthread_mutex_unlock(&auth->lock);
	return may;
}

static enum auth_answer
check_secret(struct auth *auth, struct sv secret, int64_t now_us, struct auth_who *ret)
{
	uint8_t hash[32];
	uint64_t tag[2];
	enum auth_answer answer;

	if (secret.len < PRESENTED_LEAST || secret.len > PRESENTED_MOST)
		return AUTH_INVALID;
	tag_of(auth, secret, tag);
	answer = check_cached(auth, tag, now_us, ret);
	if (answer != AUTH_INVALID)
		return answer;
	if (!pepper_hash(&auth->pepper, secret, hash))
		return AUTH_UNAVAILABLE;
	answer = check_hashed(auth, tag, hash, now_us, ret);
	if (answer == AUTH_INVALID && secret.len == SECRET_LEN && sv_starts(secret, SV("coord_")) &&
	    may_reload(auth, now_us) && auth_reload(auth, NULL) == COORD_OK)
		answer = check_hashed(auth, tag, hash, now_us, ret);
	return answer;
}

static void
wake(struct auth *auth)
{
	(void)pthread_mutex_lock(&auth->wake_lock);
	auth->look = true;
	(void)pthread_cond_signal(&auth->wake);
	(void)pthread_mutex_unlock(&auth->wake_lock);
}

static enum auth_answer
check_bearer(struct auth *auth, struct sv bearer, int64_t now_us, struct auth_who *ret)
{
	enum auth_answer answer;
	bool look;

	if (auth->tokens == NULL || !jwt_looks_like(bearer))
		return check_secret(auth, bearer, now_us, ret);
	answer = tokens_check(auth->tokens, bearer, now_us, ret, &look);
	if (look)
		wake(auth);
	return answer;
}

static enum auth_answer
check(struct auth *auth, struct sv authorization, struct sv x_api_key, int64_t now_us,
    struct auth_who *ret)
{
	struct sv bearer = bearer_of(authorization), key = sv_trim(x_api_key);

	if (bearer.data != NULL)
		return check_bearer(auth, bearer, now_us, ret);
	if (key.len > 0)
		return check_secret(auth, key, now_us, ret);
	return authorization.data == NULL || sv_ieq(sv_trim(authorization), SV("Bearer"))
		   ? AUTH_MISSING
		   : AUTH_INVALID;
}

enum auth_answer
auth_check(struct auth *auth, struct sv authorization, struct sv x_api_key, int64_t now_us,
    struct auth_who *ret)
{
	enum auth_answer answer = check(auth, authorization, x_api_key, now_us, ret);

	if (answer == AUTH_OK || !auth->config->open_mode)
		return answer;
	*ret = (struct auth_who){ .id = "open",
		.scopes = SCOPE_SUBMIT | SCOPE_READ | SCOPE_ADMIN | SCOPE_ALL,
		.rate_per_minute = (uint32_t)config_now(auth->config)->rate_per_minute };
	return AUTH_OK;
}

size_t
auth_ways(const struct auth *auth)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&auth->lock;
	size_t ways;

	(void)pthread_mutex_lock(lock);
	ways = auth->table.living + (auth->tokens != NULL);
	(void)pthread_mutex_unlock(lock);
	return ways;
}

/* --- reading again ---------------------------------------------------------------------------------------------------------- */

/** Uses that are newer than what was written down when the old table goes are taken over by hash. */
static void
carry_used(struct table *to, const struct table *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct way *way =
		    from->ways[i].used_us != 0 ? table_find(to, from->ways[i].hash) : NULL;

		if (way != NULL)
			way->used_us = from->ways[i].used_us;
	}
}

/** Puts a list in the place of the one before, which is returned. */
static char *
swap_given(struct auth *auth, char *fresh)
{
	char *old;

	(void)pthread_mutex_lock(&auth->given_lock);
	old = auth->given;
	auth->given = fresh;
	(void)pthread_mutex_unlock(&auth->given_lock);
	return old;
}

enum coord_err
auth_give(struct auth *auth, const char *api_keys, struct coord_error *err)
{
	char *fresh = strdup(api_keys != NULL ? api_keys : ""), *old;
	enum coord_err rc;

	if (fresh == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	old = swap_given(auth, fresh);
	rc = auth_reload(auth, err);
	if (rc == COORD_EINVALID)
		old = swap_given(auth, old);
	if (old != NULL)
		OPENSSL_cleanse(old, strlen(old));
	free(old);
	return rc;
}

enum coord_err
auth_reload(struct auth *auth, struct coord_error *err)
{
	struct table fresh, old;

	TRY(table_load(auth, clock_wall(), &fresh, err));
	(void)pthread_mutex_lock(&auth->lock);
	if (fresh.n == auth->table.n && fresh.content == auth->table.content) {
		auth->table.living = fresh.living;
		old = fresh;
	} else {
		carry_used(&fresh, &auth->table);
		old = auth->table;
		auth->table = fresh;
		auth->generation++;
	}
	(void)pthread_mutex_unlock(&auth->lock);
	table_clear(&old);
	return COORD_OK;
}

struct use {
	char id[64];
	int64_t us;
};

/** Takes up to `most` uses that are not written down yet. */
static size_t
take_uses(struct auth *auth, struct use *uses, size_t most)
{
	size_t n = 0;

	(void)pthread_mutex_lock(&auth->lock);
	for (size_t i = 0; i < auth->table.n && n < most; i++) {
		struct way *way = &auth->table.ways[i];

		if (!way->kept || way->used_us == 0)
			continue;
		memcpy(uses[n].id, way->who.id, sizeof(uses[n].id));
		uses[n++].us = way->used_us;
		way->used_us = 0;
	}
	(void)pthread_mutex_unlock(&auth->lock);
	return n;
}

/** "Last used" is for people: written rarely, never in the way of a request, and not missed when it is lost. */
static void
write_uses(struct auth *auth)
{
	struct use uses[64];
	size_t n;

	do {
		n = take_uses(auth, uses, sizeof(uses) / sizeof(uses[0]));
		for (size_t i = 0; i < n; i++) {
			char text[24];

			(void)snprintf(text, sizeof(text), "%lld", (long long)uses[i].us);
			if (store_value_put(auth->store, SV("auth.used"), sv_from(uses[i].id),
				sv_from(text), 0, false, NULL) != COORD_OK)
				return;
		}
	} while (n == sizeof(uses) / sizeof(uses[0]));
}

/** Sleeps until the next round. False: the end has come. */
static bool
sleep_round(struct auth *auth)
{
	int64_t until_us = clock_steady() + RELOAD_EVERY_US;
	bool stop, waits = true;

	(void)pthread_mutex_lock(&auth->wake_lock);
	while (!auth->stop && !auth->look && waits)
		waits = clock_cond_wait(&auth->wake, &auth->wake_lock, until_us);
	stop = auth->stop;
	auth->look = false;
	(void)pthread_mutex_unlock(&auth->wake_lock);
	return !stop;
}

static void *
rounds(void *context)
{
	struct auth *auth = context;
	const unsigned rounds_a_write = USED_EVERY_US / RELOAD_EVERY_US;

	for (unsigned round = 1; sleep_round(auth); round++) {
		(void)!auth_reload(auth, NULL);
		if (auth->tokens != NULL)
			tokens_tend(auth->tokens);
		if (round % rounds_a_write == 0)
			write_uses(auth);
	}
	write_uses(auth);
	return NULL;
}

/* --- open and close ----------------------------------------------------------------------------------------------------------- */

static enum coord_err
start_thread(struct auth *auth, struct coord_error *err)
{
	sigset_t all, before;
	int rc;

	(void)pthread_mutex_init(&auth->lock, NULL);
	(void)pthread_mutex_init(&auth->given_lock, NULL);
	(void)pthread_mutex_init(&auth->bucket_lock, NULL);
	(void)pthread_mutex_init(&auth->wake_lock, NULL);
	clock_cond_init(&auth->wake);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&auth->thread, NULL, rounds, auth);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	auth->started = rc == 0;
	return rc == 0 ? COORD_OK : error_set(err, COORD_ENOMEM, "auth: no thread");
}

static enum coord_err
open_into(struct auth *auth, struct coord_error *err)
{
	auth->cache = calloc(CACHE_SLOTS, sizeof(*auth->cache));
	auth->buckets = calloc((size_t)BUCKET_SETS * BUCKET_WAYS, sizeof(*auth->buckets));
	if (auth->cache == NULL || auth->buckets == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	if (!random_bytes(auth->tag_keys, sizeof(auth->tag_keys)))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	auth->generation = 1; /* 0 is the generation of an empty cache */
	auth->forced_level = RELOAD_BURST * RELOAD_REFILL_US;
	TRY(pepper_get(auth->config, auth->store, &auth->pepper, err));
	TRY(table_load(auth, clock_wall(), &auth->table, err));
	TRY(tokens_open(auth->config, auth->net, &auth->tokens, err));
	return start_thread(auth, err);
}

enum coord_err
auth_open(const struct config *config, struct store *store, struct net *net, struct auth **ret,
    struct coord_error *err)
{
	struct auth *auth = calloc(1, sizeof(*auth));
	enum coord_err rc;

	if (auth == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	auth->config = config;
	auth->store = store;
	auth->net = net;
	rc = open_into(auth, err);
	if (rc == COORD_OK)
		*ret = auth;
	else
		auth_close(auth);
	return rc;
}

static void
stop_thread(struct auth *auth)
{
	(void)pthread_mutex_lock(&auth->wake_lock);
	auth->stop = true;
	if (auth->tokens != NULL)
		tokens_stop(auth->tokens);
	(void)pthread_cond_signal(&auth->wake);
	(void)pthread_mutex_unlock(&auth->wake_lock);
	(void)pthread_join(auth->thread, NULL);
}

void
auth_close(struct auth *auth)
{
	if (auth == NULL)
		return;
	if (auth->started)
		stop_thread(auth);
	tokens_close(auth->tokens);
	table_clear(&auth->table);
	if (auth->given != NULL)
		OPENSSL_cleanse(auth->given, strlen(auth->given));
	free(auth->given);
	free(auth->cache);
	free(auth->buckets);
	pepper_wipe(&auth->pepper);
	OPENSSL_cleanse(auth->tag_keys, sizeof(auth->tag_keys));
	free(auth);
}
