/* trie.c - how fast routes are: reading a dump into a cache, opening the cache, look-ups by longest prefix.
 * bench_trie DUMP CACHE: makes CACHE of DUMP unless it is there, then opens and asks it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tools/tools.h"

enum { ADDRESSES = 1 << 22, ROUNDS = 8 };

/* of this process: others may be at work on the machine */
static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
build(const char *dump, const char *cache)
{
	struct tools_built built;
	struct coord_error err;
	double from = now();

	if (tools_routes_build(&dump, 1, cache, &built, &err) != COORD_OK) {
		(void)fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	printf("build   %.2f s: %llu announcements, %llu prefixes (%llu IPv4)\n", now() - from,
	    (unsigned long long)built.announcements, (unsigned long long)built.prefixes,
	    (unsigned long long)built.prefixes_v4);
	return 0;
}

static void
look_up(struct tools_offline *offline, const struct addr *addresses, const char *what)
{
	double best = 1e9;
	uint64_t found = 0, sum = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double from = now(), taken;

		for (size_t i = 0; i < ADDRESSES; i++) {
			uint32_t asn = tools_offline_asn(offline, addresses[i]);

			found += asn != 0;
			sum += asn;
		}
		taken = now() - from;
		best = taken < best ? taken : best;
	}
	printf("look-up %-28s %6.1f million/s, %.1f %% covered (%llu)\n", what,
	    ADDRESSES / best / 1e6, 100.0 * (double)found / ADDRESSES / ROUNDS,
	    (unsigned long long)sum);
}

static int
ask(const char *cache)
{
	struct tools_offline_options options = { .files = &cache, .n_files = 1 };
	struct tools_offline *offline = NULL;
	struct addr *addresses = calloc(ADDRESSES, sizeof(*addresses));
	struct coord_error err;
	double from = now();

	if (addresses == NULL || tools_offline_open(&options, &offline, &err) != COORD_OK) {
		(void)fprintf(stderr, "%s\n", err.what);
		return 1;
	}
	printf("open    %.3f s: mapped, hashed twice, every place checked\n", now() - from);
	for (size_t i = 0; i < ADDRESSES; i++)
		addresses[i] = addr_from_v4((uint32_t)(hash_mix(1, i) % 0x60000000) + 0x01000000);
	look_up(offline, addresses, "IPv4, anywhere");
	for (size_t i = 0; i < ADDRESSES; i++)
		addresses[i] =
		    addr_from_v4((uint32_t)(hash_mix(2, i % 30000) % 0x60000000) + 0x01000000);
	look_up(offline, addresses, "IPv4, of 30,000 sources");
	for (size_t i = 0; i < ADDRESSES; i++) {
		uint64_t a = hash_mix(3, i), b = hash_mix(4, i);

		/* 2000:30xx: /48s, 2020:xxxx: /32s of mrt.py */
		memcpy(addresses[i].bytes, &a, 8);
		memcpy(addresses[i].bytes + 8, &b, 8);
		addresses[i].bytes[0] = 0x20;
		addresses[i].bytes[1] = 0;
		addresses[i].bytes[2] = i % 2 == 0 ? 48 : 32;
	}
	look_up(offline, addresses, "IPv6");
	tools_offline_close(offline);
	free(addresses);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	if (access(argv[2], R_OK) != 0 && build(argv[1], argv[2]) != 0)
		return 1;
	return ask(argv[2]);
}
