/* tokens.h - where the keys of tokens come from, and tokens that were verified already (private to auth/).
 * A JWK set is a file, read again when it changes, or a URL, fetched by the thread of auth/ every ten minutes and, for a kid that is not known, once a
 * minute at most. A verified token is known again by a keyed hash until it ends or the set changes. */
#ifndef COORD_AUTH_TOKENS_H
#define COORD_AUTH_TOKENS_H

#include "auth/jwt.h"

struct tokens;

/** *ret is NULL when COORD_JWKS is not set. A file has to be there and good: COORD_EIO, COORD_EPARSE, COORD_EINVALID; a URL may be away, then tokens are
 *  AUTH_UNAVAILABLE until it is back. COORD_EINVALID also: no issuer or audience, a URL that is not https and not this machine's. */
MUST_CHECK enum coord_err tokens_open(
    const struct config *config, struct net *net, struct tokens **ret, struct coord_error *err);
void tokens_close(struct tokens *tokens);
/** No I/O. *wake: the thread should look (tokens_tend) now. */
enum auth_answer tokens_check(
    struct tokens *tokens, struct sv token, int64_t now_us, struct auth_who *ret, bool *wake);
/** Reads or fetches the set when it is time. May take as long as a fetch. */
void tokens_tend(struct tokens *tokens);
/** As if the last fetch were so much longer ago: for tests, which cannot wait. */
void tokens_age(struct tokens *tokens, int64_t us);
/** What tends is to stop now. */
void tokens_stop(struct tokens *tokens);

#endif
