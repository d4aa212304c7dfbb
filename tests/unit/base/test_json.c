#include "testing.h"

static struct json_parser *parser;

static int
make_parser(void **state)
{
	(void)state;
	parser = json_parser_new(1 << 16, 16);
	return parser == NULL ? -1 : 0;
}

static int
free_parser(void **state)
{
	(void)state;
	json_parser_free(parser);
	return 0;
}

static enum coord_err
parse(struct sv text, struct json_value *ret, struct coord_error *err)
{
	return json_parse(parser, text.data, text.len, false, ret, err);
}

static void
test_types(void **state)
{
	struct json_value root;
	struct coord_error err;
	uint64_t u = 1;
	int64_t i = 1;
	double f = 1;
	bool b = false;
	struct sv s;

	(void)state;
	assert_int_equal(
	    parse(
		SV("{\"s\":\"a\\u0000b\",\"i\":-5,\"u\":18446744073709551615,\"f\":1.5,\"b\":true,"
		   "\"n\":null,\"a\":[1],\"o\":{}}"),
		&root, &err),
	    COORD_OK);
	assert_int_equal(json_type(root), JSON_OBJECT);
	assert_true(json_string(json_get(root, SV("s")), &s));
	assert_sv_equal(s, "a\0b");
	assert_true(json_i64(json_get(root, SV("i")), &i));
	assert_int_equal(i, -5);
	assert_int_equal(json_type(json_get(root, SV("u"))), JSON_UINT);
	assert_true(json_u64(json_get(root, SV("u")), &u));
	assert_true(u == UINT64_MAX);
	assert_true(json_f64(json_get(root, SV("f")), &f));
	assert_true(f == 1.5);
	assert_true(json_f64(json_get(root, SV("i")), &f));
	assert_true(f == -5);
	assert_true(json_bool(json_get(root, SV("b")), &b));
	assert_true(b);
	assert_int_equal(json_type(json_get(root, SV("n"))), JSON_NULL);
	assert_true(json_exists(json_get(root, SV("n"))));
	assert_int_equal(json_type(json_get(root, SV("a"))), JSON_ARRAY);
	assert_int_equal(json_type(json_get(root, SV("o"))), JSON_OBJECT);
}

static void
test_missing_and_mistyped_values_leave_ret_alone(void **state)
{
	struct json_value root;
	struct sv s = SV("kept");
	uint64_t u = 9;
	int64_t i = 9;
	double f = 9;
	bool b = true;

	(void)state;
	assert_int_equal(parse(SV("{\"a\":\"1\",\"n\":-1}"), &root, NULL), COORD_OK);
	assert_false(json_exists(json_get(root, SV("x"))));
	assert_false(json_exists(json_get(json_get(root, SV("x")), SV("y"))));
	assert_false(json_exists(json_get(json_get(root, SV("a")), SV("y"))));
	assert_false(json_string(json_get(root, SV("n")), &s));
	assert_false(json_string(JSON_MISSING, &s));
	assert_false(json_u64(json_get(root, SV("n")), &u));
	assert_false(json_u64(json_get(root, SV("a")), &u));
	assert_false(json_i64(JSON_MISSING, &i));
	assert_false(json_f64(json_get(root, SV("a")), &f));
	assert_false(json_bool(json_get(root, SV("a")), &b));
	assert_sv_equal(s, "kept");
	assert_true(u == 9 && i == 9 && f == 9 && b);
	assert_int_equal(json_type(JSON_MISSING), JSON_NULL);
	assert_int_equal(json_count(JSON_MISSING), 0);
}

static void
test_iteration_keeps_document_order(void **state)
{
	struct json_value root, value;
	struct json_iter iter;
	struct sv key;
	int64_t i;
	char seen[16] = "";

	(void)state;
	assert_int_equal(
	    parse(SV("{\"z\":[1,[2,3],4],\"a\":{\"q\":0},\"m\":5}"), &root, NULL), COORD_OK);
	iter = json_each(root);
	while (json_next_member(&iter, &key, &value))
		strncat(seen, key.data, key.len);
	assert_string_equal(seen, "zam");
	iter = json_each(json_get(root, SV("z")));
	assert_true(json_next(&iter, &value) && json_i64(value, &i) && i == 1);
	assert_true(json_next(&iter, &value) && json_count(value) == 2);
	assert_true(json_next(&iter, &value) && json_i64(value, &i) && i == 4);
	assert_false(json_next(&iter, &value));
	assert_int_equal(json_count(root), 3);
	iter = json_each(json_get(root, SV("m")));
	assert_false(json_next(&iter, &value));
}

static void
test_bad_documents(void **state)
{
	static const struct {
		struct sv text;
		enum coord_err code;
	} rows[] = {
		{ { "", 0 }, COORD_EPARSE },
		{ { "{", 1 }, COORD_EPARSE },
		{ { "{\"a\":1", 6 }, COORD_EPARSE },
		{ { "{\"a\":01}", 8 }, COORD_EPARSE },
		{ { "{\"a\":1}x", 8 }, COORD_EPARSE },
		{ { "\"\\ud800\"", 8 }, COORD_EPARSE },
		{ { "\"\xff\"", 3 }, COORD_EPARSE },
		{ { "\"a\nb\"", 5 }, COORD_EPARSE },
		{ { "nul\0", 4 }, COORD_EPARSE },
		{ { "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", 41 }, COORD_ELIMIT },
	};
	struct json_value root;
	struct coord_error err;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(parse(rows[i].text, &root, &err), rows[i].code);
		assert_true(sv_starts(sv_from(err.what), SV("JSON: ")));
	}
	assert_int_equal(parse(SV("[1]"), &root, &err), COORD_OK);
}

static void
test_size_limit_and_growth(void **state)
{
	struct json_parser *small = json_parser_new(10000, 0);
	struct buf doc = BUF_INIT(1 << 16);
	struct json_value root;
	struct coord_error err;

	(void)state;
	assert_non_null(small);
	assert_int_equal(json_parse(small, "[1]", 3, false, &root, &err), COORD_OK);
	buf_add_char(&doc, '"');
	for (unsigned i = 0; i < 9998; i++)
		buf_add_char(&doc, 'a');
	buf_add_char(&doc, '"');
	assert_int_equal(json_parse(small, doc.data, doc.len, false, &root, &err), COORD_OK);
	buf_add_char(&doc, ' ');
	assert_int_equal(json_parse(small, doc.data, doc.len, false, &root, &err), COORD_ELIMIT);
	buf_clear(&doc);
	json_parser_free(small);
	json_parser_free(NULL);
}

static void
test_padded_documents_are_parsed_in_place(void **state)
{
	char text[3 + JSON_PADDING];
	struct json_value root;

	(void)state;
	memset(text, '9', sizeof(text));
	memcpy(text, "[7]", 3);
	assert_int_equal(json_parse(parser, text, 3, true, &root, NULL), COORD_OK);
	assert_int_equal(json_count(root), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_missing_and_mistyped_values_leave_ret_alone),
		cmocka_unit_test(test_iteration_keeps_document_order),
		cmocka_unit_test(test_bad_documents),
		cmocka_unit_test(test_size_limit_and_growth),
		cmocka_unit_test(test_padded_documents_are_parsed_in_place),
	};

	return cmocka_run_group_tests_name("base/json", tests, make_parser, free_parser);
}
