/* real_rows.c - the sessions of a real background on their way out: as they are, unless a planted sensor fault (HN6)
 * lost or moved them. */
#include "generate/world.h"

#include <stdlib.h>

/* The number of the row's sensor among those that plants use; NO_INDEX: none of them. */
static uint32_t
sensor_of(const struct world *w, uint32_t row)
{
	struct sv name = session_text(w->real, row, TEXT_SENSOR);

	for (uint32_t i = 0; i < w->sensors; i++)
		if (sv_eq(name, w->sensor_names[i]))
			return i;
	return NO_INDEX;
}

bool
real_start(const struct world *w, uint32_t row, int64_t *ret)
{
	*ret = w->real->start_us[row];
	return w->n_faults == 0 || fault_apply(w, sensor_of(w, row), ret);
}

void
real_row(const struct session_table *t, uint32_t row, int64_t start_us,
    struct session_row_item *items, struct session_row *ret)
{
	int64_t moved = start_us - t->start_us[row];

	*ret = (struct session_row){ .source = t->source[row],
		.destination = t->destination[row],
		.start_us = start_us,
		.end_us = t->end_us[row] + moved,
		.duration_us = t->duration_us[row],
		.bytes_in = t->bytes_in[row],
		.bytes_out = t->bytes_out[row],
		.events = t->events[row],
		.asn = t->asn[row],
		.source_port = t->source_port[row],
		.target_port = t->target_port[row],
		.transport = t->transport[row],
		.service = t->service[row],
		.flags = t->flags[row],
		.n_items = t->item_start[row + 1] - t->item_start[row],
		.items = items };
	for (unsigned which = 0; which < TEXT_COUNT; which++)
		ret->text[which] = session_text(t, row, (enum session_text)which);
	for (uint32_t i = 0; i < ret->n_items; i++) {
		const struct session_item *item = &t->items[t->item_start[row] + i];

		items[i] = (struct session_row_item){ .a = session_string(t, item->a),
			.b = session_string(t, item->b),
			.offset_ms = item->offset_ms,
			.kind = item->kind,
			.flags = item->flags };
	}
}

uint32_t
real_items_most(const struct session_table *t)
{
	uint32_t most = 0;

	for (uint32_t row = 0; row < t->n; row++) {
		uint32_t n = t->item_start[row + 1] - t->item_start[row];

		most = n > most ? n : most;
	}
	return most;
}

enum coord_err
real_fill(const struct world *w, struct session_builder *into, struct coord_error *err)
{
	struct session_row_item *items =
	    calloc((size_t)real_items_most(w->real) + 1, sizeof(*items));
	enum coord_err rc = COORD_OK;

	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "generate: no memory");
	for (uint32_t row = 0; row < w->real->n && rc == COORD_OK; row++) {
		struct session_row r;
		int64_t start;

		if (!real_start(w, row, &start))
			continue;
		real_row(w->real, row, start, items, &r);
		rc = session_builder_add(into, &r, err);
	}
	free(items);
	return rc;
}
