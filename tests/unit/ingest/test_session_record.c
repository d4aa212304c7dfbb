/* test_session_record.c - what `coord ingest` writes comes back as the same table, byte for byte. */
#include "reader_check.h"
#include "testing.h"

#include <stdlib.h>

static void
refusals(void **state)
{
	static const struct reader_bad BAD[] = {
		{ "{\"source_ip\":\"x\",\"start\":\"2020-01-01T00:00:00Z\",\"items\":[]}",
		    REFUSED_FIELD_INVALID, "source_ip: expected an address" },
		{ "{\"source_ip\":\"203.0.113.1\",\"start\":\"x\",\"items\":[]}",
		    REFUSED_TIME_INVALID, "start: expected a time" },
		{ "{\"source_ip\":\"203.0.113.1\",\"start\":\"2020-01-01T00:00:01Z\",\"end\":"
		  "\"2020-01-01T00:00:00Z\",\"items\":[]}",
		    REFUSED_TIME_INVALID, "end: before start" },
		{ "{\"source_ip\":\"203.0.113.1\",\"start\":\"2020-01-01T00:00:01Z\",\"items\":[{"
		  "\"kind\":\"wish\"}]}",
		    REFUSED_FIELD_INVALID, "items: unknown kind" },
		{ "{\"source_ip\":\"203.0.113.1\",\"start\":\"2020-01-01T00:00:01Z\",\"service\":"
		  "\"x\",\"items\":[]}",
		    REFUSED_FIELD_INVALID, "service: unknown" },
		{ "{\"source_ip\":\"203.0.113.1\",\"start\":\"2020-01-01T00:00:01Z\",\"transport\":"
		  "\"x\",\"items\":[]}",
		    REFUSED_FIELD_INVALID, "transport: unknown" },
	};

	(void)state;
	reader_check_refusals("session", false, "input", BAD, COUNT_OF(BAD));
}

static void
write_all(const struct session_table *t, struct buf *out)
{
	for (uint32_t i = 0; i < t->n; i++)
		session_write_ndjson(t, i, out);
	assert_false(out->failed);
}

static void
check_round_trip(const struct session_table *t)
{
	struct buf first = BUF_INIT(1 << 30), second = BUF_INIT(1 << 30);
	struct reader_result again;

	write_all(t, &first);
	again = reader_run(NULL, "again", buf_sv(&first));
	assert_int_equal(again.rc, COORD_OK);
	assert_int_equal(again.report.refused, 0);
	assert_int_equal(again.table.n, t->n);
	assert_memory_equal(again.table.input_sha256, t->input_sha256, 32);
	write_all(&again.table, &second);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	buf_clear(&first);
	buf_clear(&second);
	reader_result_clear(&again);
}

/** Every kind of item and every text, twice the same item in one millisecond, and text that hurts. */
static void
round_trip_by_hand(void **state)
{
	struct session_builder *b = session_builder_new();
	struct session_row_item items[2 * ITEM_KIND_COUNT + 1];
	struct session_row row = { .source = addr_from_v4(0xcb007101),
		.destination = addr_from_v4(0xc0000201),
		.start_us = INT64_C(1600000000123456),
		.end_us = INT64_C(1600000001123457),
		.duration_us = 77,
		.bytes_in = UINT64_MAX,
		.bytes_out = 1,
		.events = 9,
		.asn = 64496,
		.source_port = 65535,
		.target_port = 22,
		.transport = TRANSPORT_OTHER,
		.service = SERVICE_SCAN,
		.flags = SESSION_TRUNCATED,
		.items = items,
		.n_items = COUNT_OF(items) };
	struct session_table t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(items); i++)
		items[i] =
		    (struct session_row_item){ .a = { "a\0\x1b[31m\xe2\x98\x83\"\\</x>", 17 },
			    .b = i % 3 == 0 ? SV_NONE : SV(""),
			    .offset_ms = i == COUNT_OF(items) - 1 ? UINT32_MAX : (uint32_t)i / 2,
			    .kind = (uint8_t)(i / 2 < ITEM_KIND_COUNT ? i / 2 : 0),
			    .flags = (uint8_t)(i % 8) };
	for (unsigned i = 0; i < TEXT_COUNT; i++)
		row.text[i] = i % 4 == 3 ? SV_NONE : sv_from(session_text_name(i));
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_OK);
	row.duration_us = -1;
	row.flags = SESSION_CLOSED | SESSION_HAS_CONNECT;
	row.text[TEXT_ID] = SV("other");
	row.service = SERVICE_UNKNOWN;
	row.text[TEXT_PROTOCOL] = SV_NONE;
	row.target_port = 0;
	row.destination = (struct addr){ { 0 } };
	assert_int_equal(session_builder_add(b, &row, NULL), COORD_OK);
	assert_int_equal(session_builder_finish(b, &t, NULL, NULL), COORD_OK);
	session_builder_free(b);
	check_round_trip(&t);
	session_table_free(&t);
}

static void
round_trip_real(void **state)
{
	static const char *const PATHS[] = { "cowrie-aws-2022", "dshield-2023", "tpot-other-2020" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
		char full[4096];
		struct reader_result r;

		if (reader_real_path(PATHS[i], full) == NULL)
			skip();
		r = reader_run_path(full);
		assert_int_equal(r.rc, COORD_OK);
		check_round_trip(&r.table);
		reader_result_clear(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(round_trip_by_hand),
		cmocka_unit_test(round_trip_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
