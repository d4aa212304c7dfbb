/* summary_null.c - p-values where nothing is coordinated: are they as rarely small as they should be? On clusters that the
 * engine found, where selection makes them smaller, and on groups of sources drawn blindly and judged in group mode,
 * where every test has to hold its level. */
#include "evaluate/summary.h"

#include <math.h>
#include <stdlib.h>

const double summary_levels[LEVELS] = { 0.05, 0.01, 0.001 };

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
judge_level(struct summary *s, const char *name, const char *on, double *p, size_t n)
{
	struct null_level *level = &s->levels[s->n_levels];

	if (n == 0)
		return;
	*level = (struct null_level){ .name = name, .on = on, .n = (uint32_t)n };
	qsort(p, n, sizeof(*p), order);
	for (size_t i = 0; i < n; i++) {
		unsigned bin = (unsigned)(p[i] * HISTOGRAM);

		level->histogram[bin < HISTOGRAM ? bin : HISTOGRAM - 1]++;
		for (unsigned k = 0; k < LEVELS; k++)
			level->rejected[k] += p[i] <= summary_levels[k];
	}
	for (unsigned k = 0; k < LEVELS; k++)
		level->rate[k] = exact_binomial(level->rejected[k], n, 0.95);
	level->ks = exact_ks_smaller(p, n);
	s->n_levels++;
}

/* The p-value number `which` of a cluster: a channel's, or p_world behind them. */
static double
p_of(const struct seen *s, unsigned which)
{
	return which < CHANNEL_COUNT ? s->p[which] : s->p_world;
}

static size_t
gather(const struct seen *seen, size_t n, unsigned which, double *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!isnan(p_of(&seen[i], which)))
			p[kept++] = p_of(&seen[i], which);
	return kept;
}

static const char *
name_of(unsigned which)
{
	return which < CHANNEL_COUNT ? detect_channel_name((enum detect_channel)which) : "p_world";
}

enum coord_err
summary_null(struct summary *s, struct coord_error *err)
{
	const struct evaluation *e = s->e;
	size_t most = e->n_random, n;
	double *p;

	for (uint32_t i = 0; i < e->suite.n_cells * e->suite.batches; i++)
		most += e->outcomes[(size_t)i * e->n_methods].n_seen;
	p = ARENA_ARRAY(s->arena, most + 1, double);
	s->levels = ARENA_ARRAY(s->arena, 2 * (CHANNEL_COUNT + 1), struct null_level);
	if (p == NULL || s->levels == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the figures");
	for (unsigned which = 0; which <= CHANNEL_COUNT; which++) {
		n = 0;
		for (uint32_t i = 0; i < e->suite.n_cells * e->suite.batches; i++) {
			const struct outcome *o = &e->outcomes[(size_t)i * e->n_methods];

			if (e->suite.cells[i / e->suite.batches].kind == CELL_NULL)
				n += gather(o->seen, o->n_seen, which, p + n);
		}
		judge_level(s, name_of(which), "clusters found", p, n);
	}
	for (unsigned which = 0; which <= CHANNEL_COUNT; which++) {
		n = gather(e->random, e->n_random, which, p);
		judge_level(s, name_of(which), "random groups", p, n);
	}
	return COORD_OK;
}
