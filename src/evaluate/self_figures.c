/* self_figures.c - what the batches of `coord evaluate self` add up to: rates with exact intervals by any slice of the grid,
 * what can be seen on this sensor at all, and what a reader must know before citing it. */
#include "evaluate/self.h"

#include <math.h>
#include <stdlib.h>

#include "evaluate/exact.h"

#define SEEN_RATE 0.8
#define REFERENCE_OLD_US (60 * 86400 * TIME_SECOND)

static bool
in_range(int wanted, unsigned is, bool or_more)
{
	return wanted < 0 || (or_more ? is >= (unsigned)wanted : is == (unsigned)wanted);
}

static bool
in_slice(const struct self_cell *c, const struct self_slice *s)
{
	if (!in_range(s->kind, c->kind, false) ||
	    !in_range(s->structure, c->plan.structure, false) ||
	    !in_range(s->difficulty, c->plan.difficulty, false) || c->bare != s->bare)
		return false;
	return c->kind != SELF_GRID || (in_range(s->members, c->members, s->or_more) &&
					   in_range(s->visits, c->visits, s->or_more) &&
					   in_range(s->jitter, c->jitter, false));
}

static bool
is_hit(const struct self_batch *b, enum self_figure what)
{
	switch (what) {
	case SELF_FOUND:
		return b->found;
	case SELF_CALLED:
		return b->called;
	case SELF_SURE:
		return b->sure;
	case SELF_ALARM:
		return b->wrong_called > 0;
	case SELF_ALARM_SURE:
		return b->wrong_sure > 0;
	default:
		return false;
	}
}

static struct binomial
binomial_of(uint32_t hits, uint32_t n)
{
	struct exact_interval i = exact_binomial(hits, n, 0.95);

	return (struct binomial){ hits, n, n > 0 ? (double)hits / n : NAN, i.low, i.high };
}

struct self_slice
self_slice_of(const struct self_variant *variant)
{
	return (struct self_slice){ SELF_GRID, -1, (int)variant->difficulty, -1, -1, -1, false,
		variant->bare };
}

struct binomial
self_rate(const struct evaluate_self *self, const struct self_slice *slice, enum self_figure what)
{
	uint32_t hits = 0, n = 0;

	for (uint32_t i = 0; i < self->n_batches; i++) {
		const struct self_batch *b = &self->batches[i];

		if (!in_slice(&self->cells[b->cell], slice))
			continue;
		n++;
		hits += is_hit(b, what);
	}
	return binomial_of(hits, n);
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_of(const struct evaluate_self *self, const struct self_slice *slice,
    double (*value)(const struct self_batch *))
{
	double *all = malloc((self->n_batches + 1) * sizeof(*all)), median = NAN;
	size_t n = 0;

	for (uint32_t i = 0; all != NULL && i < self->n_batches; i++)
		if (in_slice(&self->cells[self->batches[i].cell], slice))
			all[n++] = value(&self->batches[i]);
	if (n > 0) {
		qsort(all, n, sizeof(*all), by_value);
		median = n % 2 == 1 ? all[n / 2] : (all[n / 2 - 1] + all[n / 2]) / 2;
	}
	free(all);
	return median;
}

static double
confidence_of(const struct self_batch *b)
{
	return b->confidence;
}

static double
jitter_of(const struct self_batch *b)
{
	return b->group.synchronised > 0 ? b->group.jitter_s : INFINITY;
}

double
self_confidence(const struct evaluate_self *self, const struct self_slice *slice)
{
	return median_of(self, slice, confidence_of);
}

double
self_jitter(const struct evaluate_self *self, const struct self_slice *slice)
{
	return median_of(self, slice, jitter_of);
}

static double
sessions_of(const struct self_batch *b)
{
	return b->sessions;
}

double
self_sessions(const struct evaluate_self *self)
{
	static const struct self_slice every = { -1, -1, -1, -1, -1, -1, false, false };

	return median_of(self, &every, sessions_of);
}

const char *
self_model_hash(const struct evaluate_self *self)
{
	return self->model_hash;
}

enum self_power
self_power_of(struct binomial called)
{
	if (called.low >= 0.5)
		return SELF_POWER_SEEN;
	return called.high < 0.5 ? SELF_POWER_MISSED : SELF_POWER_OPEN;
}

const char *
self_power_name(enum self_power power)
{
	static const char *const names[] = {
		[SELF_POWER_SEEN] = "seen",
		[SELF_POWER_MISSED] = "missed",
		[SELF_POWER_OPEN] = "open",
	};

	return names[power];
}

bool
self_minimum(const struct evaluate_self *self, const struct self_variant *variant,
    unsigned *ret_members, unsigned *ret_visits, struct binomial *ret_rate)
{
	uint32_t least = UINT32_MAX;

	for (unsigned m = 0; m < SELF_MEMBERS; m++)
		for (unsigned v = 0; v < SELF_VISITS; v++) {
			struct self_slice slice = { SELF_GRID, -1, (int)variant->difficulty, (int)m,
				(int)v, -1, false, variant->bare };
			struct binomial own = self_rate(self, &slice, SELF_CALLED), above;

			slice.or_more = true;
			above = self_rate(self, &slice, SELF_CALLED);
			if (!(own.rate >= SEEN_RATE && above.rate >= SEEN_RATE) ||
			    self_members[m] * self_visits[v] >= least)
				continue;
			least = self_members[m] * self_visits[v];
			*ret_members = self_members[m];
			*ret_visits = self_visits[v];
			*ret_rate = above;
		}
	return least != UINT32_MAX;
}

double
self_other_findings(const struct evaluate_self *self)
{
	double sum = 0, n = 0;

	for (uint32_t i = 0; i < self->n_batches; i++) {
		enum self_kind kind = self->cells[self->batches[i].cell].kind;

		if (kind != SELF_GRID && kind != SELF_STRUCTURE)
			continue;
		sum += self->batches[i].wrong_sure;
		n += 1;
	}
	return n > 0 ? sum / n : NAN;
}

const char *
self_caveat(const struct evaluate_self *self, size_t i, struct arena *arena)
{
	const struct self_site *s = &self->site;
	double windows =
	    (double)s->recorded_us / ((double)s->days * 86400.0 * (double)TIME_SECOND) / s->share;
	const char *all[8] = { NULL };
	size_t n = 0;

	all[n++] =
	    "Intervals are exact for batches drawn at random from these logs; they do not cover "
	    "how other weeks or other sensors differ.";
	if (windows < 20)
		all[n++] = arena_printf(arena,
		    "The logs hold about %.0f batches that do not overlap: batches share sessions, "
		    "and the "
		    "intervals are somewhat too narrow.",
		    windows);
	if (s->share < 1)
		all[n++] = arena_printf(arena,
		    "A day holds more sessions than a batch: each batch keeps %.1f %% of the "
		    "sources, with all "
		    "of their sessions.",
		    100 * s->share);
	if (s->overlap > 0.05)
		all[n++] = arena_printf(arena,
		    "%.0f %% of these sessions lie within the time the reference was made from: it "
		    "knows this "
		    "background better than it will know the next weeks.",
		    100 * s->overlap);
	if (s->reference_age_us > REFERENCE_OLD_US)
		all[n++] = arena_printf(arena,
		    "The reference ends %.0f days before these logs begin: what became popular in "
		    "between is new to it, and look-alikes are called more often than with one of "
		    "the weeks before.",
		    (double)s->reference_age_us / (86400.0 * (double)TIME_SECOND));
	if (100 * s->served < SELF_SERVED_LEAST)
		all[n++] = arena_printf(arena,
		    "Only %.1f %% of these sessions are SSH or Telnet, which is what is planted: "
		    "campaigns on "
		    "other services may be easier or harder to see.",
		    100 * s->served);
	all[n++] = "Planted campaigns are invented; attackers who know the method can hide better "
		   "(docs/security.md).";
	all[n++] =
	    "In the batches that are planted into, real campaigns of these logs remain: what the "
	    "engine finds beside the plant is not counted as false.";
	return i < n ? all[i] : NULL;
}
