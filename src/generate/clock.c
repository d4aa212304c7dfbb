/* clock.c - how busy each stratum is: a day cycle in one of four time zones, times shared bursts (log-Gaussian, standard
 * deviation 0.8, correlated over 20 minutes to 12 hours, part of it common to all strata). Independent actors of one
 * stratum therefore rise and fall together without any coordination, which is what a null model has to survive. */
#include "generate/world.h"

#include <math.h>

#define BIN_US (600 * TIME_SECOND)
#define DAY_US (86400 * TIME_SECOND)
#define DAY_BINS (DAY_US / BIN_US)
#define WARM_DAYS 10
#define BINS_MOST 8192 /* of a real log, which may span years */
#define BURST_SD 0.8
#define COMMON_SHARE 0.4 /* of the burst variance, the same in all strata */

/* hours UTC at which the zones are busiest: Americas, Europe, India, East Asia */
static const double peaks[ZONES] = { 20.0, 13.0, 9.0, 5.0 };
/* correlation times in bins; four equal parts approximate long-range dependence */
static const double taus[] = { 2.0, 6.0, 24.0, 72.0 };

/* Adds to out[] a stationary Gaussian series of variance 1 that belongs to the site and the absolute time: innovations
 * are drawn by day, and the recursion starts WARM_DAYS before the span, after which what it began with has died away
 * (e^-20), so that two spans of one site agree wherever they overlap. */
static void
add_series(const struct world *w, double *out, double scale, uint32_t series)
{
	enum { PARTS = sizeof(taus) / sizeof(taus[0]) };
	int64_t first = w->start_us / w->clock.bin_us;
	int64_t bins = w->clock.bins, day = first / DAY_BINS - WARM_DAYS;
	double keep[PARTS], fresh[PARTS], x[PARTS] = { 0 };

	for (uint32_t part = 0; part < PARTS; part++) {
		keep[part] = exp(-1.0 / taus[part]);
		fresh[part] = sqrt(1.0 - keep[part] * keep[part]);
	}
	for (; day * DAY_BINS < first + bins; day++) {
		struct rng rng = rng_at(w->site, STAGE_CLOCK, series, (uint32_t)day);

		for (int64_t b = day * DAY_BINS; b < (day + 1) * DAY_BINS; b++) {
			double sum = 0.0;

			for (uint32_t part = 0; part < PARTS; part++) {
				x[part] = keep[part] * x[part] + fresh[part] * rng_normal(&rng);
				sum += x[part];
			}
			if (b >= first && b < first + bins)
				out[b - first] += scale * sum / sqrt((double)PARTS);
		}
	}
}

static void
fill_shares(
    const struct world *w, uint32_t zone, double amplitude, const double *burst, double *shares)
{
	const struct clock *c = &w->clock;
	double sum = 0.0;

	shares[0] = 0.0;
	for (uint32_t b = 0; b < c->bins; b++) {
		int64_t at = (w->start_us + b * c->bin_us) % DAY_US;
		double hour = (double)at / (3600.0 * (double)TIME_SECOND);
		double day =
		    1.0 + amplitude * cos((hour - peaks[zone]) * (2.0 * 3.14159265358979 / 24.0));

		shares[b + 1] = sum += day * exp(burst[b]);
	}
	for (uint32_t b = 1; b <= c->bins; b++)
		shares[b] /= sum;
	shares[c->bins] = 1.0;
}

enum coord_err
clock_init(struct world *w, struct coord_error *err)
{
	struct clock *c = &w->clock;
	struct arena_mark mark;
	double *common, *burst;

	c->bin_us = BIN_US;
	while (w->span_us / c->bin_us >= BINS_MOST)
		c->bin_us *= 2;
	c->bins = (uint32_t)((w->span_us + c->bin_us - 1) / c->bin_us);
	c->shares = ARENA_ARRAY_RAW(w->arena, (size_t)TOOLS * ZONES * (c->bins + 1), double);
	mark = arena_mark(w->arena);
	common = ARENA_ARRAY(w->arena, c->bins, double);
	burst = ARENA_ARRAY_RAW(w->arena, c->bins, double);
	if (c->shares == NULL || common == NULL || burst == NULL)
		return error_set(err, COORD_ENOMEM, "generate: no memory for the clock");
	if (w->real != NULL)
		return real_clock(w, err);
	add_series(w, common, BURST_SD * sqrt(COMMON_SHARE), 0);
	for (uint32_t tool = 0; tool < TOOLS; tool++) {
		memcpy(burst, common, c->bins * sizeof(*burst));
		add_series(w, burst, BURST_SD * sqrt(1.0 - COMMON_SHARE), 1 + tool);
		for (uint32_t zone = 0; zone < ZONES; zone++)
			fill_shares(w, zone, w->tools[tool].amplitude, burst,
			    c->shares + (size_t)(tool * ZONES + zone) * (c->bins + 1));
	}
	arena_rewind(w->arena, mark);
	return COORD_OK;
}

/* The cumulative share at a time. */
static double
share_at(const struct clock *c, const double *shares, int64_t offset_us)
{
	int64_t bin = offset_us / c->bin_us;
	double in = (double)(offset_us % c->bin_us) / (double)c->bin_us;

	if (offset_us <= 0 || bin >= (int64_t)c->bins)
		return offset_us <= 0 ? 0.0 : 1.0;
	return shares[bin] + in * (shares[bin + 1] - shares[bin]);
}

int64_t
clock_draw(const struct world *w, uint32_t tool, uint32_t zone, int64_t from_us, int64_t to_us,
    struct rng *rng)
{
	const struct clock *c = &w->clock;
	const double *shares = c->shares + (size_t)(tool * ZONES + zone) * (c->bins + 1);
	double low = share_at(c, shares, from_us - w->start_us);
	double high = share_at(c, shares, to_us - w->start_us);
	double u = low + (high - low) * rng_uniform(rng);
	uint32_t first = 0, last = c->bins;
	double in;
	int64_t at;

	while (last - first > 1) {
		uint32_t mid = first + (last - first) / 2;

		if (shares[mid] <= u)
			first = mid;
		else
			last = mid;
	}
	in = (u - shares[first]) / (shares[first + 1] - shares[first]);
	at = w->start_us + first * c->bin_us + (int64_t)(in * (double)c->bin_us);
	return at < from_us ? from_us : at >= to_us ? to_us - 1 : at;
}
