/* addr.c - parsing by inet_pton after the decorations are off. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

struct addr
addr_from_v4(uint32_t host_order)
{
	struct addr a = { { 0 } };

	a.bytes[10] = a.bytes[11] = 0xff;
	for (unsigned i = 0; i < 4; i++)
		a.bytes[12 + i] = (uint8_t)(host_order >> (24 - 8 * i));
	return a;
}

static bool
parse_v4(struct sv text, struct addr *ret)
{
	uint32_t value = 0;
	size_t i = 0;

	for (unsigned part = 0; part < 4; part++) {
		unsigned n = 0, digits = 0;

		if (part > 0 && (i >= text.len || text.data[i++] != '.'))
			return false;
		for (; i < text.len && text.data[i] >= '0' && text.data[i] <= '9'; i++, digits++)
			n = n * 10 + (unsigned)(text.data[i] - '0');
		if (digits == 0 || digits > 3 || n > 255 ||
		    (digits > 1 && text.data[i - digits] == '0'))
			return false;
		value = value << 8 | n;
	}
	if (i != text.len)
		return false;
	*ret = addr_from_v4(value);
	return true;
}

static bool
is_port(struct sv text)
{
	uint64_t port;

	return sv_to_u64(text, &port) && port <= 65535;
}

static bool
parse_v6(struct sv text, struct addr *ret)
{
	char copy[ADDR_TEXT_MAX];
	struct addr a;
	size_t zone = sv_find_char(text, '%');

	if (zone != SIZE_MAX)
		text.len = zone;
	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.data, 0, text.len) != NULL)
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = 0;
	if (inet_pton(AF_INET6, copy, a.bytes) != 1)
		return false;
	*ret = a;
	return true;
}

bool
addr_parse(struct sv text, struct addr *ret)
{
	size_t colon;

	text = sv_trim(text);
	if (text.len == 0)
		return false;
	if (text.data[0] == '[') {
		size_t end = sv_find_char(text, ']');
		struct sv after;

		if (end == SIZE_MAX)
			return false;
		after = sv_skip(text, end + 1);
		if (after.len > 0 && (after.data[0] != ':' || !is_port(sv_skip(after, 1))))
			return false;
		return parse_v6((struct sv){ text.data + 1, end - 1 }, ret);
	}
	if (parse_v4(text, ret))
		return true;
	colon = sv_find_char(text, ':');
	if (colon == SIZE_MAX)
		return false;
	if (sv_find_char(sv_skip(text, colon + 1), ':') == SIZE_MAX)
		return is_port(sv_skip(text, colon + 1)) && parse_v4(sv_first(text, colon), ret);
	return parse_v6(text, ret);
}

size_t
addr_format(struct addr a, char ret[ADDR_TEXT_MAX])
{
	if (addr_is_unknown(a)) {
		ret[0] = 0;
		return 0;
	}
	if (addr_is_v4(a))
		return (size_t)snprintf(ret, ADDR_TEXT_MAX, "%u.%u.%u.%u", a.bytes[12], a.bytes[13],
		    a.bytes[14], a.bytes[15]);
	if (inet_ntop(AF_INET6, a.bytes, ret, ADDR_TEXT_MAX) == NULL)
		ret[0] = 0;
	return strlen(ret);
}

struct range {
	const char *network;
	unsigned bits;
};

/* IANA IPv4 and IPv6 special-purpose address registries; RFC 6890 and its updates. */
static const struct range special_v4[] = { { "0.0.0.0", 8 }, { "10.0.0.0", 8 },
	{ "100.64.0.0", 10 }, { "127.0.0.0", 8 }, { "169.254.0.0", 16 }, { "172.16.0.0", 12 },
	{ "192.0.0.0", 24 }, { "192.0.2.0", 24 }, { "192.88.99.0", 24 }, { "192.168.0.0", 16 },
	{ "198.18.0.0", 15 }, { "198.51.100.0", 24 }, { "203.0.113.0", 24 }, { "224.0.0.0", 4 },
	{ "240.0.0.0", 4 } };
static const struct range special_v6[] = { { "::", 128 }, { "::1", 128 }, { "64:ff9b:1::", 48 },
	{ "100::", 64 }, { "2001::", 23 }, { "2001:db8::", 32 }, { "fc00::", 7 }, { "fe80::", 10 },
	{ "ff00::", 8 } };

static bool
in_range(struct addr a, const struct range *range)
{
	struct addr network;

	return addr_parse(sv_from(range->network), &network) &&
	       addr_cmp(addr_prefix(a, range->bits), network) == 0;
}

bool
addr_is_special(struct addr a)
{
	bool v4 = addr_is_v4(a);
	const struct range *ranges = v4 ? special_v4 : special_v6;
	size_t n = v4 ? sizeof(special_v4) / sizeof(special_v4[0])
		      : sizeof(special_v6) / sizeof(special_v6[0]);

	for (size_t i = 0; i < n; i++)
		if (in_range(a, &ranges[i]))
			return true;
	return false;
}

struct addr
addr_prefix(struct addr a, unsigned bits)
{
	if (addr_is_v4(a))
		bits += 96;
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits <= 8 * i ? 0 : bits - 8 * i; /* of this byte */

		if (kept < 8)
			a.bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	return a;
}
