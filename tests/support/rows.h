/* rows.h - plain session rows for tests of session/. */
#ifndef COORD_TESTS_SUPPORT_ROWS_H
#define COORD_TESTS_SUPPORT_ROWS_H

#include "session/session.h"

/** A session of 203.0.113.`host` that starts `second` seconds into 2020. */
static inline struct session_row
plain_row(unsigned host, int64_t second, const char *id)
{
	struct session_row row = { .source = addr_from_v4(0xcb007100 + host),
		.start_us = INT64_C(1577836800000000) + second * TIME_SECOND,
		.duration_us = -1,
		.events = 1,
		.transport = TRANSPORT_TCP,
		.service = SERVICE_SSH };

	row.end_us = row.start_us + TIME_SECOND;
	row.text[TEXT_ID] = sv_from(id);
	row.text[TEXT_SENSOR] = SV("s");
	return row;
}

/** Adds the row; fails the test when it is refused. */
static inline void
must_add(struct session_builder *b, const struct session_row *row)
{
	assert_int_equal(session_builder_add(b, row, NULL), COORD_OK);
}

/** The finished table of a builder, which is freed. */
static inline struct session_table
must_finish(struct session_builder *b, uint64_t *dropped)
{
	struct session_table t;

	assert_int_equal(session_builder_finish(b, &t, dropped, NULL), COORD_OK);
	session_builder_free(b);
	assert_null(session_table_check(&t));
	return t;
}

#endif
