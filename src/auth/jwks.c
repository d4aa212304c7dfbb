/* jwks.c - a JWK set read strictly, and signatures checked under its keys by OpenSSL. RSA of 2,048 to 8,192 bits (RFC 7518 section 3.3), the
 * curve P-256, Ed25519 (RFC 8037); symmetric keys are never taken. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "auth/jwt.h"
#include "base/base64.h"

enum { KID_MOST = 256, RSA_LEAST = 2048, RSA_MOST = 8192, P256_LEN = 32, ED25519_LEN = 32 };

struct jwk {
	char kid[KID_MOST + 1]; /* "": has none */
	enum jwt_alg alg;
	EVP_PKEY *key;
};

struct jwks {
	atomic_uint holders;
	size_t n;
	struct jwk keys[JWKS_KEYS_MOST];
};

size_t
jwks_count(const struct jwks *keys)
{
	return keys->n;
}

void
jwks_hold(struct jwks *keys)
{
	atomic_fetch_add(&keys->holders, 1);
}

void
jwks_release(struct jwks *keys)
{
	if (keys == NULL || atomic_fetch_sub(&keys->holders, 1) != 1)
		return;
	for (size_t i = 0; i < keys->n; i++)
		EVP_PKEY_free(keys->keys[i].key);
	free(keys);
}

/* --- keys out of JSON ------------------------------------------------------------------------------------------------------- */

static struct sv
text_of(struct json_value object, struct sv name)
{
	struct sv text = SV_NONE;

	(void)json_string(json_get(object, name), &text);
	return text;
}

/** A member in base64url, of at least one and at most `most` bytes. */
static bool
bytes_of(struct json_value object, struct sv name, uint8_t *ret, size_t most, size_t *len)
{
	struct sv text = text_of(object, name);

	return text.len > 0 && base64_decode(BASE64_URL, text, ret, most, len) && *len > 0;
}

static EVP_PKEY *
key_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *
rsa_from(const BIGNUM *n, const BIGNUM *e)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key;

	if (build != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	key = key_from("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *
read_rsa(struct json_value jwk)
{
	uint8_t n_bytes[RSA_MOST / 8], e_bytes[8];
	size_t n_len = 0, e_len = 0;
	EVP_PKEY *key = NULL;
	BIGNUM *n, *e;

	if (!bytes_of(jwk, SV("n"), n_bytes, sizeof(n_bytes), &n_len) ||
	    !bytes_of(jwk, SV("e"), e_bytes, sizeof(e_bytes), &e_len))
		return NULL;
	n = BN_bin2bn(n_bytes, (int)n_len, NULL);
	e = BN_bin2bn(e_bytes, (int)e_len, NULL);
	if (n != NULL && e != NULL && BN_num_bits(n) >= RSA_LEAST && BN_is_odd(n) && BN_is_odd(e) &&
	    BN_num_bits(e) > 1)
		key = rsa_from(n, e);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *
read_p256(struct json_value jwk)
{
	uint8_t point[1 + 2 * P256_LEN] = { POINT_CONVERSION_UNCOMPRESSED };
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	size_t x_len = 0, y_len = 0;

	if (!bytes_of(jwk, SV("x"), point + 1, P256_LEN, &x_len) ||
	    !bytes_of(jwk, SV("y"), point + 1 + P256_LEN, P256_LEN, &y_len) || x_len != P256_LEN ||
	    y_len != P256_LEN)
		return NULL;
	return key_from("EC", params); /* refuses what is not on the curve */
}

static EVP_PKEY *
read_ed25519(struct json_value jwk)
{
	uint8_t x[ED25519_LEN];
	size_t len = 0;

	if (!bytes_of(jwk, SV("x"), x, sizeof(x), &len) || len != sizeof(x))
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, sizeof(x));
}

static const struct kind {
	const char *kty, *crv, *alg; /* crv NULL: has none */
	enum jwt_alg means;
	EVP_PKEY *(*read)(struct json_value jwk);
} kinds[] = {
	{ "RSA", NULL, "RS256", JWT_RS256, read_rsa },
	{ "EC", "P-256", "ES256", JWT_ES256, read_p256 },
	{ "OKP", "Ed25519", "EdDSA", JWT_EDDSA, read_ed25519 },
};

/** What the key is for, when it says so (RFC 7517 sections 4.2 and 4.3): signatures. */
static bool
is_for_signatures(struct json_value jwk)
{
	struct json_value ops = json_get(jwk, SV("key_ops")), op;
	struct json_iter iter = json_each(ops);
	struct sv use = text_of(jwk, SV("use")), word;

	if (json_exists(json_get(jwk, SV("use"))) && !sv_eq(use, SV("sig")))
		return false;
	if (!json_exists(ops))
		return true;
	while (json_next(&iter, &op))
		if (json_string(op, &word) && sv_eq(word, SV("verify")))
			return true;
	return false;
}

static const struct kind *
kind_of(struct json_value jwk)
{
	struct sv kty = text_of(jwk, SV("kty")), crv = text_of(jwk, SV("crv"));
	struct json_value alg = json_get(jwk, SV("alg"));

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (sv_eq(kty, sv_from(kinds[i].kty)) &&
		    (kinds[i].crv == NULL || sv_eq(crv, sv_from(kinds[i].crv))) &&
		    (!json_exists(alg) || sv_eq(text_of(jwk, SV("alg")), sv_from(kinds[i].alg))))
			return &kinds[i];
	return NULL;
}

/** False: it cannot be used, and is left out. */
static bool
read_key(struct json_value jwk, struct jwk *ret)
{
	const struct kind *kind = kind_of(jwk);
	struct sv kid = text_of(jwk, SV("kid"));

	if (kind == NULL || !is_for_signatures(jwk) || kid.len > KID_MOST ||
	    (kid.len > 0 && memchr(kid.data, 0, kid.len) != NULL))
		return false;
	ret->key = kind->read(jwk);
	ret->alg = kind->means;
	if (kid.len > 0)
		memcpy(ret->kid, kid.data, kid.len);
	ret->kid[kid.len] = 0;
	return ret->key != NULL;
}

static bool
has_kid_twice(const struct jwks *keys)
{
	for (size_t i = 1; i < keys->n; i++)
		for (size_t k = 0; k < i; k++)
			if (keys->keys[i].kid[0] != 0 &&
			    strcmp(keys->keys[i].kid, keys->keys[k].kid) == 0)
				return true;
	return false;
}

static enum coord_err
read_set(struct json_value set, struct jwks *keys, struct coord_error *err)
{
	struct json_value list = json_get(set, SV("keys")), jwk;
	struct json_iter iter = json_each(list);

	if (!json_exists(list) || json_type(list) != JSON_ARRAY)
		return error_set(
		    err, COORD_EPARSE, "JWK set: expected an object with a list \"keys\"");
	while (json_next(&iter, &jwk)) {
		if (keys->n == JWKS_KEYS_MOST)
			return error_set(
			    err, COORD_EINVALID, "JWK set: more than %d keys", JWKS_KEYS_MOST);
		keys->n += read_key(jwk, &keys->keys[keys->n]);
	}
	if (keys->n == 0)
		return error_set(err, COORD_EINVALID,
		    "JWK set: no key for RS256 (2048 to 8192 bits), ES256 or EdDSA (Ed25519)");
	return has_kid_twice(keys)
		   ? error_set(err, COORD_EINVALID, "JWK set: two keys have the same kid")
		   : COORD_OK;
}

enum coord_err
jwks_parse(struct sv json, struct jwks **ret, struct coord_error *err)
{
	struct json_parser *parser = json_parser_new(JWKS_MOST, 8);
	struct jwks *keys = calloc(1, sizeof(*keys));
	struct json_value set;
	enum coord_err rc = COORD_ENOMEM;

	if (parser == NULL || keys == NULL)
		(void)error_set(err, COORD_ENOMEM, "no memory for a JWK set");
	else if (json_parse(parser, json.data, json.len, false, &set, NULL) != COORD_OK)
		rc = error_set(err, COORD_EPARSE, "JWK set: malformed JSON");
	else
		rc = read_set(set, keys, err);
	json_parser_free(parser);
	if (keys != NULL)
		atomic_store(&keys->holders, 1);
	if (rc == COORD_OK)
		*ret = keys;
	else
		jwks_release(keys);
	return rc;
}

/* --- checking with them -------------------------------------------------------------------------------------------------------- */

const struct jwk *
jwks_find(const struct jwks *keys, struct sv kid)
{
	if (kid.data == NULL)
		return keys->n == 1 ? &keys->keys[0] : NULL;
	for (size_t i = 0; kid.len > 0 && i < keys->n; i++)
		if (sv_eq(sv_from(keys->keys[i].kid), kid))
			return &keys->keys[i];
	return NULL;
}

enum jwt_alg
jwk_alg(const struct jwk *key)
{
	return key->alg;
}

/** The two numbers of ES256 as OpenSSL wants them. Returns the length, 0: no memory. The result is to be given to OPENSSL_free. */
static int
der_of(struct sv signature, unsigned char **ret)
{
	const unsigned char *bytes = (const unsigned char *)signature.data;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(bytes, P256_LEN, NULL),
	       *s = BN_bin2bn(bytes + P256_LEN, P256_LEN, NULL);
	int len = 0;

	if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
		len = i2d_ECDSA_SIG(sig, ret);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return len > 0 ? len : 0;
}

static bool
verify(const struct jwk *key, struct sv text, const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const EVP_MD *md = key->alg == JWT_EDDSA ? NULL : EVP_sha256();
	bool good =
	    ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key->key) == 1 &&
	    EVP_DigestVerify(ctx, signature, len, (const unsigned char *)text.data, text.len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

bool
jwk_verify(const struct jwk *key, struct sv text, struct sv signature)
{
	unsigned char *der = NULL;
	bool good;
	int len;

	if (key->alg != JWT_ES256)
		return verify(key, text, (const unsigned char *)signature.data, signature.len);
	if (signature.len != (size_t)2 * P256_LEN)
		return false;
	len = der_of(signature, &der);
	good = len > 0 && verify(key, text, der, (size_t)len);
	OPENSSL_free(der);
	return good;
}
