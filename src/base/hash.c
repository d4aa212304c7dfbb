/* hash.c - SipHash-1-3 (Aumasson & Bernstein, "SipHash: a fast short-input PRF", 2012); digests by OpenSSL. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static inline uint64_t
rotl(uint64_t x, int b)
{
	return (x << b) | (x >> (64 - b));
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

uint64_t
siphash13(struct hash_key key, const void *data, size_t len)
{
	uint64_t v[4] = { key.k0 ^ 0x736f6d6570736575u, key.k1 ^ 0x646f72616e646f6du,
		key.k0 ^ 0x6c7967656e657261u, key.k1 ^ 0x7465646279746573u };
	const unsigned char *in = data;
	size_t whole = len / 8;
	uint64_t last = (uint64_t)len << 56;

	for (size_t i = 0; i < whole; i++, in += 8) {
		uint64_t m;

		memcpy(&m, in, 8); /* little-endian machines only: see meson.build */
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	for (size_t i = 0; i < len % 8; i++)
		last |= (uint64_t)in[i] << (8 * i);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline uint64_t
word_at(const unsigned char *in)
{
	uint64_t w;

	memcpy(&w, in, sizeof(w));
	return w;
}

static inline uint64_t
half_at(const unsigned char *in)
{
	uint32_t w;

	memcpy(&w, in, sizeof(w));
	return w;
}

/* Folded products of data and key, 16 bytes a step; the last two words overlap those before. */
uint64_t
hash_keyed(struct hash_key key, const void *data, size_t len)
{
	const unsigned char *in = data;
	uint64_t h = key.k0 ^ len * 0x9e3779b97f4a7c15u, a = 0, b = 0;

	for (size_t left = len; left > 16; left -= 16, in += 16)
		h = hash_fold(word_at(in) ^ h, word_at(in + 8) ^ key.k1);
	if (len > 16) {
		in = (const unsigned char *)data + len;
		a = word_at(in - 16);
		b = word_at(in - 8);
	} else if (len >= 8) {
		a = word_at(in);
		b = word_at(in + len - 8);
	} else if (len >= 4) {
		a = half_at(in);
		b = half_at(in + len - 4);
	} else if (len > 0) {
		a = (uint64_t)in[0] << 16 | (uint64_t)in[len / 2] << 8 | in[len - 1];
	}
	h = hash_fold(a ^ h, b ^ key.k1);
	return hash_fold(h ^ key.k1, h + 0xbf58476d1ce4e5b9u);
}

static struct hash_key table_key;
static pthread_once_t table_key_once = PTHREAD_ONCE_INIT;

static void
table_key_draw(void)
{
	if (getrandom(&table_key, sizeof(table_key), 0) != (ssize_t)sizeof(table_key))
		table_key = (struct hash_key){ (uint64_t)(uintptr_t)&table_key, 0x5bd1e995u };
}

struct hash_key
hash_table_key(void)
{
	(void)pthread_once(&table_key_once, table_key_draw);
	return table_key;
}

uint64_t
hash_content(struct sv text)
{
	return siphash13(
	    (struct hash_key){ 0x0706050403020100u, 0x0f0e0d0c0b0a0908u }, text.data, text.len);
}

struct sha256 {
	EVP_MD_CTX *ctx;
};

struct sha256 *
sha256_new(void)
{
	struct sha256 *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ctx = EVP_MD_CTX_new();
	if (s->ctx == NULL || EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(s->ctx);
		free(s);
		return NULL;
	}
	return s;
}

void
sha256_add(struct sha256 *s, const void *data, size_t len)
{
	(void)EVP_DigestUpdate(s->ctx, data, len);
}

void
sha256_end(struct sha256 *s, uint8_t ret[32])
{
	unsigned len = 32;

	(void)EVP_DigestFinal_ex(s->ctx, ret, &len);
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

void
sha256_of(const void *data, size_t len, uint8_t ret[32])
{
	unsigned size = 32;

	(void)EVP_Digest(data, len, ret, &size, EVP_sha256(), NULL);
}

void
md5_of(const void *data, size_t len, uint8_t ret[16])
{
	unsigned size = 16;

	(void)EVP_Digest(data, len, ret, &size, EVP_md5(), NULL);
}

void
hex_of(const uint8_t *data, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		ret[2 * i] = digits[data[i] >> 4];
		ret[2 * i + 1] = digits[data[i] & 15];
	}
	ret[2 * len] = 0;
}
