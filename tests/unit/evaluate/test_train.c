/* test_train.c - a fit does not depend on the model that the engine carries: whoever fits again gets the same. */
#include "testing.h"

#include <stdlib.h>

#include "evaluate/evaluate.h"

static void
train(const struct detect_model *carried, struct buf *ret)
{
	struct evaluate_config config = { .suite = SUITE_SMALL,
		.batches = 1,
		.cells = "C1:easy,H2b:easy,HN1,HN8",
		.worlds = 9,
		.model = carried,
		.scratch = getenv("TMPDIR") };
	struct coord_error err = { .what = "" };

	if (evaluate_train(&config, "test", ret, NULL, NULL, &err) != COORD_OK)
		fail_msg("%s", err.what);
}

static void
test_same_model_whatever_was_carried(void **state)
{
	struct buf first = BUF_INIT(1 << 24), second = BUF_INIT(1 << 24);
	struct detect_model *model = NULL;
	struct coord_error err;

	(void)state;
	train(NULL, &first);
	assert_int_equal(detect_model_parse(buf_sv(&first), &model, &err), COORD_OK);
	train(model, &second);
	assert_true(first.len > 0 && sv_eq(buf_sv(&first), buf_sv(&second)));
	detect_model_free(model);
	buf_clear(&first);
	buf_clear(&second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_model_whatever_was_carried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
