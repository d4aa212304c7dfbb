/* routes.h - announced prefixes with their origins and upstreams, and the longest prefix that covers an address (private to tools/).
 *
 * A table is six arrays without a pointer, so that a file of them can be mapped and used as it lies (cache.c):
 *   records  a prefix each, IPv4 first, ascending by (address, length): 32 bytes
 *   sets     lists of AS numbers, each behind its length; equal lists stand once, and list 0 is the empty one
 *   asns     of each record the first origin again, 0: none: what most look-ups want, close together
 *   root     by the first 18 bits of IPv4, 16 of IPv6: a node, or a leaf
 *   nodes    64 ways for the next 6 bits: bit sets of the ways that lead to a node, and of those where a run of equal leaves
 *            begins; the population count gives the place (Asai & Ohara 2015, "Poptrie")
 *   leaves   number of a record + 1; 0: no prefix covers the address
 * IPv4 takes one node to /24 and 3 at most, IPv6 19 at most. */
#ifndef COORD_TOOLS_ROUTES_H
#define COORD_TOOLS_ROUTES_H

#include "tools/offline/source.h"

enum {
	ROUTES_MOST = 1 << 24,
	ROUTES_ROOT_V4 = 1 << 18, /* ways of each root */
	ROUTES_ROOT_V6 = 1 << 16,
	ROUTES_SET_MOST = 64, /* AS numbers of one list */
};
#define ROUTES_NODE (UINT32_C(1) << 31) /* a way of a root that is no leaf */

struct route_record {
	uint8_t base[16]; /* as struct addr */
	uint32_t asn;     /* the first origin; 0: none known */
	uint32_t origins; /* place in sets */
	uint32_t upstreams;
	uint16_t peers;
	uint8_t bits; /* of the address's own family */
	uint8_t unused;
};

static inline uint32_t
routes_ways(unsigned family)
{
	return family == 0 ? ROUTES_ROOT_V4 : ROUTES_ROOT_V6;
}

static inline bool
record_is_v4(const struct route_record *r)
{
	struct addr base;

	memcpy(base.bytes, r->base, sizeof(base.bytes));
	return addr_is_v4(base);
}

struct trie_node {
	uint64_t child, leaf;
	uint32_t child_base, leaf_base;
};

struct routes {
	const struct route_record *records;
	const uint32_t *sets, *leaves, *asns;
	const uint32_t *root[2]; /* IPv4, IPv6 */
	const struct trie_node *nodes;
	uint32_t n_records, n_sets, n_leaves, n_nodes;
};

/** Number of the record that covers the address most narrowly; UINT32_MAX: none. */
uint32_t routes_find(const struct routes *routes, struct addr a);
/** For struct source_kind. */
unsigned routes_tell(
    const struct routes *routes, struct addr a, unsigned want, struct tools_address *ret);
/** The first origin of that record, 0: none. */
uint32_t routes_asn(const struct routes *routes, struct addr a);
/** Is every place in the arrays inside them? For tables from files: afterwards no look-up can leave them, or go on for ever. */
bool routes_check(const struct routes *routes);

/** What a prefix is announced with. */
struct announcement {
	struct addr base; /* the host part is cleared */
	unsigned bits;    /* of its own family; 0 is left out: it says nothing */
	const uint32_t *origins, *upstreams;
	uint32_t n_origins, n_upstreams; /* more than ROUTES_SET_MOST: the first ones */
	uint32_t peers;
};

/** Collects announcements of any order; what is said of a prefix twice is put together. Start with { 0 }. */
struct routes_builder {
	struct route_record *records;
	uint32_t *sets;
	uint32_t n_records, n_sets;
	size_t cap_records, cap_sets;
	struct map places; /* hash of a list -> its place */
	/* what routes_build adds */
	uint32_t *leaves, *asns, *root[2];
	struct trie_node *nodes;
	uint32_t n_leaves, n_nodes;
	size_t cap_leaves, cap_nodes;
};
/** Room for `need` elements of `size` bytes each. False: no memory, or more than a way of a root can name. */
bool routes_grow(void **array, size_t *cap, size_t need, size_t size);
MUST_CHECK enum coord_err routes_add(struct routes_builder *builder,
    const struct announcement *announcement, struct coord_error *err);
/** Sorts, merges and makes the trie. *ret points into the builder. COORD_ENODATA: nothing was added. */
MUST_CHECK enum coord_err routes_build(
    struct routes_builder *builder, struct routes *ret, struct coord_error *err);
void routes_builder_clear(struct routes_builder *builder);
/** Makes the trie of sorted, distinct records. False: no memory. */
bool trie_build(struct routes_builder *builder);

/* --- readers ------------------------------------------------------------------------------------------------------------ */

/** Bytes as they come out of a file, plain, gzip or bzip2 (several members one behind the other too). */
struct stream;
MUST_CHECK enum coord_err stream_open(
    const char *path, struct mapped file, struct stream **ret, struct coord_error *err);
void stream_close(struct stream *stream);
/** Fills `into` unless the end comes first. COORD_EPARSE: damaged, or cut short. */
MUST_CHECK enum coord_err stream_read(
    struct stream *stream, void *into, size_t want, size_t *ret_got, struct coord_error *err);
/** The next `want` bytes without taking them, fewer at the end; want <= 64. */
MUST_CHECK enum coord_err stream_peek(
    struct stream *stream, size_t want, struct sv *ret, struct coord_error *err);
const char *stream_path(const struct stream *stream);

/** What a reader made of a file. */
struct routes_read {
	const char *type; /* "CAIDA pfx2as", "MRT table dump" */
	int64_t made_us;  /* latest time in an MRT file; 0 */
	uint64_t announcements, skipped,
	    bad;         /* skipped: of kinds that are not needed; bad: damaged records */
	uint64_t bad_at; /* number of the first bad record, 1-based */
	char bad_what[120];
};
/** One file into a builder, pfx2as or MRT by its content. COORD_EPARSE "FILE:LINE: what" (pfx2as) or "FILE: record N: what". */
MUST_CHECK enum coord_err routes_read(const char *path, struct mapped file,
    struct routes_builder *builder, struct routes_read *ret, struct coord_error *err);
MUST_CHECK enum coord_err pfx2as_read(struct stream *stream, struct routes_builder *builder,
    struct routes_read *ret, struct coord_error *err);
MUST_CHECK enum coord_err mrt_read(struct stream *stream, struct routes_builder *builder,
    struct routes_read *ret, struct coord_error *err);
bool mrt_recognise(struct sv start);
bool pfx2as_recognise(struct sv start);

/* --- the cache ---------------------------------------------------------------------------------------------------------- */

/** Writes a table to `path`, atomically. `sources`: a line a file, kept inside. COORD_EIO. */
MUST_CHECK enum coord_err cache_write(const char *path, const struct routes *routes,
    struct sv sources, int64_t made_us, struct coord_error *err);
/** *ret points into `file`. COORD_EPARSE: no cache, another version, damaged. */
MUST_CHECK enum coord_err cache_read(const char *path, const struct mapped *file,
    struct routes *ret, struct sv *ret_sources, int64_t *ret_made_us, struct coord_error *err);

extern const struct source_kind source_cache, source_dump;

#endif
