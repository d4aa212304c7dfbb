/* test_finish.c - the canonical table: order, equal rows, partial views of one session. */
#include "testing.h"
#include "rows.h"

static void
order_is_canonical(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row row;
	struct session_table t;

	(void)state;
	row = plain_row(2, 5, "b");
	must_add(b, &row);
	row = plain_row(1, 5, "z");
	must_add(b, &row);
	row = plain_row(2, 5, "a");
	must_add(b, &row);
	row = plain_row(9, 4, "z");
	must_add(b, &row);
	t = must_finish(b, NULL);
	assert_sv_equal(session_text(&t, 0, TEXT_ID), "z");
	assert_int_equal(t.source[0].bytes[15], 9);
	assert_int_equal(t.source[1].bytes[15], 1);
	assert_sv_equal(session_text(&t, 2, TEXT_ID), "a");
	assert_sv_equal(session_text(&t, 3, TEXT_ID), "b");
	session_table_free(&t);
}

static void
order_of_input_changes_nothing(void **state)
{
	enum { N = 307 }; /* prime: every stride is a permutation */
	uint8_t first[32];

	(void)state;
	for (unsigned stride = 1; stride < 50; stride += 6) {
		struct session_builder *b = session_builder_new();
		struct session_table t;
		uint64_t dropped;

		for (unsigned i = 0; i < N; i++) {
			unsigned j = i * stride % N;
			char id[8] = { (char)('a' + j % 5), (char)('a' + j % 3), 0 };
			struct session_row_item item = {
				.a = sv_from(id), .kind = ITEM_COMMAND, .flags = (uint8_t)(j % 2)
			};
			struct session_row row = plain_row(j % 4, j % 6, id);

			row.items = &item;
			row.n_items = j % 7 != 0;
			row.asn = j % 11;
			must_add(b, &row);
		}
		t = must_finish(b, &dropped);
		assert_true(t.n < N && dropped == N - t.n);
		if (stride == 1)
			memcpy(first, t.input_sha256, sizeof(first));
		assert_memory_equal(first, t.input_sha256, sizeof(first));
		session_table_free(&t);
	}
}

static void
partial_views_become_one(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item one[] = { { .a = SV("ls"), .kind = ITEM_COMMAND, .offset_ms = 1 },
		{ .a = SV("id"), .kind = ITEM_COMMAND, .offset_ms = 3 } };
	struct session_row_item two[] = { { .a = SV("ps"), .kind = ITEM_COMMAND, .offset_ms = 2 },
		{ .a = SV("id"), .kind = ITEM_COMMAND, .offset_ms = 3 } };
	struct session_row row = plain_row(1, 0, "a");
	struct session_table t;
	uint64_t dropped;

	(void)state;
	row.items = one;
	row.n_items = 2;
	row.text[TEXT_HASSH] = SV("h");
	must_add(b, &row);
	must_add(b, &row);
	row.items = two;
	row.text[TEXT_HASSH] = SV_NONE;
	row.text[TEXT_BANNER] = SV("SSH-2.0-x");
	row.destination = addr_from_v4(1);
	row.asn = 64496;
	row.end_us += 5;
	row.flags = SESSION_CLOSED;
	must_add(b, &row);
	t = must_finish(b, &dropped);
	assert_int_equal(t.n, 1);
	assert_int_equal(dropped, 2);
	assert_int_equal(t.n_items, 3);
	assert_sv_equal(session_string(&t, t.items[1].a), "ps");
	assert_sv_equal(session_text(&t, 0, TEXT_HASSH), "h");
	assert_sv_equal(session_text(&t, 0, TEXT_BANNER), "SSH-2.0-x");
	assert_int_equal(t.asn[0], 64496);
	assert_int_equal(t.flags[0], SESSION_CLOSED);
	assert_int_equal(t.end_us[0], row.end_us);
	session_table_free(&t);
}

/** No session of the input has an item: there is no array of them, and nothing may point into it. */
static void
partial_views_without_items_become_one(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row row = plain_row(1, 0, "a");
	struct session_table t;

	(void)state;
	must_add(b, &row);
	row.asn = 64496;
	must_add(b, &row);
	t = must_finish(b, NULL);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.n_items, 0);
	assert_int_equal(t.asn[0], 64496);
	session_table_free(&t);
}

/** Any column that differs makes another hash. */
static void
the_hash_names_all_columns(void **state)
{
	enum { VARIANTS = 19 };
	uint8_t seen[VARIANTS][32];

	(void)state;
	for (unsigned v = 0; v < VARIANTS; v++) {
		struct session_builder *b = session_builder_new();
		struct session_row row = plain_row(1, 0, "a");
		struct session_row_item item = { .a = SV("x"), .kind = ITEM_URL };
		struct session_table t;

		row.items = &item;
		row.n_items = v != 1;
		row.start_us += v == 2;
		row.end_us += v == 3 ? 7 : 0;
		row.duration_us = v == 4 ? 0 : -1;
		row.bytes_in = v == 5;
		row.bytes_out = v == 6;
		row.events = v == 7 ? 2 : 1;
		row.asn = v == 8;
		row.source_port = v == 9;
		row.target_port = v == 10;
		row.transport = v == 11 ? TRANSPORT_UDP : TRANSPORT_TCP;
		row.service = v == 12 ? SERVICE_WEB : SERVICE_SSH;
		row.flags = v == 13;
		row.text[TEXT_JA4] = v == 14 ? SV("") : SV_NONE;
		item.b = v == 15 ? SV("y") : SV_NONE;
		item.flags = v == 16;
		item.kind = v == 17 ? ITEM_HOST : ITEM_URL;
		item.offset_ms = v == 18;
		must_add(b, &row);
		t = must_finish(b, NULL);
		memcpy(seen[v], t.input_sha256, 32);
		for (unsigned w = 0; w < v; w++)
			assert_memory_not_equal(seen[v], seen[w], 32);
		session_table_free(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_canonical),
		cmocka_unit_test(order_of_input_changes_nothing),
		cmocka_unit_test(partial_views_become_one),
		cmocka_unit_test(partial_views_without_items_become_one),
		cmocka_unit_test(the_hash_names_all_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
