/* webhook.c - signatures of Standard Webhooks: HMAC-SHA-256 over "id.timestamp.body" under each secret, so that receivers may
 * change over from one to the next. */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "base/base64.h"
#include "net/private.h"

enum { KEY_LEAST = 24, KEY_MOST = 64, MAC_LEN = 32 };

static bool
key_of(struct sv secret, uint8_t key[KEY_MOST], size_t *len)
{
	return sv_starts(secret, SV("whsec_")) &&
	       base64_decode(BASE64_STANDARD, sv_skip(secret, 6), key, KEY_MOST, len) &&
	       *len >= KEY_LEAST;
}

static enum coord_err
sign(struct sv secret, struct sv signed_text, struct buf *ret, struct coord_error *err)
{
	uint8_t key[KEY_MOST], mac[MAC_LEN];
	char text[BASE64_TEXT_MOST(MAC_LEN)];
	unsigned mac_len = sizeof(mac);
	size_t len = 0;
	bool made;

	if (!key_of(secret, key, &len))
		return error_set(err, COORD_EINVALID,
		    "webhook secret: expected whsec_ and base64 of %d to %d bytes", KEY_LEAST,
		    KEY_MOST);
	made = HMAC(EVP_sha256(), key, (int)len, (const uint8_t *)signed_text.data, signed_text.len,
		   mac, &mac_len) != NULL;
	OPENSSL_cleanse(key, sizeof(key));
	if (!made)
		return error_set(err, COORD_ENOMEM, "no memory for a signature");
	(void)base64_encode(BASE64_STANDARD, mac, sizeof(mac), text);
	buf_printf(ret, "%sv1,%s", ret->len > 0 ? " " : "", text);
	return ret->failed ? error_set(err, COORD_ENOMEM, "no memory for a signature") : COORD_OK;
}

static enum coord_err
sign_all(struct sv secrets, struct sv text, struct buf *ret, struct coord_error *err)
{
	bool any = false;

	while (secrets.data != NULL) {
		struct sv secret = sv_cut(&secrets, ' ');

		if (secret.len == 0)
			continue;
		TRY(sign(secret, text, ret, err));
		any = true;
	}
	return any ? COORD_OK
		   : error_set(err, COORD_EINVALID, "webhook secret: there is none to sign with");
}

enum coord_err
net_webhook_sign(struct sv secrets, struct sv id, int64_t timestamp_s, struct sv body,
    struct buf *ret, struct coord_error *err)
{
	struct buf text = BUF_INIT(id.len + body.len + 64), signature = BUF_INIT(1 << 14);
	enum coord_err rc;

	buf_add_sv(&text, id);
	buf_printf(&text, ".%lld.", (long long)timestamp_s);
	buf_add_sv(&text, body);
	if (text.failed)
		rc = error_set(err, COORD_ENOMEM, "no memory for a signature");
	else
		rc = sign_all(secrets, buf_sv(&text), &signature, err);
	if (rc == COORD_OK)
		buf_add_sv(ret, buf_sv(&signature));
	if (rc == COORD_OK && ret->failed)
		rc = error_set(err, COORD_ENOMEM, "no memory for a signature");
	buf_clear(&text);
	buf_clear(&signature);
	return rc;
}
