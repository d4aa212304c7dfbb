/* test_timepairs.c - the time layer's e-value against its formula, and what makes a candidate. */
#include "testing.h"

#include <math.h>

#include "detect/graph/edges.h"
#include "study.h"

enum { BASE = 0x0a000000 };

static struct pair_list
find(const struct study *s, double least, uint32_t *active)
{
	struct pair_list list = { .n = 0 };
	struct coord_error err;

	*active = 0;
	assert_int_equal(
	    edges_time_pairs(&s->observed, least, s->arena, &list, active, &err), COORD_OK);
	return list;
}

/* Two nodes meet `k` times, ten seconds apart, in hours of their own. */
static void
add_meetings(struct batch *b, uint32_t k, double apart)
{
	for (uint32_t i = 0; i < k; i++) {
		batch_add(b, &(struct batch_session){ .ip = BASE, .at_s = 7200.0 * i + 1000.5 });
		batch_add(b,
		    &(struct batch_session){ .ip = BASE + 1, .at_s = 7200.0 * i + 1000.5 + apart });
	}
}

static double
formula(double k, double mu)
{
	static const double factors[] = { 2, 5, 20 };
	double mean = 0;

	for (size_t r = 0; r < COUNT_OF(factors); r++)
		mean += pow(factors[r], k) * exp(-(factors[r] - 1) * mu) / 3;
	return fmin(mean, 1e6);
}

static void
test_formula(void **state)
{
	(void)state;
	for (uint32_t k = 3; k <= 9; k++) {
		struct batch *b = batch_new();
		struct study s;
		struct pair_list list;
		uint32_t active;
		/* the candidate's own meetings are no background: what is left is the rate of an empty hour */
		double rate = 120.0 / 3600;

		add_meetings(b, k, 10);
		study_begin(&s, b, NULL);
		list = find(&s, -INFINITY, &active);
		assert_int_equal(active, 2);
		assert_int_equal(list.tested, 1);
		assert_int_equal(list.n, 1);
		assert_true(fabs(list.pairs[0].log_e - log(formula(k, k * rate))) < 1e-9);
		study_end(&s);
	}
}

/* Others' meetings are the background: two more nodes an hour, new ones every time, that come within a minute or do not. */
static void
test_rate_of_others(void **state)
{
	double log_e[2];

	(void)state;
	for (uint32_t near = 0; near < 2; near++) {
		struct batch *b = batch_new();
		struct study s;
		struct pair_list list;
		uint32_t active;
		/* of the six pairs of an hour the candidate's is left out; the others lie far from it */
		double rate = (near + 20 * 120.0 / 3600) / (5 + 20);

		add_meetings(b, 5, 10);
		for (uint32_t i = 0; i < 5; i++)
			for (uint32_t k = 0; k < 2; k++)
				batch_add(b, &(struct batch_session){ .ip = BASE + 100 + 2 * i + k,
						 .at_s = 7200.0 * i + 2500.25 +
							 k * (near == 1 ? 20 : 500) });
		study_begin(&s, b, NULL);
		list = find(&s, -INFINITY, &active);
		assert_int_equal(active, 12);
		assert_int_equal(list.n, 1);
		log_e[near] = list.pairs[0].log_e;
		assert_true(fabs(log_e[near] - log(formula(5, 5 * rate))) < 1e-9);
		study_end(&s);
	}
	assert_true(log_e[1] < log_e[0]);
}

static void
test_too_few_or_too_far(void **state)
{
	static const struct {
		uint32_t meetings;
		double apart;
		size_t pairs;
	} cases[] = { { 2, 10, 0 }, { 3, 10, 1 }, { 5, 61, 0 } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct batch *b = batch_new();
		struct study s;
		uint32_t active;

		add_meetings(b, cases[i].meetings, cases[i].apart);
		study_begin(&s, b, NULL);
		assert_int_equal(find(&s, 0, &active).n, cases[i].pairs);
		study_end(&s);
	}
}

/* A crowd in one minute says nothing about any pair in it. */
static void
test_crowd(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t active;
	struct pair_list list;

	(void)state;
	for (uint32_t k = 0; k < 5; k++)
		for (uint32_t i = 0; i < 60; i++)
			batch_add(b, &(struct batch_session){ .ip = BASE + i,
					 .at_s = 7200.0 * k + 601 + 0.013 * i * (k + 1) });
	study_begin(&s, b, NULL);
	list = find(&s, -INFINITY, &active);
	assert_int_equal(active, 60);
	assert_int_equal(list.tested, 0);
	study_end(&s);
}

/* Two services of one machine run together by nature. */
static void
test_same_source(void **state)
{
	struct batch *b = batch_new();
	struct study s;
	uint32_t active;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		for (uint32_t t = 0; t < 2; t++)
			batch_add(b, &(struct batch_session){ .ip = BASE,
					 .at_s = 7200.0 * i + 5.25 * t,
					 .service = t == 0 ? SERVICE_SSH : SERVICE_TELNET });
	study_begin(&s, b, NULL);
	assert_int_equal(find(&s, -INFINITY, &active).tested, 0);
	study_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formula),
		cmocka_unit_test(test_rate_of_others),
		cmocka_unit_test(test_too_few_or_too_far),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_same_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
