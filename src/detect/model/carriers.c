/* carriers.c - exclusive artefacts and the nodes that carry them: tested once per artefact, never per pair
 * (methods.md section 8, STRONG layer).
 *
 * A source that carries what belongs to three owners or more carries it for none of them: somebody who replays what others
 * did (A4 of docs/generator.md), or many behind one address. Owners are told apart by what has one owner only, keys and
 * wallets, of which some other source has this one and no second. Such a source is no carrier of anything. */
#include <stdlib.h>

#include "detect/knowledge/knowledge.h"
#include "detect/model/model.h"
#include "detect/text/artefacts.h"

enum { OWNERS_MOST = 2 };

struct carry {
	uint64_t hash; /* of (kind, value) */
	uint32_t node;
	uint32_t value; /* index into values */
};

struct carry_list {
	struct model *m;
	struct carry *all;
	size_t n, cap;
	struct found {
		const char *text;
		uint64_t hash;
		uint8_t kind;
		bool is_public;
	} * values;
	uint32_t n_values, cap_values;
	struct map index;
	uint32_t node; /* at hand */
	bool full;
};

static uint32_t
value_index(struct carry_list *l, const struct artefact *a, uint64_t hash)
{
	uint32_t *slot = map_slot(&l->index, hash);
	const char *text;

	if (slot == NULL)
		return MAP_NONE;
	if (*slot != MAP_NONE)
		return *slot;
	if (l->n_values == l->cap_values) {
		uint32_t cap = l->cap_values == 0 ? 256 : l->cap_values * 2;
		struct found *values = realloc(l->values, cap * sizeof(*values));

		if (values == NULL)
			return MAP_NONE;
		l->values = values;
		l->cap_values = cap;
	}
	text = a->note.len == 0
		   ? arena_strdup(l->m->arena, sv_first(a->value, 1024))
		   : arena_printf(l->m->arena, "%.*s (%.*s)", SV_ARG(sv_first(a->value, 1024)),
			 SV_ARG(sv_first(a->note, 80)));
	l->values[l->n_values] = (struct found){ text, hash, (uint8_t)a->kind,
		a->is_public || knowledge_is_public(l->m->knowledge, a->kind, a->value) };
	*slot = l->n_values;
	return l->n_values++;
}

static void
take_artefact(void *context, const struct artefact *a)
{
	struct carry_list *l = context;
	uint64_t hash = hash_mix((uint64_t)a->kind, hash_content(a->value));
	uint32_t value = value_index(l, a, hash);

	if (l->n == l->cap) {
		size_t cap = l->cap == 0 ? 1024 : l->cap * 2;
		struct carry *all = realloc(l->all, cap * sizeof(*all));

		l->full = l->full || all == NULL;
		if (all == NULL)
			return;
		l->all = all;
		l->cap = cap;
	}
	l->full = l->full || value == MAP_NONE || l->values[value].text == NULL;
	l->all[l->n++] = (struct carry){ hash, l->node, value };
}

static enum coord_err
collect_carriers(struct carry_list *l, struct coord_error *err)
{
	struct model *m = l->m;
	struct arena *scratch = arena_new(0);

	if (scratch == NULL)
		return model_full(err);
	for (uint32_t node = 0; node < m->n_nodes && !l->full; node++) {
		l->node = node;
		for (uint32_t i = m->node_sessions_start[node];
		     i < m->node_sessions_start[node + 1]; i++) {
			struct arena_mark mark = arena_mark(scratch);

			artefacts_of_session(
			    m->table, m->node_sessions[i], scratch, take_artefact, l);
			arena_rewind(scratch, mark);
		}
	}
	arena_free(scratch);
	return l->full ? model_full(err) : COORD_OK;
}

static int
carry_order(const void *a, const void *b)
{
	const struct carry *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

/* Distinct nodes of one artefact, and how many sources they are. Node order is no source order: count by marking. */
static enum coord_err
add_artefact(struct model *m, const struct found *value, const struct carry *run, size_t n,
    uint32_t *source_seen, uint32_t stamp, struct coord_error *err)
{
	struct carried c = { .kind = value->kind,
		.is_public = value->is_public,
		.value = value->text,
		.hash = value->hash };

	c.nodes = ARENA_ARRAY_RAW(m->arena, n, uint32_t);
	if (c.nodes == NULL)
		return model_full(err);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && run[i].node == run[i - 1].node)
			continue;
		c.nodes[c.n_nodes++] = run[i].node;
		if (source_seen[m->node_source[run[i].node]] != stamp) {
			source_seen[m->node_source[run[i].node]] = stamp;
			c.n_sources++;
		}
	}
	if (c.n_sources >= 2)
		m->artefacts[m->n_artefacts++] = c;
	return COORD_OK;
}

static int
artefact_order(const void *a, const void *b)
{
	const struct carried *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->hash > y->hash) - (x->hash < y->hash);
}

static enum coord_err
group_carriers(struct carry_list *l, struct coord_error *err)
{
	struct model *m = l->m;
	uint32_t *source_seen = ARENA_ARRAY(m->arena, m->n_sources, uint32_t);
	uint32_t stamp = 0;

	m->artefacts = ARENA_ARRAY_RAW(m->arena, l->n_values, struct carried);
	if (source_seen == NULL || m->artefacts == NULL)
		return model_full(err);
	if (l->n > 0)
		qsort(l->all, l->n, sizeof(*l->all), carry_order);
	for (size_t from = 0, to; from < l->n; from = to) {
		for (to = from; to < l->n && l->all[to].hash == l->all[from].hash; to++)
			;
		TRY(add_artefact(m, &l->values[l->all[from].value], l->all + from, to - from,
		    source_seen, ++stamp, err));
	}
	if (m->n_artefacts > 1)
		qsort(m->artefacts, m->n_artefacts, sizeof(*m->artefacts), artefact_order);
	return COORD_OK;
}

static bool
has_one_owner(const struct carried *c)
{
	return !c->is_public && (c->kind == ARTEFACT_SSH_KEY || c->kind == ARTEFACT_WALLET);
}

/* Artefacts of one owner that each source carries. With `owned`, those alone that have a carrier of no other. */
static void
count_owned(const struct model *m, const uint32_t *owned, uint32_t *last, uint32_t *ret)
{
	memset(last, 0xff, m->n_sources * sizeof(*last));
	for (uint32_t a = 0; a < m->n_artefacts; a++) {
		const struct carried *c = &m->artefacts[a];
		bool counts = owned == NULL;

		if (!has_one_owner(c))
			continue;
		for (uint32_t i = 0; i < c->n_nodes && !counts; i++)
			counts = owned[m->node_source[c->nodes[i]]] == 1;
		for (uint32_t i = 0; i < c->n_nodes && counts; i++) {
			uint32_t source = m->node_source[c->nodes[i]];

			ret[source] += last[source] != a;
			last[source] = a;
		}
	}
}

/* Leaves the sources of too many owners out of every artefact, and artefacts of which too few are left. */
static void
leave_out_replayers(struct model *m, const uint32_t *owners, uint32_t *last)
{
	uint32_t kept = 0;

	memset(last, 0xff, m->n_sources * sizeof(*last));
	for (uint32_t a = 0; a < m->n_artefacts; a++) {
		struct carried c = m->artefacts[a];
		uint32_t n = 0;

		c.n_sources = 0;
		for (uint32_t i = 0; i < c.n_nodes; i++) {
			uint32_t source = m->node_source[c.nodes[i]];

			if (owners[source] > OWNERS_MOST)
				continue;
			c.nodes[n++] = c.nodes[i];
			c.n_sources += last[source] != a;
			last[source] = a;
		}
		c.n_nodes = n;
		if (c.n_sources >= 2)
			m->artefacts[kept++] = c;
	}
	m->n_artefacts = kept;
}

static enum coord_err
settle_owners(struct model *m, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(m->arena);
	uint32_t *owned = ARENA_ARRAY(m->arena, m->n_sources, uint32_t);
	uint32_t *owners = ARENA_ARRAY(m->arena, m->n_sources, uint32_t);
	uint32_t *last = ARENA_ARRAY_RAW(m->arena, m->n_sources, uint32_t);

	if (owned == NULL || owners == NULL || last == NULL)
		return model_full(err);
	count_owned(m, NULL, last, owned);
	count_owned(m, owned, last, owners);
	leave_out_replayers(m, owners, last);
	arena_rewind(m->arena, mark);
	return COORD_OK;
}

enum coord_err
model_artefacts(struct model *m, struct coord_error *err)
{
	struct carry_list l = { .m = m, .index = MAP_INIT };
	enum coord_err rc = collect_carriers(&l, err);

	if (rc == COORD_OK)
		rc = group_carriers(&l, err);
	if (rc == COORD_OK)
		rc = settle_owners(m, err);
	map_clear(&l.index);
	free(l.all);
	free(l.values);
	return rc;
}
