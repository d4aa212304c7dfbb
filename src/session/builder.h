/* builder.h - rows on their way to a table (private to session/). */
#ifndef COORD_SESSION_BUILDER_H
#define COORD_SESSION_BUILDER_H

#include "session/session.h"

struct builder_row {
	struct addr source, destination;
	int64_t start_us, end_us, duration_us;
	uint64_t bytes_in, bytes_out;
	uint32_t events, asn;
	uint16_t source_port, target_port;
	uint8_t transport, service, flags;
	uint32_t text[TEXT_COUNT];
	uint32_t item_at, n_items; /* into the builder's items */
};

struct session_builder {
	struct strtab *strings;
	struct builder_row *rows;
	struct session_item *items;
	size_t n, cap;
	size_t n_items, items_cap;
};

/** Room for `more` items behind n_items. */
MUST_CHECK enum coord_err session_builder_room(
    struct session_builder *b, size_t more, struct coord_error *err);

#endif
