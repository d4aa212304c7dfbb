/* hash.h - keyed hashing for tables and tokens, SHA-256 for provenance, MD5 only because HASSH is defined on it.
 * SipHash-1-3: Aumasson & Bernstein 2012. Table hashes use a key drawn at start (attackers choose the keys); token
 * and content hashes use a fixed key because they are stored in reference snapshots and order results. */
#ifndef COORD_BASE_HASH_H
#define COORD_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/sv.h"

struct hash_key {
	uint64_t k0, k1;
};

uint64_t siphash13(struct hash_key key, const void *data, size_t len);
/** The process's random table key, drawn once from getrandom. Never let a result depend on it. */
struct hash_key hash_table_key(void);
/** For hash tables in memory under hash_table_key(): faster than SipHash, and as unforeseeable without the key. */
uint64_t hash_keyed(struct hash_key key, const void *data, size_t len);
/** Content hash with the fixed key: stable across runs, machines and versions. */
uint64_t hash_content(struct sv text);
/** Mixes a number into a content hash (order matters): splitmix64's finaliser. */
static inline uint64_t
hash_mix(uint64_t h, uint64_t v)
{
	uint64_t z = h ^ (v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2));

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

__extension__ typedef unsigned __int128 hash_wide;
/** Both halves of a product, folded: one multiplication mixes two words. For caches and keyed tables. */
static inline uint64_t
hash_fold(uint64_t a, uint64_t b)
{
	hash_wide p = (hash_wide)a * b;

	return (uint64_t)p ^ (uint64_t)(p >> 64);
}

struct sha256;
/** Incremental SHA-256 (OpenSSL). NULL when it cannot start. */
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *s, const void *data, size_t len);
/** Ends the digest and frees `s`. */
void sha256_end(struct sha256 *s, uint8_t ret[32]);
void sha256_of(const void *data, size_t len, uint8_t ret[32]);
void md5_of(const void *data, size_t len, uint8_t ret[16]);
/** Lower-case hex with a final NUL: `ret` holds 2 * len + 1 bytes. */
void hex_of(const uint8_t *data, size_t len, char *ret);

#endif
