#include "testing.h"

#include <zstd.h>

#include "jobs/jobs.h"
#include "jobs/request.h"

static void
test_options_have_defaults(void **state)
{
	static const char *const same[] = { "", "{}",
		"{\"kind\":null,\"group\":null,\"prior\":null}", "{\"unknown\":[1,2]}" };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		struct request_options o;

		assert_int_equal(request_options_read(sv_from(same[i]), arena, &o, NULL), COORD_OK);
		assert_false(o.logs || o.group);
		assert_null(o.selected_by);
		assert_null(o.format);
		assert_true(
		    o.prior == 0 && o.worlds == 0 && o.seed == 0 && o.zone_us == 0 && o.year == 0);
	}
	arena_free(arena);
}

static void
test_options_are_read(void **state)
{
	struct arena *arena = arena_new(0);
	struct request_options o;

	(void)state;
	assert_int_equal(
	    request_options_read(
		SV("{\"kind\":\"logs\",\"group\":true,\"selected_by\":\"time\",\"prior\":0.25,"
		   "\"worlds\":99999,\"seed\":9007199254740992,\"zone_offset_s\":-3600,\"year\":"
		   "2024,"
		   "\"format\":\"cowrie\",\"sensor\":\"east\"}"),
		arena, &o, NULL),
	    COORD_OK);
	assert_true(o.logs && o.group && o.prior == 0.25);
	assert_string_equal(o.selected_by, "time");
	assert_string_equal(o.format, "cowrie");
	assert_string_equal(o.sensor, "east");
	assert_int_equal(o.worlds, 99999);
	assert_true(o.seed == (uint64_t)1 << 53);
	assert_true(o.zone_us == -3600 * TIME_SECOND);
	assert_int_equal(o.year, 2024);
	arena_free(arena);
}

static void
test_bad_options_are_named(void **state)
{
	static const struct {
		const char *json;
		enum coord_err rc;
		const char *what;
	} rows[] = {
		{ "[", COORD_EPARSE, "" },
		{ "[]", COORD_EPARSE, "object" },
		{ "{\"kind\":\"files\"}", COORD_EINVALID, "kind" },
		{ "{\"kind\":1}", COORD_EINVALID, "kind" },
		{ "{\"group\":1}", COORD_EINVALID, "group" },
		{ "{\"selected_by\":\"time\"}", COORD_EINVALID, "selected_by" },
		{ "{\"group\":true,\"selected_by\":\"luck\"}", COORD_EINVALID, "selected_by" },
		{ "{\"prior\":0}", COORD_EINVALID, "prior" },
		{ "{\"prior\":1}", COORD_EINVALID, "prior" },
		{ "{\"prior\":\"0.5\"}", COORD_EINVALID, "prior" },
		{ "{\"worlds\":0}", COORD_EINVALID, "worlds" },
		{ "{\"worlds\":100000}", COORD_EINVALID, "worlds" },
		{ "{\"worlds\":1.5}", COORD_EINVALID, "worlds" },
		{ "{\"seed\":9007199254740993}", COORD_EINVALID, "seed" },
		{ "{\"seed\":18446744073709551615}", COORD_EINVALID, "seed" },
		{ "{\"zone_offset_s\":86401}", COORD_EINVALID, "zone_offset_s" },
		{ "{\"year\":1989}", COORD_EINVALID, "year" },
		{ "{\"format\":\"no such\"}", COORD_EINVALID, "format" },
		{ "{\"format\":\"\"}", COORD_EINVALID, "format" },
		{ "{\"sensor\":\"a\\u0000b\"}", COORD_EINVALID, "sensor" },
		{ "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}", COORD_ELIMIT, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct coord_error err = { .code = COORD_OK };

		assert_int_equal(jobs_options_check(sv_from(rows[i].json), &err), rows[i].rc);
		if (strstr(err.what, rows[i].what) == NULL)
			fail_msg(
			    "%s: \"%s\" does not name %s", rows[i].json, err.what, rows[i].what);
	}
}

static void
test_depths(void **state)
{
	enum detect_depth depth;

	(void)state;
	assert_int_equal(request_depth(SV("minimal"), &depth, NULL), COORD_OK);
	assert_int_equal(depth, DEPTH_MINIMAL);
	assert_int_equal(request_depth(SV("deep"), &depth, NULL), COORD_OK);
	assert_int_equal(depth, DEPTH_DEEP);
	assert_int_equal(request_depth(SV_NONE, &depth, NULL), COORD_OK);
	assert_int_equal(depth, DEPTH_STANDARD);
	assert_int_equal(request_depth(SV("Deep"), &depth, NULL), COORD_EINVALID);
}

static struct sv
frame(struct sv text, struct arena *arena, bool sized)
{
	size_t most = ZSTD_compressBound(text.len);
	char *at = arena_array_raw(arena, most, 1);
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	size_t n;

	(void)ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, sized ? 1 : 0);
	n = ZSTD_compress2(ctx, at, most, text.data, text.len);
	(void)ZSTD_freeCCtx(ctx);
	assert_false(ZSTD_isError(n));
	return (struct sv){ at, n };
}

static struct sv
joined(struct sv a, struct sv b, struct arena *arena)
{
	char *at = arena_array_raw(arena, a.len + b.len + 1, 1);

	memcpy(at, a.data, a.len);
	memcpy(at + a.len, b.data, b.len);
	return (struct sv){ at, a.len + b.len };
}

static void
test_what_was_packed_comes_back(void **state)
{
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(1 << 24);
	struct sv packed, twice;

	(void)state;
	for (int i = 0; i < 40000; i++)
		buf_printf(&text, "line %d %d\n", i, i * 7919 % 1000);
	for (int sized = 0; sized < 2; sized++) {
		struct buf out = BUF_INIT(1 << 24), both = BUF_INIT(1 << 24);

		packed = frame(buf_sv(&text), arena, sized);
		assert_int_equal(request_unpack(packed, &out, NULL), COORD_OK);
		assert_true(sv_eq(buf_sv(&out), buf_sv(&text)));
		twice = joined(packed, packed, arena);
		assert_int_equal(request_unpack(twice, &both, NULL), COORD_OK);
		assert_int_equal(both.len, 2 * text.len);
		assert_memory_equal(both.data + text.len, text.data, text.len);
		buf_clear(&out);
		buf_clear(&both);
	}
	assert_int_equal(request_pack(buf_sv(&text), arena, &packed, NULL), COORD_OK);
	assert_true(packed.len < text.len / 2);
	buf_clear(&text);
	arena_free(arena);
}

static void
test_text_that_is_not_packed_is_taken_as_it_is(void **state)
{
	struct buf out = BUF_INIT(64);

	(void)state;
	assert_int_equal(request_unpack(SV("{\"a\":1}\n"), &out, NULL), COORD_OK);
	assert_sv_equal(buf_sv(&out), "{\"a\":1}\n");
	buf_clear(&out);
}

static void
test_what_is_broken_or_too_large_is_refused(void **state)
{
	struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(1 << 20);
	struct coord_error err;
	struct sv packed;

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "%d", i * 7919);
	for (int sized = 0; sized < 2; sized++) {
		struct buf out = BUF_INIT(1 << 20), little = BUF_INIT(1000);

		packed = frame(buf_sv(&text), arena, sized);
		for (size_t cut = 5; cut < packed.len; cut += packed.len / 7) {
			out.len = 0;
			assert_int_equal(
			    request_unpack(sv_first(packed, cut), &out, &err), COORD_EPARSE);
		}
		assert_int_equal(request_unpack(packed, &little, &err), COORD_ELIMIT);
		buf_clear(&out);
		buf_clear(&little);
	}
	buf_clear(&text);
	arena_free(arena);
}

static void
test_a_request_without_sessions_is_an_empty_table(void **state)
{
	struct request_options options = { .logs = false };
	struct session_table table;
	struct ingest_report report;

	(void)state;
	assert_int_equal(
	    request_table(SV("{\"colour\":1}\n"), &options, 1, &table, &report, NULL), COORD_OK);
	assert_int_equal(table.n, 0);
	assert_int_equal(report.refused, 1);
	session_table_free(&table);
	ingest_report_clear(&report);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_have_defaults),
		cmocka_unit_test(test_options_are_read),
		cmocka_unit_test(test_bad_options_are_named),
		cmocka_unit_test(test_depths),
		cmocka_unit_test(test_what_was_packed_comes_back),
		cmocka_unit_test(test_text_that_is_not_packed_is_taken_as_it_is),
		cmocka_unit_test(test_what_is_broken_or_too_large_is_refused),
		cmocka_unit_test(test_a_request_without_sessions_is_an_empty_table),
	};

	return cmocka_run_group_tests_name("jobs/request", tests, NULL, NULL);
}
