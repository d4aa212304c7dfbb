/* test_copy.c - a table copied row by row is the same table; a part of it is a part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"

static struct session_table
copy_of(const struct session_table *t, uint32_t every)
{
	struct session_builder *b = session_builder_new();
	struct session_table ret;
	struct coord_error err;

	assert_non_null(b);
	for (uint32_t i = 0; i < t->n; i += every)
		assert_int_equal(session_builder_add_from(b, t, t->n - 1 - i, &err), COORD_OK);
	assert_int_equal(session_builder_finish(b, &ret, NULL, &err), COORD_OK);
	session_builder_free(b);
	assert_null(session_table_check(&ret));
	return ret;
}

static void
test_copy(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item items[] = { { SV("root"), SV("1"), 5, ITEM_CREDENTIAL, 1 },
		{ SV("uname"), SV_NONE, 7, ITEM_COMMAND, 0 } };
	struct session_table table, whole, half;
	struct coord_error err;

	(void)state;
	assert_non_null(b);
	for (uint32_t i = 0; i < 6; i++) {
		struct session_row row = { .source = addr_from_v4(100 + i),
			.start_us = INT64_C(1700000000000000) + 1000000 * i,
			.end_us = INT64_C(1700000000000000) + 1000000 * i + 5,
			.duration_us = -1,
			.bytes_in = i,
			.asn = 64500 + i,
			.service = SERVICE_SSH,
			.items = items,
			.n_items = i % 3 };

		row.text[TEXT_HASSH] = i % 2 == 0 ? SV("aa") : SV_NONE;
		assert_int_equal(session_builder_add(b, &row, &err), COORD_OK);
	}
	assert_int_equal(session_builder_finish(b, &table, NULL, &err), COORD_OK);
	session_builder_free(b);
	whole = copy_of(&table, 1);
	assert_memory_equal(whole.input_sha256, table.input_sha256, 32);
	half = copy_of(&table, 2);
	assert_int_equal(half.n, 3);
	assert_memory_not_equal(half.input_sha256, table.input_sha256, 32);
	session_table_free(&table);
	session_table_free(&whole);
	session_table_free(&half);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_copy) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
