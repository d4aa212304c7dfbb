/* jwt.c - one token: form, key, signature, claims, in this order; nothing of a token is believed before its signature is good but which key to
 * try. A member that is there twice is refused, so that no two readers can see two tokens in one. */
#include "auth/jwt.h"
#include "base/base64.h"

#include <math.h>
#include <stdio.h>

enum { HEADER_MOST = 1024, SIGNATURE_MOST = 1024, MEMBERS_MOST = 64, SUBJECT_MOST = 256 };

static const char *const alg_names[] = { "RS256", "ES256", "EdDSA" };

struct parts {
	struct sv header, payload, signature; /* as they stand there */
	struct sv signed_text;                /* header, dot, payload */
};

static bool
split(struct sv token, struct parts *ret)
{
	struct sv rest = token;

	ret->header = sv_cut(&rest, '.');
	ret->payload = rest.data == NULL ? SV_NONE : sv_cut(&rest, '.');
	ret->signature = rest;
	ret->signed_text = sv_first(token, ret->header.len + 1 + ret->payload.len);
	return token.len <= JWT_MOST && ret->header.len > 0 && ret->payload.len > 0 &&
	       ret->signature.len > 0 && sv_find_char(ret->signature, '.') == SIZE_MAX;
}

bool
jwt_looks_like(struct sv token)
{
	struct parts parts;

	return split(token, &parts) && sv_starts(token, SV("eyJ"));
}

/** An object whose members are all different. */
static bool
is_plain_object(struct json_value v)
{
	struct json_member members[MEMBERS_MOST];
	size_t n = json_members(v, members, MEMBERS_MOST);

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (sv_eq(members[i].key, members[k].key))
				return false;
	return n > 0;
}

static bool
string_of(struct json_value object, struct sv name, struct sv *ret)
{
	return json_string(json_get(object, name), ret);
}

/* --- claims -------------------------------------------------------------------------------------------------------------------- */

/** A NumericDate. False: it is there and is none. *there: it is there. */
static bool
date_of(struct json_value claims, struct sv name, bool *there, int64_t *ret)
{
	struct json_value v = json_get(claims, name);
	double seconds;

	*there = json_exists(v);
	if (!*there)
		return true;
	if (!json_f64(v, &seconds) || !(seconds >= 0 && seconds < 1e12))
		return false;
	*ret = (int64_t)floor(seconds);
	return true;
}

/** RFC 7519 section 4.1.3: one or a list. */
static bool
is_for(struct json_value claims, struct sv audience)
{
	struct json_value aud = json_get(claims, SV("aud")), one;
	struct json_iter iter = json_each(aud);
	struct sv text;

	if (json_string(aud, &text))
		return sv_eq(text, audience);
	while (json_type(aud) == JSON_ARRAY && json_next(&iter, &one))
		if (json_string(one, &text) && sv_eq(text, audience))
			return true;
	return false;
}

static void
add_scope(struct sv word, unsigned *scopes)
{
	unsigned bits;

	if (sv_starts(word, SV("coord:")))
		word = sv_skip(word, 6);
	if (sv_find_char(word, ',') == SIZE_MAX && auth_scopes_parse(word, &bits))
		*scopes |= bits;
}

/** "scope" (RFC 8693: words separated by blanks) or "scp" (the same, or a list); words that are not ours are somebody else's. */
static unsigned
scopes_of(struct json_value claims)
{
	struct json_value scp = json_get(claims, SV("scp")), one;
	struct json_iter iter = json_each(scp);
	struct sv text = SV_NONE;
	unsigned scopes = 0;

	if (!string_of(claims, SV("scope"), &text))
		(void)json_string(scp, &text);
	while (text.data != NULL)
		add_scope(sv_cut(&text, ' '), &scopes);
	while (json_type(scp) == JSON_ARRAY && json_next(&iter, &one))
		if (json_string(one, &text))
			add_scope(text, &scopes);
	return scopes;
}

static void
id_of(struct sv issuer, struct sv subject, char ret[64])
{
	struct sha256 *s = sha256_new();
	uint8_t hash[32] = { 0 };

	if (s != NULL) {
		sha256_add(s, issuer.data, issuer.len);
		sha256_add(s, "", 1);
		sha256_add(s, subject.data, subject.len);
		sha256_end(s, hash);
	}
	memcpy(ret, "jwt:", 4);
	hex_of(hash, 16, ret + 4);
}

static enum jwt_verdict
judge_times(struct json_value claims, int64_t now_s, int64_t *ret_expires)
{
	int64_t expires = 0, before = 0, issued = 0;
	bool ends, begins, has_issue;

	if (!date_of(claims, SV("exp"), &ends, &expires) ||
	    !date_of(claims, SV("nbf"), &begins, &before) ||
	    !date_of(claims, SV("iat"), &has_issue, &issued) || !ends)
		return JWT_BAD;
	if ((begins && now_s < before - JWT_SKEW_S) || (has_issue && now_s < issued - JWT_SKEW_S))
		return JWT_BAD;
	*ret_expires = expires;
	return now_s >= expires + JWT_SKEW_S ? JWT_EXPIRED : JWT_GOOD;
}

static enum jwt_verdict
judge_claims(struct json_value claims, const struct jwt_rules *rules, struct jwt_claims *ret)
{
	struct jwt_claims good = { .scopes = 0 };
	struct sv issuer, subject;
	enum jwt_verdict verdict;

	if (!is_plain_object(claims) || !string_of(claims, SV("iss"), &issuer) ||
	    !sv_eq(issuer, rules->issuer) || !is_for(claims, rules->audience) ||
	    !string_of(claims, SV("sub"), &subject) || subject.len == 0 ||
	    subject.len > SUBJECT_MOST)
		return JWT_BAD;
	verdict = judge_times(claims, rules->now_s, &good.expires_s);
	if (verdict != JWT_GOOD)
		return verdict;
	good.scopes = scopes_of(claims);
	id_of(issuer, subject, good.id);
	*ret = good;
	return JWT_GOOD;
}

enum jwt_verdict
jwt_claims_read(struct sv json, const struct jwt_rules *rules, struct jwt_claims *ret)
{
	struct json_parser *parser = json_parser_new(JWT_MOST, 8);
	struct json_value claims;
	enum jwt_verdict verdict = JWT_BAD;

	if (parser == NULL)
		return JWT_NO_MEMORY;
	if (json_parse(parser, json.data, json.len, false, &claims, NULL) == COORD_OK)
		verdict = judge_claims(claims, rules, ret);
	json_parser_free(parser);
	return verdict;
}

/* --- the header, and the whole ----------------------------------------------------------------------------------------------------- */

/** Which key, of the header. Extensions that have to be understood (crit) are not. */
static enum jwt_verdict
judge_header(struct json_value header, const struct jwks *keys, const struct jwk **ret)
{
	struct sv alg, typ, kid = SV_NONE;
	unsigned known = 0;

	if (!is_plain_object(header) || !string_of(header, SV("alg"), &alg) ||
	    json_exists(json_get(header, SV("crit"))))
		return JWT_BAD;
	while (known < sizeof(alg_names) / sizeof(alg_names[0]) &&
	       !sv_eq(alg, sv_from(alg_names[known])))
		known++;
	if (known == sizeof(alg_names) / sizeof(alg_names[0]))
		return JWT_BAD;
	if (json_exists(json_get(header, SV("typ"))) &&
	    (!string_of(header, SV("typ"), &typ) ||
		!(sv_ieq(typ, SV("JWT")) || sv_ieq(typ, SV("at+jwt")))))
		return JWT_BAD;
	if (json_exists(json_get(header, SV("kid"))) && !string_of(header, SV("kid"), &kid))
		return JWT_BAD;
	*ret = jwks_find(keys, kid);
	if (*ret == NULL)
		return kid.data == NULL ? JWT_BAD : JWT_UNKNOWN_KEY;
	return (unsigned)jwk_alg(*ret) == known ? JWT_GOOD : JWT_BAD;
}

static enum jwt_verdict
find_key(struct sv header, const struct jwks *keys, const struct jwk **ret)
{
	struct json_parser *parser = json_parser_new(HEADER_MOST, 8);
	struct json_value v;
	enum jwt_verdict verdict = JWT_BAD;

	if (parser == NULL)
		return JWT_NO_MEMORY;
	if (json_parse(parser, header.data, header.len, false, &v, NULL) == COORD_OK)
		verdict = judge_header(v, keys, ret);
	json_parser_free(parser);
	return verdict;
}

static bool
decode(struct sv text, uint8_t *ret, size_t most, struct sv *ret_sv)
{
	size_t len;

	if (!base64_decode(BASE64_URL, text, ret, most, &len))
		return false;
	*ret_sv = (struct sv){ (const char *)ret, len };
	return true;
}

enum jwt_verdict
jwt_verify(
    struct sv token, const struct jwks *keys, const struct jwt_rules *rules, struct jwt_claims *ret)
{
	uint8_t header[HEADER_MOST], payload[JWT_MOST], signature[SIGNATURE_MOST];
	struct sv header_sv, payload_sv, signature_sv;
	const struct jwk *key = NULL;
	enum jwt_verdict verdict;
	struct parts parts;

	if (!split(token, &parts) || !decode(parts.header, header, sizeof(header), &header_sv) ||
	    !decode(parts.payload, payload, sizeof(payload), &payload_sv) ||
	    !decode(parts.signature, signature, sizeof(signature), &signature_sv))
		return JWT_BAD;
	verdict = find_key(header_sv, keys, &key);
	if (verdict != JWT_GOOD)
		return verdict;
	if (!jwk_verify(key, parts.signed_text, signature_sv))
		return JWT_BAD;
	return jwt_claims_read(payload_sv, rules, ret);
}
