/* payloads.c - what each node brought, as a sketch of its bytes.
 * Request bodies, forwarded data, free payload texts and long command lines are cut into 4-byte shingles; the smallest
 * hashes of the union estimate the Jaccard similarity of two nodes (Broder 1997; bottom-k). */
#include <stdlib.h>

#include "detect/model/model.h"

enum { TEXT_LEAST = 16, COMMAND_LEAST = 128, TEXT_MOST = 16384, TEXTS_MOST = 64, SHINGLE = 4 };

struct sketching {
	struct model *m;
	uint64_t kept[PAYLOAD_SKETCH]; /* a max-heap would do; insertion into 64 is as fast */
	uint32_t n;
	uint32_t seen[TEXTS_MOST];
	uint32_t n_seen;
	uint64_t identity;
	struct sv longest;
};

static void
keep_smallest(struct sketching *s, uint64_t h)
{
	uint32_t at = s->n;

	if (s->n == PAYLOAD_SKETCH && h >= s->kept[PAYLOAD_SKETCH - 1])
		return;
	while (at > 0 && s->kept[at - 1] > h)
		at--;
	if (at > 0 && s->kept[at - 1] == h)
		return;
	if (s->n < PAYLOAD_SKETCH)
		s->n++;
	memmove(s->kept + at + 1, s->kept + at, (s->n - at - 1) * sizeof(*s->kept));
	s->kept[at] = h;
}

static uint32_t
payload_text(const struct session_item *item, size_t *least)
{
	*least = TEXT_LEAST;
	switch (item->kind) {
	case ITEM_REQUEST:
	case ITEM_FORWARD:
		return item->b;
	case ITEM_PAYLOAD:
		return item->a;
	case ITEM_COMMAND:
		*least = COMMAND_LEAST;
		return item->a;
	default:
		return STR_NONE;
	}
}

static void
add_text(struct sketching *s, const struct session_item *item)
{
	size_t least;
	uint32_t id = payload_text(item, &least);
	struct sv text = strtab_get(s->m->table->strings, id);

	if (text.len < least || s->n_seen == TEXTS_MOST)
		return;
	for (uint32_t i = 0; i < s->n_seen; i++)
		if (s->seen[i] == id)
			return;
	s->seen[s->n_seen++] = id;
	s->identity ^= strtab_hash(s->m->table->strings, id); /* of a set: order does not matter */
	text = sv_first(text, TEXT_MOST);
	if (text.len > s->longest.len)
		s->longest = text;
	for (size_t i = 0; i + SHINGLE <= text.len; i++) {
		uint32_t word;

		memcpy(&word, text.data + i, sizeof(word));
		keep_smallest(s, hash_mix(0x7061796c6f6164u, word));
	}
}

static enum coord_err
sketch_node(struct model *m, uint32_t node, struct coord_error *err)
{
	const struct session_table *t = m->table;
	struct sketching s = { .m = m };
	struct payload_sketch *p = &m->payloads[node];

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++) {
		uint32_t row = m->node_sessions[i];

		for (uint32_t k = t->item_start[row]; k < t->item_start[row + 1]; k++)
			add_text(&s, &t->items[k]);
	}
	if (s.n == 0)
		return COORD_OK;
	p->smallest = ARENA_ARRAY_RAW(m->arena, s.n, uint64_t);
	p->text = arena_strdup(m->arena, sv_first(s.longest, 200));
	if (p->smallest == NULL || p->text == NULL)
		return model_full(err);
	memcpy(p->smallest, s.kept, s.n * sizeof(*s.kept));
	p->n = s.n;
	p->identity = s.identity;
	return COORD_OK;
}

enum coord_err
model_payloads(struct model *m, struct coord_error *err)
{
	m->payloads = ARENA_ARRAY(m->arena, m->n_nodes, struct payload_sketch);
	if (m->payloads == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		TRY(sketch_node(m, i, err));
	return COORD_OK;
}
