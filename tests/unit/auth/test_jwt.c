/* test_jwt.c - tokens and JWK sets made by the openssl program (make_tokens.py), good ones and every way of forging that the profile names. */
#include "auth/jwt.h"
#include "testing.h"
#include "tokens.h"

static struct jwks *
set_of(const char *json)
{
	struct jwks *keys;
	struct coord_error err;

	if (jwks_parse(sv_from(json), &keys, &err) != COORD_OK)
		fail_msg("%s", err.what);
	return keys;
}

static const struct jwt_rules rules = { .issuer = { TOKENS_ISSUER, sizeof(TOKENS_ISSUER) - 1 },
	.audience = { TOKENS_AUDIENCE, sizeof(TOKENS_AUDIENCE) - 1 },
	.now_s = TOKENS_NOW };

static void
test_rows(void **state)
{
	struct jwks *keys = set_of(tokens_sets[0].json);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(tokens_rows); i++) {
		struct jwt_claims claims = { .id = "untouched" };
		enum jwt_verdict verdict =
		    jwt_verify(sv_from(tokens_rows[i].token), keys, &rules, &claims);

		if (verdict != tokens_rows[i].verdict)
			fail_msg("%s: %d", tokens_rows[i].name, (int)verdict);
		if (verdict != JWT_GOOD) {
			assert_string_equal("untouched", claims.id);
			continue;
		}
		assert_int_equal(36, strlen(claims.id));
		assert_int_equal(0, strncmp(claims.id, "jwt:", 4));
		assert_int_equal(SCOPE_SUBMIT | SCOPE_READ, claims.scopes);
		assert_true(jwt_looks_like(sv_from(tokens_rows[i].token)));
	}
	jwks_release(keys);
}

static void
test_every_bit_of_a_signature_counts(void **state)
{
	struct jwks *keys = set_of(tokens_sets[0].json);
	char token[JWT_MOST];

	(void)state;
	for (size_t row = 0; row < 3; row++) {
		struct sv text = sv_from(tokens_rows[row].token);
		size_t dot = 0;

		for (size_t i = 0; i < text.len; i++)
			dot = text.data[i] == '.' ? i : dot;
		memcpy(token, text.data, text.len);
		for (size_t i = dot + 1; i < text.len; i++) {
			struct jwt_claims claims;
			char was = token[i];

			token[i] = was == 'A' ? 'B' : 'A';
			assert_int_not_equal(JWT_GOOD,
			    jwt_verify((struct sv){ token, text.len }, keys, &rules, &claims));
			token[i] = was;
		}
	}
	jwks_release(keys);
}

static void
test_who(void **state)
{
	struct jwks *keys = set_of(tokens_sets[0].json), *one = set_of(SET_ONE);
	struct jwt_claims alice, bob, claims;

	(void)state;
	assert_int_equal(JWT_GOOD, jwt_verify(sv_from(tokens_rows[0].token), keys, &rules, &alice));
	assert_int_equal(JWT_GOOD, jwt_verify(SV(TOKEN_ADMIN), keys, &rules, &bob));
	assert_string_not_equal(alice.id, bob.id);
	assert_int_equal(SCOPE_ADMIN | SCOPE_ALL, bob.scopes);
	assert_int_equal(JWT_GOOD, jwt_verify(SV(TOKEN_SCP_TEXT), keys, &rules, &claims));
	assert_int_equal(SCOPE_READ | SCOPE_ADMIN, claims.scopes);
	assert_string_equal(alice.id, claims.id); /* whatever the key that signed */
	assert_int_equal(JWT_GOOD, jwt_verify(SV(TOKEN_NO_SCOPE), keys, &rules, &claims));
	assert_int_equal(0, claims.scopes);
	assert_int_equal(JWT_GOOD, jwt_verify(SV(TOKEN_ODD_SCOPE), keys, &rules, &claims));
	assert_int_equal(SCOPE_ALL, claims.scopes);
	/* without a kid: only when there is no choice */
	assert_int_equal(JWT_BAD, jwt_verify(SV(TOKEN_NO_KID), keys, &rules, &claims));
	assert_int_equal(JWT_GOOD, jwt_verify(SV(TOKEN_NO_KID), one, &rules, &claims));
	jwks_release(keys);
	jwks_release(one);
}

static void
test_sets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(tokens_sets); i++) {
		struct jwks *keys = NULL;
		struct coord_error err;
		enum coord_err rc = jwks_parse(sv_from(tokens_sets[i].json), &keys, &err);
		enum coord_err expected = tokens_sets[i].keys > 0    ? COORD_OK
					  : tokens_sets[i].keys == 0 ? COORD_EINVALID
								     : COORD_EPARSE;

		if (rc != expected)
			fail_msg("%s: %d", tokens_sets[i].name, (int)rc);
		if (rc == COORD_OK)
			assert_int_equal(tokens_sets[i].keys, jwks_count(keys));
		jwks_release(keys);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_bit_of_a_signature_counts),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
