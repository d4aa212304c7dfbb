/* table.c - every secret that opens, by its hash: the keys of the store that are not revoked, the secrets before their last
 * rotation, and the keys of the environment. Made anew from the store, never changed. */
#include "auth/private.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t
first_word(const uint8_t hash[32])
{
	uint64_t word;

	memcpy(&word, hash, sizeof(word));
	return word;
}

void
table_clear(struct table *table)
{
	free(table->ways);
	map_clear(&table->by_hash);
	*table = (struct table){ 0 };
}

/** The first of equal hashes stays: keys come before what was rotated out. */
static bool
table_index(struct table *table)
{
	if (!map_reserve(&table->by_hash, table->n + 1))
		return false;
	for (size_t i = 0; i < table->n; i++) {
		uint32_t *slot = map_slot(&table->by_hash, first_word(table->ways[i].hash));

		if (slot == NULL)
			return false;
		if (*slot == MAP_NONE)
			*slot = (uint32_t)i;
	}
	return true;
}

struct way *
table_find(const struct table *table, const uint8_t hash[32])
{
	uint32_t at = map_get(&table->by_hash, first_word(hash));

	if (at == MAP_NONE || CRYPTO_memcmp(table->ways[at].hash, hash, 32) != 0)
		return NULL;
	return &table->ways[at];
}

static void
who_of(const struct auth *auth, const struct store_key *key, struct auth_who *ret)
{
	*ret = (struct auth_who){ .scopes = key->scopes,
		.rate_per_minute = key->rate_per_minute != 0
				       ? key->rate_per_minute
				       : (uint32_t)config_now(auth->config)->rate_per_minute,
		.quota_per_day = key->quota_per_day };
	(void)snprintf(ret->id, sizeof(ret->id), "%.*s", SV_ARG(key->id));
}

static const struct store_key *
key_by_id(const struct store_key *keys, size_t n, struct sv id)
{
	for (size_t i = 0; i < n; i++)
		if (!key_is_rotated(&keys[i]) && sv_eq(keys[i].id, id))
			return &keys[i];
	return NULL;
}

static void
add_way(struct table *table, const struct auth *auth, const struct store_key *secret,
    const struct store_key *key)
{
	struct way *way = &table->ways[table->n++];

	memcpy(way->hash, secret->hash, sizeof(way->hash));
	who_of(auth, key, &way->who);
	way->expires_us = secret->expires_us;
	way->kept = true;
}

static void
add_keys(struct table *table, const struct auth *auth, const struct store_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keys[i].revoked_us == 0 && !key_is_rotated(&keys[i]))
			add_way(table, auth, &keys[i], &keys[i]);
	for (size_t i = 0; i < n; i++) {
		const struct store_key *key;

		if (keys[i].revoked_us != 0 || !key_is_rotated(&keys[i]))
			continue;
		key = key_by_id(keys, n, sv_skip(keys[i].name, 1));
		if (key != NULL && key->revoked_us == 0)
			add_way(table, auth, &keys[i], key);
	}
}

/** A key of the environment has no row: its id, the owner of its analyses, is told from its hash. */
static enum coord_err
add_given(struct table *table, const struct auth *auth, struct sv secret, struct coord_error *err)
{
	struct way *way = &table->ways[table->n];
	uint8_t of_hash[32];

	if (secret.len < PRESENTED_LEAST || secret.len > PRESENTED_MOST)
		return error_set(err, COORD_EINVALID,
		    "COORD_API_KEYS: expected keys of %d to %d characters, got one of %zu",
		    PRESENTED_LEAST, PRESENTED_MOST, secret.len);
	if (!pepper_hash(&auth->pepper, secret, way->hash))
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	way->who = (struct auth_who){ .scopes = SCOPE_SUBMIT | SCOPE_READ,
		.rate_per_minute = (uint32_t)config_now(auth->config)->rate_per_minute };
	sha256_of(way->hash, sizeof(way->hash), of_hash);
	memcpy(way->who.id, "env_", 4);
	hex_of(of_hash, 8, way->who.id + 4);
	table->n++;
	return COORD_OK;
}

static size_t
count_given(const char *list)
{
	size_t n = 1;

	for (; list != NULL && *list != 0; list++)
		n += *list == ',';
	return n;
}

static enum coord_err
add_given_all(
    struct table *table, const struct auth *auth, const char *given, struct coord_error *err)
{
	struct sv rest = sv_from(given);

	while (rest.data != NULL) {
		struct sv secret = sv_trim(sv_cut(&rest, ','));

		if (secret.len > 0)
			TRY(add_given(table, auth, secret, err));
	}
	return COORD_OK;
}

/* They may be replaced at any time. NULL: no memory. */
static char *
copy_given(const struct auth *auth)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&auth->given_lock;
	const char *given;
	char *copy;

	(void)pthread_mutex_lock(lock);
	given = auth->given != NULL ? auth->given : auth->config->api_keys;
	copy = strdup(given != NULL ? given : "");
	(void)pthread_mutex_unlock(lock);
	return copy;
}

static enum coord_err
load(const struct auth *auth, const char *given, int64_t now_us, struct arena *arena,
    struct table *table, struct coord_error *err)
{
	struct store_key *keys;
	size_t n;

	TRY(store_keys(auth->store, arena, &keys, &n, err));
	table->ways = calloc(n + count_given(given), sizeof(*table->ways));
	if (table->ways == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	add_keys(table, auth, keys, n);
	TRY(add_given_all(table, auth, given, err));
	for (size_t i = 0; i < table->n; i++)
		table->living +=
		    table->ways[i].expires_us == 0 || table->ways[i].expires_us > now_us;
	table->content = siphash13(auth->tag_keys[0], table->ways, table->n * sizeof(*table->ways));
	return table_index(table) ? COORD_OK : error_set(err, COORD_ENOMEM, "no memory for keys");
}

enum coord_err
table_load(const struct auth *auth, int64_t now_us, struct table *ret, struct coord_error *err)
{
	struct table table = { 0 };
	struct arena *arena = arena_new(0);
	char *given = copy_given(auth);
	enum coord_err rc = COORD_ENOMEM;

	if (arena == NULL || given == NULL)
		(void)!error_set(err, COORD_ENOMEM, "no memory for keys");
	else
		rc = load(auth, given, now_us, arena, &table, err);
	if (given != NULL)
		OPENSSL_cleanse(given, strlen(given));
	free(given);
	arena_free(arena);
	if (rc == COORD_OK)
		*ret = table;
	else
		table_clear(&table);
	return rc;
}
