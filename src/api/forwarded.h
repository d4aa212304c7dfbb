/* forwarded.h - whose request it is when proxies stand in between (private to api/): for logs and the audit log. Each proxy adds to X-Forwarded-For the
 * address it was asked from, so the list is believed from its end only, and only as long as whoever added an entry is a proxy of ours. */
#ifndef COORD_API_FORWARDED_H
#define COORD_API_FORWARDED_H

#include "api/head.h"
#include "config/config.h"
#include "net/net.h"

struct proxies {
	const struct net_prefix *prefixes;
	size_t n;
};

/** The prefixes of COORD_TRUSTED_PROXIES, in the arena. COORD_EINVALID names the setting and the word that is none. */
MUST_CHECK enum coord_err proxies_read(
    const struct config *config, struct arena *arena, struct proxies *ret, struct coord_error *err);
/** `remote` is who connected. The header is looked at only when that is a trusted proxy, and when there is exactly one. */
struct addr proxies_client(
    const struct proxies *proxies, struct addr remote, const struct http_head *head);

#endif
