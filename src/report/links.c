/* links.c - see links.h. A feature is known by its text. Each distinct string of the campaign is compared with all
 * features once and the answer kept, so the cost is one look-up an item. */
#include "report/links.h"

#include <assert.h>

enum { ARTEFACTS_MOST = 8, TOPS_A_CHANNEL = 2, SUBSTRING_LEAST = 6 };

#define SEEN (UINT32_C(1) << 31) /* in the cache: this string has been compared */

struct matcher {
	struct links *links;
	const struct session_table *table;
	uint32_t *cache; /* by string id */
};

static void
add_feature(struct links *links, const char *kind, const char *value,
    const struct detect_artefact *artefact)
{
	struct link_feature f = { sv_from(kind), sv_from(value), artefact, 0 };

	if (links->n_features == LINKS_FEATURES_MOST || f.kind.len == 0 || f.value.len == 0)
		return;
	for (uint32_t i = 0; i < links->n_features; i++)
		if (sv_eq(links->features[i].value, f.value))
			return;
	links->features[links->n_features++] = f;
}

/* The artefact with the most carriers that comes behind `last` in the order (sources descending, index). */
static const struct detect_artefact *
next_artefact(const struct detect_campaign *c, const struct detect_artefact *last)
{
	const struct detect_artefact *best = NULL;

	for (uint32_t i = 0; i < c->n_artefacts; i++) {
		const struct detect_artefact *a = &c->artefacts[i];
		bool behind = last == NULL || a->sources < last->sources ||
			      (a->sources == last->sources && a > last);

		if (behind && (best == NULL || a->sources > best->sources))
			best = a;
	}
	return best;
}

static void
collect(struct links *links, const struct detect_campaign *c)
{
	const struct detect_artefact *a = next_artefact(c, NULL);

	for (unsigned i = 0; i < ARTEFACTS_MOST && a != NULL; i++) {
		add_feature(links, a->kind, a->value, a);
		a = next_artefact(c, a);
	}
	for (unsigned e = 0; e < CHANNEL_COUNT; e++) {
		const struct detect_evidence *v = &c->evidence[e];

		for (uint32_t i = 0; i < v->n_top && i < TOPS_A_CHANNEL; i++)
			add_feature(links, v->top[i].kind, v->top[i].what, NULL);
	}
}

static bool
is_address_kind(struct sv kind)
{
	return sv_eq(kind, SV("prefix")) || sv_eq(kind, SV("asn")) || sv_eq(kind, SV("pair"));
}

/* The features that one string shows. */
static uint32_t
features_of(struct matcher *m, uint32_t id)
{
	struct sv text;
	uint32_t found = 0;

	if (id == STR_NONE)
		return 0;
	if ((m->cache[id] & SEEN) != 0)
		return m->cache[id] & ~SEEN;
	text = session_string(m->table, id);
	if (text.data == NULL)
		return 0;
	for (uint32_t f = 0; f < m->links->n_features; f++) {
		const struct link_feature *feature = &m->links->features[f];
		bool part = feature->value.len >= SUBSTRING_LEAST && feature->value.len < text.len;

		if (feature->artefact != NULL || is_address_kind(feature->kind))
			continue;
		if (sv_eq(text, feature->value) || (part && sv_has(text, feature->value)))
			found |= UINT32_C(1) << f;
	}
	m->cache[id] = found | SEEN;
	return found;
}

/* "user / password" or "user:password". */
static bool
is_credential(struct sv value, struct sv user, struct sv password)
{
	struct sv between = sv_skip(value, user.len);

	if (value.data == NULL || user.data == NULL || password.data == NULL ||
	    value.len <= user.len + password.len || !sv_starts(value, user) ||
	    !sv_ends(value, password))
		return false;
	between.len -= password.len;
	return sv_eq(between, SV(" / ")) || sv_eq(between, SV(":"));
}

static uint32_t
credentials_of(struct matcher *m, const struct session_item *item)
{
	struct sv user = session_string(m->table, item->a);
	struct sv password = session_string(m->table, item->b);
	uint32_t found = 0;

	for (uint32_t f = 0; f < m->links->n_features; f++)
		if (m->links->features[f].artefact == NULL &&
		    is_credential(m->links->features[f].value, user, password))
			found |= UINT32_C(1) << f;
	return found;
}

/* Who carries an artefact is known: the analysis found it, decoding what was encoded. */
static void
take_carriers(struct links *links, const struct member *members, uint32_t n)
{
	for (uint32_t f = 0; f < links->n_features; f++) {
		const struct detect_artefact *a = links->features[f].artefact;

		for (uint32_t i = 0; a != NULL && a->carriers != NULL && i < a->sources; i++) {
			uint32_t at = members_find(members, n, a->carriers[i]);

			if (at < n)
				links->carried[at] |= UINT32_C(1) << f;
		}
	}
}

static uint32_t
session_features(struct matcher *m, uint32_t row)
{
	static const enum session_text texts[] = { TEXT_BANNER, TEXT_HASSH, TEXT_USER_AGENT,
		TEXT_JA4 };
	const struct session_table *t = m->table;
	uint32_t found = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		found |= features_of(m, t->text[texts[i]][row]);
	for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++) {
		const struct session_item *item = &t->items[i];

		found |= features_of(m, item->a) | features_of(m, item->b);
		if (item->kind == ITEM_CREDENTIAL)
			found |= credentials_of(m, item);
	}
	return found;
}

/* "192.0.2.0/24", "2001:db8::/32", "AS64500". */
static uint32_t
address_features(const struct links *links, const struct member *member)
{
	uint32_t found = 0;

	for (uint32_t f = 0; f < links->n_features; f++) {
		struct sv rest = links->features[f].value;
		struct sv head = sv_cut(&rest, '/');
		struct addr net;
		uint64_t number;

		if (sv_eq(links->features[f].kind, SV("asn")) && sv_starts(head, SV("AS")) &&
		    sv_to_u64(sv_skip(head, 2), &number) && number > 0 && number == member->asn)
			found |= UINT32_C(1) << f;
		if (!sv_eq(links->features[f].kind, SV("prefix")) || !sv_to_u64(rest, &number) ||
		    !addr_parse(head, &net) || addr_is_v4(net) != addr_is_v4(member->source) ||
		    number > (addr_is_v4(net) ? 32 : 128))
			continue;
		if (addr_cmp(addr_prefix(member->source, (unsigned)number),
			addr_prefix(net, (unsigned)number)) == 0)
			found |= UINT32_C(1) << f;
	}
	return found;
}

/* Features nobody carries are taken out, the bits behind them move down. */
static void
drop_unseen(struct links *links, uint32_t n_members)
{
	uint32_t kept = 0;

	for (uint32_t f = 0; f < links->n_features; f++) {
		if (links->features[f].sources == 0)
			continue;
		for (uint32_t i = 0; i < n_members; i++) {
			uint32_t bit = links->carried[i] >> f & 1;

			links->carried[i] &= ~(UINT32_C(1) << kept);
			links->carried[i] |= bit << kept;
		}
		links->features[kept++] = links->features[f];
	}
	for (uint32_t i = 0; i < n_members; i++)
		links->carried[i] &= (UINT32_C(1) << kept) - 1;
	links->n_features = kept;
}

enum coord_err
links_of(const struct session_table *table, const struct detect_campaign *c,
    const struct member *members, struct arena *arena, struct links *ret, struct coord_error *err)
{
	struct links links = { .carried = ARENA_ARRAY(arena, c->n_sources, uint32_t) };
	struct matcher m = { &links, table,
		ARENA_ARRAY(arena, strtab_count(table->strings), uint32_t) };

	static_assert(LINKS_FEATURES_MOST < 31, "a bit a feature, and one more");
	if (links.carried == NULL || m.cache == NULL)
		return error_set(err, COORD_ENOMEM, "report: no memory for the links of %u sources",
		    c->n_sources);
	collect(&links, c);
	for (uint32_t i = 0; i < c->n_sessions; i++) {
		uint32_t at = members_find(members, c->n_sources, table->source[c->sessions[i]]);

		if (at < c->n_sources)
			links.carried[at] |= session_features(&m, c->sessions[i]);
	}
	take_carriers(&links, members, c->n_sources);
	for (uint32_t i = 0; i < c->n_sources; i++) {
		links.carried[i] |= address_features(&links, &members[i]);
		for (uint32_t f = 0; f < links.n_features; f++)
			links.features[f].sources += links.carried[i] >> f & 1;
	}
	drop_unseen(&links, c->n_sources);
	*ret = links;
	return COORD_OK;
}
