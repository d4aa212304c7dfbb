/* rng.c - Philox4x32-10 and the few distributions that more than one room draws from. */
#include "base/rng.h"

#include <math.h>

#include "base/hash.h"

void
philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4])
{
	uint32_t x[4] = { counter[0], counter[1], counter[2], counter[3] };
	uint32_t k0 = key[0], k1 = key[1];

	for (int round = 0; round < 10; round++) {
		uint64_t p0 = (uint64_t)0xD2511F53u * x[0];
		uint64_t p1 = (uint64_t)0xCD9E8D57u * x[2];
		uint32_t y0 = (uint32_t)(p1 >> 32) ^ x[1] ^ k0;
		uint32_t y2 = (uint32_t)(p0 >> 32) ^ x[3] ^ k1;

		x[1] = (uint32_t)p1;
		x[3] = (uint32_t)p0;
		x[0] = y0;
		x[2] = y2;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	for (int i = 0; i < 4; i++)
		ret[i] = x[i];
}

struct rng
rng_at(uint64_t seed, uint32_t stage, uint32_t replicate, uint32_t item)
{
	return (struct rng){ .key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
		.counter = { 0, stage, replicate, item },
		.left = 0 };
}

uint32_t
rng_u32(struct rng *rng)
{
	if (rng->left == 0) {
		philox4x32(rng->counter, rng->key, rng->block);
		rng->counter[0]++;
		rng->left = 4;
	}
	return rng->block[--rng->left];
}

uint64_t
rng_u64(struct rng *rng)
{
	uint64_t high = rng_u32(rng);

	return high << 32 | rng_u32(rng);
}

uint32_t
rng_below(struct rng *rng, uint32_t n)
{
	uint64_t product = (uint64_t)rng_u32(rng) * n;

	if ((uint32_t)product < n) {
		uint32_t threshold = (0u - n) % n;

		while ((uint32_t)product < threshold)
			product = (uint64_t)rng_u32(rng) * n;
	}
	return (uint32_t)(product >> 32);
}

uint64_t
rng_below64(struct rng *rng, uint64_t n)
{
	uint64_t limit;
	uint64_t draw;

	if (n <= UINT32_MAX)
		return rng_below(rng, (uint32_t)n);
	limit = UINT64_MAX - UINT64_MAX % n;
	do {
		draw = rng_u64(rng);
	} while (draw >= limit);
	return draw % n;
}

double
rng_uniform(struct rng *rng)
{
	return (double)(rng_u64(rng) >> 11) * 0x1.0p-53;
}

double
rng_normal(struct rng *rng)
{
	double radius = sqrt(2.0 * rng_exponential(rng));

	return radius * cos(6.283185307179586 * rng_uniform(rng));
}

double
rng_exponential(struct rng *rng)
{
	return -log(1.0 - rng_uniform(rng));
}
