/* What a repetition needs is read back as it was written, sessions included; what is wrong is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fixture.h"

static const struct ingest_source sources[] = { { "logs/a b.json", NULL }, { "x", "pot" } };
static const struct report_file files[] = { { "reference", "r.ref",
    "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9" } };
static const struct report_options reading = { .format = "cowrie",
	.from_us = INT64_C(1579921200) * TIME_SECOND,
	.to_us = TIME_NONE,
	.year = 2020,
	.zone_us = -3600 * TIME_SECOND };

static void
all_is_read_back(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = BUF_INIT(1 << 22);
	struct report_recall r;

	(void)state;
	f->input.sources = sources;
	f->input.n_sources = 2;
	f->input.files = files;
	f->input.n_files = 1;
	f->input.options = &reading;
	f->input.enrichment_applied = true;
	f->result.config = "{\"depth\":2,\"group\":true,\"selected_by\":\"payload\",\"worlds\":77,"
			   "\"draws\":9,\"fdr\":0.02,\"prior\":0.3,\"seed\":18446744073709551615,"
			   "\"decoordinate\":4}";
	assert_int_equal(report_json(&f->input, &out, NULL), COORD_OK);
	assert_int_equal(report_recall(buf_sv(&out), &r, NULL), COORD_OK);
	assert_string_equal(r.version, "0.1.0");
	assert_string_equal(r.reference, "batch");
	assert_true(r.enrichment_applied && !r.embedded);
	assert_int_equal(r.n_sources, 2);
	assert_string_equal(r.sources[0].path, "logs/a b.json");
	assert_null(r.sources[0].sensor);
	assert_string_equal(r.sources[1].sensor, "pot");
	assert_int_equal(r.n_files, 1);
	assert_string_equal(r.files[0].role, "reference");
	assert_string_equal(r.options.format, "cowrie");
	assert_true(r.options.from_us == reading.from_us && r.options.to_us == TIME_NONE);
	assert_true(r.options.year == 2020 && r.options.zone_us == reading.zone_us);
	assert_true(r.config.depth == DEPTH_DEEP && r.config.group);
	assert_string_equal(r.config.selected_by, "payload");
	assert_int_equal(r.config.worlds, 77);
	assert_int_equal(r.config.draws_most, 9);
	assert_true(r.config.fdr == 0.02 && r.config.prior == 0.3);
	assert_true(r.config.seed == UINT64_MAX && r.config.decoordinate == 4);
	report_recall_clear(&r);
	buf_clear(&out);
	fixture_free(f);
}

static void
sessions_are_read_back(void **state)
{
	struct fixture *f = fixture_new();
	struct buf out = BUF_INIT(1 << 22), records = BUF_INIT(1 << 22), wanted = BUF_INIT(1 << 22);

	(void)state;
	assert_int_equal(report_json(&f->input, &out, NULL), COORD_OK);
	assert_int_equal(report_embedded(buf_sv(&out), &records, NULL), COORD_ENODATA);
	out.len = 0;
	f->input.self_contained = true;
	assert_int_equal(report_json(&f->input, &out, NULL), COORD_OK);
	assert_int_equal(report_embedded(buf_sv(&out), &records, NULL), COORD_OK);
	for (uint32_t row = 0; row < f->table.n; row++)
		session_write_ndjson(&f->table, row, &wanted);
	assert_true(sv_eq(buf_sv(&records), buf_sv(&wanted)));
	buf_clear(&wanted);
	buf_clear(&records);
	buf_clear(&out);
	fixture_free(f);
}

static void
what_is_wrong_is_refused(void **state)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{ "{}", "/provenance is missing" },
		{ "{\"provenance\":{}}", "input_sha256 or reference is missing" },
		{ "{\"analysis_id\":\"a\",\"provenance\":{\"input_sha256\":\"b\",\"reference\":"
		  "\"c\"}}",
		    "/provenance/configuration is missing" },
		{ "{\"analysis_id\":\"a\",\"provenance\":{\"input_sha256\":\"b\",\"reference\":"
		  "\"c\","
		  "\"configuration\":{}},\"input\":{\"options\":{\"from\":\"soon\"}}}",
		    "a time in /input/options" },
		{ "{\"analysis_id\":\"a\",\"provenance\":{\"input_sha256\":\"b\",\"reference\":"
		  "\"c\","
		  "\"configuration\":{}},\"input\":{\"paths\":[7]}}",
		    "has no path" },
		{ "{\"analysis_id\":\"a\",\"provenance\":{\"input_sha256\":\"b\",\"reference\":"
		  "\"c\","
		  "\"configuration\":{},\"files\":[{\"role\":\"x\"}]}}",
		    "lacks role, path or sha256" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_recall r;
		struct coord_error err = { 0 };

		assert_int_equal(report_recall(sv_from(rows[i].text), &r, &err), COORD_EPARSE);
		if (strstr(err.what, rows[i].what) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", err.what, rows[i].what);
		assert_null(r.arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_read_back),
		cmocka_unit_test(sessions_are_read_back),
		cmocka_unit_test(what_is_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
