/* mrt.c - routing tables as route collectors dump them: MRT TABLE_DUMP_V2 (RFC 6396 section 4.3, add-path RFC 8050), read as a
 * stream. A record is a prefix as all peers of the collector see it; what stays of it is the prefix, its origins and the
 * neighbours of the origins on the paths, those that most peers see first, and how many peers see it.
 *   origin    last AS of the path; of a set at the end every member
 *   upstream  last AS in front of the origin that is another one (origins repeat themselves)
 * AS numbers have four bytes in these tables whatever the peer speaks (section 4.3.4). Confederation segments are left out.
 * Every length is checked against what encloses it. A record that is damaged inside is skipped and counted, the first one with what
 * was wrong; a file that ends inside a record, or has more damage than sense, is refused with the record's number. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/offline/routes.h"

enum {
	HEADER = 12,
	RECORD_MOST = 1 << 26,
	TABLE_DUMP_V2 = 13,
	PEER_INDEX_TABLE = 1,
	RIB_IPV4_UNICAST = 2,
	RIB_IPV6_UNICAST = 4,
	RIB_IPV4_UNICAST_ADDPATH = 8, /* RFC 8050 */
	RIB_IPV6_UNICAST_ADDPATH = 10,
	ATTRIBUTE_EXTENDED = 0x10,
	ATTRIBUTE_AS_PATH = 2,
	SEGMENT_SET = 1,
	SEGMENT_SEQUENCE = 2,
	SEGMENT_CONFED_SET = 4, /* 3 and 4: of a confederation */
	PEER_IPV6 = 1,
	PEER_AS4 = 2,
	BAD_SHARE = 2, /* one record in so many may be damaged */
};

/* What is left of a span; every read is checked against it. */
struct cursor {
	const uint8_t *at, *end;
};

/* AS numbers with the peers that see each. */
struct votes {
	uint32_t number[ROUTES_SET_MOST], count[ROUTES_SET_MOST], n;
};

struct reader {
	struct stream *stream;
	struct routes_builder *builder;
	struct routes_read *told;
	struct coord_error *err;
	uint64_t record; /* number, 1-based */
	uint8_t *data;
	size_t cap;
	bool have_peers;
	uint32_t n_peers;
	uint32_t seen[1 << 16], stamp; /* by peer: in which record it was last counted */
	struct votes origins, upstreams;
	const char *wrong; /* with this record */
};

static size_t
left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static bool
take(struct cursor *c, unsigned bytes, uint32_t *ret)
{
	uint32_t value = 0;

	if (left(c) < bytes)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | *c->at++;
	*ret = value;
	return true;
}

/* The next `n` bytes as a span of their own. */
static bool
span(struct cursor *c, size_t n, struct cursor *ret)
{
	if (left(c) < n)
		return false;
	*ret = (struct cursor){ c->at, c->at + n };
	c->at += n;
	return true;
}

static bool
wrong(struct reader *r, const char *what)
{
	r->wrong = what;
	return false;
}

/* --- the path ---------------------------------------------------------------------------------------------------------------- */

static void
vote(struct votes *votes, uint32_t number)
{
	uint32_t i = 0;

	while (i < votes->n && votes->number[i] != number)
		i++;
	if (i == ROUTES_SET_MOST || number == 0)
		return;
	if (i == votes->n) {
		votes->number[i] = number;
		votes->count[i] = 0;
		votes->n++;
	}
	votes->count[i]++;
}

/* Most seen first, of equals the smaller number. */
static void
rank(struct votes *v)
{
	for (uint32_t i = 1; i < v->n; i++)
		for (uint32_t k = i; k > 0; k--) {
			uint32_t number = v->number[k], count = v->count[k];

			if (v->count[k - 1] > count ||
			    (v->count[k - 1] == count && v->number[k - 1] < number))
				break;
			v->number[k] = v->number[k - 1];
			v->count[k] = v->count[k - 1];
			v->number[k - 1] = number;
			v->count[k - 1] = count;
		}
}

/* The end of a path, segment by segment. */
struct path {
	struct cursor set; /* the last segment when it is a set */
	uint32_t last,
	    before; /* of the sequences: the last AS, and the last other one in front of it; 0: none */
};

static bool
read_path(struct reader *r, struct cursor c, struct path *path)
{
	while (left(&c) > 0) {
		struct cursor numbers;
		uint32_t kind, count, number;

		if (!take(&c, 1, &kind) || !take(&c, 1, &count) ||
		    !span(&c, (size_t)count * 4, &numbers))
			return wrong(r, "an AS_PATH segment leaves its attribute");
		if (kind < SEGMENT_SET || kind > SEGMENT_CONFED_SET)
			return wrong(r, "an AS_PATH segment of unknown kind");
		if (kind == SEGMENT_SET && count > 0)
			path->set = numbers;
		if (kind != SEGMENT_SEQUENCE)
			continue;
		path->set = (struct cursor){ NULL, NULL };
		while (take(&numbers, 4, &number)) {
			if (number != path->last)
				path->before = path->last;
			path->last = number;
		}
	}
	return true;
}

static void
count_path(struct reader *r, struct path *path)
{
	uint32_t number;

	if (path->set.at == NULL) {
		vote(&r->origins, path->last);
		vote(&r->upstreams, path->before);
		return;
	}
	while (take(&path->set, 4, &number))
		vote(&r->origins, number);
	vote(&r->upstreams, path->last);
}

static bool
read_attributes(struct reader *r, struct cursor c, struct path *path)
{
	while (left(&c) > 0) {
		struct cursor value;
		uint32_t flags, type, length;

		if (!take(&c, 1, &flags) || !take(&c, 1, &type) ||
		    !take(&c, (flags & ATTRIBUTE_EXTENDED) != 0 ? 2 : 1, &length) ||
		    !span(&c, length, &value))
			return wrong(r, "an attribute leaves its entry");
		if (type == ATTRIBUTE_AS_PATH && !read_path(r, value, path))
			return false;
	}
	return true;
}

/* --- records ------------------------------------------------------------------------------------------------------------------- */

static bool
read_entry(struct reader *r, struct cursor *c, bool add_path, uint32_t *peers)
{
	struct path path = { .last = 0 };
	struct cursor attributes;
	uint32_t peer, unused, length;

	if (!take(c, 2, &peer) || !take(c, 4, &unused) || (add_path && !take(c, 4, &unused)) ||
	    !take(c, 2, &length) || !span(c, length, &attributes))
		return wrong(r, "an entry leaves its record");
	if (peer >= r->n_peers)
		return wrong(r, "an entry of a peer that is not in the index");
	if (!read_attributes(r, attributes, &path))
		return false;
	count_path(r, &path);
	*peers += r->seen[peer] != r->stamp;
	r->seen[peer] = r->stamp;
	return true;
}

static bool
read_prefix(struct reader *r, struct cursor *c, bool v6, struct announcement *a)
{
	struct cursor bytes;
	uint32_t sequence, bits;

	if (!take(c, 4, &sequence) || !take(c, 1, &bits))
		return wrong(r, "cut short in its head");
	if (bits > (v6 ? 128 : 32))
		return wrong(r, "a prefix that is longer than an address");
	if (!span(c, (bits + 7) / 8, &bytes))
		return wrong(r, "cut short in its prefix");
	a->base = addr_from_v4(0);
	if (v6)
		memset(a->base.bytes, 0, sizeof(a->base.bytes));
	memcpy(a->base.bytes + (v6 ? 0 : 12), bytes.at, left(&bytes));
	a->bits = bits;
	return true;
}

/* False: damaged, r->wrong says how; *rc: out of memory or too many. */
static bool
read_rib(struct reader *r, struct cursor c, bool v6, bool add_path, enum coord_err *rc)
{
	struct announcement a = { .peers = 0 };
	uint32_t entries;

	if (!r->have_peers)
		return wrong(r, "a prefix in front of the index of peers");
	if (!read_prefix(r, &c, v6, &a))
		return false;
	if (!take(&c, 2, &entries))
		return wrong(r, "cut short in front of its entries");
	r->origins.n = r->upstreams.n = 0;
	r->stamp++;
	for (uint32_t i = 0; i < entries; i++)
		if (!read_entry(r, &c, add_path, &a.peers))
			return false;
	/* the default route, IPv4 in the clothes of IPv6, and prefixes without a path say nothing */
	if (a.bits == 0 || (v6 && addr_is_v4(a.base)) || r->origins.n == 0) {
		r->told->skipped++;
		return true;
	}
	rank(&r->origins);
	rank(&r->upstreams);
	a.origins = r->origins.number;
	a.n_origins = r->origins.n;
	a.upstreams = r->upstreams.number;
	a.n_upstreams = r->upstreams.n;
	r->told->announcements++;
	*rc = routes_add(r->builder, &a, r->err);
	return true;
}

/* How many peers there are: entries name them by number. */
static bool
read_peers(struct reader *r, struct cursor c)
{
	struct cursor skipped;
	uint32_t collector, name, peers, type;

	if (!take(&c, 4, &collector) || !take(&c, 2, &name) || !span(&c, name, &skipped) ||
	    !take(&c, 2, &peers))
		return wrong(r, "the index of peers is cut short in its head");
	for (uint32_t i = 0; i < peers; i++)
		if (!take(&c, 1, &type) || !span(&c,
					       4 + ((type & PEER_IPV6) != 0 ? 16u : 4u) +
						   ((type & PEER_AS4) != 0 ? 4u : 2u),
					       &skipped))
			return wrong(r, "the index of peers is cut short");
	r->n_peers = peers;
	r->have_peers = true;
	return true;
}

static bool
read_body(struct reader *r, uint32_t subtype, struct cursor c, enum coord_err *rc)
{
	switch (subtype) {
	case PEER_INDEX_TABLE:
		return read_peers(r, c);
	case RIB_IPV4_UNICAST:
		return read_rib(r, c, false, false, rc);
	case RIB_IPV6_UNICAST:
		return read_rib(r, c, true, false, rc);
	case RIB_IPV4_UNICAST_ADDPATH:
		return read_rib(r, c, false, true, rc);
	case RIB_IPV6_UNICAST_ADDPATH:
		return read_rib(r, c, true, true, rc);
	default: /* multicast, generic, geography of peers */
		r->told->skipped++;
		return true;
	}
}

/* --- the file -------------------------------------------------------------------------------------------------------------------- */

static enum coord_err
refuse(const struct reader *r, const char *what)
{
	return error_at(r->err, COORD_EPARSE, r->record, 0, "%.120s: record %llu: %s",
	    stream_path(r->stream), (unsigned long long)r->record, what);
}

static enum coord_err
read_data(struct reader *r, uint32_t length)
{
	size_t got;

	if (length > RECORD_MOST)
		return refuse(r, "a length of more than 64 MiB");
	if (length > r->cap) {
		uint8_t *wider = realloc(r->data, length);

		if (wider == NULL)
			return error_set(r->err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
		r->data = wider;
		r->cap = length;
	}
	TRY(stream_read(r->stream, r->data, length, &got, r->err));
	return got == length ? COORD_OK : refuse(r, "the file ends inside it");
}

/* *ret false: the end. */
static enum coord_err
next_record(struct reader *r, bool *ret)
{
	uint8_t header[HEADER];
	struct cursor c = { header, header + HEADER };
	uint32_t time = 0, type = 0, subtype = 0, length = 0;
	enum coord_err rc = COORD_OK;
	size_t got;

	TRY(stream_read(r->stream, header, HEADER, &got, r->err));
	*ret = got > 0;
	if (got == 0)
		return COORD_OK;
	r->record++;
	if (got < HEADER)
		return refuse(r, "the file ends inside its head");
	(void)(take(&c, 4, &time) && take(&c, 2, &type) && take(&c, 2, &subtype) &&
	       take(&c, 4, &length));
	TRY(read_data(r, length));
	if (type != TABLE_DUMP_V2) {
		r->told->skipped++;
		return COORD_OK;
	}
	if (time * TIME_SECOND > r->told->made_us)
		r->told->made_us = time * TIME_SECOND;
	c = length > 0 ? (struct cursor){ r->data, r->data + length }
		       : (struct cursor){ header, header };
	if (!read_body(r, subtype, c, &rc)) {
		if (r->told->bad++ == 0) {
			r->told->bad_at = r->record;
			(void)snprintf(
			    r->told->bad_what, sizeof(r->told->bad_what), "%s", r->wrong);
		}
	}
	return rc;
}

static enum coord_err
read_all(struct reader *r)
{
	for (bool more = true; more;)
		TRY(next_record(r, &more));
	if (r->told->bad * BAD_SHARE > r->record) {
		r->record = r->told->bad_at;
		return refuse(r, r->told->bad_what);
	}
	return COORD_OK;
}

bool
mrt_recognise(struct sv start)
{
	const uint8_t *p = (const uint8_t *)start.data;

	/* the index of peers is the first record (section 4.3.1); type 13 is TABLE_DUMP_V2 */
	return start.len >= HEADER && p[4] == 0 && p[5] == TABLE_DUMP_V2 && p[6] == 0 && p[7] <= 12;
}

enum coord_err
mrt_read(struct stream *stream, struct routes_builder *builder, struct routes_read *ret,
    struct coord_error *err)
{
	struct reader *r = calloc(1, sizeof(*r));
	enum coord_err rc;

	if (r == NULL)
		return error_set(err, COORD_ENOMEM, "%s", error_text(COORD_ENOMEM));
	r->stream = stream;
	r->builder = builder;
	r->told = ret;
	r->err = err;
	ret->type = "MRT table dump";
	rc = read_all(r);
	free(r->data);
	free(r);
	return rc;
}
