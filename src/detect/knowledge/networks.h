/* networks.h - a set of address prefixes, each with a number; a look-up gives the longest that covers an address
 * (private to detect/). Cost of a look-up: one binary search a distinct prefix length. */
#ifndef COORD_DETECT_NETWORKS_H
#define COORD_DETECT_NETWORKS_H

#include "base/base.h"

enum { NETWORKS_NONE = -1, NETWORK_LENGTHS = 129 };

struct network_entry {
	struct addr base;
	uint32_t value;
	uint8_t bits; /* of 128: an IPv4 /24 is 120 */
};

struct networks {
	struct network_entry *all; /* by (bits descending, base) once sorted */
	uint32_t n, cap;
	uint32_t start[NETWORK_LENGTHS + 1]; /* entries of 128 - i bits begin here */
};

/** "192.0.2.0/24", "192.0.2.7", "2001:db8::/32"; octets padded with zeros are decimal ("046.101.124.074"). The host part
 *  is cleared. bits count from the start of the address's own family. False: no address, or a length out of range. */
bool network_parse(struct sv text, struct addr *ret_base, unsigned *ret_bits);

/** False: no memory. `bits` as network_parse gives them. */
bool networks_add(struct networks *set, struct addr base, unsigned bits, uint32_t value);
/** Once, behind the last addition. Of equal prefixes the smallest value stays. */
void networks_sort(struct networks *set);
/** The value of the longest prefix that covers the address, NETWORKS_NONE when none does. */
int64_t networks_find(const struct networks *set, struct addr a);
void networks_clear(struct networks *set);

#endif
