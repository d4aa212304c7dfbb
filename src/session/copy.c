/* copy.c - a row of a finished table once more into a builder: parts of a table, samples, changed copies. */
#include <stdlib.h>

#include "session/session.h"

void
session_row_from(const struct session_table *t, uint32_t row, struct session_row *ret)
{
	*ret = (struct session_row){ .source = t->source[row],
		.destination = t->destination[row],
		.start_us = t->start_us[row],
		.end_us = t->end_us[row],
		.duration_us = t->duration_us[row],
		.bytes_in = t->bytes_in[row],
		.bytes_out = t->bytes_out[row],
		.events = t->events[row],
		.asn = t->asn[row],
		.source_port = t->source_port[row],
		.target_port = t->target_port[row],
		.transport = t->transport[row],
		.service = t->service[row],
		.flags = t->flags[row] };
	for (enum session_text x = 0; x < TEXT_COUNT; x++)
		ret->text[x] = session_text(t, row, x);
}

enum coord_err
session_builder_add_from(struct session_builder *builder, const struct session_table *t,
    uint32_t row, struct coord_error *err)
{
	uint32_t from = t->item_start[row], n = t->item_start[row + 1] - from;
	struct session_row_item *items = calloc((size_t)n + 1, sizeof(*items));
	struct session_row copy;
	enum coord_err rc;

	if (items == NULL)
		return error_set(err, COORD_ENOMEM, "session: no memory for a row");
	session_row_from(t, row, &copy);
	for (uint32_t i = 0; i < n; i++) {
		const struct session_item *item = &t->items[from + i];

		items[i] = (struct session_row_item){ session_string(t, item->a),
			session_string(t, item->b), item->offset_ms, item->kind, item->flags };
	}
	copy.items = items;
	copy.n_items = n;
	rc = session_builder_add(builder, &copy, err);
	free(items);
	return rc;
}
