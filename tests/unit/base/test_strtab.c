#include "testing.h"

#include <stdio.h>
#include <stdlib.h>

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

/** Numbers the strings in every `step`-th place, backwards. */
static void
number_backwards(uint32_t many, uint32_t step)
{
	struct strtab *tab = strtab_new(), *same;
	uint32_t *fresh = calloc((size_t)many + 1, sizeof(*fresh)), kept = many / step;
	char text[32];

	assert_non_null(fresh);
	for (uint32_t i = 1; i <= many; i++) {
		int len = snprintf(text, sizeof(text), "string %u", i);

		assert_int_equal(strtab_intern(tab, (struct sv){ text, (size_t)len }), i);
		fresh[i] = i % step == 0 ? kept - i / step + 1 : 0;
	}
	same = strtab_number(tab, fresh, kept + 1);
	assert_non_null(same);
	assert_int_equal(strtab_count(same), kept + 1);
	for (uint32_t i = 1; i <= many; i++) {
		int len = snprintf(text, sizeof(text), "string %u", i);
		struct sv view = { text, (size_t)len };

		assert_int_equal(strtab_find(same, view), fresh[i]);
		if (fresh[i] != 0) {
			assert_true(sv_eq(strtab_get(same, fresh[i]), view));
			assert_true(strtab_hash(same, fresh[i]) == hash_content(view));
		}
	}
	assert_int_equal(strtab_intern(same, SV("one more")), kept + 1);
	free(fresh);
	strtab_free(same);
}

static void
test_numbered_anew(void **state)
{
	(void)state;
	number_backwards(3000, 1);  /* in place */
	number_backwards(3000, 50); /* copied: few stay */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_bytes_equal_id),
		cmocka_unit_test(test_many_strings),
		cmocka_unit_test(test_numbered_anew),
	};

	return cmocka_run_group_tests_name("base/strtab", tests, NULL, NULL);
}
