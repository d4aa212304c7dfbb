/* roc.c - one walk over the sorted items serves every measure: a step is a group of equal scores. */
#include "evaluate/roc.h"

#include <math.h>
#include <stdlib.h>

static int
order(const void *a, const void *b)
{
	const struct roc_item *x = a, *y = b;

	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->batch != y->batch)
		return x->batch < y->batch ? -1 : 1;
	return (x->positive < y->positive) - (x->positive > y->positive);
}

void
roc_sort(struct roc_item *items, size_t n)
{
	qsort(items, n, sizeof(*items), order);
}

struct walk {
	const struct roc_item *items;
	size_t n, at;
	double positives, negatives;   /* in all */
	double hits, alarms;           /* so far */
	double step_hits, step_alarms; /* of the last step */
	double score;
};

static struct walk
walk_start(const struct roc_item *items, size_t n)
{
	struct walk w = { .items = items, .n = n };

	for (size_t i = 0; i < n; i++)
		*(items[i].positive ? &w.positives : &w.negatives) += items[i].weight;
	return w;
}

static bool
walk_step(struct walk *w)
{
	if (w->at == w->n)
		return false;
	w->step_hits = w->step_alarms = 0;
	w->score = w->items[w->at].score;
	for (; w->at < w->n && w->items[w->at].score == w->score; w->at++) {
		const struct roc_item *item = &w->items[w->at];

		*(item->positive ? &w->step_hits : &w->step_alarms) += item->weight;
	}
	w->hits += w->step_hits;
	w->alarms += w->step_alarms;
	return true;
}

static bool
walk_undefined(const struct walk *w)
{
	return w->positives <= 0 || w->negatives <= 0;
}

double
roc_area(const struct roc_item *items, size_t n)
{
	struct walk w = walk_start(items, n);
	double area = 0;

	if (walk_undefined(&w))
		return NAN;
	while (walk_step(&w))
		area += w.step_alarms * (w.hits - w.step_hits / 2);
	return area / (w.positives * w.negatives);
}

double
roc_precision(const struct roc_item *items, size_t n)
{
	struct walk w = walk_start(items, n);
	double sum = 0;

	if (walk_undefined(&w))
		return NAN;
	while (walk_step(&w))
		if (w.step_hits > 0)
			sum += w.step_hits * w.hits / (w.hits + w.alarms);
	return sum / w.positives;
}

double
roc_recall_at(const struct roc_item *items, size_t n, double rate)
{
	struct walk w = walk_start(items, n);
	double best = 0;

	if (walk_undefined(&w))
		return NAN;
	while (walk_step(&w))
		if (w.alarms <= rate * w.negatives)
			best = w.hits / w.positives;
	return best;
}

/* Keeps about `most` of the steps: the first, the last and every so-manyth between. */
static bool
keep_step(const struct walk *w, size_t step, size_t steps, size_t most)
{
	return steps <= most || step % (steps / most + 1) == 0 || w->at == w->n;
}

static size_t
count_steps(const struct roc_item *items, size_t n)
{
	size_t steps = 0;

	for (size_t i = 0; i < n; i++)
		steps += i == 0 || items[i].score != items[i - 1].score;
	return steps;
}

size_t
roc_curve(const struct roc_item *items, size_t n, struct roc_point *ret, size_t most)
{
	struct walk w = walk_start(items, n);
	size_t steps = count_steps(items, n), kept = 0;

	if (walk_undefined(&w))
		return 0;
	for (size_t step = 0; kept < most && walk_step(&w); step++)
		if (keep_step(&w, step, steps, most - 1))
			ret[kept++] = (struct roc_point){ .false_rate = w.alarms / w.negatives,
				.recall = w.hits / w.positives,
				.precision = w.hits / (w.hits + w.alarms),
				.score = w.score };
	return kept;
}

size_t
roc_risk(
    const struct roc_item *items, size_t n, struct roc_point *ret, size_t most, double *ret_area)
{
	struct walk w = walk_start(items, n);
	double total = w.positives + w.negatives, area = 0;
	size_t steps = count_steps(items, n), kept = 0;

	for (size_t step = 0; walk_step(&w); step++) {
		double decided = w.hits + w.alarms;

		if (decided <= 0)
			continue;
		area += (w.step_hits + w.step_alarms) / total * w.alarms / decided;
		if (kept < most && keep_step(&w, step, steps, most - 1))
			ret[kept++] = (struct roc_point){ .false_rate = decided / total,
				.recall = w.hits,
				.precision = w.alarms / decided,
				.score = w.score };
	}
	*ret_area = total > 0 ? area : NAN;
	return kept;
}
