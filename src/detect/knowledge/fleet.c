/* fleet.c - see fleet.h. A source counts once, by the strongest thing that tells it: its network or AS, which it cannot
 * choose, then a name that enrichment gave, then what it says of itself. A fleet needs more than half of the sources. */
#include "detect/knowledge/fleet.h"

#include <stdlib.h>

static const uint32_t NOBODY = UINT32_MAX - 1;

struct search {
	const struct model *m;
	uint32_t (*asn_of)(void *context, struct addr a);
	void *asn_context;
	struct map said; /* (kind, string id) -> fleet, or NOBODY: agents repeat */
};

/* The best match so far of one source. */
struct best {
	uint32_t fleet; /* NOBODY: none */
	enum fleet_match match;
};

static bool
look_up(struct search *s, enum fleet_match match, uint32_t id, uint32_t *ret)
{
	struct fleet_claim claim = { .asn = 0 };
	struct sv text = session_string(s->m->table, id);
	enum fleet_match found;
	uint32_t *slot, fleet;

	*ret = NOBODY;
	if (text.len == 0)
		return true;
	if ((slot = map_slot(&s->said, hash_mix(match, id))) == NULL)
		return false;
	if (*slot == MAP_NONE) {
		*(match == FLEET_NAME ? &claim.name
				      : (match == FLEET_AGENT ? &claim.agent : &claim.banner)) =
		    text;
		*slot = knowledge_fleet(s->m->knowledge, &claim, &fleet, &found) ? fleet : NOBODY;
	}
	*ret = *slot;
	return true;
}

static bool
look_at_session(struct search *s, uint32_t row, struct best *best)
{
	static const struct {
		enum fleet_match match;
		enum session_text text;
	} said[] = { { FLEET_NAME, TEXT_SCANNER }, { FLEET_AGENT, TEXT_USER_AGENT },
		{ FLEET_BANNER, TEXT_BANNER } };

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		uint32_t fleet;

		if (best->fleet != NOBODY && best->match <= said[i].match)
			return true;
		if (!look_up(s, said[i].match, s->m->table->text[said[i].text][row], &fleet))
			return false;
		if (fleet != NOBODY)
			*best = (struct best){ fleet, said[i].match };
	}
	return true;
}

static bool
look_at_node(struct search *s, uint32_t node, struct best *best)
{
	const struct model *m = s->m;
	struct fleet_claim claim = { .source = m->source_addr[m->node_source[node]] };
	uint32_t first = m->node_sessions_start[node], fleet;
	enum fleet_match match;

	claim.asn = m->table->asn[m->node_sessions[first]];
	if (claim.asn == 0 && s->asn_of != NULL)
		claim.asn = s->asn_of(s->asn_context, claim.source);
	if (knowledge_fleet(m->knowledge, &claim, &fleet, &match)) {
		*best = (struct best){ fleet, match };
		return true;
	}
	for (uint32_t i = first; i < m->node_sessions_start[node + 1]; i++)
		if (!look_at_session(s, m->node_sessions[i], best))
			return false;
	return true;
}

static int
by_source(const void *a, const void *b)
{
	const struct sort_pair *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->value > y->value) - (x->value < y->value);
}

/* counts[fleet * FLEET_MATCH_COUNT + match]: sources. */
static bool
count_sources(
    struct search *s, struct sort_pair *nodes, uint32_t n, uint32_t *counts, uint32_t *ret_sources)
{
	for (uint32_t from = 0, to; from < n; from = to) {
		struct best best = { NOBODY, FLEET_BANNER };

		for (to = from; to < n && nodes[to].key == nodes[from].key; to++)
			if (!look_at_node(s, nodes[to].value, &best))
				return false;
		if (best.fleet != NOBODY)
			counts[best.fleet * FLEET_MATCH_COUNT + best.match]++;
		++*ret_sources;
	}
	return true;
}

static void
conclude(const struct knowledge *k, const uint32_t *counts, struct fleet *ret)
{
	for (uint32_t f = 0; f < k->n_fleets; f++) {
		const uint32_t *by = counts + f * FLEET_MATCH_COUNT;
		uint32_t sources = 0;

		for (int m = 0; m < FLEET_MATCH_COUNT; m++)
			sources += by[m];
		if (sources * 2 <= ret->of)
			continue;
		ret->organisation = k->fleets[f];
		ret->sources = sources;
		memcpy(ret->by, by, sizeof(ret->by));
		ret->claimed = (by[FLEET_NETWORK] + by[FLEET_ASN] + by[FLEET_NAME]) * 2 <= ret->of;
	}
}

enum coord_err
fleet_of(const struct model *m, const uint32_t *nodes, uint32_t n,
    uint32_t (*asn_of)(void *context, struct addr a), void *asn_context, struct fleet *ret,
    struct coord_error *err)
{
	struct search s = {
		.m = m, .asn_of = asn_of, .asn_context = asn_context, .said = MAP_INIT
	};
	struct sort_pair *pairs;
	uint32_t *counts;
	bool done;

	*ret = (struct fleet){ .organisation = NULL };
	if (m->knowledge == NULL || m->knowledge->n_fleets == 0)
		return COORD_OK;
	/* no arena of the model's: groups are asked about side by side */
	pairs = calloc((size_t)n + 1, sizeof(*pairs));
	counts = calloc((size_t)m->knowledge->n_fleets * FLEET_MATCH_COUNT, sizeof(*counts));
	if (pairs == NULL || counts == NULL) {
		free(pairs);
		free(counts);
		return model_full(err);
	}
	for (uint32_t i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){ m->node_source[nodes[i]], nodes[i] };
	qsort(pairs, n, sizeof(*pairs), by_source);
	done = count_sources(&s, pairs, n, counts, &ret->of);
	map_clear(&s.said);
	if (done)
		conclude(m->knowledge, counts, ret);
	free(pairs);
	free(counts);
	return done ? COORD_OK : model_full(err);
}

const char *
fleet_text_of(const struct fleet *fleet, struct arena *arena)
{
	char how[160] = "";
	size_t at = 0;

	for (int m = 0; m < FLEET_MATCH_COUNT; m++)
		if (fleet->by[m] > 0 && at < sizeof(how))
			at += (size_t)snprintf(how + at, sizeof(how) - at, "%s%u by %s",
			    at > 0 ? ", " : "", fleet->by[m],
			    fleet_match_text((enum fleet_match)m));
	return arena_printf(arena, "%u of %u sources are %s: %s.", fleet->sources, fleet->of,
	    fleet->organisation, how);
}
