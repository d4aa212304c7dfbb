/* uuid.c - see uuid.h. SHA-1 names things here and protects nothing. */
#include "report/uuid.h"

#include <openssl/evp.h>

const uint8_t UUID_STIX_OBSERVABLE[16] = { 0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c,
	0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7 };
const uint8_t UUID_PROJECT[16] = { 0xb0, 0x85, 0x53, 0xe0, 0xf7, 0xa1, 0x54, 0x16, 0x8f, 0xd7, 0xbd,
	0x4f, 0x70, 0x78, 0x52, 0x51 };

static void
digest_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

enum coord_err
uuid_v5(const uint8_t space[16], struct sv name, char ret[UUID_TEXT], struct coord_error *err)
{
	CLEANUP(digest_free) EVP_MD_CTX *sha1 = EVP_MD_CTX_new();
	uint8_t d[EVP_MAX_MD_SIZE];

	if (sha1 == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory for a digest");
	if (EVP_DigestInit_ex(sha1, EVP_sha1(), NULL) != 1 ||
	    EVP_DigestUpdate(sha1, space, 16) != 1 ||
	    EVP_DigestUpdate(sha1, name.data, name.len) != 1 ||
	    EVP_DigestFinal_ex(sha1, d, NULL) != 1)
		return error_set(err, COORD_EUNAVAIL, "report: the library refuses SHA-1");
	uuid_text(d, 5, ret);
	return COORD_OK;
}
