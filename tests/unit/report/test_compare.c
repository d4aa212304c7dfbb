/* Two documents side by side: equal values, the first difference with its pointer, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/report.h"

static void
first_difference_is_named(void **state)
{
	static const struct {
		const char *a, *b, *path, *first, *second;
	} rows[] = {
		{ "{\"a\":1,\"b\":[1,2,{\"c\":null}]}", "{\"a\":1.0,\"b\":[1,2,{\"c\":null}]}",
		    NULL, NULL, NULL },
		{ "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", NULL, NULL, NULL },
		{ "{\"a\":0.97}", "{\"a\":0.96}", "/a", "0.97", "0.96" },
		{ "{\"a\":[1,2]}", "{\"a\":[1,3]}", "/a/1", "2", "3" },
		{ "{\"a\":[1]}", "{\"a\":[1,3]}", "/a/1", "nothing", "3" },
		{ "{\"a\":[1,3]}", "{\"a\":[1]}", "/a/1", "3", "nothing" },
		{ "{\"a\":{}}", "{\"a\":[]}", "/a", "an object of 0", "a list of 0" },
		{ "{\"a\":\"x\"}", "{\"a\":null}", "/a", "\"x\"", "null" },
		{ "{\"a\":true}", "{\"a\":false}", "/a", "true", "false" },
		{ "{}", "{\"new\":7}", "/new", "nothing", "7" },
		{ "{\"a/b~\":1}", "{\"a/b~\":2}", "/a~1b~0", "1", "2" },
		{ "{\"n\":18446744073709551615}", "{\"n\":18446744073709551614}", "/n",
		    "18446744073709551615", "18446744073709551614" },
		{ "{\"s\":1,\"a\":2}", "{\"s\":9,\"a\":2}", NULL, NULL, NULL },
		{ "{\"l\":[{\"p\":1},{\"p\":2}]}", "{\"l\":[{\"p\":3},{\"p\":4}]}", NULL, NULL,
		    NULL },
		{ "{\"l\":[{\"q\":1}]}", "{\"l\":[{\"q\":2}]}", "/l/0/q", "1", "2" },
	};
	static const char *const skip[] = { "/s", "/l/*/p", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report_difference d;

		assert_int_equal(
		    report_compare(sv_from(rows[i].a), sv_from(rows[i].b), skip, &d, NULL),
		    COORD_OK);
		assert_int_equal(d.found, rows[i].path != NULL);
		if (rows[i].path == NULL)
			continue;
		assert_string_equal(d.path, rows[i].path);
		assert_string_equal(d.first, rows[i].first);
		assert_string_equal(d.second, rows[i].second);
	}
}

/* No quadratic time for an object with very many members, and still every one is compared. */
static void
large_objects_are_compared_in_order(void **state)
{
	struct buf a = BUF_INIT(1 << 24), b = BUF_INIT(1 << 24);
	struct report_difference d;

	(void)state;
	buf_add_char(&a, '{');
	buf_add_char(&b, '{');
	for (unsigned i = 0; i < 50000; i++) {
		buf_printf(&a, "%s\"k%u\":%u", i > 0 ? "," : "", i, i);
		buf_printf(&b, "%s\"k%u\":%u", i > 0 ? "," : "", i, i == 49999 ? 1 : i);
	}
	buf_add_char(&a, '}');
	buf_add_char(&b, '}');
	assert_int_equal(report_compare(buf_sv(&a), buf_sv(&b), NULL, &d, NULL), COORD_OK);
	assert_true(d.found);
	assert_string_equal(d.path, "/k49999");
	assert_int_equal(report_compare(buf_sv(&a), buf_sv(&a), NULL, &d, NULL), COORD_OK);
	assert_false(d.found);
	buf_clear(&a);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_difference_is_named),
		cmocka_unit_test(large_objects_are_compared_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
