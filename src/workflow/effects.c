/* effects.c - answers from outside, found by the step that asked, the provider and the question. */
#include <string.h>

#include "workflow/inside.h"

static uint64_t
place_hash(struct sv node, uint32_t visit, struct sv provider, struct sv key)
{
	const struct hash_key salt = hash_table_key();
	uint64_t h = hash_mix(hash_keyed(salt, node.data, node.len), visit);

	h = hash_mix(h, hash_keyed(salt, provider.data, provider.len));
	return hash_mix(h, hash_keyed(salt, key.data, key.len));
}

static bool
is_at(const struct store_workflow_effect *row, struct sv node, uint32_t visit, struct sv provider,
    struct sv key)
{
	return row->visit == visit && sv_eq(row->key, key) && sv_eq(row->provider, provider) &&
	       sv_eq(row->node, node);
}

struct effect *
effects_find(
    const struct effects *e, struct sv node, uint32_t visit, struct sv provider, struct sv key)
{
	uint32_t at = map_get(&e->by_key, place_hash(node, visit, provider, key));

	for (; at != MAP_NONE; at = e->items[at].next)
		if (is_at(&e->items[at].row, node, visit, provider, key))
			return &e->items[at];
	return NULL;
}

static enum coord_err
keep(struct arena *arena, struct sv from, struct sv *ret, struct coord_error *err)
{
	char *copy;

	*ret = SV_NONE;
	if (from.data == NULL)
		return COORD_OK;
	copy = arena_strdup(arena, from);
	if (copy == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for an answer");
	*ret = (struct sv){ copy, from.len };
	return COORD_OK;
}

static enum coord_err
grow(struct effects *e, struct coord_error *err)
{
	size_t room = e->room == 0 ? 16 : 2 * e->room;
	struct effect *items;

	if (e->n < e->room)
		return COORD_OK;
	items = ARENA_ARRAY(e->arena, room, struct effect);
	if (items == NULL)
		return error_set(err, COORD_ELIMIT, "workflow: no room for an answer");
	if (e->n > 0)
		memcpy(items, e->items, e->n * sizeof(*items));
	e->items = items;
	e->room = room;
	return COORD_OK;
}

enum coord_err
effects_add(struct effects *e, const struct store_workflow_effect *row, struct effect **ret,
    struct coord_error *err)
{
	struct effect *new;
	uint8_t sha[32];
	uint32_t *slot;

	TRY(grow(e, err));
	new = &e->items[e->n];
	*new = (struct effect){ .row = *row };
	TRY(keep(e->arena, row->node, &new->row.node, err));
	TRY(keep(e->arena, row->provider, &new->row.provider, err));
	TRY(keep(e->arena, row->key, &new->row.key, err));
	TRY(keep(e->arena, row->question, &new->row.question, err));
	TRY(keep(e->arena, row->value, &new->row.value, err));
	if (row->value.data != NULL) {
		sha256_of(row->value.data, row->value.len, sha);
		hex_of(sha, sizeof(sha), new->sha256);
	}
	slot = map_slot(&e->by_key, place_hash(row->node, row->visit, row->provider, row->key));
	if (slot == NULL)
		return error_set(err, COORD_ENOMEM, "workflow: no memory for an answer");
	new->next = *slot;
	*slot = (uint32_t)e->n++;
	*ret = new;
	return COORD_OK;
}

void
effects_clear(struct effects *e)
{
	map_clear(&e->by_key);
}
