/* verdict.c - see verdict.h. Absence of evidence is no evidence of absence: "coincidental" needs power. */
#include "detect/verdict.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

static const double coordinated_from = 0.9, coordinated_low = 0.8, coincidental_to = 0.1,
		    power_least = 0.8;
static const double one_network =
    0.8; /* share of sources in one /24 or /64 that makes one actor likely */

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

/* Most of the sources in one network: one line, one rack, one owner. */
static bool
in_one_network(const struct evaluation *ev, const struct tested *t)
{
	const struct detect_evidence *e = &t->evidence[CHANNEL_INFRASTRUCTURE];

	if (e->abstained || e->excluded || e->n_top == 0 || e->n < 2)
		return false;
	(void)ev;
	return strstr(e->top[0].what, "/16") == NULL && strstr(e->top[0].what, "/32") == NULL &&
	       e->top[0].nodes >= one_network * e->n;
}

static enum coord_err
judge(struct judgement *ret, const struct evaluation *ev, enum detect_verdict verdict,
    const char *qualifier, const char *reason, struct coord_error *err)
{
	ret->verdict = verdict;
	ret->qualifier = qualifier;
	ret->reason = arena_strdup(ev->arena, sv_from(reason));
	return ret->reason == NULL ? model_full(err) : COORD_OK;
}

static const char *
families_text(const struct score *s, char *out, size_t size)
{
	static const char *const names[FAMILY_COUNT] = { "what they do", "when they act",
		"where they sit", "an exclusive artefact" };
	size_t at = 0;

	out[0] = 0;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if (!isnan(s->family_log_e[f]) && s->family_log_e[f] > 1)
			at += (size_t)snprintf(
			    out + at, size - at, "%s%s", at > 0 ? ", " : "", names[f]);
	return out;
}

static enum coord_err
not_coordinated(const struct evaluation *ev, const struct tested *t, const struct score *s,
    struct judgement *ret, struct coord_error *err)
{
	char text[200];
	bool background = ev->ref != NULL || ev->m->n_nodes >= t->cluster.n + STRATUM_LEAST;

	if (s->evidence_confidence <= coincidental_to && background &&
	    verdict_power(ev, t->cluster.nodes, t->cluster.n) >= power_least)
		return judge(ret, ev, VERDICT_COINCIDENTAL, NULL,
		    "Nothing here exceeds what independent sources of the same tools do, and a "
		    "typical campaign "
		    "would have been seen.",
		    err);
	if (s->cap != NULL) {
		(void)snprintf(text, sizeof(text), "Not enough: %s.", s->cap);
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL, text, err);
	}
	return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
	    s->evidence_confidence <= coincidental_to
		? "No sign of coordination, but too little data to call it coincidence."
		: "The evidence for coordination does not reach 0.90 with a lower bound of 0.80.",
	    err);
}

enum coord_err
verdict_of(const struct evaluation *ev, const struct tested *t, const struct score *s,
    struct judgement *ret, struct coord_error *err)
{
	uint32_t visits = model_visits(ev->m, t->cluster.nodes, t->cluster.n);
	char families[160], text[260];

	if (t->cluster.n < CLUSTER_NODES_LEAST && !s->artefact)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "Fewer than three sources and no exclusive artefact: nothing can be said.",
		    err);
	if (visits < SCORE_VISITS_LEAST)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "Fewer than eight visits: too little to judge.", err);
	if (s->evidence_confidence < coordinated_from || s->evidence_low < coordinated_low)
		return not_coordinated(ev, t, s, ret, err);
	(void)snprintf(text, sizeof(text), "Significant in %s%s.",
	    families_text(s, families, sizeof(families)),
	    s->cap != NULL ? "; without a reference background the confidence ends at 0.80" : "");
	if (in_one_network(ev, t))
		return judge(ret, ev, VERDICT_SINGLE_ACTOR, NULL, text, err);
	return judge(ret, ev, VERDICT_CAMPAIGN, "control_structure_undetermined", text, err);
}
