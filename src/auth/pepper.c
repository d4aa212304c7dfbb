/* pepper.c - the secret under which keys are hashed. It is the installation's own: given by the operator, or drawn once
 * and put into the store by whoever comes first, so that all processes hash alike. */
#include "auth/private.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

enum { DRAWN_LEN = 32 };

bool
random_bytes(void *ret, size_t len)
{
	return len <= 256 && getrandom(ret, len, 0) == (ssize_t)len;
}

static enum coord_err
pepper_given(struct sv text, struct pepper *ret, struct coord_error *err)
{
	if (text.len < PRESENTED_LEAST || text.len > sizeof(ret->bytes))
		return error_set(err, COORD_EINVALID,
		    "COORD_PEPPER: expected %d to %zu characters, got %zu", PRESENTED_LEAST,
		    sizeof(ret->bytes), text.len);
	memcpy(ret->bytes, text.data, text.len);
	ret->len = text.len;
	return COORD_OK;
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum coord_err
pepper_read(struct sv hex, struct pepper *ret, struct coord_error *err)
{
	bool good = hex.len == (size_t)2 * DRAWN_LEN;

	for (size_t i = 0; good && i < DRAWN_LEN; i++) {
		int high = nibble(hex.data[2 * i]), low = nibble(hex.data[2 * i + 1]);

		good = high >= 0 && low >= 0;
		ret->bytes[i] = good ? (uint8_t)(high << 4 | low) : 0;
	}
	ret->len = DRAWN_LEN;
	return good ? COORD_OK
		    : error_set(err, COORD_EPARSE,
			  "the pepper in the database is damaged: keys cannot be checked; restore "
			  "it, or set COORD_PEPPER and make new keys");
}

/** Puts a fresh one into the store, unless another process was faster. */
static enum coord_err
pepper_draw(struct store *store, struct coord_error *err)
{
	uint8_t drawn[DRAWN_LEN];
	char hex[2 * DRAWN_LEN + 1];
	enum coord_err rc;

	if (!random_bytes(drawn, sizeof(drawn)))
		return error_set(err, COORD_EIO, "the system gives no random bytes");
	hex_of(drawn, sizeof(drawn), hex);
	rc = store_value_put(store, SV("auth"), SV("pepper"), sv_from(hex), 0, true, err);
	OPENSSL_cleanse(drawn, sizeof(drawn));
	OPENSSL_cleanse(hex, sizeof(hex));
	return rc == COORD_EINVALID ? COORD_OK : rc;
}

enum coord_err
pepper_get(
    const struct config *config, struct store *store, struct pepper *ret, struct coord_error *err)
{
	struct arena *arena;
	struct sv text;
	enum coord_err rc;

	if (config->pepper != NULL && config->pepper[0] != 0)
		return pepper_given(sv_from(config->pepper), ret, err);
	arena = arena_new(1 << 16);
	if (arena == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for the pepper");
	rc = store_value_get(store, SV("auth"), SV("pepper"), 0, arena, &text, err);
	if (rc == COORD_ENODATA) {
		rc = pepper_draw(store, err);
		if (rc == COORD_OK)
			rc = store_value_get(store, SV("auth"), SV("pepper"), 0, arena, &text, err);
	}
	if (rc == COORD_OK)
		rc = pepper_read(text, ret, err);
	arena_free(arena);
	return rc;
}

void
pepper_wipe(struct pepper *pepper)
{
	OPENSSL_cleanse(pepper, sizeof(*pepper));
}

bool
pepper_hash(const struct pepper *pepper, struct sv secret, uint8_t ret[32])
{
	unsigned len = 32;

	return HMAC(EVP_sha256(), pepper->bytes, (int)pepper->len, (const uint8_t *)secret.data,
		   secret.len, ret, &len) != NULL;
}
