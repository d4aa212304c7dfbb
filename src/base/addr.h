/* addr.h - IP addresses: 16 bytes, IPv4 as ::ffff:a.b.c.d, so that one comparison serves both. All zero: unknown. */
#ifndef COORD_BASE_ADDR_H
#define COORD_BASE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/sv.h"

struct addr {
	uint8_t bytes[16];
};

enum { ADDR_TEXT_MAX = 46 };

/** Accepts IPv4, IPv6, "::ffff:1.2.3.4" (becomes IPv4), a zone id ("%eth0", dropped), brackets and a port
 *  ("[::1]:22", "1.2.3.4:22", port dropped). No host names, no leading zeros in IPv4 parts. */
bool addr_parse(struct sv text, struct addr *ret);
/** RFC 5952 text, NUL-terminated; IPv4 as dotted quad; "" for the unknown address. Returns its length. */
size_t addr_format(struct addr a, char ret[ADDR_TEXT_MAX]);
struct addr addr_from_v4(uint32_t host_order);

static inline bool
addr_is_v4(struct addr a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	return memcmp(a.bytes, mapped, 12) == 0;
}

static inline int
addr_cmp(struct addr a, struct addr b)
{
	return memcmp(a.bytes, b.bytes, 16);
}

static inline bool
addr_is_unknown(struct addr a)
{
	static const struct addr zero;

	return addr_cmp(a, zero) == 0;
}

/** True for private, loopback, link-local, multicast and other special-purpose addresses (IANA registries, RFC 6890). */
bool addr_is_special(struct addr a);
/** The address with all but the first `bits` bits cleared; bits count from the start of the address's own family
 *  (24 of an IPv4 address is its /24). */
struct addr addr_prefix(struct addr a, unsigned bits);

#endif
