#include "api/head.h"

#include "testing.h"

struct field {
	const char *name, *value;
};

static const char *
fault_of(const struct field *fields, bool is_1_1, struct http_head *head)
{
	*head = (struct http_head){ .method = HTTP_POST, .is_1_1 = is_1_1 };
	for (; fields->name != NULL; fields++)
		head_add(head, sv_from(fields->name), sv_from(fields->value));
	return head_fault(head);
}

static void
test_framing(void **state)
{
	static const struct {
		bool refused;
		struct field fields[5];
	} cases[] = {
		{ false, { { "Host", "a" } } },
		{ false, { { "Host", "a:8000" }, { "Content-Length", "5" } } },
		{ false, { { "Host", "[::1]:8000" }, { "Transfer-Encoding", "chunked" } } },
		{ true, { { "Content-Length", "5" } } },
		{ true, { { "Host", "a" }, { "host", "b" } } },
		{ true, { { "Host", "a" }, { "Host", "a" } } },
		{ true, { { "Host", "a/b" } } },
		{ true, { { "Host", "a b" } } },
		{ true, { { "Host", "user@a" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "5" }, { "Content-Length", "6" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "5" }, { "Content-Length", "5" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "5" },
			    { "Transfer-Encoding", "chunked" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "+5" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "0x5" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "5, 5" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "-1" } } },
		{ true, { { "Host", "a" }, { "Content-Length", "99999999999999999999999" } } },
		{ true, { { "Host", "a" }, { "Transfer-Encoding", "xchunked" } } },
		{ true, { { "Host", "a" }, { "Transfer-Encoding", "gzip, chunked" } } },
		{ true, { { "Host", "a" }, { "Transfer-Encoding", "chunked" },
			    { "Transfer-Encoding", "identity" } } },
		{ true, { { "Host", "a" }, { "Transfer-Encoding", "identity" } } },
		{ true, { { "Host", "a" }, { "Content-Length ", "5" } } },
		{ true, { { "Host", "a" }, { "X\tY", "5" } } },
		{ true, { { "Host", "a" }, { "", "5" } } },
		{ true, { { "Host", "a" }, { "X", "a\rb" } } },
	};
	struct http_head head;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if ((fault_of(cases[i].fields, true, &head) != NULL) != cases[i].refused)
			fail_msg("case %zu", i);
}

static void
test_lengths_are_told(void **state)
{
	static const struct field length[] = { { "Host", "a" }, { "content-LENGTH", "77" },
		{ NULL, NULL } };
	static const struct field chunked[] = { { "Host", "a" }, { "transfer-encoding", "Chunked" },
		{ NULL, NULL } };
	static const struct field old[] = { { "Transfer-Encoding", "chunked" }, { NULL, NULL } };
	static const struct field old_plain[] = { { NULL, NULL } };
	struct http_head head;

	(void)state;
	assert_null(fault_of(length, true, &head));
	assert_int_equal(head.content_length, 77);
	assert_null(fault_of(chunked, true, &head));
	assert_true(head.chunked);
	assert_non_null(fault_of(old, false, &head)); /* HTTP/1.0 knows no chunks */
	assert_null(fault_of(old_plain, false, &head));
}

static void
test_nul_in_a_field(void **state)
{
	struct http_head head = { .is_1_1 = true };

	(void)state;
	head_add(&head, SV("Host"), SV("a"));
	head_add(&head, SV("X"), SV("a\0b"));
	assert_non_null(head_fault(&head));
	head = (struct http_head){ .is_1_1 = true };
	head_add(&head, SV("Host"), SV("a"));
	head_add(&head, SV("X\0"), SV("b"));
	assert_non_null(head_fault(&head));
}

static void
test_methods(void **state)
{
	(void)state;
	assert_int_equal(http_method_of(SV("GET")), HTTP_GET);
	assert_int_equal(http_method_of(SV("get")), HTTP_OTHER);
	assert_int_equal(http_method_of(SV("BREW")), HTTP_OTHER);
	for (unsigned m = 0; m < HTTP_OTHER; m++)
		assert_int_equal(http_method_of(sv_from(http_method_name((enum http_method)m))), m);
}

static void
test_accept_encoding(void **state)
{
	(void)state;
	assert_true(head_accepts(SV("gzip"), SV("gzip")));
	assert_true(head_accepts(SV("br, GZIP;q=0.5"), SV("gzip")));
	assert_false(head_accepts(SV("gzip;q=0"), SV("gzip")));
	assert_false(head_accepts(SV("gzip;q=0, *"), SV("gzip")));
	assert_true(head_accepts(SV("*"), SV("gzip")));
	assert_false(head_accepts(SV("*;q=0"), SV("gzip")));
	assert_false(head_accepts(SV("gzip;q=x"), SV("gzip")));
	assert_false(head_accepts(SV("xgzip"), SV("gzip")));
	assert_false(head_accepts(SV_NONE, SV("gzip")));
	assert_false(head_accepts(SV(""), SV("gzip")));
}

static void
test_etags(void **state)
{
	(void)state;
	assert_true(head_names_etag(SV("\"a\""), SV("\"a\"")));
	assert_true(head_names_etag(SV("\"b\", W/\"a\""), SV("\"a\"")));
	assert_true(head_names_etag(SV("*"), SV("\"a\"")));
	assert_false(head_names_etag(SV("a"), SV("\"a\"")));
	assert_false(head_names_etag(SV_NONE, SV("\"a\"")));
}

static void
test_idempotency_key(void **state)
{
	char longest[300];
	struct sv key;

	(void)state;
	assert_true(head_idempotency_key(SV(" \"8e03978e\" "), &key));
	assert_sv_equal(key, "8e03978e");
	assert_true(head_idempotency_key(SV("8e03978e"), &key));
	assert_sv_equal(key, "8e03978e");
	assert_false(head_idempotency_key(SV(""), &key));
	assert_false(head_idempotency_key(SV("\"\""), &key));
	assert_false(head_idempotency_key(SV("a\tb"), &key));
	assert_false(head_idempotency_key(SV("\xc3\xa9"), &key));
	memset(longest, 'a', sizeof(longest));
	assert_true(head_idempotency_key((struct sv){ longest, 255 }, &key));
	assert_false(head_idempotency_key((struct sv){ longest, 256 }, &key));
}

static void
test_small_things(void **state)
{
	(void)state;
	assert_true(head_request_id_valid(SV("a-Z_0.9")));
	assert_false(head_request_id_valid(SV("")));
	assert_false(head_request_id_valid(SV("a b")));
	assert_false(head_request_id_valid(SV_NONE));
	assert_true(head_type_is_json(SV_NONE));
	assert_true(head_type_is_json(SV("application/json; charset=utf-8")));
	assert_true(head_type_is_json(SV("Application/JSON")));
	assert_true(head_type_is_json(SV("application/vnd.api+json")));
	assert_false(head_type_is_json(SV("text/plain")));
	assert_false(head_type_is_json(SV("application/jsonx")));
	assert_false(head_type_is_json(SV("")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_lengths_are_told),
		cmocka_unit_test(test_nul_in_a_field),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_accept_encoding),
		cmocka_unit_test(test_etags),
		cmocka_unit_test(test_idempotency_key),
		cmocka_unit_test(test_small_things),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
