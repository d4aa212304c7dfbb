/* rng.h - random numbers by address, never from state: the draw for (seed, stage, replicate, item) is the same whatever
 * the number of threads and the order of calls. Philox4x32-10: Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011; checked against the known answers of Random123. */
#ifndef COORD_BASE_RNG_H
#define COORD_BASE_RNG_H

#include <stdint.h>

/** A short stream at one address. Copy freely; 2^32 blocks of four words long. */
struct rng {
	uint32_t key[2];
	uint32_t counter[4];
	uint32_t block[4];
	uint32_t left; /* words of `block` not yet used */
};

/** The raw block function, for the known-answer test. */
void philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4]);
/** The stream for an address. `stage` names the use (one constant per use), `replicate` the world, `item` the thing. */
struct rng rng_at(uint64_t seed, uint32_t stage, uint32_t replicate, uint32_t item);
uint32_t rng_u32(struct rng *rng);
uint64_t rng_u64(struct rng *rng);
/** Uniform in [0, n), without bias (Lemire 2019). n >= 1. */
uint32_t rng_below(struct rng *rng, uint32_t n);
uint64_t rng_below64(struct rng *rng, uint64_t n);
/** Uniform in [0, 1) on 53 bits. */
double rng_uniform(struct rng *rng);
/** Standard normal (Box-Muller, one of the pair). */
double rng_normal(struct rng *rng);
/** Exponential with mean 1. */
double rng_exponential(struct rng *rng);

#endif
