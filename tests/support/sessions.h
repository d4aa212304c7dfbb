/* sessions.h - session tables made by hand for tests: one row a call, items as (kind, a, b, flags). */
#ifndef COORD_TESTS_SUPPORT_SESSIONS_H
#define COORD_TESTS_SUPPORT_SESSIONS_H

#include "session/session.h"

struct test_item {
	enum session_item_kind kind;
	const char *a, *b;
	uint8_t flags;
};

/** A table of one session of the service. Fails the test when it cannot be made. Release with session_table_free. */
static inline struct session_table
session_by_hand(enum session_service service, const struct test_item *items, size_t n,
    const struct session_row *texts)
{
	struct session_builder *builder = session_builder_new();
	struct session_row_item rows[64];
	struct session_row row = texts != NULL ? *texts : (struct session_row){ .duration_us = -1 };
	struct session_table table;
	struct coord_error err;

	assert_non_null(builder);
	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++)
		rows[i] = (struct session_row_item){ .a = sv_from(items[i].a),
			.b = sv_from(items[i].b),
			.kind = (uint8_t)items[i].kind,
			.flags = items[i].flags,
			.offset_ms = (uint32_t)i };
	row.service = (uint8_t)service;
	row.source = addr_from_v4(0xc6336401);
	row.start_us = INT64_C(1580000000000000);
	row.end_us = row.start_us + 1;
	if (row.text[TEXT_ID].data == NULL)
		row.text[TEXT_ID] = SV("s");
	row.items = rows;
	row.n_items = (uint32_t)n;
	assert_int_equal(session_builder_add(builder, &row, &err), COORD_OK);
	assert_int_equal(session_builder_finish(builder, &table, NULL, &err), COORD_OK);
	session_builder_free(builder);
	return table;
}

#endif
