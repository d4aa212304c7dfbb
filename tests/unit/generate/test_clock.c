/* test_clock.c - times: inside their bounds, distributed as the tables say, day and night apart. */
#include "world_support.h"

#include <math.h>

static const struct generate_config config = { .seed = 11, .days = 14 };

static void
test_within_bounds(void **state)
{
	struct world *w = make_world(&config);
	struct rng rng = rng_at(1, 1, 1, 1);

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		int64_t from = w->start_us + (int64_t)(rng_uniform(&rng) * (double)w->span_us);
		int64_t to = from + 1 + rng_below(&rng, 1000000000);
		int64_t at;

		to = to < world_end(w) ? to : world_end(w);
		at = clock_draw(w, rng_below(&rng, TOOLS), rng_below(&rng, ZONES), from, to, &rng);
		assert_true(at >= from && (at < to || at == from));
	}
	world_free(w);
}

/* Draws from the whole span fall into each day as often as its share says. */
static void
test_follows_shares(void **state)
{
	enum { DRAWS = 20000, DAYS = 14, TOOL = 5, ZONE = 2 };
	struct world *w = make_world(&config);
	struct rng rng = rng_at(2, 1, 1, 1);
	const double *shares =
	    w->clock.shares + (size_t)(TOOL * ZONES + ZONE) * (w->clock.bins + 1);
	uint32_t counts[DAYS] = { 0 };

	(void)state;
	assert_int_equal(w->clock.bins, DAYS * 144);
	for (uint32_t i = 0; i < DRAWS; i++) {
		int64_t at = clock_draw(w, TOOL, ZONE, w->start_us, world_end(w), &rng);

		counts[(at - w->start_us) / (86400 * TIME_SECOND)]++;
	}
	for (uint32_t d = 0; d < DAYS; d++) {
		double want = DRAWS * (shares[(d + 1) * 144] - shares[d * 144]);

		assert_true(fabs(counts[d] - want) < 5.0 * sqrt(want) + 1.0);
	}
	world_free(w);
}

/* Over all strata the hours around a zone's peak are busier than those opposite. */
static void
test_day_and_night(void **state)
{
	static const uint32_t peaks[ZONES] = { 20, 13, 9, 5 };
	struct world *w = make_world(&config);

	(void)state;
	for (uint32_t zone = 0; zone < ZONES; zone++) {
		double at_peak = 0.0, opposite = 0.0;

		for (uint32_t tool = 0; tool < TOOLS; tool++) {
			const double *s =
			    w->clock.shares + (size_t)(tool * ZONES + zone) * (w->clock.bins + 1);

			for (uint32_t b = 0; b < w->clock.bins; b++) {
				uint32_t hour = b / 6 % 24;

				if (hour == peaks[zone])
					at_peak += s[b + 1] - s[b];
				if (hour == (peaks[zone] + 12) % 24)
					opposite += s[b + 1] - s[b];
			}
		}
		assert_true(at_peak > 1.2 * opposite);
	}
	world_free(w);
}

/* The bursts of two strata go together, because part of them is common. */
static void
test_bursts_are_shared(void **state)
{
	struct world *w = make_world(&config);
	const double *a = w->clock.shares, *b = a + (size_t)4 * ZONES * (w->clock.bins + 1);
	double xx = 0.0, yy = 0.0, xy = 0.0, mean = log(1.0 / w->clock.bins);

	(void)state;
	for (uint32_t i = 0; i < w->clock.bins; i++) {
		double x = log(a[i + 1] - a[i]) - mean, y = log(b[i + 1] - b[i]) - mean;

		xx += x * x;
		yy += y * y;
		xy += x * y;
	}
	assert_true(xy / sqrt(xx * yy) > 0.15);
	/* the spread is the bursts' 0.8 and the day's */
	assert_true(sqrt(xx / w->clock.bins) > 0.5 && sqrt(xx / w->clock.bins) < 1.5);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_within_bounds),
		cmocka_unit_test(test_follows_shares),
		cmocka_unit_test(test_day_and_night),
		cmocka_unit_test(test_bursts_are_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
