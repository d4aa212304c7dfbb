/* test_adbhoney.c - ADBHoney events: Cowrie-like, with strings for numbers. */
#include "reader_check.h"
#include "testing.h"

static void
samples(void **state)
{
	(void)state;
	reader_check_sample("adbhoney", "good.json");
	reader_check_forced("adbhoney", "good.json");
}

static void
real(void **state)
{
	char full[4096];
	struct reader_result r;

	(void)state;
	if (reader_real_path("tpot-other-2020/adbhoney.json.gz", full) == NULL)
		skip();
	r = reader_run_path(full);
	assert_int_equal(r.rc, COORD_OK);
	assert_int_equal(r.table.n, 967);
	assert_int_equal(reader_count_sources(&r.table), 425);
	for (uint32_t i = 0; i < r.table.n; i++) {
		assert_int_equal(r.table.service[i], SERVICE_ADB);
		assert_int_equal(r.table.target_port[i], 5555);
	}
	reader_result_clear(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples),
		cmocka_unit_test(real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
