/* test_weights.c - the model file: the program's own is sound, and what is wrong with another is named. */
#include "testing.h"

#include "detect/judge/weights.h"

#define LINEAR(weight) \
	"{\"intercept\":-1,\"features\":{\"synchrony\":{\"weight\":" weight ",\"present\":0.5}}}"
#define HEAD(weight, rate, scores, truths)                                                     \
	"{\"base_rate\":" rate ",\"coordinated\":" LINEAR(weight) ",\"single_actor\":" LINEAR( \
	    "-2") ",\"calibration\":{\"scores\":" scores ",\"truths\":\"" truths "\"}}"
#define MODEL(version, head)                                                      \
	"{\"format\":\"coord-model\",\"version\":" version                        \
	",\"name\":\"test\",\"trained\":true,\"heads\":{\"with_reference\":" head \
	",\"without_reference\":" head "}}"

static void
test_reads(void **state)
{
	struct detect_model *m;
	struct coord_error err;

	(void)state;
	assert_int_equal(
	    detect_model_parse(SV(MODEL("1", HEAD("1.5", "0.4", "[-1,0,2]", "001"))), &m, &err),
	    COORD_OK);
	assert_true(m->trained);
	assert_string_equal(detect_model_name(m), "test");
	assert_int_equal(strlen(detect_model_hash(m)), 64);
	assert_true(m->with_reference.coordinated.weight[CHANNEL_SYNCHRONY] == 1.5);
	assert_true(m->with_reference.coordinated.weight[CHANNEL_BEHAVIOUR] == 0);
	assert_true(m->without_reference.single_actor.weight[CHANNEL_SYNCHRONY] == -2);
	assert_int_equal(m->with_reference.calibration.n, 3);
	assert_true(m->with_reference.calibration.truth[2]);
	detect_model_free(m);
}

static void
test_names_what_is_wrong(void **state)
{
	static const struct {
		const char *json, *what;
	} cases[] = {
		{ "[]", "format" },
		{ "{", "" },
		{ MODEL("2", HEAD("1", "0.4", "[1]", "1")), "version" },
		{ MODEL("1", "7"), "with_reference" },
		{ MODEL("1", HEAD("-1", "0.4", "[1]", "1")), "no negative weight" },
		{ MODEL("1", HEAD("1e9", "0.4", "[1]", "1")), "weight" },
		{ MODEL("1", HEAD("1", "1", "[1]", "1")), "base_rate" },
		{ MODEL("1", HEAD("1", "0.4", "[1,2]", "1")), "as many truths" },
		{ MODEL("1", HEAD("1", "0.4", "[2,1]", "01")), "ascending" },
		{ MODEL("1", HEAD("1", "0.4", "[1,2]", "0x")), "0 or 1" },
		{ MODEL("1", HEAD("1", "0.4", "[]", "")), "calibration" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct detect_model *m = NULL;
		struct coord_error err = { .what = "" };

		assert_int_equal(
		    detect_model_parse(sv_from(cases[i].json), &m, &err), COORD_EPARSE);
		assert_null(m);
		assert_non_null(strstr(err.what, cases[i].what));
	}
}

static void
test_the_programs_own(void **state)
{
	struct detect_model *m;
	struct coord_error err;

	(void)state;
	assert_int_equal(detect_model_parse(detect_model_builtin(), &m, &err), COORD_OK);
	assert_true(m->trained);
	assert_true(m->with_reference.calibration.n >= 300);
	assert_true(m->without_reference.calibration.n >= 1000);
	detect_model_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_names_what_is_wrong),
		cmocka_unit_test(test_the_programs_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
