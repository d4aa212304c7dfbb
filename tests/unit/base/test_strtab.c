#include "testing.h"

#include <stdio.h>

static void
test_equal_bytes_equal_id(void **state)
{
	struct strtab *tab = strtab_new();
	uint32_t a, empty, nul;

	(void)state;
	assert_non_null(tab);
	assert_int_equal(strtab_count(tab), 1);
	assert_int_equal(strtab_intern(tab, SV_NONE), STR_NONE);
	a = strtab_intern(tab, SV("a"));
	empty = strtab_intern(tab, SV(""));
	nul = strtab_intern(tab, SV("a\0"));
	assert_true(a != STR_NONE && empty != STR_NONE && a != empty && nul != a);
	assert_int_equal(strtab_intern(tab, SV("a")), a);
	assert_int_equal(strtab_find(tab, SV("a")), a);
	assert_int_equal(strtab_find(tab, SV("b")), STR_NONE);
	assert_int_equal(strtab_find(tab, SV_NONE), STR_NONE);
	assert_sv_equal(strtab_get(tab, nul), "a\0");
	assert_int_equal(strtab_get(tab, a).data[1], 0);
	assert_null(strtab_get(tab, STR_NONE).data);
	assert_null(strtab_get(tab, 999).data);
	assert_non_null(strtab_get(tab, empty).data);
	assert_true(strtab_hash(tab, a) == hash_content(SV("a")));
	assert_true(strtab_hash(tab, STR_NONE) == 0);
	assert_true(strtab_hash(tab, 999) == 0);
	strtab_free(tab);
	strtab_free(NULL);
}

static void
test_many_strings(void **state)
{
	enum { MANY = 50000 };
	struct strtab *tab = strtab_new();
	struct sv first;
	char text[32];

	(void)state;
	first = strtab_get(tab, strtab_intern(tab, SV("first")));
	for (uint32_t i = 0; i < MANY; i++) {
		int len = snprintf(text, sizeof(text), "string %u", i);

		assert_int_equal(strtab_intern(tab, (struct sv){ text, (size_t)len }), i + 2);
	}
	assert_int_equal(strtab_count(tab), MANY + 2);
	for (uint32_t i = 0; i < MANY; i++) {
		int len = snprintf(text, sizeof(text), "string %u", i);

		assert_int_equal(strtab_find(tab, (struct sv){ text, (size_t)len }), i + 2);
	}
	assert_sv_equal(first, "first"); /* addresses stay */
	assert_true(strtab_memory(tab) > MANY * sizeof("string"));
	strtab_free(tab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_bytes_equal_id),
		cmocka_unit_test(test_many_strings),
	};

	return cmocka_run_group_tests_name("base/strtab", tests, NULL, NULL);
}
