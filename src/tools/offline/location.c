/* location.c - IPFire's location database, version 1, as Debian's package libloc-database installs it: networks with country, AS
 * number and flags, and a list of autonomous systems by name. All integers are big-endian. Behind magic "LOCDBXX" and the
 * version come offsets and lengths of five arrays:
 *   autonomous systems  number u32, name u32, ascending by number
 *   network data        country 2 letters, 2 unused, AS u32, flags u16, 2 unused
 *   network tree        child for bit 0 u32, child for bit 1 u32 (0: none), network u32 (0xffffffff: none); IPv4 is ::ffff:0:0/96
 *   countries           (not needed)
 *   pool                texts, each with a NUL behind it
 * Every offset is checked on opening, every index of the tree when it is followed; a way in the tree has 129 nodes at most. */
#include <stdlib.h>

#include "tools/offline/source.h"

enum {
	MAGIC = 8,
	HEAD = 68, /* magic, date, three texts, five offsets with lengths */
	AS_SIZE = 8,
	NETWORK_SIZE = 12,
	NODE_SIZE = 12,
};
#define NOTHING UINT32_MAX

struct part {
	const uint8_t *at;
	uint32_t n; /* elements; of the pool bytes */
};

struct location {
	struct part systems, networks, tree, pool;
	uint32_t v4_node, v4_network; /* at ::ffff:0:0/96; NOTHING */
};

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool
location_recognise(const struct mapped *file)
{
	return file->len >= MAGIC && memcmp(file->data, "LOCDBXX", MAGIC - 1) == 0;
}

static bool
take_part(const struct mapped *file, size_t head, uint32_t size, struct part *ret)
{
	uint64_t from = be32(file->data + head), length = be32(file->data + head + 4);

	if (from + length > file->len || length % size != 0)
		return false;
	*ret = (struct part){ file->data + from, (uint32_t)(length / size) };
	return true;
}

/* From `node` by `bits` bits of the address; *network becomes that of the longest prefix on the way. NOTHING: the way ends. */
static uint32_t
descend(const struct location *db, uint32_t node, const uint8_t *bytes, unsigned bits,
    uint32_t *network)
{
	for (unsigned i = 0; node < db->tree.n; i++) {
		const uint8_t *at = db->tree.at + (size_t)node * NODE_SIZE;
		uint32_t here = be32(at + 8);
		bool one;

		if (here != NOTHING)
			*network = here;
		if (i == bits)
			return node;
		one = (bytes[i / 8] >> (7 - i % 8) & 1) != 0;
		if ((node = be32(at + (one ? 4 : 0))) == 0)
			break;
	}
	return NOTHING;
}

static uint32_t
network_of(const struct location *db, struct addr a)
{
	uint32_t network = NOTHING;

	if (addr_is_v4(a)) {
		network = db->v4_network;
		(void)descend(db, db->v4_node, a.bytes + 12, 32, &network);
	} else {
		(void)descend(db, 0, a.bytes, 128, &network);
	}
	return network < db->networks.n ? network : NOTHING;
}

static struct sv
name_of(const struct location *db, uint32_t asn)
{
	uint32_t low = 0, high = db->systems.n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const uint8_t *at = db->systems.at + (size_t)middle * AS_SIZE;
		uint32_t number = be32(at), name = be32(at + 4);
		const char *text = (const char *)db->pool.at + name;

		if (number == asn && name < db->pool.n)
			return (struct sv){ text, strnlen(text, db->pool.n - name) };
		if (number == asn)
			break;
		if (number < asn)
			low = middle + 1;
		else
			high = middle;
	}
	return SV_NONE;
}

static unsigned
location_find(const void *source, struct addr a, unsigned want, struct tools_address *ret)
{
	const struct location *db = source;
	uint32_t network = network_of(db, a), asn, country;
	const uint8_t *at;
	unsigned known = 0, flags;

	if (network == NOTHING)
		return 0;
	at = db->networks.at + (size_t)network * NETWORK_SIZE;
	country = country_number((const char *)at);
	asn = be32(at + 4);
	flags = ((unsigned)at[8] << 8 | at[9]) &
		(TOOLS_PROXY | TOOLS_SATELLITE | TOOLS_ANYCAST | TOOLS_DROP);
	if ((want & TOOLS_COUNTRY) != 0 && country != 0) {
		ret->country = country;
		known |= TOOLS_COUNTRY;
	}
	if ((want & TOOLS_ASN) != 0 && asn != 0) {
		ret->asn = asn;
		known |= TOOLS_ASN;
	}
	if ((want & TOOLS_AS_NAME) != 0 && asn != 0 && (ret->as_name = name_of(db, asn)).len > 0)
		known |= TOOLS_AS_NAME;
	if ((want & TOOLS_FLAGS) != 0 && flags != 0) {
		ret->flags |= flags;
		known |= TOOLS_FLAGS;
	}
	return known;
}

static enum coord_err
location_open(const char *path, const struct mapped *file, struct tools_file *told, void **ret,
    struct coord_error *err)
{
	static const uint8_t mapped_v4[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	struct location *db;
	uint64_t made;

	if (file->len < HEAD)
		return error_set(err, COORD_EPARSE, "%s: cut short in its head", path);
	if (file->data[7] != 1)
		return error_set(err, COORD_EPARSE,
		    "%s: version %u of the location database, expected 1", path, file->data[7]);
	if ((db = calloc(1, sizeof(*db))) == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	if (!take_part(file, 28, AS_SIZE, &db->systems) ||
	    !take_part(file, 36, NETWORK_SIZE, &db->networks) ||
	    !take_part(file, 44, NODE_SIZE, &db->tree) || !take_part(file, 60, 1, &db->pool)) {
		free(db);
		return error_set(err, COORD_EPARSE,
		    "%s: cut short, or an array that lies outside the file", path);
	}
	db->v4_network = NOTHING;
	db->v4_node = descend(db, 0, mapped_v4, 96, &db->v4_network);
	made = (uint64_t)be32(file->data + 8) << 32 | be32(file->data + 12);
	told->type = "IPFire location database";
	told->data = TOOLS_ASN | TOOLS_AS_NAME | TOOLS_COUNTRY | TOOLS_FLAGS;
	told->made_us = made > INT64_MAX / TIME_SECOND ? 0 : (int64_t)made * TIME_SECOND;
	*ret = db;
	return COORD_OK;
}

const struct source_kind source_location = { .name = "location",
	.recognise = location_recognise,
	.open = location_open,
	.close = free,
	.find = location_find };
