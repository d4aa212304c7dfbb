/* fuzz_routes.c - MRT and pfx2as readers and the cache of routes on any bytes: ends, an error has words, and what is accepted can be
 * asked without leaving its arrays. The bytes are read as they are, and once more as a cache whose hash is made right. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "tools/offline/routes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { HEAD = 128, SHA_AT = 40 };

static void
ask(const struct routes *routes)
{
	struct tools_address found = { .known = 0 };

	for (uint32_t i = 0; i < 64; i++) {
		struct addr v6 = { { (uint8_t)(i * 4), 1, 0xd, 0xb8, (uint8_t)i } };

		(void)routes_tell(routes, addr_from_v4(i << 26 | i), TOOLS_ANYTHING, &found);
		(void)routes_tell(routes, v6, TOOLS_ANYTHING, &found);
		assert(found.route.n_origins <= ROUTES_SET_MOST);
	}
	for (uint32_t i = 0; i < routes->n_records && i < 64; i++) {
		struct addr base;

		memcpy(base.bytes, routes->records[i].base, sizeof(base.bytes));
		(void)routes_tell(routes, base, TOOLS_ANYTHING, &found);
	}
}

static void
read_dump(const uint8_t *data, size_t len)
{
	struct mapped file = { data, len, NULL };
	struct routes_builder builder = { .n_records = 0 };
	struct coord_error err = { .what = "" };
	struct routes_read told;
	struct routes routes;

	if (routes_read("dump", file, &builder, &told, &err) == COORD_OK &&
	    routes_build(&builder, &routes, &err) == COORD_OK) {
		assert(routes_check(&routes));
		ask(&routes);
	} else {
		assert(err.what[0] != 0);
	}
	routes_builder_clear(&builder);
}

static void
read_cache(const uint8_t *data, size_t len)
{
	struct mapped file = { data, len, NULL };
	struct coord_error err = { .what = "" };
	struct routes routes;
	struct sv sources;
	int64_t made_us;

	if (cache_read("cache", &file, &routes, &sources, &made_us, &err) == COORD_OK)
		ask(&routes);
	else
		assert(err.what[0] != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *forged;

	read_dump(data, len);
	read_cache(data, len);
	if (len < HEAD || (forged = malloc(len)) == NULL)
		return 0;
	memcpy(forged, data, len);
	sha256_of(data + HEAD, len - HEAD, forged + SHA_AT);
	read_cache(forged, len);
	free(forged);
	return 0;
}
