/* test_names.c - names of structures, difficulties and formats go both ways. */
#include "generate/generate.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void
test_structures(void **state)
{
	(void)state;
	for (int s = 0; s < STRUCTURE_COUNT; s++) {
		enum generate_structure found = STRUCTURE_COUNT,
					structure = (enum generate_structure)s;
		enum generate_truth truth = generate_structure_truth(structure);

		assert_true(
		    generate_structure_find(sv_from(generate_structure_name(structure)), &found));
		assert_int_equal(found, structure);
		assert_true(generate_structure_title(structure)[0] != '\0');
		assert_string_not_equal(generate_truth_name(truth), "none");
	}
	assert_int_equal(generate_structure_truth(STRUCTURE_C2), TRUTH_CAMPAIGN);
	assert_int_equal(generate_structure_truth(STRUCTURE_H2D), TRUTH_SINGLE_ACTOR);
	assert_int_equal(generate_structure_truth(STRUCTURE_HN10), TRUTH_COINCIDENTAL);
}

static void
test_find(void **state)
{
	enum generate_structure s = STRUCTURE_C3;
	enum generate_difficulty d;
	enum generate_format f;

	(void)state;
	assert_true(generate_structure_find(SV("h2B"), &s));
	assert_int_equal(s, STRUCTURE_H2B);
	assert_false(generate_structure_find(SV("H2"), &s));
	assert_false(generate_structure_find(SV(""), &s));
	assert_int_equal(s, STRUCTURE_H2B);
	assert_true(generate_difficulty_find(SV("Hard"), &d));
	assert_int_equal(d, DIFFICULTY_HARD);
	assert_false(generate_difficulty_find(SV("harder"), &d));
	assert_true(generate_format_find(SV("attack-session"), &f));
	assert_int_equal(f, FORMAT_ATTACK);
	assert_false(generate_format_find(SV("xml"), &f));
	assert_string_equal(generate_difficulty_name(DIFFICULTY_EASY), "easy");
	assert_string_equal(generate_format_name(FORMAT_COWRIE), "cowrie");
	assert_string_equal(generate_format_file(FORMAT_NDJSON), "sessions.ndjson");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_structures),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
