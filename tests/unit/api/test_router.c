#include "api/server.h"

#include <stdio.h>

#include "testing.h"

static struct sv parameter;
static unsigned allowed;
static char buffer[200];

static const struct route *
find(enum http_method method, const char *path)
{
	struct target t;

	(void)snprintf(buffer, sizeof(buffer), "%s", path);
	assert_null(target_parse(buffer, strlen(buffer), &t));
	parameter = SV_NONE;
	return route_find(&t, method, &parameter, &allowed);
}

static void
test_found(void **state)
{
	(void)state;
	assert_string_equal(find(HTTP_POST, "//analyze/coordination")->label, "coordination");
	assert_string_equal(find(HTTP_POST, "/analyze/bulk/")->label, "bulk");
	assert_string_equal(
	    find(HTTP_GET, "/analyze/coordination")->label, "analysis"); /* an id to GET */
	assert_sv_equal(parameter, "coordination");
	assert_string_equal(find(HTTP_HEAD, "/analyze/x")->label, "analysis");
	assert_string_equal(find(HTTP_DELETE, "/analyze/x")->label, "delete");
	assert_string_equal(find(HTTP_GET, "/analyze")->label, "list");
	assert_string_equal(find(HTTP_GET, "/analyze/x/events")->label, "events");
	assert_sv_equal(parameter, "x");
	assert_string_equal(find(HTTP_GET, "/health/")->label, "health");
	assert_string_equal(find(HTTP_GET, "/")->label, "docs");
}

static void
test_not_found(void **state)
{
	(void)state;
	assert_null(find(HTTP_GET, "/nothing"));
	assert_int_equal(allowed, 0);
	assert_null(find(HTTP_GET, "/analyze/x/y/z"));
	assert_int_equal(allowed, 0);
	assert_null(find(HTTP_PUT, "/analyze/coordination"));
	assert_int_equal(allowed, HTTP_BIT(HTTP_POST) | HTTP_BIT(HTTP_GET) | HTTP_BIT(HTTP_DELETE));
	assert_null(find(HTTP_POST, "/health"));
	assert_int_equal(allowed, HTTP_BIT(HTTP_GET));
	assert_null(find(HTTP_GET, "/ingest"));
	assert_int_equal(allowed, HTTP_BIT(HTTP_POST));
}

/* Whatever changes or shows data asks for a scope; only probes, metrics and docs do not. */
static void
test_scopes(void **state)
{
	const struct route *r;

	(void)state;
	for (size_t i = 0; (r = route_at(i)) != NULL; i++) {
		bool open = strcmp(r->label, "health") == 0 || strcmp(r->label, "metrics") == 0 ||
			    strcmp(r->label, "docs") == 0 || strcmp(r->label, "openapi") == 0;

		assert_int_equal(r->scope == 0, open);
		assert_int_equal(r->body == BODY_STREAM, r->begin != NULL && r->piece != NULL);
		if (r->method != HTTP_GET)
			assert_true(r->scope == SCOPE_SUBMIT);
	}
	assert_true(r == NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_scopes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
