/* labels.c - what others say of the sources: labels given with the input, and the user's feeds. A label belongs to a source
 * as its address does, not to what it did; so a null world that exchanges addresses takes the labels along. */
#include <stdlib.h>

#include "detect/knowledge/knowledge.h"
#include "detect/model/model.h"

enum { LABELS_MOST = 1024, LABEL_TEXT_MOST = 120 };

struct mark {
	uint32_t label, source;
};

struct marks {
	struct model *m;
	struct mark *all;
	uint32_t n, cap;
	struct map index; /* (label id, source id) -> label */
	uint32_t n_labels;
	bool full;
};

static void
add_mark(struct marks *s, uint32_t label, uint32_t source)
{
	if (!knowledge_grow((void **)&s->all, &s->cap, s->n, sizeof(*s->all))) {
		s->full = true;
		return;
	}
	s->all[s->n++] = (struct mark){ label, source };
}

static const char *
label_text(const struct model *m, const struct session_item *item)
{
	struct sv label = sv_first(session_string(m->table, item->a), LABEL_TEXT_MOST);
	struct sv from = sv_first(session_string(m->table, item->b), LABEL_TEXT_MOST);

	return from.len == 0 ? arena_strdup(m->arena, label)
			     : arena_printf(m->arena, "%.*s: %.*s", SV_ARG(from), SV_ARG(label));
}

static void
take_item(struct marks *s, uint32_t node, const struct session_item *item)
{
	struct model *m = s->m;
	uint32_t *slot;

	if (item->kind != ITEM_LABEL || session_string(m->table, item->a).len == 0 ||
	    (s->n_labels == LABELS_MOST &&
		map_get(&s->index, hash_mix(item->a, item->b)) == MAP_NONE))
		return;
	if ((slot = map_slot(&s->index, hash_mix(item->a, item->b))) == NULL) {
		s->full = true;
		return;
	}
	if (*slot == MAP_NONE) {
		m->labels[s->n_labels].what = label_text(m, item);
		s->full = s->full || m->labels[s->n_labels].what == NULL;
		*slot = s->n_labels++;
	}
	add_mark(s, *slot, m->node_source[node]);
}

static void
take_given(struct marks *s)
{
	const struct model *m = s->m;
	const struct session_table *t = m->table;

	for (uint32_t node = 0; node < m->n_nodes; node++)
		for (uint32_t i = m->node_sessions_start[node];
		     i < m->node_sessions_start[node + 1]; i++) {
			uint32_t row = m->node_sessions[i];

			for (uint32_t k = t->item_start[row];
			     k < t->item_start[row + 1] && !s->full; k++)
				take_item(s, node, &t->items[k]);
		}
}

static void
take_feeds(struct marks *s)
{
	struct model *m = s->m;
	uint32_t first = s->n_labels;

	if (m->knowledge == NULL)
		return;
	for (uint32_t f = 0; f < m->knowledge->n_feeds; f++)
		m->labels[s->n_labels++] =
		    (struct label){ .what = m->knowledge->feeds[f].name, .feed = true };
	for (uint32_t node = 0; node < m->n_nodes; node++) {
		uint32_t source = m->node_source[node];
		uint32_t asn = m->table->asn[m->node_sessions[m->node_sessions_start[node]]];

		for (uint32_t f = 0; f < m->knowledge->n_feeds; f++)
			if (knowledge_listed(m->knowledge, f, m->source_addr[source], asn))
				add_mark(s, first + f, source);
	}
}

static int
mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->label != y->label)
		return x->label < y->label ? -1 : 1;
	return (x->source > y->source) - (x->source < y->source);
}

/* Labels of one source alone join nothing: they go. */
static bool
keep_labels(struct marks *s)
{
	struct model *m = s->m;
	uint32_t *sources = ARENA_ARRAY_RAW(m->arena, s->n, uint32_t);

	if (sources == NULL)
		return false;
	if (s->n > 0)
		qsort(s->all, s->n, sizeof(*s->all), mark_order);
	for (uint32_t from = 0, to; from < s->n; from = to) {
		struct label label = m->labels[s->all[from].label];

		label.sources = sources;
		label.n_sources = 0;
		for (to = from; to < s->n && s->all[to].label == s->all[from].label; to++)
			if (to == from || s->all[to].source != s->all[to - 1].source)
				sources[label.n_sources++] = s->all[to].source;
		if (label.n_sources < 2)
			continue;
		sources += label.n_sources;
		m->labels[m->n_labels++] = label; /* never beyond the label read */
	}
	return true;
}

enum coord_err
model_labels(struct model *m, struct coord_error *err)
{
	struct marks s = { .m = m, .index = MAP_INIT };

	m->labels = ARENA_ARRAY(m->arena, LABELS_MOST + FEEDS_MOST, struct label);
	if (m->labels == NULL)
		return model_full(err);
	take_given(&s);
	take_feeds(&s);
	if (!s.full)
		s.full = !keep_labels(&s);
	map_clear(&s.index);
	free(s.all);
	return s.full ? model_full(err) : COORD_OK;
}
