/* test_field.c - fields as logs really have them: dotted and nested, numbers as strings, arrays of one. */
#include "ingest/core.h"
#include "testing.h"

static struct json_parser *parser;

static struct json_value
parse(const char *text)
{
	struct json_value v = JSON_MISSING;

	assert_int_equal(json_parse(parser, text, strlen(text), false, &v, NULL), COORD_OK);
	return v;
}

static void
names(void **state)
{
	struct json_value v =
	    parse("{\"source.address\":\"a\",\"source\":{\"geo\":{\"x\":\"b\"},\"geo.y\":\"c\","
		  "\"address\":\"no\"},\"list\":[{\"z\":\"d\"}],\"e.f\":{\"g\":\"h\"}}");
	struct sv text;

	(void)state;
	assert_true(field_string(v, SV("source.address"), &text));
	assert_sv_equal(text, "a");
	assert_true(field_string(v, SV("source.geo.x"), &text));
	assert_sv_equal(text, "b");
	assert_true(field_string(v, SV("source.geo.y"), &text));
	assert_sv_equal(text, "c");
	assert_true(field_string(v, SV("list.z"), &text));
	assert_sv_equal(text, "d");
	assert_true(field_string(v, SV("e.f.g"), &text));
	assert_sv_equal(text, "h");
	assert_false(field_string(v, SV("source.none"), &text));
	assert_false(field_string(v, SV("source.geo.x.y"), &text));
	assert_false(field_string(v, SV("..."), &text));
}

static void
numbers(void **state)
{
	struct json_value v =
	    parse("{\"a\":\"22\",\"b\":[7],\"c\":188.5,\"d\":\"188.9\",\"e\":-1,"
		  "\"f\":18446744073709551615,\"g\":65536,\"h\":[1,2],\"i\":3.0}");
	uint64_t u = 99;
	uint16_t port = 99;
	double f = 0;

	(void)state;
	assert_true(field_u64(v, SV("a"), &u) && u == 22);
	assert_true(field_u64(v, SV("b"), &u) && u == 7);
	assert_true(field_u64(v, SV("f"), &u) && u == UINT64_MAX);
	assert_true(field_u64(v, SV("i"), &u) && u == 3);
	assert_false(field_u64(v, SV("c"), &u));
	assert_false(field_u64(v, SV("d"), &u));
	assert_false(field_u64(v, SV("e"), &u));
	assert_false(field_u64(v, SV("h"), &u));
	assert_int_equal(u, 3);
	assert_true(field_f64(v, SV("c"), &f) && f > 188.4 && f < 188.6);
	assert_true(field_f64(v, SV("d"), &f) && f > 188.8 && f < 189.0);
	assert_true(field_port(v, SV("a"), &port) && port == 22);
	assert_false(field_port(v, SV("g"), &port));
}

static void
addresses_and_times(void **state)
{
	struct ingest_options options = { .zone_offset_us = 3600 * TIME_SECOND };
	struct ingest_shared shared = { .options = &options };
	struct ingest_file file = { .path = NULL };
	struct reader_ctx ctx = { .shared = &shared, .file = &file };
	struct json_value v = parse("{\"a\":\" ::ffff:203.0.113.1 \",\"b\":\"0.0.0.256\",\"c\":"
				    "\"2020-01-01T00:00:00Z\",\"d\":\"2020-01-01 01:00:00\",\"e\":"
				    "1577836800.5,\"f\":[\"1577836800\"],\"g\":{},\"h\":\"::\"}");
	const int64_t us = INT64_C(1577836800000000);
	struct addr a;
	int64_t t;

	(void)state;
	assert_true(field_addr(v, SV("a"), &a) && addr_is_v4(a));
	assert_false(field_addr(v, SV("b"), &a));
	assert_false(field_addr(v, SV("h"), &a)); /* the unknown address */
	assert_true(field_time(&ctx, v, SV("c"), &t) && t == us);
	assert_false(file.zone_assumed);
	assert_true(field_time(&ctx, v, SV("d"), &t) && t == us);
	assert_true(file.zone_assumed);
	assert_true(field_time(&ctx, v, SV("e"), &t) && t == us + 500000);
	assert_true(field_time(&ctx, v, SV("f"), &t) && t == us);
	assert_false(field_time(&ctx, v, SV("g"), &t));
}

static void
collected(void **state)
{
	static const struct sv NAMES[] = { { "aa", 2 }, { "ab", 2 }, { "missing", 7 } };
	struct record record = { .json = parse("{\"ab\":1,\"x\":0,\"aa\":2,\"ab\":3}") };
	struct json_member members[4];
	struct json_value got[3];
	uint64_t u = 0;

	(void)state;
	assert_int_equal(json_members(record.json, members, 3), 0); /* too many */
	for (unsigned listed = 0; listed < 2; listed++) {
		record.members = members;
		record.n_members = listed == 0 ? 0 : json_members(record.json, members, 4);
		assert_int_equal(record.n_members, listed == 0 ? 0 : 4);
		field_collect(&record, NAMES, 3, got);
		assert_true(json_u64(got[0], &u) && u == 2);
		assert_true(json_u64(got[1], &u) && u == 1); /* the first of equal keys */
		assert_false(json_exists(got[2]));
		assert_true(json_u64(record_get(&record, SV("ab")), &u) && u == 1);
		assert_false(json_exists(record_get(&record, SV("missing"))));
	}
}

static void
unwrapped(void **state)
{
	struct reader_ctx ctx = { .scratch = arena_new(0) };

	(void)state;
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("b'SSH-2.0-Go'")), "SSH-2.0-Go");
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("b\"it's\"")), "it's");
	assert_sv_equal(
	    field_unwrap_bytes(&ctx, SV("b'a\\x00\\n\\'\\\\\\q\\x4'")), "a\0\n'\\\\q\\x4");
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("b''")), "");
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("b'open")), "b'open");
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("b'")), "b'");
	assert_sv_equal(field_unwrap_bytes(&ctx, SV("plain")), "plain");
	arena_free(ctx.scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(numbers),
		cmocka_unit_test(addresses_and_times),
		cmocka_unit_test(collected),
		cmocka_unit_test(unwrapped),
	};
	int failed;

	parser = json_parser_new(1 << 20, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	json_parser_free(parser);
	return failed;
}
