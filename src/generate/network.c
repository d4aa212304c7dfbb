/* network.c - who lives where: 200 autonomous systems with 84 /24s each, numbered through 198.18.0.0/15 and
 * 100.64.0.0/10, plus a /48 of 2001:db8::/32 each. The ten largest hold 40-60 % of the background's sources, as cheap
 * hosting does. AS numbers are private ones (RFC 6996), so nobody real is named. */
#include "generate/world.h"

#include <math.h>

enum { BLOCKS = 84, HOSTS = 254, BLOCKS_BENCH = 512, ASN_FIRST = 64600, TRIES = 64 };

void
networks_init(struct world *w)
{
	struct rng rng = rng_at(w->site, STAGE_ADDRESS, 0, 0);
	double drawn = 0.4 + 0.2 * rng_uniform(&rng);
	double top = w->profile.hosting > 0.0 ? w->profile.hosting : drawn;
	double sum = 0.0;

	w->profile.hosting = top;

	/* the ten largest fall off by a tenth each; the others share the rest alike */
	for (uint32_t i = 0; i < 10; i++)
		sum += pow(0.9, i);
	w->network_shares[0] = 0.0;
	for (uint32_t i = 0; i < NETWORKS; i++) {
		double share = i < 10 ? top * pow(0.9, i) / sum : (1.0 - top) / (NETWORKS - 10);

		w->network_shares[i + 1] = w->network_shares[i] + share;
	}
	w->network_shares[NETWORKS] = 1.0;
}

uint32_t
network_draw(struct world *w, struct rng *rng)
{
	return w->real_networks != NULL ? deck_draw(&w->homes, rng)
					: draw_share(w->network_shares, w->n_networks, rng);
}

uint32_t
network_asn(uint32_t network)
{
	return ASN_FIRST + network;
}

uint32_t
network_of(uint32_t asn)
{
	return asn - ASN_FIRST;
}

static uint32_t
block_base(const struct world *w, uint32_t network, uint32_t block)
{
	uint32_t i = network * BLOCKS + block;

	if (w->real_networks != NULL) /* spread over the /16 */
		return w->real_networks[network].base | (block * 3 + network % 3) % 256 << 8;
	if (i < BLOCKS_BENCH)
		return 0xc6120000u + (i << 8);          /* 198.18.0.0/15 */
	return 0x64400000u + ((i - BLOCKS_BENCH) << 8); /* 100.64.0.0/10 */
}

uint64_t
address_key(struct addr a)
{
	uint64_t high, low;

	memcpy(&high, a.bytes, 8);
	memcpy(&low, a.bytes + 8, 8);
	return hash_mix(hash_mix(0, high), low);
}

/* Claims an address. False when it is taken. */
static bool
claim(struct world *w, struct addr a)
{
	uint32_t *slot = map_slot(&w->used, address_key(a));

	if (slot == NULL) {
		w->failed = true;
		return true;
	}
	if (*slot != MAP_NONE)
		return false;
	*slot = 1;
	return true;
}

static struct addr
address_v6(uint32_t network, struct rng *rng)
{
	struct addr a = { { 0x20, 0x01, 0x0d, 0xb8 } };
	uint64_t host = rng_u64(rng);

	a.bytes[4] = (uint8_t)(network >> 8);
	a.bytes[5] = (uint8_t)network;
	a.bytes[7] = (uint8_t)rng_below(rng, 16);
	memcpy(a.bytes + 8, &host, 8);
	return a;
}

struct addr
network_address(struct world *w, uint32_t network, uint32_t block, struct rng *rng)
{
	for (uint32_t tries = 0; tries < TRIES; tries++) {
		/* within a network, a few blocks hold most of the hosts */
		uint32_t spread = 1 + rng_below(rng, BLOCKS);
		uint32_t in = block == NO_INDEX ? rng_below(rng, spread) : block;
		struct addr a =
		    addr_from_v4(block_base(w, network, in) + 1 + rng_below(rng, HOSTS));

		if (claim(w, a))
			return a;
	}
	/* the network is full: its IPv6 space never is */
	for (;;) {
		struct addr a = address_v6(network, rng);

		if (claim(w, a))
			return a;
	}
}

void
network_run(struct world *w, uint32_t network, uint32_t n, struct rng *rng, struct addr *ret)
{
	uint32_t got = 0;
	uint32_t block = rng_below(rng, BLOCKS);

	/* a run that does not fit goes on in the next block, and after all blocks in IPv6 */
	for (uint32_t tried = 0; tried < BLOCKS && got < n; tried++) {
		uint32_t first = 1 + rng_below(rng, HOSTS / 2);

		for (uint32_t host = first; host <= HOSTS && got < n; host++) {
			struct addr a =
			    addr_from_v4(block_base(w, network, (block + tried) % BLOCKS) + host);

			if (claim(w, a))
				ret[got++] = a;
		}
	}
	while (got < n)
		ret[got++] = network_address(w, network, NO_INDEX, rng);
}
