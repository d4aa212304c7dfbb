/* routes.c - a table of announcements: collecting, merging, checking, telling; see routes.h. */
#include "tools/offline/routes.h"

#include <stdlib.h>

static enum coord_err
full(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "routes: %s", error_text(COORD_ENOMEM));
}

bool
routes_grow(void **array, size_t *cap, size_t need, size_t size)
{
	size_t wider = *cap * 2 > need ? *cap * 2 : need;
	void *moved;

	if (need <= *cap)
		return true;
	wider = wider < 1024 ? 1024 : wider;
	if (need >= ROUTES_NODE || (moved = realloc(*array, wider * size)) == NULL)
		return false;
	*array = moved;
	*cap = wider;
	return true;
}

/* --- lists of numbers ----------------------------------------------------------------------------------------------------- */

/* The place of a list, made when it is new. The empty one has place 0. */
static bool
intern(struct routes_builder *b, const uint32_t *numbers, uint32_t n, uint32_t *ret)
{
	struct sv bytes = { (const char *)numbers, (size_t)n * sizeof(*numbers) };
	uint32_t *slot;

	*ret = 0;
	if (b->n_sets == 0) {
		if (!routes_grow((void **)&b->sets, &b->cap_sets, 1, sizeof(*b->sets)))
			return false;
		b->sets[b->n_sets++] = 0;
	}
	if (n == 0)
		return true;
	if ((slot = map_slot(&b->places, hash_content(bytes))) == NULL)
		return false;
	if (*slot != MAP_NONE && b->sets[*slot] == n &&
	    memcmp(&b->sets[*slot + 1], numbers, bytes.len) == 0) {
		*ret = *slot;
		return true;
	}
	/* new, or another list of the same hash, which then stands twice */
	if (!routes_grow(
		(void **)&b->sets, &b->cap_sets, (size_t)b->n_sets + n + 1, sizeof(*b->sets)))
		return false;
	*slot = b->n_sets;
	b->sets[b->n_sets] = n;
	memcpy(&b->sets[b->n_sets + 1], numbers, bytes.len);
	b->n_sets += n + 1;
	*ret = *slot;
	return true;
}

enum coord_err
routes_add(struct routes_builder *b, const struct announcement *a, struct coord_error *err)
{
	struct route_record made = { .peers =
					 (uint16_t)(a->peers < UINT16_MAX ? a->peers : UINT16_MAX),
		.bits = (uint8_t)a->bits };
	uint32_t origins = a->n_origins < ROUTES_SET_MOST ? a->n_origins : ROUTES_SET_MOST;
	uint32_t upstreams = a->n_upstreams < ROUTES_SET_MOST ? a->n_upstreams : ROUTES_SET_MOST;
	struct addr base = addr_prefix(a->base, a->bits);

	if (a->bits == 0)
		return COORD_OK;
	if (b->n_records == ROUTES_MOST)
		return error_set(err, COORD_ELIMIT, "more than %d announcements", ROUTES_MOST);
	memcpy(made.base, base.bytes, sizeof(made.base));
	made.asn = origins > 0 ? a->origins[0] : 0;
	if (!intern(b, a->origins, origins, &made.origins) ||
	    !intern(b, a->upstreams, upstreams, &made.upstreams) ||
	    !routes_grow((void **)&b->records, &b->cap_records, (size_t)b->n_records + 1,
		sizeof(*b->records)))
		return full(err);
	b->records[b->n_records++] = made;
	return COORD_OK;
}

/* --- merging ------------------------------------------------------------------------------------------------------------------ */

/* The prefix, then what more peers see; the number only so that the order is one. */
static int
record_order(const void *a, const void *b)
{
	const struct route_record *x = a, *y = b;
	bool x4 = record_is_v4(x), y4 = record_is_v4(y);
	int c;

	if (x4 != y4)
		return x4 ? -1 : 1;
	if ((c = memcmp(x->base, y->base, sizeof(x->base))) != 0)
		return c;
	if (x->bits != y->bits)
		return x->bits < y->bits ? -1 : 1;
	if (x->peers != y->peers)
		return x->peers > y->peers ? -1 : 1;
	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return (x->origins > y->origins) - (x->origins < y->origins);
}

static bool
same_prefix(const struct route_record *x, const struct route_record *y)
{
	return x->bits == y->bits && memcmp(x->base, y->base, sizeof(x->base)) == 0;
}

static bool
join(struct routes_builder *b, uint32_t first, uint32_t second, uint32_t *ret)
{
	uint32_t both[ROUTES_SET_MOST], n = b->sets[first];

	*ret = first;
	if (first == second)
		return true;
	memcpy(both, &b->sets[first + 1], n * sizeof(*both));
	for (uint32_t i = 0; i < b->sets[second] && n < ROUTES_SET_MOST; i++) {
		uint32_t number = b->sets[second + 1 + i], k = 0;

		while (k < n && both[k] != number)
			k++;
		if (k == n)
			both[n++] = number;
	}
	return intern(b, both, n, ret);
}

static bool
merge(struct routes_builder *b)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < b->n_records; i++) {
		struct route_record *last = kept > 0 ? &b->records[kept - 1] : NULL;
		const struct route_record *r = &b->records[i];
		uint32_t peers;

		if (last == NULL || !same_prefix(last, r)) {
			b->records[kept++] = *r;
			continue;
		}
		peers = (uint32_t)last->peers + r->peers;
		last->peers = (uint16_t)(peers < UINT16_MAX ? peers : UINT16_MAX);
		last->asn = last->asn != 0 ? last->asn : r->asn;
		if (!join(b, last->origins, r->origins, &last->origins) ||
		    !join(b, last->upstreams, r->upstreams, &last->upstreams))
			return false;
	}
	b->n_records = kept;
	return true;
}

static bool
in_order(const struct routes_builder *b)
{
	for (uint32_t i = 1; i < b->n_records; i++)
		if (record_order(&b->records[i - 1], &b->records[i]) > 0)
			return false;
	return true;
}

static bool
note_asns(struct routes_builder *b)
{
	b->asns = calloc(b->n_records, sizeof(*b->asns));
	for (uint32_t i = 0; b->asns != NULL && i < b->n_records; i++)
		b->asns[i] = b->records[i].asn;
	return b->asns != NULL;
}

enum coord_err
routes_build(struct routes_builder *b, struct routes *ret, struct coord_error *err)
{
	if (b->n_records == 0)
		return error_set(err, COORD_ENODATA, "no announcement in it");
	if (!in_order(b))
		qsort(b->records, b->n_records, sizeof(*b->records), record_order);
	if (!merge(b) || !note_asns(b) || !trie_build(b))
		return full(err);
	*ret = (struct routes){ .records = b->records,
		.sets = b->sets,
		.leaves = b->leaves,
		.asns = b->asns,
		.root = { b->root[0], b->root[1] },
		.nodes = b->nodes,
		.n_records = b->n_records,
		.n_sets = b->n_sets,
		.n_leaves = b->n_leaves,
		.n_nodes = b->n_nodes };
	return COORD_OK;
}

void
routes_builder_clear(struct routes_builder *b)
{
	free(b->records);
	free(b->sets);
	free(b->leaves);
	free(b->asns);
	free(b->root[0]);
	free(b->root[1]);
	free(b->nodes);
	map_clear(&b->places);
	*b = (struct routes_builder){ .n_records = 0 };
}

/* --- use ---------------------------------------------------------------------------------------------------------------------- */

unsigned
routes_tell(const struct routes *routes, struct addr a, unsigned want, struct tools_address *ret)
{
	uint32_t number = routes_find(routes, a);
	const struct route_record *r;
	unsigned known = 0;

	if (number == UINT32_MAX)
		return 0;
	r = &routes->records[number];
	if ((want & TOOLS_ASN) != 0 && routes->asns[number] != 0) {
		ret->asn = routes->asns[number];
		known |= TOOLS_ASN;
	}
	if ((want & TOOLS_ROUTE) == 0)
		return known;
	ret->route = (struct tools_route){ .bits = r->bits,
		.origins = &routes->sets[r->origins + 1],
		.n_origins = routes->sets[r->origins],
		.upstreams = &routes->sets[r->upstreams + 1],
		.n_upstreams = routes->sets[r->upstreams],
		.peers = r->peers };
	memcpy(ret->route.base.bytes, r->base, sizeof(r->base));
	return known | TOOLS_ROUTE;
}

/* --- tables from files -------------------------------------------------------------------------------------------------------- */

static unsigned
count_bits(uint64_t x)
{
	unsigned n = 0;

	for (; x != 0; x &= x - 1)
		n++;
	return n;
}

/* Ways to nodes go to later nodes only; every other way has a run of leaves that begins at it or before. */
static bool
node_holds(const struct routes *routes, uint32_t i)
{
	const struct trie_node *n = &routes->nodes[i];
	uint64_t children = count_bits(n->child), leaves = count_bits(n->leaf);
	uint64_t first_leaf = n->leaf & (~n->leaf + 1), others = ~n->child;

	if (n->child_base + children > routes->n_nodes ||
	    n->leaf_base + leaves > routes->n_leaves || (children > 0 && n->child_base <= i))
		return false;
	return others == 0 || (leaves > 0 && first_leaf <= (others & (~others + 1)));
}

static bool
set_holds(const struct routes *routes, uint32_t place)
{
	return place < routes->n_sets && (uint64_t)place + routes->sets[place] < routes->n_sets &&
	       routes->sets[place] <= ROUTES_SET_MOST;
}

static bool
record_holds(const struct routes *routes, const struct route_record *r)
{
	return r->bits >= 1 && r->bits <= (record_is_v4(r) ? 32 : 128) &&
	       set_holds(routes, r->origins) && set_holds(routes, r->upstreams);
}

bool
routes_check(const struct routes *routes)
{
	for (unsigned family = 0; family < 2; family++)
		for (uint32_t i = 0; i < routes_ways(family); i++) {
			uint32_t way = routes->root[family][i];

			if ((way & ROUTES_NODE) != 0 ? (way & ~ROUTES_NODE) >= routes->n_nodes
						     : way > routes->n_records)
				return false;
		}
	for (uint32_t i = 0; i < routes->n_nodes; i++)
		if (!node_holds(routes, i))
			return false;
	for (uint32_t i = 0; i < routes->n_leaves; i++)
		if (routes->leaves[i] > routes->n_records)
			return false;
	for (uint32_t i = 0; i < routes->n_records; i++)
		if (!record_holds(routes, &routes->records[i]))
			return false;
	return true;
}
