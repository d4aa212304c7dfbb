/* cymru.h - what the two ways of asking Team Cymru share. */
#ifndef COORD_TOOLS_PROVIDERS_CYMRU_H
#define COORD_TOOLS_PROVIDERS_CYMRU_H

#include "tools/provider.h"

enum { CYMRU_ORIGINS_MOST = 16 };

/** The best of the rows so far: the longest prefix that covers what was asked. */
struct cymru_route {
	struct net_prefix prefix;
	bool found;
	uint32_t origins[CYMRU_ORIGINS_MOST];
	size_t n_origins;
	struct sv country, registry;
};
/** Takes "23028 | 216.90.108.0/24 | US | arin | 1998-09-25"'s columns when they are about `asked` and at least as good. False: no such row. */
bool cymru_take(struct cymru_route *route, const struct net_prefix *asked, struct sv origins,
    struct sv prefix, struct sv country, struct sv registry);
void cymru_facts(
    const struct cymru_route *route, enum tools_fact_name number, struct provider_facts *facts);

#endif
