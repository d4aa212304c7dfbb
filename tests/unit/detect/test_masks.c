/* test_masks.c - times that are the recorder's doing: gaps, equal stamps, rate limits. */
#include "testing.h"

#include "study.h"

enum { BASE = 0x0a000000 };

static uint32_t
masked(const struct study *s)
{
	uint32_t n = 0;

	for (uint32_t v = 0; v < s->m.n_visits; v++)
		n += s->m.visit_masked[v];
	return n;
}

static bool
has_mask(const struct study *s, const char *why)
{
	for (uint32_t i = 0; i < s->m.n_masks; i++)
		if (strcmp(s->m.masks[i].why, why) == 0)
			return true;
	return false;
}

/* A visit every 30 s by a new source, but for `silence` seconds after the hundredth. */
static void
add_stream(struct batch *b, uint32_t n, double silence)
{
	for (uint32_t i = 0; i < n; i++)
		batch_add(b, &(struct batch_session){ .ip = BASE + i,
				 .at_s = 30.0 * i + 0.001 * i + (i >= 100 ? silence : 0) });
}

static void
test_gap(void **state)
{
	struct batch *b = batch_new();
	struct study s;

	(void)state;
	add_stream(b, 200, 7200);
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_masks, 1);
	assert_string_equal(s.m.masks[0].why, "collection_gap");
	assert_int_equal(s.m.masks[0].sensor, STR_NONE);
	assert_int_equal(masked(&s), 4); /* the first two minutes after it: 0, 30, 60, 90 s */
	for (uint32_t v = 0; v < s.m.n_visits; v++)
		if (s.m.visit_masked[v])
			assert_true(
			    s.m.visits[v].start_us >= s.m.masks[0].to_us - 120 * TIME_SECOND &&
			    s.m.visits[v].start_us < s.m.masks[0].to_us);
	study_end(&s);
}

static void
test_ordinary_silence_is_no_gap(void **state)
{
	struct batch *b = batch_new(), *few = batch_new();
	struct study s;

	(void)state;
	add_stream(b, 200, 1500); /* below half an hour */
	study_begin(&s, b, NULL);
	assert_int_equal(s.m.n_masks, 0);
	study_end(&s);
	for (uint32_t i = 0; i < 49; i++) /* too few visits to know what a gap is */
		batch_add(
		    few, &(struct batch_session){ .ip = BASE + i, .at_s = 0.5 + 86400.0 * i });
	study_begin(&s, few, NULL);
	assert_int_equal(s.m.n_masks, 0);
	study_end(&s);
}

static void
add_equal(struct batch *b, uint32_t at_once, double fraction)
{
	for (uint32_t i = 0; i < 100; i++)
		batch_add(
		    b, &(struct batch_session){ .ip = BASE + i, .at_s = 100.0 * i + fraction * i });
	for (uint32_t i = 0; i < at_once; i++)
		batch_add(b, &(struct batch_session){ .ip = BASE + 500 + i, .at_s = 5050 });
}

static void
test_equal_timestamps(void **state)
{
	static const struct {
		uint32_t at_once;
		double fraction;
		bool masked;
	} cases[] = { { 5, 0.001, true }, { 4, 0.001, false }, { 11, 0, false }, { 12, 0, true } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct batch *b = batch_new();
		struct study s;

		add_equal(b, cases[i].at_once, cases[i].fraction);
		study_begin(&s, b, NULL);
		assert_int_equal(has_mask(&s, "equal_timestamps"), cases[i].masked);
		assert_int_equal(masked(&s), cases[i].masked ? cases[i].at_once : 0);
		study_end(&s);
	}
}

/* A firewall's lines at the logger's own rhythm of three a minute, for ten hours; the same number of lines at random
 * times; and a honeypot's sessions, which no logger limits. */
static void
test_rate_limit(void **state)
{
	static const struct {
		bool at_random;
		enum session_service service;
		bool limited;
	} cases[] = { { false, SERVICE_SCAN, true }, { true, SERVICE_SCAN, false },
		{ false, SERVICE_SSH, false } };

	(void)state;
	for (size_t c = 0; c < COUNT_OF(cases); c++) {
		struct batch *b = batch_new();
		struct study s;

		for (uint32_t i = 0; i < 1800; i++) {
			struct rng rng = rng_at(1, 1, 0, i);

			batch_add(b, &(struct batch_session){ .ip = BASE + i,
					 .at_s = cases[c].at_random ? 36000 * rng_uniform(&rng)
								    : 20.0 * i + 0.01 * (i % 7),
					 .service = cases[c].service });
		}
		study_begin(&s, b, NULL);
		assert_int_equal(has_mask(&s, "rate_limited"), cases[c].limited);
		assert_int_equal(s.m.coarse_time, cases[c].limited);
		assert_int_equal(
		    masked(&s), 0); /* the visits stay: only fine scales are left out */
		study_end(&s);
	}
}

/* Two sensors record for six days, the second one from `late_s` on: a visit every ten minutes each. */
static void
test_new_sensor(void **state)
{
	static const struct {
		double late_s;
		bool found;
	} cases[] = { { 2 * 86400.0, true }, { 80000, false }, { 0, false } };

	(void)state;
	for (size_t c = 0; c < COUNT_OF(cases); c++) {
		struct batch *b = batch_new();
		struct study s;

		for (uint32_t i = 0; i < 864; i++)
			for (uint32_t k = 0; k < 2; k++)
				if (k == 0 || 600.0 * i >= cases[c].late_s)
					batch_add(
					    b, &(struct batch_session){ .ip = BASE + 2 * i + k,
						   .at_s = 600.0 * i + 7 * k + 0.001 * i,
						   .sensor = k == 0 ? "old" : "new" });
		study_begin(&s, b, NULL);
		assert_int_equal(has_mask(&s, "new_sensor"), cases[c].found);
		assert_int_equal(masked(&s), cases[c].found ? 36 : 0);
		for (uint32_t v = 0; v < s.m.n_visits; v++)
			if (s.m.visit_masked[v])
				assert_string_equal(
				    session_string(&s.table, s.m.visits[v].sensor).data, "new");
		study_end(&s);
	}
}

/* Sources with sessions of ten minutes across one instant at which the clock was set by half an hour: the stamps say forty
 * minutes. Two of them are no proof, nor are sessions that disagree by as much each at a time of its own. */
static void
test_clock_step(void **state)
{
	static const struct {
		uint32_t across;
		double apart_s;
		bool found;
	} cases[] = { { 4, 30, true }, { 3, 30, true }, { 2, 30, false }, { 4, 10000, false } };

	(void)state;
	for (size_t c = 0; c < COUNT_OF(cases); c++) {
		struct batch *b = batch_new();
		struct study s;

		for (uint32_t i = 0; i < 100; i++)
			batch_add(b, &(struct batch_session){ .ip = BASE + i,
					 .at_s = 700.1 * i,
					 .lasts_s = 60,
					 .duration_s = 60.2 });
		for (uint32_t i = 0; i < cases[c].across; i++)
			batch_add(b, &(struct batch_session){ .ip = BASE + 500 + i,
					 .at_s = 20000 + cases[c].apart_s * i,
					 .lasts_s = 2400,
					 .duration_s = 600 });
		study_begin(&s, b, NULL);
		assert_int_equal(has_mask(&s, "clock_step"), cases[c].found);
		assert_int_equal(masked(&s) > cases[c].across, cases[c].found);
		study_end(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_ordinary_silence_is_no_gap),
		cmocka_unit_test(test_equal_timestamps),
		cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_new_sensor),
		cmocka_unit_test(test_clock_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
