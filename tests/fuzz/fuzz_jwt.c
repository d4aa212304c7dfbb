/* fuzz_jwt.c - what a stranger may send as a token, as its claims, and what a server may send as a JWK set. Nobody can sign here, so no token is good under
 * the fixed key; good claims have what they need. */
#include <assert.h>
#include <stdlib.h>
#include <math.h>
#include <stdint.h>

#include "auth/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* of RFC 8037, appendix A.2 */
#define SET                                                                      \
	"{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}"

#define ISSUER "https://login.example.org/"
#define AUDIENCE "coord"
static const struct jwt_rules rules = { .issuer = { ISSUER, sizeof(ISSUER) - 1 },
	.audience = { AUDIENCE, sizeof(AUDIENCE) - 1 },
	.now_s = INT64_C(1800000000) };

static void
check_claims(const struct jwt_claims *claims)
{
	assert(strlen(claims->id) == 36);
	assert(claims->expires_s + JWT_SKEW_S > rules.now_s);
	assert((claims->scopes & ~15u) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct jwks *fixed;
	struct sv text = { (const char *)data, len };
	struct jwt_claims claims;
	struct jwks *keys;

	if (fixed == NULL && jwks_parse(SV(SET), &fixed, NULL) != COORD_OK)
		abort(); /* the set is good: the parser is not */
	assert(jwt_verify(text, fixed, &rules, &claims) != JWT_GOOD);
	(void)jwt_looks_like(text);
	if (jwt_claims_read(text, &rules, &claims) == JWT_GOOD)
		check_claims(&claims);
	if (jwks_parse(text, &keys, NULL) == COORD_OK) {
		assert(jwks_count(keys) >= 1 && jwks_count(keys) <= JWKS_KEYS_MOST);
		assert(jwt_verify(text, keys, &rules, &claims) != JWT_GOOD);
		jwks_release(keys);
	}
	return 0;
}
