/* summary.c - means by cell and by kind of cell, for every method, and the paired differences from the engine. The draws of
 * the bootstrap are made once for a scope and serve every metric and method, so that differences are paired. */
#include "evaluate/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "evaluate/baseline/baseline.h"

enum { STAGE_SCOPE = 0x5c09 };

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "evaluate: no memory for the figures");
}

/* The kinds that are pooled: never all of them together. */
static bool
in_pool(const struct cell *cell, unsigned pool)
{
	if (pool < DIFFICULTY_COUNT)
		return cell->kind == CELL_PLANTED && cell->difficulty == pool &&
		       cell->sessions == SESSIONS_USUAL;
	return cell->kind == pool - DIFFICULTY_COUNT + CELL_NEGATIVE &&
	       cell->sessions == SESSIONS_USUAL;
}

static enum coord_err
make_scopes(struct summary *s, struct coord_error *err)
{
	static const char *const pools[] = { "easy", "standard", "hard", "hard negatives", "null",
		"evasion", "poisoning" };
	const struct suite *suite = &s->e->suite;

	s->scopes = ARENA_ARRAY(s->arena, suite->n_cells + 7, struct scope);
	if (s->scopes == NULL)
		return no_memory(err);
	for (uint32_t c = 0; c < suite->n_cells; c++) {
		struct scope *scope = &s->scopes[s->n_scopes++];

		(void)snprintf(scope->name, sizeof(scope->name), "%s", suite->cells[c].name);
		scope->in[c] = true;
		scope->n = suite->batches;
	}
	for (unsigned p = 0; p < 7; p++) {
		struct scope *scope = &s->scopes[s->n_scopes];

		*scope = (struct scope){ .pooled = true };
		(void)snprintf(scope->name, sizeof(scope->name), "all %s", pools[p]);
		for (uint32_t c = 0; c < suite->n_cells; c++)
			scope->in[c] = in_pool(&suite->cells[c], p);
		for (uint32_t c = 0; c < suite->n_cells; c++)
			scope->n += scope->in[c] ? suite->batches : 0;
		s->n_scopes += scope->n > 0;
	}
	return COORD_OK;
}

/* The values of one metric in a scope, in the order of cells and batches. */
static uint32_t
values_of(const struct evaluation *e, uint32_t method, const struct scope *scope,
    enum metric metric, double *ret)
{
	uint32_t n = 0;

	for (uint32_t c = 0; c < e->suite.n_cells; c++)
		for (uint32_t b = 0; scope->in[c] && b < e->suite.batches; b++)
			ret[n++] = evaluation_outcome(e, c, b, method)->metrics[metric];
	return n;
}

/* A baseline is judged best by B-cubed F1 over everything planted, which false groups lower too. */
static double
merit_of(const struct evaluation *e, uint32_t method)
{
	double sum = 0;
	uint32_t n = 0;

	for (uint32_t c = 0; c < e->suite.n_cells; c++)
		for (uint32_t b = 0; e->suite.cells[c].kind == CELL_PLANTED && b < e->suite.batches;
		     b++) {
			double value =
			    evaluation_outcome(e, c, b, method)->metrics[METRIC_BCUBED_F1];

			sum += isnan(value) ? 0 : value;
			n++;
		}
	return n == 0 ? 0 : sum / n;
}

static void
add_column(struct summary *s, uint32_t method, bool best)
{
	const struct method *m = &s->e->methods[method];
	struct column *column = &s->columns[s->n_columns++];

	*column = (struct column){ .method = m, .index = method, .best = best };
	if (m->variant.without != 0)
		(void)snprintf(column->name, sizeof(column->name), "without %s", m->id);
	else if (m->baseline == NULL || m->baseline->n_points == 1)
		(void)snprintf(column->name, sizeof(column->name), "%s", m->id);
	else
		(void)snprintf(column->name, sizeof(column->name), "%s at %g%s", m->id, m->point,
		    best ? " (best)" : "");
}

static enum coord_err
make_columns(struct summary *s, struct coord_error *err)
{
	const struct evaluation *e = s->e;

	s->columns = ARENA_ARRAY(s->arena, 2 * e->n_methods + 1, struct column);
	if (s->columns == NULL)
		return no_memory(err);
	for (uint32_t m = 0; m < e->n_methods;) {
		uint32_t published = m, best = m, end = m;

		for (; end < e->n_methods && e->methods[end].id == e->methods[m].id; end++) {
			if (e->methods[end].published)
				published = end;
			if (merit_of(e, end) > merit_of(e, best))
				best = end;
		}
		add_column(s, published, false);
		if (best != published)
			add_column(s, best, true);
		m = end;
	}
	return COORD_OK;
}

/* The smallest p-value is 2 in so many: enough that Holm over 26 baselines leaves it below 0.05. */
enum { SCOPE_RESAMPLES = 4000 };

/** The draws of one scope: resample by batch, how often it counts. */
struct draws {
	uint16_t *times;
	uint32_t n, resamples;
};

static enum coord_err
make_draws(struct summary *s, uint32_t scope, struct draws *ret, struct coord_error *err)
{
	uint32_t n = s->scopes[scope].n, batches = s->e->suite.batches;

	*ret = (struct draws){ .n = n, .resamples = SCOPE_RESAMPLES };
	ret->times = ARENA_ARRAY(s->arena, (size_t)n * ret->resamples, uint16_t);
	if (ret->times == NULL)
		return no_memory(err);
	for (uint32_t r = 0; r < ret->resamples; r++) {
		struct rng rng = rng_at(scope, STAGE_SCOPE, r, 0);

		for (uint32_t i = 0; i < n; i++)
			ret->times[(size_t)r * n + i / batches * batches +
				   rng_below(&rng, batches)] += 1;
	}
	return COORD_OK;
}

static double
mean_of(const double *values, const uint16_t *times, uint32_t n)
{
	double sum = 0, weight = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!isnan(values[i])) {
			double t = times == NULL ? 1 : times[i];

			sum += t * values[i];
			weight += t;
		}
	return weight > 0 ? sum / weight : NAN;
}

static int
order_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Percentile interval of a mean, and the two-sided p-value of it being 0. */
static struct figure
figure_of(const struct draws *draws, const double *values, double *ret_p)
{
	struct figure ret = { .value = mean_of(values, NULL, draws->n), .low = NAN, .high = NAN };
	double means[SCOPE_RESAMPLES];
	uint32_t n = 0, below = 0, above = 0;

	for (uint32_t i = 0; i < draws->n; i++)
		ret.n += isnan(values[i]) ? 0 : 1;
	for (uint32_t r = 0; ret.n > 0 && r < draws->resamples; r++) {
		double mean = mean_of(values, &draws->times[(size_t)r * draws->n], draws->n);

		if (isnan(mean))
			continue;
		means[n++] = mean;
		below += mean <= 0;
		above += mean >= 0;
	}
	if (n > 0) {
		qsort(means, n, sizeof(*means), order_double);
		ret.low = means[(uint32_t)(0.025 * (n - 1) + 0.5)];
		ret.high = means[(uint32_t)(0.975 * (n - 1) + 0.5)];
	}
	if (ret_p != NULL)
		*ret_p =
		    n == 0 ? NAN : fmin(1, 2 * ((below < above ? below : above) + 1.0) / (n + 1.0));
	return ret;
}

/* The measures that methods are compared by, and where. */
static const enum metric compared[] = { METRIC_PAIR_F1, METRIC_BCUBED_F1, METRIC_ARI };

static bool
is_compared(const struct scope *scope)
{
	return scope->pooled &&
	       (strcmp(scope->name, "all easy") == 0 || strcmp(scope->name, "all standard") == 0 ||
		   strcmp(scope->name, "all hard") == 0);
}

/* A baseline that claims nothing has a measure of 0; an ablation that was not run has none. */
static double
other_value(const struct column *column, double value)
{
	return isnan(value) && column->method->baseline != NULL ? 0 : value;
}

static void
compare(struct summary *s, uint32_t scope, const struct draws *draws, double *mine, double *other)
{
	for (uint32_t k = 0; is_compared(&s->scopes[scope]) && k < 3; k++) {
		(void)values_of(s->e, 0, &s->scopes[scope], compared[k], mine);
		for (uint32_t c = 1; c < s->n_columns; c++) {
			struct difference *d;

			if (s->columns[c].method->baseline == NULL &&
			    s->columns[c].method->batches == 0)
				continue;
			d = &s->differences[s->n_differences++];
			(void)values_of(
			    s->e, s->columns[c].index, &s->scopes[scope], compared[k], other);
			for (uint32_t i = 0; i < draws->n; i++)
				other[i] = mine[i] - other_value(&s->columns[c], other[i]);
			*d = (struct difference){ .column = c, .metric = compared[k] };
			(void)snprintf(d->scope, sizeof(d->scope), "%s", s->scopes[scope].name);
			d->of = figure_of(draws, other, &d->p);
		}
	}
}

/* Holm within each (metric, scope), over the baselines. */
static void
adjust_differences(struct summary *s)
{
	for (uint32_t from = 0, to; from < s->n_differences; from = to) {
		double p[64];

		for (to = from; to < s->n_differences && to - from < 64 &&
				s->differences[to].metric == s->differences[from].metric &&
				strcmp(s->differences[to].scope, s->differences[from].scope) == 0;
		     to++)
			p[to - from] = s->differences[to].p;
		exact_holm(p, to - from);
		for (uint32_t i = from; i < to; i++)
			s->differences[i].p_holm = p[i - from];
	}
}

static enum coord_err
make_figures(struct summary *s, struct coord_error *err)
{
	uint32_t most = s->e->suite.n_cells * s->e->suite.batches;
	double *values = ARENA_ARRAY(s->arena, most + 1, double);
	double *other = ARENA_ARRAY(s->arena, most + 1, double);

	s->figures =
	    ARENA_ARRAY(s->arena, (size_t)s->n_columns * s->n_scopes * METRIC_COUNT, struct figure);
	s->differences = ARENA_ARRAY(s->arena, (size_t)s->n_columns * 9, struct difference);
	if (values == NULL || other == NULL || s->figures == NULL || s->differences == NULL)
		return no_memory(err);
	for (uint32_t scope = 0; scope < s->n_scopes; scope++) {
		struct arena_mark mark = arena_mark(s->arena);
		struct draws draws;

		TRY(make_draws(s, scope, &draws, err));
		for (uint32_t c = 0; c < s->n_columns; c++)
			for (unsigned m = 0; m < METRIC_COUNT; m++) {
				(void)values_of(s->e, s->columns[c].index, &s->scopes[scope],
				    (enum metric)m, values);
				s->figures[((size_t)c * s->n_scopes + scope) * METRIC_COUNT + m] =
				    figure_of(&draws, values, NULL);
			}
		compare(s, scope, &draws, values, other);
		arena_rewind(s->arena, mark);
	}
	adjust_differences(s);
	return COORD_OK;
}

static enum coord_err
count_alarms(struct summary *s, struct coord_error *err)
{
	const struct evaluation *e = s->e;

	s->alarms = ARENA_ARRAY(s->arena, e->suite.n_cells, struct alarm_rate);
	if (s->alarms == NULL)
		return no_memory(err);
	for (uint32_t c = 0; c < e->suite.n_cells; c++) {
		const struct cell *cell = &e->suite.cells[c];
		struct alarm_rate *a = &s->alarms[s->n_alarms];

		if (cell->kind == CELL_PLANTED || cell->kind == CELL_EVASION)
			continue;
		*a = (struct alarm_rate){ .batches = e->suite.batches };
		(void)snprintf(a->cell, sizeof(a->cell), "%s", cell->name);
		for (uint32_t b = 0; b < e->suite.batches; b++)
			a->alarms +=
			    evaluation_outcome(e, c, b, 0)->metrics[METRIC_FALSE_ALARM] > 0;
		a->rate = exact_binomial(a->alarms, a->batches, 0.95);
		s->n_alarms++;
	}
	return COORD_OK;
}

enum coord_err
summary_bootstrap(const struct summary *s, struct bootstrap *ret, struct coord_error *err)
{
	uint32_t n = s->e->suite.n_cells * s->e->suite.batches;
	uint32_t *stratum = ARENA_ARRAY_RAW(s->arena, n + 1, uint32_t);

	if (stratum == NULL)
		return no_memory(err);
	for (uint32_t i = 0; i < n; i++)
		stratum[i] = i / s->e->suite.batches;
	*ret = (struct bootstrap){
		.n = n, .stratum = stratum, .resamples = BOOTSTRAP_RESAMPLES, .seed = 1
	};
	return COORD_OK;
}

enum coord_err
summary_init(const struct evaluation *e, struct summary *ret, struct coord_error *err)
{
	struct summary s = { .e = e, .arena = arena_new(0) };
	enum coord_err rc = s.arena == NULL ? no_memory(err) : make_scopes(&s, err);

	if (rc == COORD_OK)
		rc = make_columns(&s, err);
	if (rc == COORD_OK)
		rc = make_figures(&s, err);
	if (rc == COORD_OK)
		rc = count_alarms(&s, err);
	if (rc == COORD_OK)
		rc = summary_discriminate(&s, err);
	if (rc == COORD_OK)
		rc = summary_calibrate(&s, err);
	if (rc == COORD_OK)
		rc = summary_verdicts(&s, err);
	if (rc == COORD_OK)
		rc = summary_null(&s, err);
	if (rc != COORD_OK) {
		summary_clear(&s);
		return rc;
	}
	*ret = s;
	return COORD_OK;
}

void
summary_clear(struct summary *s)
{
	arena_free(s->arena);
	*s = (struct summary){ .e = NULL };
}
