/* regularity.c - channel T~: does one clock drive the nodes? (methods.md section 10 T~)
 * Statistics  1. how even the gaps are between visits that follow each other and belong to different sources: the mean of
 *                1 - |Bowley skew| and 1 - median absolute deviation / median, as in RITA's timestamp score
 *                (activecm/rita). Gaps inside one source are left out: one regular node is no common clock.
 *             2. the Rayleigh statistic of all visits at the best of a few periods that timers and cron jobs use, less the
 *                best single source's at the same period.
 *             The smaller p of the two is judged against the same surrogates (minp.h).
 * Null        the time tests' own: empirical-background interval jitter. A background that itself runs by the clock, as
 *             cron jobs at the full hour do, keeps doing so in the surrogates. */
#include <math.h>

#include "detect/channel/timing.h"

enum { EVEN, PHASE, LEVELS, GAPS_LEAST = 8, PERIODS = 9, DRAWS_MOST = 9999 };
static const int64_t period_s[PERIODS] = { 60, 120, 180, 300, 600, 900, 1200, 1800, 3600 };

/* Quantile of ascending values, linear between neighbours (Hyndman & Fan 1996, type 7). */
static double
quantile(const struct sort_pair *sorted, uint32_t n, double q)
{
	double at = q * (n - 1);
	uint32_t low = (uint32_t)at, high = low + 1 < n ? low + 1 : low;

	return (double)sorted[low].key +
	       (at - low) * ((double)sorted[high].key - (double)sorted[low].key);
}

/* 0: too few gaps. */
static bool
evenness(const struct timing_visits *visits, struct arena *scratch, double *ret)
{
	struct sort_pair *gaps = ARENA_ARRAY_RAW(scratch, visits->n, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, visits->n, struct sort_pair);
	double q1, q2, q3, skew, deviation;
	uint32_t n = 0;

	*ret = 0;
	if (gaps == NULL || spare == NULL)
		return false;
	for (uint32_t i = 1; i < visits->n; i++)
		if (visits->v[i].source != visits->v[i - 1].source)
			gaps[n++] =
			    (struct sort_pair){ (uint64_t)(visits->v[i].at - visits->v[i - 1].at),
				    0 };
	if (n < GAPS_LEAST)
		return true;
	sort_pairs(gaps, n, spare);
	q1 = quantile(gaps, n, 0.25);
	q2 = quantile(gaps, n, 0.5);
	q3 = quantile(gaps, n, 0.75);
	if (q2 <= 0)
		return true;
	skew = q3 > q1 ? (q1 + q3 - 2 * q2) / (q3 - q1) : 0;
	for (uint32_t i = 0; i < n; i++)
		gaps[i].key = (uint64_t)fabs((double)gaps[i].key - q2);
	sort_pairs(gaps, n, spare);
	deviation = quantile(gaps, n, 0.5);
	*ret = (1 - fabs(skew) + fmax(0, 1 - deviation / q2)) / 2;
	return true;
}

struct phase {
	double x, y;
	uint32_t n;
};

static double
rayleigh(struct phase p)
{
	return p.n == 0 ? 0 : (p.x * p.x + p.y * p.y) / p.n;
}

static void
add_phase(struct phase *p, double x, double y)
{
	p->x += x;
	p->y += y;
	p->n++;
}

static struct phase
times(struct phase a, struct phase b)
{
	return (struct phase){ a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x, 0 };
}

/* Where a visit stands in each period, as a point of the unit circle. All periods divide an hour, so all points are powers
 * of the hour's, and one sine and one cosine do for all. */
static void
phases_of(int64_t at_us, struct phase ret[PERIODS])
{
	const int64_t hour_us = period_s[PERIODS - 1] * TIME_SECOND;
	double angle = 6.283185307179586 * (double)(at_us % hour_us) / (double)hour_us;
	struct phase hour = { cos(angle), sin(angle), 0 };

	ret[8] = hour;
	ret[7] = times(hour, hour);                    /* 1800 s: twice an hour */
	ret[6] = times(ret[7], hour);                  /* 1200 s: 3 times */
	ret[5] = times(ret[7], ret[7]);                /* 900 s: 4 */
	ret[4] = times(ret[6], ret[6]);                /* 600 s: 6 */
	ret[3] = times(ret[4], ret[4]);                /* 300 s: 12 */
	ret[2] = times(times(ret[3], ret[4]), ret[7]); /* 180 s: 20 */
	ret[1] = times(times(ret[3], ret[3]), ret[4]); /* 120 s: 30 */
	ret[0] = times(ret[1], ret[1]);                /* 60 s: 60 */
}

/* The largest over the periods of the Rayleigh statistic of all visits less the best single source's; not below 0.
 * `by_source` has room for PERIODS a source. */
static double
best_phase(const struct timing_visits *visits, struct phase *by_source, unsigned *period)
{
	struct phase all[PERIODS] = { { 0 } };
	double best = 0;

	memset(by_source, 0, (size_t)visits->sources * PERIODS * sizeof(*by_source));
	for (uint32_t i = 0; i < visits->n; i++) {
		struct phase *own = by_source + (size_t)visits->v[i].source * PERIODS;
		struct phase at[PERIODS];

		phases_of(visits->v[i].at, at);
		for (unsigned p = 0; p < PERIODS; p++) {
			add_phase(&all[p], at[p].x, at[p].y);
			add_phase(&own[p], at[p].x, at[p].y);
		}
	}
	for (unsigned p = 0; p < PERIODS; p++) {
		double single = 0, z;

		for (uint32_t s = 0; s < visits->sources; s++)
			single = fmax(single, rayleigh(by_source[(size_t)s * PERIODS + p]));
		z = fmax(0, rayleigh(all[p]) - single);
		if (z > best) {
			best = z;
			*period = p;
		}
	}
	return best;
}

static bool
measure(const struct timing_visits *visits, unsigned first, struct arena *scratch, double *ret)
{
	struct phase *by_source =
	    ARENA_ARRAY_RAW(scratch, (size_t)visits->sources * PERIODS, struct phase);
	unsigned period;

	(void)first;
	if (by_source == NULL || !evenness(visits, scratch, &ret[EVEN]))
		return false;
	ret[PHASE] = best_phase(visits, by_source, &period);
	return true;
}

static enum coord_err
describe(const struct channel_input *in, const struct timing_result *r, struct arena *scratch,
    struct detect_evidence *e, struct coord_error *err)
{
	struct phase *by_source =
	    ARENA_ARRAY_RAW(scratch, (size_t)r->observed.sources * PERIODS, struct phase);
	unsigned period = 0;

	if (by_source == NULL)
		return model_full(err);
	if (r->best.level == EVEN) {
		e->detail = arena_printf(in->arena,
		    "The gaps between visits of different sources are even to %.2f (1: a perfect "
		    "clock); the background's own rhythm makes it %.2f (%u visits).",
		    r->value[EVEN], r->best.expected, r->observed.n);
	} else {
		struct channel_tops tops = { .n = 0 };
		double z = best_phase(&r->observed, by_source, &period);

		channel_tops_add(&tops, (struct detect_top){ arena_printf(in->arena, "every %lld s",
								 (long long)period_s[period]),
					    "period", r->observed.sources, 0, z });
		TRY(channel_tops_keep(&tops, in->arena, e, err));
		e->detail = arena_printf(in->arena,
		    "The sources share the phase of a %lld-second clock (Rayleigh %.1f more than "
		    "the best single one, %.1f by the background's own rhythm; %u visits).",
		    (long long)period_s[period], z, r->best.expected, r->observed.n);
	}
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	const struct timing test = {
		.levels = LEVELS, .draws_most = DRAWS_MOST, .visit_work = 400, .measure = measure
	};
	struct timing_result r;

	TRY(timing_run(in, &test, scratch, &r, e, err));
	if (r.abstained)
		return COORD_OK;
	if (r.value[EVEN] <= 0 && r.value[PHASE] <= 0) {
		e->abstained = true;
		e->p = e->log_e = NAN;
		e->detail = "Too few visits of different sources follow each other.";
		return COORD_OK;
	}
	e->effect = r.best.expected > 0 ? r.value[r.best.level] / r.best.expected : NAN;
	e->similarity = channel_attributable(e->effect);
	return describe(in, &r, scratch, e, err);
}

static enum coord_err
regularity_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_regularity = {
	.name = "regularity",
	.key = NULL,
	.title = "Running by one clock",
	.family = FAMILY_TIME,
	.layers = CHANNEL_LAYER(LAYER_TIME),
	.null_name = TIMING_NULL_NAME,
	.null_meaning = TIMING_NULL_MEANING,
	.test = regularity_test,
};
