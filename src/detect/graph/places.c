/* places.c - see places.h. */
#include "detect/graph/places.h"

#include "reference/reference.h"

static const unsigned bits_v4[PLACES] = { 24, 16 }, bits_v6[PLACES] = { 64, 48 };

static struct addr
network_of(const struct world *w, uint32_t node, unsigned level)
{
	struct addr a = w->m->source_addr[w->node_source[node]];

	return addr_prefix(a, addr_is_v4(a) ? bits_v4[level] : bits_v6[level]);
}

enum coord_err
places_find(
    const struct world *w, struct arena *scratch, struct places *ret, struct coord_error *err)
{
	uint32_t n = w->m->n_nodes;
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);

	*ret = (struct places){ .w = w };
	if (w->m->ref != NULL)
		ret->n_population = reference_sources(w->m->ref,
		    reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE), &ret->population);
	for (unsigned level = 0; level < PLACES; level++) {
		ret->network[level] = ARENA_ARRAY_RAW(scratch, n, uint64_t);
		ret->sorted[level] = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
		if (spare == NULL || ret->network[level] == NULL || ret->sorted[level] == NULL)
			return model_full(err);
		for (uint32_t i = 0; i < n; i++) {
			struct addr p = network_of(w, i, level);

			ret->network[level][i] = hash_mix(level,
			    hash_content((struct sv){ (const char *)p.bytes, sizeof(p.bytes) }));
			ret->sorted[level][i] = (struct sort_pair){ ret->network[level][i], i };
		}
		sort_pairs(ret->sorted[level], n, spare);
	}
	return COORD_OK;
}

static uint32_t
first_above(const struct places *p, unsigned level, uint64_t network, bool equal_too)
{
	uint32_t low = 0, high = p->w->m->n_nodes;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		uint64_t key = p->sorted[level][mid].key;

		if (key < network || (key == network && !equal_too))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void
places_range(
    const struct places *p, unsigned level, uint64_t network, uint32_t *ret_from, uint32_t *ret_to)
{
	*ret_from = first_above(p, level, network, true);
	*ret_to = first_above(p, level, network, false);
}

/* Sources of the reference below an address, or up to it. */
static size_t
population_until(const struct places *p, struct addr a, bool it_too)
{
	size_t low = 0, high = p->n_population;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = addr_cmp(p->population[mid], a);

		if (order < 0 || (order == 0 && it_too))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

size_t
places_known(const struct places *p, unsigned level, uint32_t node)
{
	struct addr from = network_of(p->w, node, level), to = from;
	unsigned bits = addr_is_v4(from) ? 96 + bits_v4[level] : bits_v6[level];

	for (unsigned byte = bits / 8; byte < sizeof(to.bytes); byte++)
		to.bytes[byte] = 0xff;
	return population_until(p, to, true) - population_until(p, from, false);
}
