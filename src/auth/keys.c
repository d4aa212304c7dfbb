/* keys.c - keys are made, listed, revoked and given new secrets. A secret is shown once and never kept.
 * Rotation keeps the old secret's hash in a row of its own, with an end, whose name says which key it stands for: so no
 * more than one row is written at a time, and whatever happens between two writes, one of the secrets opens. */
#include "auth/private.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_MOST = 64, ID_BYTES = 12, SECRET_BYTES = 32 };

static int
by_creation(const void *left, const void *right)
{
	const struct store_key *a = left, *b = right;
	int c = (a->created_us > b->created_us) - (a->created_us < b->created_us);

	return c != 0 ? c : sv_cmp(a->id, b->id);
}

static int64_t
used_at(struct store *store, struct sv id, struct arena *arena)
{
	struct sv text;
	int64_t us;

	return store_value_get(store, SV("auth.used"), id, 0, arena, &text, NULL) == COORD_OK &&
		       sv_to_i64(text, &us)
		   ? us
		   : 0;
}

enum coord_err
auth_key_list(struct store *store, struct arena *arena, struct store_key **ret, size_t *n,
    struct coord_error *err)
{
	struct store_key *keys;
	size_t all, kept = 0;

	TRY(store_keys(store, arena, &keys, &all, err));
	for (size_t i = 0; i < all; i++) {
		int64_t used;

		if (key_is_rotated(&keys[i]))
			continue;
		used = used_at(store, keys[i].id, arena);
		keys[kept] = keys[i];
		keys[kept].used_us = used > keys[i].used_us ? used : keys[i].used_us;
		kept++;
	}
	if (kept > 1)
		qsort(keys, kept, sizeof(*keys), by_creation);
	*ret = keys;
	*n = kept;
	return COORD_OK;
}

static bool
is_living(const struct store_key *key, int64_t now_us)
{
	return key->revoked_us == 0 && (key->expires_us == 0 || key->expires_us > now_us);
}

static bool
name_is_good(struct sv name)
{
	if (name.len == 0 || name.len > NAME_MOST || sv_starts(name, SV("k_")) ||
	    name.data[0] == ROTATED_MARK)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] < ' ' || name.data[i] > '~')
			return false;
	return true;
}

static enum coord_err
check_new(const struct auth_new_key *key, int64_t now_us, struct coord_error *err)
{
	if (!name_is_good(sv_from(key->name)))
		return error_set(err, COORD_EINVALID,
		    "a key's name: expected 1 to %d printable characters, not beginning with k_ or "
		    "%c",
		    NAME_MOST, ROTATED_MARK);
	if ((key->scopes & ~(unsigned)(SCOPE_SUBMIT | SCOPE_READ | SCOPE_ADMIN | SCOPE_ALL)) != 0 ||
	    key->scopes == 0)
		return error_set(err, COORD_EINVALID, "a key needs a scope");
	if (key->expires_us != 0 && key->expires_us <= now_us)
		return error_set(err, COORD_EINVALID, "a key's end is past already");
	return COORD_OK;
}

/** The newest living key of this name, or the key of this id in any state. */
static struct store_key *
key_of(struct store_key *keys, size_t n, struct sv which, int64_t now_us)
{
	struct store_key *found = NULL;

	for (size_t i = 0; i < n; i++) {
		if (key_is_rotated(&keys[i]))
			continue;
		if (sv_eq(keys[i].id, which))
			return &keys[i];
		if (sv_eq(keys[i].name, which) && is_living(&keys[i], now_us))
			found = &keys[i];
	}
	return found;
}

static bool
make_id(char ret[32])
{
	uint8_t drawn[ID_BYTES];

	memcpy(ret, "k_", 2);
	return random_bytes(drawn, sizeof(drawn)) &&
	       base64_encode(BASE64_URL, drawn, sizeof(drawn), ret + 2) == 16;
}

/** Draws a secret and hashes it. On failure `ret` holds nothing. */
static enum coord_err
make_secret(const struct config *config, struct store *store, char ret[AUTH_SECRET_MOST],
    uint8_t ret_hash[32], struct coord_error *err)
{
	uint8_t drawn[SECRET_BYTES];
	struct pepper pepper;
	bool good;

	TRY(pepper_get(config, store, &pepper, err));
	good = random_bytes(drawn, sizeof(drawn));
	memcpy(ret, "coord_", 6);
	(void)base64_encode(BASE64_URL, drawn, sizeof(drawn), ret + 6);
	good = good && pepper_hash(&pepper, sv_from(ret), ret_hash);
	OPENSSL_cleanse(drawn, sizeof(drawn));
	pepper_wipe(&pepper);
	if (good)
		return COORD_OK;
	OPENSSL_cleanse(ret, AUTH_SECRET_MOST);
	return error_set(err, COORD_EIO, "the system gives no random bytes");
}

static enum coord_err
key_create(const struct config *config, struct store *store, const struct auth_new_key *new_key,
    int64_t now_us, struct arena *arena, char ret_id[32], char ret_secret[AUTH_SECRET_MOST],
    struct coord_error *err)
{
	struct store_key key = { .name = sv_from(new_key->name),
		.scopes = new_key->scopes,
		.created_us = now_us,
		.expires_us = new_key->expires_us,
		.rate_per_minute = new_key->rate_per_minute,
		.quota_per_day = new_key->quota_per_day };
	struct store_key *keys;
	size_t n;

	TRY(check_new(new_key, now_us, err));
	TRY(store_keys(store, arena, &keys, &n, err));
	if (n >= KEYS_MOST)
		return error_set(err, COORD_ELIMIT, "there are %d keys already", KEYS_MOST);
	if (key_of(keys, n, key.name, now_us) != NULL)
		return error_set(err, COORD_EINVALID,
		    "there is a key named \"%s\": revoke or rotate it, or take another name",
		    new_key->name);
	if (!make_id(ret_id))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	key.id = sv_from(ret_id);
	TRY(make_secret(config, store, ret_secret, key.hash, err));
	return store_key_put(store, &key, err);
}

enum coord_err
auth_key_create(const struct config *config, struct store *store, const struct auth_new_key *key,
    int64_t now_us, char ret_id[32], char ret_secret[AUTH_SECRET_MOST], struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	rc = key_create(config, store, key, now_us, arena, ret_id, ret_secret, err);
	arena_free(arena);
	if (rc != COORD_OK)
		OPENSSL_cleanse(ret_secret, AUTH_SECRET_MOST);
	return rc;
}

static bool
stands_for(const struct store_key *row, struct sv id)
{
	return key_is_rotated(row) && sv_eq(sv_skip(row->name, 1), id);
}

/** The key first: without it no older secret of it opens either. */
static enum coord_err
key_revoke(struct store *store, const char *which, int64_t now_us, struct arena *arena,
    struct coord_error *err)
{
	struct store_key *keys, *key;
	size_t n;

	TRY(store_keys(store, arena, &keys, &n, err));
	key = key_of(keys, n, sv_from(which), now_us);
	if (key == NULL)
		return error_set(err, COORD_ENODATA, "no living key named \"%s\"", which);
	if (key->revoked_us == 0) {
		key->revoked_us = now_us;
		TRY(store_key_put(store, key, err));
	}
	for (size_t i = 0; i < n; i++) {
		if (!stands_for(&keys[i], key->id) || keys[i].revoked_us != 0)
			continue;
		keys[i].revoked_us = now_us;
		TRY(store_key_put(store, &keys[i], err));
	}
	return COORD_OK;
}

enum coord_err
auth_key_revoke(struct store *store, const char *which, int64_t now_us, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	rc = key_revoke(store, which, now_us, arena, err);
	arena_free(arena);
	return rc;
}

/** Keeps the key's present secret in a row of its own until `until_us`: one whose time has passed is used again. */
static enum coord_err
keep_old(struct store *store, struct store_key *keys, size_t n, const struct store_key *key,
    int64_t now_us, int64_t until_us, struct coord_error *err)
{
	struct store_key old = *key;
	char id[32], name[40];

	if (!make_id(id))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	(void)snprintf(name, sizeof(name), "%c%.*s", ROTATED_MARK, SV_ARG(key->id));
	old.id = sv_from(id);
	for (size_t i = 0; i < n; i++)
		if (stands_for(&keys[i], key->id) && !is_living(&keys[i], now_us))
			old.id = keys[i].id;
	old.name = sv_from(name);
	old.created_us = now_us;
	old.expires_us = until_us;
	return store_key_put(store, &old, err);
}

static enum coord_err
key_rotate(const struct config *config, struct store *store, const char *which, int64_t now_us,
    int64_t grace_us, struct arena *arena, char ret_secret[AUTH_SECRET_MOST],
    struct coord_error *err)
{
	struct store_key *keys, *key;
	int64_t until = grace_us < INT64_MAX - now_us ? now_us + grace_us : INT64_MAX;
	uint8_t hash[32];
	size_t n;

	TRY(store_keys(store, arena, &keys, &n, err));
	key = key_of(keys, n, sv_from(which), now_us);
	if (key == NULL || !is_living(key, now_us))
		return error_set(err, COORD_ENODATA,
		    "no living key named \"%s\": what is revoked or past its end stays so", which);
	if (key->expires_us != 0 && key->expires_us < until)
		until = key->expires_us;
	TRY(make_secret(config, store, ret_secret, hash, err));
	if (until > now_us)
		TRY(keep_old(store, keys, n, key, now_us, until, err));
	memcpy(key->hash, hash, sizeof(hash));
	return store_key_put(store, key, err);
}

enum coord_err
auth_key_rotate(const struct config *config, struct store *store, const char *which, int64_t now_us,
    int64_t grace_us, char ret_secret[AUTH_SECRET_MOST], struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc;

	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for keys");
	rc = key_rotate(config, store, which, now_us, grace_us, arena, ret_secret, err);
	arena_free(arena);
	if (rc != COORD_OK)
		OPENSSL_cleanse(ret_secret, AUTH_SECRET_MOST);
	return rc;
}
