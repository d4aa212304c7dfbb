/* gate.c - where a request may go: addresses by the reference's lists (section 6.6), prefixes, schemes, ports and names.
 * An address is accepted because it is known to be good, not refused because it is known to be bad: of IPv6 only 2000::/3. */
#include "net/private.h"

struct range {
	uint8_t base[16];
	unsigned bits;
};

#define V4(a, b, c, bits)                                                                   \
	{                                                                                   \
		{ 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), 0 }, 96 + (bits) \
	}
#define V6(a, b, bits)                                             \
	{                                                          \
		{ (a) >> 8, (a)&0xff, (b) >> 8, (b)&0xff }, (bits) \
	}

static const struct range special_v4[] = {
	V4(0, 0, 0, 8),       /* this network */
	V4(10, 0, 0, 8),      /* private */
	V4(100, 64, 0, 10),   /* carriers' NAT */
	V4(127, 0, 0, 8),     /* loopback */
	V4(169, 254, 0, 16),  /* link-local, metadata of clouds */
	V4(172, 16, 0, 12),   /* private */
	V4(192, 0, 0, 24),    /* protocol assignments */
	V4(192, 0, 2, 24),    /* documentation */
	V4(192, 88, 99, 24),  /* 6to4 relays */
	V4(192, 168, 0, 16),  /* private */
	V4(198, 18, 0, 15),   /* benchmarks */
	V4(198, 51, 100, 24), /* documentation */
	V4(203, 0, 113, 24),  /* documentation */
	V4(224, 0, 0, 4),     /* multicast */
	V4(240, 0, 0, 4),     /* reserved, broadcast */
};
static const struct range global_v6 = V6(0x2000, 0, 3);
static const struct range special_v6[] = {
	V6(0x2001, 0, 23),      /* protocol assignments, Teredo */
	V6(0x2001, 0x0db8, 32), /* documentation */
	V6(0x2002, 0, 16),      /* 6to4: holds an IPv4 address */
	V6(0x3fff, 0, 20),      /* documentation */
};
/* what no gate opens but by a prefix that names it */
static const struct range never_private[] = {
	V4(0, 0, 0, 8),
	V4(169, 254, 0, 16),
	V4(224, 0, 0, 4),
	V4(240, 0, 0, 4),
	V6(0xfe80, 0, 10),
	V6(0xff00, 0, 8),
	{ { 0 }, 128 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** The first `bits` bits are those of `base`. */
static bool
same_bits(const uint8_t a[16], const uint8_t base[16], unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(a, base, whole) == 0 &&
	       (rest == 0 || ((a[whole] ^ base[whole]) & (0xff00u >> rest) & 0xff) == 0);
}

static bool
in_any(struct addr a, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (same_bits(a.bytes, ranges[i].base, ranges[i].bits))
			return true;
	return false;
}

bool
net_addr_is_public(struct addr a)
{
	if (addr_is_v4(a))
		return !in_any(a, special_v4, COUNT(special_v4));
	return in_any(a, &global_v6, 1) && !in_any(a, special_v6, COUNT(special_v6));
}

/** Digits, hex digits, dots and colons only: addr_parse takes brackets, ports and zones, a prefix has none of these. */
static bool
is_plain(struct sv text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("0123456789abcdefABCDEF.:", text.data[i]) == NULL || text.data[i] == 0)
			return false;
	return text.len > 0;
}

bool
net_prefix_parse(struct sv text, struct net_prefix *ret)
{
	struct sv rest = sv_trim(text), base = sv_cut(&rest, '/');
	struct net_prefix prefix;
	uint64_t bits;
	unsigned most;

	if (!is_plain(base) || !addr_parse(base, &prefix.base))
		return false;
	if (addr_is_v4(prefix.base) && sv_find_char(base, ':') != SIZE_MAX)
		return false; /* a port, or ::ffff:7f00:1 for 127.0.0.1 */
	most = addr_is_v4(prefix.base) ? 32 : 128;
	prefix.bits = most;
	if (rest.data != NULL) {
		if (!sv_to_u64(rest, &bits) || rest.len > 3 || bits > most)
			return false;
		prefix.bits = (unsigned)bits;
	}
	if (addr_cmp(addr_prefix(prefix.base, prefix.bits), prefix.base) != 0)
		return false; /* bits behind the prefix: a typing mistake more likely than not */
	*ret = prefix;
	return true;
}

bool
net_prefix_has(const struct net_prefix *prefix, struct addr a)
{
	bool v4 = addr_is_v4(prefix->base);

	return addr_is_v4(a) == v4 &&
	       same_bits(a.bytes, prefix->base.bytes, prefix->bits + (v4 ? 96 : 0));
}

static bool
in_prefixes(struct addr a, const struct net_prefix *prefixes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (net_prefix_has(&prefixes[i], a))
			return true;
	return false;
}

bool
gate_lets_address(const struct net_gate *gate, struct addr a)
{
	if (in_prefixes(a, gate->never, gate->n_never))
		return false;
	if ((net_addr_is_public(a) && !gate->only_private) ||
	    in_prefixes(a, gate->also, gate->n_also))
		return true;
	return gate->allow_private && !net_addr_is_public(a) &&
	       !in_any(a, never_private, COUNT(never_private));
}

static bool
lets_port(const struct net_gate *gate, uint16_t port)
{
	if (gate->any_port)
		return true;
	for (size_t i = 0; i < gate->n_ports; i++)
		if (gate->ports[i] == port)
			return true;
	return gate->n_ports == 0 && (port == 443 || (port == 80 && gate->allow_http));
}

static bool
lets_host(const struct net_gate *gate, struct sv host)
{
	for (size_t i = 0; i < gate->n_hosts; i++)
		if (sv_ieq(sv_from(gate->hosts[i]), host))
			return true;
	return gate->n_hosts == 0;
}

enum coord_err
gate_check_url(const struct net_gate *gate, const struct net_url *url, struct coord_error *err)
{
	if (strcmp(url->scheme, "https") != 0 && !gate->allow_http)
		return error_set(err, COORD_EINVALID, "URL: only https is allowed here");
	if (!lets_port(gate, url->port))
		return error_set(
		    err, COORD_EINVALID, "URL: port %u is not allowed here", url->port);
	if (!lets_host(gate, sv_from(url->host)))
		return error_set(
		    err, COORD_EINVALID, "URL: this host is not on the list of those allowed");
	if (url->is_literal && !gate_lets_address(gate, url->literal))
		return error_set(err, COORD_EINVALID, "URL: this address is not a public one");
	return COORD_OK;
}

enum coord_err
net_url_check(struct sv text, const struct net_gate *gate, struct coord_error *err)
{
	struct net_url url;

	TRY(net_url_parse(text, &url, err));
	return gate_check_url(gate, &url, err);
}
