/* private.h - what the files of net/ share (private to net/; tests and fuzz targets look in too). */
#ifndef COORD_NET_PRIVATE_H
#define COORD_NET_PRIVATE_H

#include "net/net.h"

enum { NET_URL_MOST = 2048, NET_ADDRS_MOST = 32 };

struct net {
	char *user_agent, *ca_file; /* ca_file NULL: the system's */
	net_resolve *resolve;       /* NULL: getaddrinfo */
	void *resolve_context;
};

/** What a gate says about an address. */
bool gate_lets_address(const struct net_gate *gate, struct addr a);
/** Scheme, port, host and literal address, without resolving. */
MUST_CHECK enum coord_err gate_check_url(
    const struct net_gate *gate, const struct net_url *url, struct coord_error *err);

/** The addresses of a name, at most NET_ADDRS_MOST, by `deadline_us` of the monotonic clock. SIZE_MAX: it took too long. */
size_t resolve_name(
    const struct net *net, const char *host, int64_t deadline_us, struct addr ret[NET_ADDRS_MOST]);

struct sockaddr;
/** False: neither IPv4 nor IPv6. */
bool addr_of_socket(const struct sockaddr *sa, struct addr *ret);

/** "120", or a date in any of the three forms of RFC 9110 section 5.6.7. *ret: microseconds from `now_s`, 0 when that has passed, a week at
 *  most. False: neither. */
bool retry_after_parse(struct sv text, int64_t now_s, int64_t *ret);
/** X-RateLimit-Reset: seconds from now, or since the epoch when over 10^9. */
bool rate_reset_parse(struct sv text, int64_t now_s, int64_t *ret);

#endif
