/* bicm.c - B6: the statistically validated projection: who shares more tokens than the bipartite configuration model allows, at
 * FDR 1 %, and Louvain on the network of validated pairs (Saracco, Straka, Di Clemente, Gabrielli, Caldarelli & Squartini,
 * New J. Phys. 2017; Cimini et al. 2021). The model keeps how active each source and how popular each token is, in the mean:
 *   p_iv = x_i y_v / (1 + x_i y_v),  V_ij ~ Poisson-binomial of p_iv p_jv, here by its Poisson approximation, as its authors'
 * own library does. It knows neither tools nor times of day, so copy-cats of one wordlist are validated (methods.md, P2).
 * Sources of one degree have one x, so the model is fitted and evaluated for classes of equal degree. */
#include "evaluate/baseline/louvain.h"
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sparse.h"

#include <math.h>
#include <stdlib.h>

enum { FIT_ROUNDS = 1000 };
#define FIT_CLOSE 1e-9

/** Nodes of one side by degree. Nodes of degree 0 are in no class. */
struct classes {
	uint32_t n;
	uint32_t *of; /* by node */
	double *degree, *size, *fitness;
};

struct validated {
	double p;
	uint32_t a, b;
};

static bool
classes_of(const struct sparse *m, struct arena *arena, struct classes *ret)
{
	struct classes c = { .of = arena_array_raw(arena, m->n, sizeof(*c.of)) };
	uint32_t *class_of = arena_array(arena, (size_t)m->width + 1, sizeof(*class_of));

	if (c.of == NULL || class_of == NULL)
		return false;
	for (uint32_t i = 0; i < m->n; i++)
		class_of[m->start[i + 1] - m->start[i]] = 1;
	for (uint32_t d = 0; d <= m->width; d++)
		class_of[d] = d > 0 && class_of[d] ? c.n++ : BASELINE_NONE;
	c.degree = arena_array(arena, c.n, sizeof(*c.degree));
	c.size = arena_array(arena, c.n, sizeof(*c.size));
	c.fitness = arena_array(arena, c.n, sizeof(*c.fitness));
	if (c.degree == NULL || c.size == NULL || c.fitness == NULL)
		return false;
	for (uint32_t i = 0; i < m->n; i++) {
		uint32_t degree = m->start[i + 1] - m->start[i];

		c.of[i] = class_of[degree];
		if (c.of[i] == BASELINE_NONE)
			continue;
		c.degree[c.of[i]] = degree;
		c.size[c.of[i]] += 1;
	}
	*ret = c;
	return true;
}

/* One step towards the fitness that gives each class its degree in the mean; returns the largest relative change. */
static double
fit_step(struct classes *a, const struct classes *b)
{
	double change = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		double sum = 0, next;

		for (uint32_t j = 0; j < b->n; j++)
			sum += b->size[j] * b->fitness[j] / (1 + a->fitness[i] * b->fitness[j]);
		next = a->degree[i] / sum;
		change = fmax(change, fabs(next - a->fitness[i]) / a->fitness[i]);
		a->fitness[i] = next;
	}
	return change;
}

static void
fit(struct classes *rows, struct classes *columns, double links)
{
	for (uint32_t i = 0; i < rows->n; i++)
		rows->fitness[i] = rows->degree[i] / sqrt(links);
	for (uint32_t j = 0; j < columns->n; j++)
		columns->fitness[j] = columns->degree[j] / sqrt(links);
	for (int round = 0; round < FIT_ROUNDS; round++)
		if (fmax(fit_step(rows, columns), fit_step(columns, rows)) < FIT_CLOSE)
			break;
}

/* Expected shared tokens of a source of class a and one of class b. */
static double *
expected_shared(const struct classes *rows, const struct classes *columns, struct arena *arena)
{
	double *mu = arena_array(arena, (size_t)rows->n * rows->n, sizeof(*mu));

	for (uint32_t a = 0; mu != NULL && a < rows->n; a++)
		for (uint32_t b = a; b < rows->n; b++) {
			double sum = 0;

			for (uint32_t v = 0; v < columns->n; v++) {
				double x = rows->fitness[a] * columns->fitness[v];
				double y = rows->fitness[b] * columns->fitness[v];

				sum += columns->size[v] * (x / (1 + x)) * (y / (1 + y));
			}
			mu[(size_t)a * rows->n + b] = mu[(size_t)b * rows->n + a] = sum;
		}
	return mu;
}

/* P(X >= k), Poisson. Only small values matter: 1 where the count is no more than expected. */
static double
poisson_upper(uint32_t k, double mu)
{
	double log_term = -mu, sum = 1, term = 1;

	if (k <= mu)
		return 1;
	for (uint32_t i = 1; i <= k; i++)
		log_term += log(mu / i);
	for (uint32_t i = k + 1; term > 1e-17 * sum; i++) {
		term *= mu / i;
		sum += term;
	}
	return exp(log_term) * sum;
}

static int
by_p(const void *a, const void *b)
{
	const struct validated *x = a, *y = b;

	if (x->p < y->p || x->p > y->p)
		return x->p < y->p ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

struct projection {
	struct arena *arena;
	struct sparse rows, columns;
	struct classes row_class, column_class;
	double *mu, *score;
	uint32_t *near;
	struct validated *list;
	size_t n, cap;
	double hypotheses;
};

static bool
keep(struct projection *p, struct validated pair)
{
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 1024 : 2 * p->cap;
		struct validated *list = arena_array_raw(p->arena, cap, sizeof(*list));

		if (list == NULL)
			return false;
		if (p->n > 0)
			memcpy(list, p->list, p->n * sizeof(*list));
		p->list = list;
		p->cap = cap;
	}
	p->list[p->n++] = pair;
	return true;
}

/* All pairs whose p-value could be rejected at all: Benjamini & Hochberg never reject above q. */
static bool
test_pairs(struct projection *p, double q)
{
	double sources = 0;

	for (uint32_t i = 0; i < p->rows.n; i++) {
		uint32_t found = sparse_near(&p->rows, &p->columns, i, p->score, p->near);
		const double *mu = p->mu;

		sources += found > 0;
		if (found > 0)
			mu += (size_t)p->row_class.of[i] * p->row_class.n;
		for (uint32_t k = 0; k < found; k++) {
			uint32_t j = p->near[k];
			struct validated pair = { 1, i, j };

			if (j > i)
				pair.p = poisson_upper(
				    (uint32_t)(p->score[j] + 0.5), mu[p->row_class.of[j]]);
			p->score[j] = 0;
			if (pair.p <= q && !keep(p, pair))
				return false;
		}
	}
	p->hypotheses = sources * (sources - 1) / 2;
	return true;
}

/* How many of the sorted pairs are rejected at FDR q. */
static size_t
rejected(const struct projection *p, double q)
{
	size_t n = p->n;

	while (n > 0 && p->list[n - 1].p > q * (double)n / p->hypotheses)
		n--;
	return n;
}

static enum coord_err
project(const struct session_table *t, const struct baseline_sources *sources, double q,
    struct projection *p, struct coord_error *err)
{
	struct sparse_bag bag = { .arena = p->arena };

	for (uint32_t row = 0; row < t->n; row++)
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (sources->of_row[row] != BASELINE_NONE && sparse_is_trace(&t->items[i]))
				sparse_bag_add(
				    &bag, sources->of_row[row], sparse_item_token(t, &t->items[i]));
	TRY(sparse_of_bag(&bag, sources->n, &p->rows, err));
	for (uint32_t i = 0; i < p->rows.start[p->rows.n]; i++)
		p->rows.value[i] = 1;
	TRY(sparse_transpose(&p->rows, p->arena, &p->columns, err));
	p->score = arena_array(p->arena, sources->n, sizeof(*p->score));
	p->near = arena_array_raw(p->arena, sources->n, sizeof(*p->near));
	if (p->score == NULL || p->near == NULL || !classes_of(&p->rows, p->arena, &p->row_class) ||
	    !classes_of(&p->columns, p->arena, &p->column_class))
		return baseline_full(err);
	fit(&p->row_class, &p->column_class, p->rows.start[p->rows.n]);
	p->mu = expected_shared(&p->row_class, &p->column_class, p->arena);
	if (p->mu == NULL || !test_pairs(p, q))
		return baseline_full(err);
	if (p->n > 1)
		qsort(p->list, p->n, sizeof(*p->list), by_p);
	p->n = rejected(p, q);
	return COORD_OK;
}

/* Ranks communities: the share of their pairs that are validated. */
static enum coord_err
communities(const struct baseline_sources *sources, struct projection *p, struct grouping *ret,
    struct coord_error *err)
{
	struct baseline_members members;
	struct louvain_edge *edges = arena_array_raw(p->arena, p->n, sizeof(*edges));
	uint32_t *label = arena_array_raw(p->arena, sources->n, sizeof(*label)), count;
	double *rank = arena_array(p->arena, sources->n, sizeof(*rank));
	double *size = arena_array(p->arena, sources->n, sizeof(*size));

	if (edges == NULL || label == NULL || rank == NULL || size == NULL)
		return baseline_full(err);
	for (size_t i = 0; i < p->n; i++)
		edges[i] = (struct louvain_edge){ p->list[i].a, p->list[i].b, 1 };
	TRY(louvain(sources->n, edges, p->n, 0, p->arena, label, &count, err));
	for (uint32_t i = 0; i < sources->n; i++)
		if (label[i] != BASELINE_NONE)
			size[label[i]] += 1;
	for (size_t i = 0; i < p->n; i++)
		if (label[edges[i].a] == label[edges[i].b])
			rank[label[edges[i].a]] += 1;
	for (uint32_t c = 0; c < count; c++)
		rank[c] = size[c] > 1 ? rank[c] / (size[c] * (size[c] - 1) / 2) : 0;
	TRY(baseline_members_of(label, sources->n, p->arena, &members, err));
	return baseline_group(sources, &members, count, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}

BASELINE_RUN(bicm)
{
	struct baseline_sources sources;
	struct projection p = { .arena = arena };

	(void)seed;
	if (!(point > 0 && point < 1))
		return error_set(
		    err, COORD_EINVALID, "baseline: false discovery rate outside (0, 1)");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(baseline_quadratic(sources.n, err));
	TRY(project(table, &sources, point, &p, err));
	return communities(&sources, &p, ret, err);
}
