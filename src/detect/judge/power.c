/* power.c - would a campaign have been seen? Absence of evidence is no evidence of absence: "coincidental" needs power. */
#include <math.h>
#include <stdlib.h>

#include "detect/judge/verdict.h"
#include "detect/stats.h"

/* Power of the 60 s count. mu: coincidences by chance, from the visits an hour holds; the campaign adds joint events of
 * all its nodes, 0.84 of whose pairs fall within 60 s when starts are spread with sd 30 s. Normal approximation, with
 * the pairs of one event moving together. */
static double
power_from(double mu, double nodes, double visits_each)
{
	double pairs = nodes * (nodes - 1) / 2;
	double events = 0.3 * visits_each;
	double extra = 0.84 * events * pairs;
	double threshold = mu + 2.326 * sqrt(mu > 1 ? mu : 1) + 1;
	double spread = sqrt(mu + extra * (1 + pairs / 4));

	if (nodes < 2 || visits_each <= 0)
		return 0;
	return stats_normal_sf((threshold - mu - extra) / spread);
}

struct hour_of_node {
	int64_t hour;
	uint32_t node;
};

static int
hour_order(const void *a, const void *b)
{
	const struct hour_of_node *x = a, *y = b;

	if (x->hour != y->hour)
		return x->hour < y->hour ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

double
verdict_power(const struct evaluation *ev, const uint32_t *nodes, uint32_t n)
{
	const struct model *m = ev->m;
	uint32_t visits = model_visits(m, nodes, n), at = 0;
	struct arena_mark mark = arena_mark(ev->arena);
	struct hour_of_node *h = ARENA_ARRAY_RAW(ev->arena, visits, struct hour_of_node);
	double mu = 0;

	if (h == NULL || n < 2)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t v = m->node_visits_start[nodes[i]];
		     v < m->node_visits_start[nodes[i] + 1]; v++)
			h[at++] =
			    (struct hour_of_node){ m->visits[v].start_us / (3600 * TIME_SECOND),
				    nodes[i] };
	qsort(h, visits, sizeof(*h), hour_order);
	for (uint32_t from = 0, to; from < visits; from = to) {
		for (to = from; to < visits && h[to].hour == h[from].hour; to++)
			;
		mu += (double)(to - from) * (to - from - 1) / 2 * (120.0 / 3600.0);
	}
	arena_rewind(ev->arena, mark);
	return power_from(mu, n, (double)visits / n);
}

double
verdict_batch_power(const struct evaluation *ev)
{
	const struct model *m = ev->m;
	struct arena_mark mark = arena_mark(ev->arena);
	double *each = ARENA_ARRAY_RAW(ev->arena, m->n_nodes, double);
	double median, span_hours, mu;

	if (each == NULL || m->n_nodes < 5)
		return 0;
	for (uint32_t i = 0; i < m->n_nodes; i++)
		each[i] = m->node_visits_start[i + 1] - m->node_visits_start[i];
	median = stats_median(each, m->n_nodes);
	arena_rewind(ev->arena, mark);
	span_hours = 1 + (double)(m->visits[m->visit_order[m->n_visits - 1]].start_us -
				  m->visits[m->visit_order[0]].start_us) /
			     (3600.0 * TIME_SECOND);
	mu = 10 * median * median / span_hours * (120.0 / 3600.0);
	/* five nodes must also be found: their pairs have to pass e-BH, which needs a handful of meetings each */
	return 0.3 * median < 3 ? 0 : power_from(mu, 5, median);
}
