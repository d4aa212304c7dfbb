/* trie.c - the longest prefix that covers an address; see routes.h. */
#include <stdlib.h>

#include "tools/offline/routes.h"

enum { STRIDE = 6, WAYS = 64, ROOT_V4 = 18, ROOT_V6 = 16 };

/* Without the processor's own instruction, which not every processor has: adding up in halves, quarters and so on. */
static inline unsigned
population(uint64_t x)
{
	x -= x >> 1 & UINT64_C(0x5555555555555555);
	x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
	x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(x * UINT64_C(0x0101010101010101) >> 56);
}

/* Bits 0 to `way`. */
static inline uint64_t
up_to(unsigned way)
{
	return UINT64_MAX >> (WAYS - 1 - way);
}

static inline uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The next node, or UINT32_MAX with *leaf. */
static inline uint32_t
follow(const struct routes *routes, uint32_t node, unsigned way, uint32_t *leaf)
{
	const struct trie_node *n = &routes->nodes[node];

	if ((n->child >> way & 1) != 0)
		return n->child_base + population(n->child & up_to(way)) - 1;
	*leaf = routes->leaves[n->leaf_base + population(n->leaf & up_to(way)) - 1];
	return UINT32_MAX;
}

static uint32_t
find_v4(const struct routes *routes, uint32_t address)
{
	uint64_t key = (uint64_t)address << 32;
	uint32_t leaf = 0, node = routes->root[0][key >> (64 - ROOT_V4)];

	if ((node & ROUTES_NODE) == 0)
		return node;
	node &= ~ROUTES_NODE;
	for (unsigned at = ROOT_V4; node != UINT32_MAX && at < 36; at += STRIDE)
		node = follow(routes, node, (unsigned)(key << at >> (64 - STRIDE)), &leaf);
	return leaf;
}

static hash_wide
key_of(const uint8_t bytes[16])
{
	hash_wide key = 0;

	for (unsigned i = 0; i < 16; i++)
		key = key << 8 | bytes[i];
	return key;
}

static uint32_t
find_v6(const struct routes *routes, struct addr a)
{
	hash_wide key = key_of(a.bytes);
	uint32_t leaf = 0, node = routes->root[1][(uint32_t)(key >> (128 - ROOT_V6))];

	if ((node & ROUTES_NODE) == 0)
		return node;
	node &= ~ROUTES_NODE;
	for (unsigned at = ROOT_V6; node != UINT32_MAX && at < 128; at += STRIDE)
		node = follow(routes, node, (unsigned)(key << at >> (128 - STRIDE)), &leaf);
	return leaf;
}

uint32_t
routes_find(const struct routes *routes, struct addr a)
{
	uint32_t leaf = addr_is_v4(a) ? find_v4(routes, be32(a.bytes + 12)) : find_v6(routes, a);

	return leaf - 1; /* 0, no prefix, becomes UINT32_MAX */
}

uint32_t
routes_asn(const struct routes *routes, struct addr a)
{
	uint32_t leaf = addr_is_v4(a) ? find_v4(routes, be32(a.bytes + 12)) : find_v6(routes, a);

	return leaf == 0 ? 0 : routes->asns[leaf - 1];
}

/* --- making one --------------------------------------------------------------------------------------------------------- */

static hash_wide
record_key(const struct route_record *r)
{
	return record_is_v4(r) ? (hash_wide)be32(r->base + 12) << 96 : key_of(r->base);
}

static bool
add_leaf(struct routes_builder *b, uint32_t leaf)
{
	if (!routes_grow(
		(void **)&b->leaves, &b->cap_leaves, (size_t)b->n_leaves + 1, sizeof(*b->leaves)))
		return false;
	b->leaves[b->n_leaves++] = leaf;
	return true;
}

static bool
add_nodes(struct routes_builder *b, uint32_t n, uint32_t *ret_first)
{
	if (!routes_grow(
		(void **)&b->nodes, &b->cap_nodes, (size_t)b->n_nodes + n, sizeof(*b->nodes)))
		return false;
	*ret_first = b->n_nodes;
	b->n_nodes += n;
	return true;
}

/* The records that end within these ways are painted over the wider ones, in their order: a narrower one comes later. Those that
 * go further form one span a way, since what ends within the ways begins at a way's first address. */
struct ways {
	uint32_t leaf[WAYS];
	uint32_t from[WAYS], to[WAYS]; /* records below; to 0: none */
};

static void
paint(const struct routes_builder *b, unsigned at, uint32_t from, uint32_t to, struct ways *w)
{
	for (uint32_t i = from; i < to; i++) {
		unsigned way = (unsigned)(record_key(&b->records[i]) << at >> (128 - STRIDE));
		unsigned depth = b->records[i].bits - at;

		if (depth > STRIDE) {
			w->from[way] = w->to[way] == 0 ? i : w->from[way];
			w->to[way] = i + 1;
			continue;
		}
		for (unsigned k = 0; k < 1u << (STRIDE - depth); k++)
			w->leaf[way + k] = i + 1;
	}
}

static bool
build_node(struct routes_builder *b, uint32_t node, unsigned at, uint32_t from, uint32_t to,
    uint32_t inherited)
{
	struct ways w = { .to = { 0 } };
	struct trie_node made = { .leaf_base = b->n_leaves };
	uint32_t children = 0, last = 0;

	for (unsigned i = 0; i < WAYS; i++)
		w.leaf[i] = inherited;
	paint(b, at, from, to, &w);
	for (unsigned i = 0; i < WAYS; i++) {
		if (w.to[i] != 0) {
			made.child |= UINT64_C(1) << i;
			children++;
		} else if (made.leaf == 0 || w.leaf[i] != last) {
			if (!add_leaf(b, w.leaf[i]))
				return false;
			made.leaf |= UINT64_C(1) << i;
			last = w.leaf[i];
		}
	}
	if (!add_nodes(b, children, &made.child_base))
		return false;
	b->nodes[node] = made;
	for (unsigned i = 0, child = 0; i < WAYS; i++)
		if (w.to[i] != 0 && !build_node(b, made.child_base + child++, at + STRIDE,
					w.from[i], w.to[i], w.leaf[i]))
			return false;
	return true;
}

static unsigned
root_way(const struct route_record *r, unsigned root_bits)
{
	return (unsigned)(record_key(r) >> (128 - root_bits));
}

/* Records from..to are of one family. */
static bool
build_root(struct routes_builder *b, unsigned family, uint32_t from, uint32_t to)
{
	unsigned root_bits = family == 0 ? ROOT_V4 : ROOT_V6;
	uint32_t *root = calloc(routes_ways(family), sizeof(*root));

	b->root[family] = root; /* the builder's from now on */
	if (root == NULL)
		return false;
	for (uint32_t i = from; i < to; i++) {
		unsigned way = root_way(&b->records[i], root_bits), bits = b->records[i].bits;

		for (unsigned k = 0; bits <= root_bits && k < 1u << (root_bits - bits); k++)
			root[way + k] = i + 1;
	}
	for (uint32_t i = from, next; i < to; i = next) {
		unsigned way = root_way(&b->records[i], root_bits);
		uint32_t node;

		next = i + 1;
		if (b->records[i].bits <= root_bits)
			continue;
		while (next < to && b->records[next].bits > root_bits &&
		       root_way(&b->records[next], root_bits) == way)
			next++;
		if (!add_nodes(b, 1, &node) || !build_node(b, node, root_bits, i, next, root[way]))
			return false;
		root[way] = ROUTES_NODE | node;
	}
	return true;
}

bool
trie_build(struct routes_builder *b)
{
	uint32_t v4 = 0;

	while (v4 < b->n_records && record_is_v4(&b->records[v4]))
		v4++;
	return add_leaf(b, 0) && build_root(b, 0, 0, v4) && build_root(b, 1, v4, b->n_records);
}
