/* jwt.h - tokens that somebody else signed: JSON Web Tokens (RFC 7519, profile of RFC 8725) under keys of a JWK set (RFC 7517) (private to auth/;
 * tests and fuzz targets look in too).
 * The key says how it signs, not the token: a token whose header names another algorithm than its key's is refused, and "none" and the HMAC family
 * are no algorithms at all. Nothing that a token names (jku, x5u, jwk) is fetched or believed. */
#ifndef COORD_AUTH_JWT_H
#define COORD_AUTH_JWT_H

#include "auth/auth.h"

enum { JWT_MOST = 8192, JWKS_MOST = 1 << 18, JWKS_KEYS_MOST = 64 };

enum jwt_alg { JWT_RS256, JWT_ES256, JWT_EDDSA };

struct jwks;

/** Keys of kinds that are not known, or not for signatures, are left out. COORD_EPARSE: no JWK set; COORD_EINVALID: none of its keys can be used, or
 *  two have one kid; COORD_ENOMEM. */
MUST_CHECK enum coord_err jwks_parse(struct sv json, struct jwks **ret, struct coord_error *err);
size_t jwks_count(const struct jwks *keys);
/** One more user, one fewer: the last frees it. jwks_release(NULL) does nothing. */
void jwks_hold(struct jwks *keys);
void jwks_release(struct jwks *keys);

enum jwt_verdict {
	JWT_GOOD,
	JWT_BAD,         /* malformed, forged, for somebody else, or not yet */
	JWT_EXPIRED,     /* good but for its end */
	JWT_UNKNOWN_KEY, /* well-formed; its kid is none of the set's */
	JWT_NO_MEMORY,
};
struct jwt_rules {
	struct sv issuer, audience;
	int64_t now_s;
};
struct jwt_claims {
	char id[64];       /* "jwt:" and 32 hex of the issuer's and subject's hash */
	unsigned scopes;   /* bits of auth.h */
	int64_t expires_s; /* the token's own, without the minute of tolerance */
};
enum { JWT_SKEW_S = 60 };

/** *ret is written for JWT_GOOD only. */
enum jwt_verdict jwt_verify(struct sv token, const struct jwks *keys, const struct jwt_rules *rules,
    struct jwt_claims *ret);
/** The claims of a token whose signature is good. */
enum jwt_verdict jwt_claims_read(
    struct sv json, const struct jwt_rules *rules, struct jwt_claims *ret);
/** Three parts of base64url separated by dots: worth looking at. */
bool jwt_looks_like(struct sv token);

/* --- jwks.c for jwt.c -------------------------------------------------------------------------------------------------------- */

/** The key of this kid; without a kid (SV_NONE) the only key of the set, if it is one. NULL: none. */
const struct jwk *jwks_find(const struct jwks *keys, struct sv kid);
enum jwt_alg jwk_alg(const struct jwk *key);
/** `signature` as the token has it (ES256: r and s behind one another). */
bool jwk_verify(const struct jwk *key, struct sv text, struct sv signature);

#endif
