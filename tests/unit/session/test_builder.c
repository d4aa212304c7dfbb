/* test_builder.c - rows in, and builders put together. */
#include "testing.h"
#include "rows.h"

static void
bad_rows_are_refused(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item items[2] = { { .kind = ITEM_URL, .offset_ms = 5 },
		{ .kind = ITEM_URL, .offset_ms = 4 } };
	struct session_row row;

	(void)state;
	row = plain_row(1, 0, "a");
	row.source = (struct addr){ { 0 } };
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	row = plain_row(1, 0, "a");
	row.start_us = 0;
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	row.start_us = TIME_LATEST;
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	row = plain_row(1, 0, "a");
	row.service = SERVICE_COUNT;
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	row = plain_row(1, 0, "a");
	row.items = items;
	row.n_items = 2;
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	items[1] = (struct session_row_item){ .kind = ITEM_KIND_COUNT, .offset_ms = 9 };
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_EINVALID);
	row = plain_row(1, 0, "good");
	must_add(b, &row);
	{
		struct session_table t = must_finish(b, NULL);

		assert_int_equal(t.n, 1);
		assert_int_equal(t.n_items, 0);
		session_table_free(&t);
	}
}

static void
ends_are_never_before_starts(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row row = plain_row(1, 10, "a");
	struct session_table t;

	(void)state;
	row.end_us = row.start_us - 1;
	row.duration_us = -77;
	must_add(b, &row);
	t = must_finish(b, NULL);
	assert_int_equal(t.end_us[0], t.start_us[0]);
	assert_int_equal(t.duration_us[0], -1);
	session_table_free(&t);
}

static void
merging_is_adding(void **state)
{
	struct session_builder *all = session_builder_new(), *parts[2];
	struct session_table whole, merged;

	(void)state;
	parts[0] = session_builder_new();
	parts[1] = session_builder_new();
	for (unsigned i = 0; i < 100; i++) {
		char id[2] = { (char)('a' + i % 26), 0 };
		struct session_row row = plain_row(i % 7, i * 31 % 50, id);
		struct session_row_item item = { .a = sv_from(id), .kind = ITEM_COMMAND };

		row.items = &item;
		row.n_items = 1;
		must_add(all, &row);
		must_add(parts[i % 2], &row);
	}
	assert_int_equal(session_builder_merge(parts[1], parts[0], NULL), COORD_OK);
	whole = must_finish(all, NULL);
	merged = must_finish(parts[1], NULL);
	assert_memory_equal(whole.input_sha256, merged.input_sha256, 32);
	session_table_free(&whole);
	session_table_free(&merged);
	whole = must_finish(parts[0], NULL); /* left empty */
	assert_int_equal(whole.n, 0);
	session_table_free(&whole);
}

static void
ids_of_adopted_strings(void **state)
{
	struct strtab *strings = strtab_new();
	struct session_builder *b;
	struct session_row row = plain_row(1, 0, "ignored");
	uint32_t text[TEXT_COUNT] = { 0 };
	struct session_item item = { .kind = ITEM_URL };
	struct session_table t;

	(void)state;
	text[TEXT_ID] = strtab_intern(strings, SV("id"));
	item.a = strtab_intern(strings, SV("http://192.0.2.1/"));
	b = session_builder_on(strings);
	assert_ptr_equal(session_builder_strings(b), strings);
	assert_int_equal(session_builder_add_ids(b, &row, text, &item, 1, NULL), COORD_OK);
	t = must_finish(b, NULL);
	assert_sv_equal(session_text(&t, 0, TEXT_ID), "id");
	assert_sv_equal(session_string(&t, t.items[0].a), "http://192.0.2.1/");
	session_table_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rows_are_refused),
		cmocka_unit_test(ends_are_never_before_starts),
		cmocka_unit_test(merging_is_adding),
		cmocka_unit_test(ids_of_adopted_strings),
	};

	session_builder_free(NULL);
	session_table_free(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
