/* builder.c - rows are collected as they come, in any order: fixed fields in one array, strings interned, items in a
 * second array. Order, duplicates and string numbers are settled once, in finish.c. */
#include "session/builder.h"

#include <stdlib.h>

#include "base/pages.h"

enum { FIRST_ROWS = 256, FIRST_ITEMS = 1024 };

struct session_builder *
session_builder_on(struct strtab *strings)
{
	struct session_builder *b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->strings = strings;
	return b;
}

struct session_builder *
session_builder_new(void)
{
	struct strtab *strings = strtab_new();
	struct session_builder *b = strings == NULL ? NULL : session_builder_on(strings);

	if (b == NULL)
		strtab_free(strings);
	return b;
}

struct strtab *
session_builder_strings(struct session_builder *b)
{
	return b->strings;
}

void
session_builder_free(struct session_builder *b)
{
	if (b == NULL)
		return;
	strtab_free(b->strings);
	free(b->rows);
	free(b->items);
	free(b);
}

static enum coord_err
grow(void **array, size_t *cap, size_t n, size_t more, size_t first, size_t size,
    struct coord_error *err)
{
	size_t wider = *cap == 0 ? first : *cap, need = n + more;
	void *moved;

	if (need <= *cap)
		return COORD_OK;
	if (need >= UINT32_MAX)
		return error_set(err, COORD_ELIMIT, "more than %u rows or items", UINT32_MAX - 1);
	wider = pages_capacity(wider, need, size);
	if ((moved = pages_grow(*array, n * size, wider * size)) == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for %zu rows or items", wider);
	*array = moved;
	*cap = wider;
	return COORD_OK;
}

enum coord_err
session_builder_room(struct session_builder *b, size_t more, struct coord_error *err)
{
	void *items = b->items;
	enum coord_err rc =
	    grow(&items, &b->items_cap, b->n_items, more, FIRST_ITEMS, sizeof(*b->items), err);

	b->items = items;
	return rc;
}

static enum coord_err
room_for_rows(struct session_builder *b, size_t more, struct coord_error *err)
{
	void *rows = b->rows;
	enum coord_err rc = grow(&rows, &b->cap, b->n, more, FIRST_ROWS, sizeof(*b->rows), err);

	b->rows = rows;
	return rc;
}

static bool
intern(struct session_builder *b, struct sv text, uint32_t *ret)
{
	*ret = strtab_intern(b->strings, text);
	return *ret != UINT32_MAX;
}

static enum coord_err
check_row(const struct session_row *row, struct coord_error *err)
{
	if (addr_is_unknown(row->source))
		return error_set(err, COORD_EINVALID, "session: no source address");
	if (row->start_us < TIME_EARLIEST || row->start_us >= TIME_LATEST)
		return error_set(err, COORD_EINVALID, "session: start out of range");
	if (row->transport > TRANSPORT_OTHER || row->service >= SERVICE_COUNT)
		return error_set(err, COORD_EINVALID, "session: unknown transport or service");
	return COORD_OK;
}

static enum coord_err
check_items(const struct session_item *items, uint32_t n, struct coord_error *err)
{
	for (uint32_t i = 0; i < n; i++) {
		if (items[i].kind >= ITEM_KIND_COUNT)
			return error_set(err, COORD_EINVALID, "session: unknown item kind");
		if (i > 0 && items[i].offset_ms < items[i - 1].offset_ms)
			return error_set(err, COORD_EINVALID, "session: items out of time order");
	}
	return COORD_OK;
}

/** The row behind the others; its items already lie behind the others' items. */
static enum coord_err
add_row(struct session_builder *b, const struct session_row *row, const uint32_t text[TEXT_COUNT],
    uint32_t n_items, struct coord_error *err)
{
	struct builder_row *to;

	TRY(check_row(row, err));
	if (n_items > 0) /* b->items may be NULL still */
		TRY(check_items(b->items + b->n_items, n_items, err));
	TRY(room_for_rows(b, 1, err));
	to = &b->rows[b->n++];
	*to = (struct builder_row){
		.source = row->source,
		.destination = row->destination,
		.start_us = row->start_us,
		.end_us = row->end_us < row->start_us ? row->start_us : row->end_us,
		.duration_us = row->duration_us < 0 ? -1 : row->duration_us,
		.bytes_in = row->bytes_in,
		.bytes_out = row->bytes_out,
		.events = row->events,
		.asn = row->asn,
		.source_port = row->source_port,
		.target_port = row->target_port,
		.transport = row->transport,
		.service = row->service,
		.flags = row->flags,
		.item_at = (uint32_t)b->n_items,
		.n_items = n_items,
	};
	memcpy(to->text, text, sizeof(to->text));
	b->n_items += n_items;
	return COORD_OK;
}

enum coord_err
session_builder_add_ids(struct session_builder *b, const struct session_row *row,
    const uint32_t text[TEXT_COUNT], const struct session_item *items, uint32_t n_items,
    struct coord_error *err)
{
	TRY(session_builder_room(b, n_items, err));
	if (n_items > 0)
		memcpy(b->items + b->n_items, items, n_items * sizeof(*items));
	return add_row(b, row, text, n_items, err);
}

enum coord_err
session_builder_add(
    struct session_builder *b, const struct session_row *row, struct coord_error *err)
{
	uint32_t text[TEXT_COUNT];
	bool ok = true;

	TRY(session_builder_room(b, row->n_items, err));
	for (unsigned t = 0; t < TEXT_COUNT; t++)
		ok = intern(b, row->text[t], &text[t]) && ok;
	for (uint32_t i = 0; i < row->n_items; i++) {
		const struct session_row_item *from = &row->items[i];
		struct session_item *to = &b->items[b->n_items + i];

		*to = (struct session_item){
			.offset_ms = from->offset_ms, .kind = from->kind, .flags = from->flags
		};
		ok = intern(b, from->a, &to->a) && intern(b, from->b, &to->b) && ok;
	}
	if (!ok)
		return error_set(err, COORD_ENOMEM, "no memory for strings");
	return add_row(b, row, text, row->n_items, err);
}

static enum coord_err
remap_strings(const struct session_builder *into, const struct session_builder *from,
    uint32_t **ret, struct coord_error *err)
{
	uint32_t n = strtab_count(from->strings);
	uint32_t *remap = calloc(n, sizeof(*remap));

	if (remap == NULL)
		return error_set(err, COORD_ENOMEM, "no memory for strings");
	for (uint32_t id = 1; id < n; id++) {
		remap[id] = strtab_intern(into->strings, strtab_get(from->strings, id));
		if (remap[id] == UINT32_MAX) {
			free(remap);
			return error_set(err, COORD_ENOMEM, "no memory for strings");
		}
	}
	*ret = remap;
	return COORD_OK;
}

enum coord_err
session_builder_merge(
    struct session_builder *into, struct session_builder *from, struct coord_error *err)
{
	uint32_t *remap = NULL;

	TRY(room_for_rows(into, from->n, err));
	TRY(session_builder_room(into, from->n_items, err));
	TRY(remap_strings(into, from, &remap, err));
	for (size_t i = 0; i < from->n; i++) {
		struct builder_row *to = &into->rows[into->n + i];

		*to = from->rows[i];
		to->item_at += (uint32_t)into->n_items;
		for (unsigned t = 0; t < TEXT_COUNT; t++)
			to->text[t] = remap[to->text[t]];
	}
	for (size_t i = 0; i < from->n_items; i++) {
		struct session_item *to = &into->items[into->n_items + i];

		*to = from->items[i];
		to->a = remap[to->a];
		to->b = remap[to->b];
	}
	into->n += from->n;
	into->n_items += from->n_items;
	from->n = from->n_items = 0;
	free(remap);
	return COORD_OK;
}
