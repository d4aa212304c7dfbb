/* auth.h - who may do what: API keys, tokens (JWT), scopes, rates, the audit log.
 * A key is "coord_" and 43 characters of base64url (32 random bytes); the store keeps its HMAC-SHA-256 under a pepper of the installation,
 * so that a stolen database gives no keys. The pepper is COORD_PEPPER, else made once and kept in the database. Comparison is by constant time over the hash. */
#ifndef COORD_AUTH_H
#define COORD_AUTH_H

#include "config/config.h"
#include "net/net.h"
#include "store/store.h"

enum auth_scope {
	SCOPE_SUBMIT = 1,
	SCOPE_READ = 2,
	SCOPE_ADMIN = 4,
	SCOPE_ALL = 8 /* sees everybody's analyses */
};
/** "submit,read" -> bits; false: a word that is no scope. */
bool auth_scopes_parse(struct sv text, unsigned *ret);
void auth_scopes_write(unsigned scopes, struct buf *out);

struct auth;

/** Keys are read from the store, and again when they change (auth_reload, or every few seconds). */
MUST_CHECK enum coord_err auth_open(const struct config *config, struct store *store,
    struct net *net, struct auth **ret, struct coord_error *err);
void auth_close(struct auth *auth);
MUST_CHECK enum coord_err auth_reload(struct auth *auth, struct coord_error *err);
/** The keys of COORD_API_KEYS as they are now, in the place of those of config; and auth_reload. COORD_EINVALID: one is no key, and those of before stay. */
MUST_CHECK enum coord_err auth_give(
    struct auth *auth, const char *api_keys, struct coord_error *err);
/** How many keys or other ways in there are: 0 means that nobody can come in. */
size_t auth_ways(const struct auth *auth);

struct auth_who {
	char id[64]; /* key id, or "jwt:" and the subject's hash: the owner of analyses */
	unsigned scopes;
	uint32_t rate_per_minute;
	uint64_t quota_per_day;
};
enum auth_answer { AUTH_OK, AUTH_MISSING, AUTH_INVALID, AUTH_EXPIRED, AUTH_UNAVAILABLE };
/** `authorization`: the Authorization header's value or SV_NONE; `x_api_key` the other header's. No I/O for known keys. */
enum auth_answer auth_check(struct auth *auth, struct sv authorization, struct sv x_api_key,
    int64_t now_us, struct auth_who *ret);

/** A token bucket per key (capacity: one minute's rate). `cost` requests. False: refused; *retry_us tells when again. */
struct auth_rate {
	uint32_t limit, remaining;
	int64_t reset_us; /* until it is full again */
	int64_t retry_us;
};
bool auth_rate_take(struct auth *auth, const struct auth_who *who, uint32_t cost, int64_t now_us,
    struct auth_rate *ret);
/** Counts sessions against the day's quota (shared by all processes through the store). COORD_ELIMIT: the quota is spent. */
MUST_CHECK enum coord_err auth_quota_take(struct auth *auth, const struct auth_who *who,
    uint64_t sessions, int64_t now_us, struct coord_error *err);

/* --- keys: for the command line and the admin ------------------------------------------------------------------------ */

enum { AUTH_SECRET_MOST = 64 };
struct auth_new_key {
	const char *name;
	unsigned scopes;
	int64_t expires_us; /* 0: never */
	uint32_t rate_per_minute;
	uint64_t quota_per_day;
};
/** Makes a key; its secret is returned this once. `config` for the pepper. COORD_EINVALID: name (1 to 64 printable characters, not "k_..."), no scope, a
 *  name that a living key has, or an end that is past. */
MUST_CHECK enum coord_err auth_key_create(const struct config *config, struct store *store,
    const struct auth_new_key *key, int64_t now_us, char ret_id[32],
    char ret_secret[AUTH_SECRET_MOST], struct coord_error *err);
/** All keys, oldest first, with `used_us`; what rotation left behind is not among them. */
MUST_CHECK enum coord_err auth_key_list(struct store *store, struct arena *arena,
    struct store_key **ret, size_t *n, struct coord_error *err);
/** `which`: id, or name of a living key. A revoked id stays revoked. COORD_ENODATA: no such key. */
MUST_CHECK enum coord_err auth_key_revoke(
    struct store *store, const char *which, int64_t now_us, struct coord_error *err);
/** A new secret for the same key; the old one holds for `grace_us` more. COORD_ENODATA: no such key, revoked or past its end. */
MUST_CHECK enum coord_err auth_key_rotate(const struct config *config, struct store *store,
    const char *which, int64_t now_us, int64_t grace_us, char ret_secret[AUTH_SECRET_MOST],
    struct coord_error *err);

/* --- the audit log ----------------------------------------------------------------------------------------------------- */

struct auth_audit_check {
	uint64_t rows, first, last; /* seq; 0: no rows */
	uint8_t head
	    [32]; /* hash of the last row that follows: keep it elsewhere, and a cut tail is seen */
	bool holds;
	uint64_t broken_at; /* seq of the first row that does not follow */
	char why[120];
};
/** Walks the chain. COORD_OK also when it does not hold (see *ret). */
MUST_CHECK enum coord_err auth_audit_verify(
    struct store *store, struct auth_audit_check *ret, struct coord_error *err);

#endif
