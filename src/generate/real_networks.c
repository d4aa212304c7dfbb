/* real_networks.c - modes R and N: where newcomers to a real background live: its /16 networks, each as often as it has
 * sources. A batch of some hundred sources knows hardly more than a hundred of them, in which newcomers would meet as they
 * never do in life; so a caller who has more of the log names it as the population. */
#include "generate/tally.h"
#include "generate/world.h"

static bool
take_networks(struct world *w, const struct session_table *t, const struct tally *found)
{
	uint32_t n = found->n;
	uint32_t *sources = ARENA_ARRAY(w->arena, n, uint32_t);

	w->n_networks = n;
	w->real_networks = ARENA_ARRAY(w->arena, n, struct real_network);
	if (w->real_networks == NULL || sources == NULL)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = found->entries[i].a;
		const uint8_t *bytes = t->source[row].bytes;

		w->real_networks[i] = (struct real_network){ .base = (uint32_t)bytes[12] << 24 |
								     (uint32_t)bytes[13] << 16,
			.asn = t->asn[row],
			.country = session_text(t, row, TEXT_COUNTRY),
			.as_org = session_text(t, row, TEXT_AS_ORG) };
		sources[i] = found->entries[i].sources;
	}
	return deck_make(&w->homes, sources, n, w->arena);
}

enum coord_err
real_networks_learn(struct world *w, struct coord_error *err)
{
	const struct session_table *t =
	    w->config->population != NULL ? w->config->population : w->real;
	struct tally found = TALLY_INIT;
	enum coord_err rc = COORD_OK;

	for (uint32_t row = 0; row < t->n; row++)
		if (addr_is_v4(t->source[row]))
			tally_add(&found, address_key(addr_prefix(t->source[row], 16)), row, 0,
			    address_key(t->source[row]));
	tally_sort(&found);
	/* without an IPv4 source the invented networks stay */
	if (found.failed || (found.n > 0 && !take_networks(w, t, &found)))
		rc = error_set(err, COORD_ENOMEM, "generate: no memory for the networks");
	tally_clear(&found);
	return rc;
}
