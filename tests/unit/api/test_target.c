#include "api/target.h"

#include <stdio.h>

#include "testing.h"

static char buffer[TARGET_MOST];
static struct target target;

static const char *
parse(const char *text)
{
	(void)snprintf(buffer, sizeof(buffer), "%s", text);
	return target_parse(buffer, strlen(text), &target);
}

static void
test_paths(void **state)
{
	(void)state;
	assert_null(parse("/"));
	assert_int_equal(target.n_segments, 0);
	assert_null(parse("//analyze///coordination/"));
	assert_int_equal(target.n_segments, 2);
	assert_sv_equal(target.segments[0], "analyze");
	assert_sv_equal(target.segments[1], "coordination");
	assert_null(parse("/a%2Fb/%63"));
	assert_sv_equal(target.segments[0], "a/b"); /* a slash that was escaped parts nothing */
	assert_sv_equal(target.segments[1], "c");
	assert_null(parse("/a+b"));
	assert_sv_equal(target.segments[0], "a+b");
	assert_null(parse("http://host/x?y=1"));
	assert_sv_equal(target.segments[0], "x");
	assert_null(parse("http://host"));
	assert_int_equal(target.n_segments, 0);
	assert_null(parse("*"));
	assert_null(parse("/1/2/3/4/5/6/7/8"));
	assert_int_equal(target.n_segments, 8);
}

static void
test_query(void **state)
{
	(void)state;
	assert_null(parse("/a?x=1&y=a%20b+c&z&x=2&=v&&w="));
	assert_sv_equal(target_get(&target, SV("x")), "1");
	assert_sv_equal(target_get(&target, SV("y")), "a b c");
	assert_sv_equal(target_get(&target, SV("z")), "");
	assert_sv_equal(target_get(&target, SV("w")), "");
	assert_null(target_get(&target, SV("q")).data);
}

static void
test_faults(void **state)
{
	static const char *const bad[] = { "", "a", "?x", "/%", "/%4", "/%zz", "/a?x=%0", "/%00",
		"/a%0d", "/a?x=%00", "/a#b", "ftp://x/y" };
	char many[400] = "/?";

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (parse(bad[i]) == NULL)
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i <= TARGET_PARAMETERS; i++)
		memcpy(many + 2 + i * 4, "a=b&", 4);
	assert_non_null(parse(many));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
