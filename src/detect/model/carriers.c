/* carriers.c - exclusive artefacts and the nodes that carry them: tested once per artefact, never per pair
 * (methods.md section 8, STRONG layer). */
#include <stdlib.h>

#include "detect/knowledge/knowledge.h"
#include "detect/model/model.h"

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

enum coord_err
model_artefacts(struct model *m, struct coord_error *err)
{
	struct carry_list l = { .m = m, .index = MAP_INIT };
	enum coord_err rc = collect_carriers(&l, err);

	if (rc == COORD_OK)
		rc = group_carriers(&l, err);
	map_clear(&l.index);
	free(l.all);
	free(l.values);
	return rc;
}
