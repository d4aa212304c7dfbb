/* features.c - see features.h. The features behind the channels describe the cluster itself; only the second question,
 * one actor or several, may weigh them against coordination by many. */
#include "detect/judge/features.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

enum { CHANNEL_FEATURE_MOST = 6 };

double
features_p(const struct tested *t, const struct detect_evidence *evidence, enum detect_channel c)
{
	const struct detect_evidence *e = &evidence[c];

	if (e->abstained || e->excluded || e->defining || isnan(e->p))
		return NAN;
	return fmin(1, e->p * fmax(1, t->selection[c]));
}

static double
channel_feature(
    const struct tested *t, const struct detect_evidence *evidence, enum detect_channel c)
{
	const struct detect_evidence *e = &evidence[c];
	double p;

	if (channels[c]->family == FAMILY_ARTEFACT)
		return e->abstained || e->excluded || isnan(e->log_e)
			   ? NAN
			   : fmin(e->log_e / log(10), CHANNEL_FEATURE_MOST);
	p = features_p(t, evidence, c);
	return isnan(p) ? NAN : fmin(fmax(0, -log10(p)), CHANNEL_FEATURE_MOST);
}

/* The largest share of the nodes that have one value. */
static double
largest_share(const struct evaluation *ev, const struct tested *t,
    uint64_t (*value)(const struct model *m, uint32_t node))
{
	struct arena_mark mark = arena_mark(ev->arena);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(ev->arena, t->cluster.n, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(ev->arena, t->cluster.n, struct sort_pair);
	uint32_t most = 0, run = 0;

	if (pairs == NULL || scratch == NULL) {
		arena_rewind(ev->arena, mark);
		return NAN;
	}
	for (uint32_t i = 0; i < t->cluster.n; i++)
		pairs[i] = (struct sort_pair){ value(ev->m, t->cluster.nodes[i]), i };
	sort_pairs(pairs, t->cluster.n, scratch);
	for (uint32_t i = 0; i < t->cluster.n; i++) {
		run = i > 0 && pairs[i].key == pairs[i - 1].key ? run + 1 : 1;
		most = run > most ? run : most;
	}
	arena_rewind(ev->arena, mark);
	return (double)most / t->cluster.n;
}

static uint64_t
network_of(const struct model *m, uint32_t node)
{
	struct addr a = m->source_addr[m->node_source[node]];
	size_t bytes = addr_is_v4(a) ? 15 : 8; /* the /24, the /64 */

	return hash_content((struct sv){ (const char *)a.bytes, bytes });
}

static uint64_t
tool_of(const struct model *m, uint32_t node)
{
	return m->node_stratum[node];
}

/* The median share of the cluster's time that a node is seen in: proxies and replaced instances live shortly. */
static double
median_lifetime(const struct evaluation *ev, const struct tested *t)
{
	const struct model *m = ev->m;
	struct arena_mark mark = arena_mark(ev->arena);
	double *life = ARENA_ARRAY_RAW(ev->arena, t->cluster.n, double), median;
	int64_t first = INT64_MAX, last = INT64_MIN;

	if (life == NULL)
		return NAN;
	for (uint32_t i = 0; i < t->cluster.n; i++) {
		uint32_t from = m->node_visits_start[t->cluster.nodes[i]];
		uint32_t to = m->node_visits_start[t->cluster.nodes[i] + 1];
		int64_t begin = m->visits[from].start_us, end = m->visits[to - 1].start_us;

		first = begin < first ? begin : first;
		last = end > last ? end : last;
		life[i] = (double)(end - begin);
	}
	median = stats_median(life, t->cluster.n);
	arena_rewind(ev->arena, mark);
	return last > first ? median / (double)(last - first) : NAN;
}

void
features_of(const struct evaluation *ev, const struct tested *t,
    const struct detect_evidence *evidence, uint32_t without, double *ret)
{
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		ret[c] = (without >> c & 1) != 0 ? NAN : channel_feature(t, evidence, c);
	ret[FEATURE_NULL_WORLDS] =
	    t->formed_by_content && !isnan(t->p_world) ? -log10(t->p_world) : NAN;
	ret[FEATURE_SIZE] = log10(t->cluster.n);
	ret[FEATURE_VISITS] = log10((double)(t->visits + 1) / t->cluster.n);
	ret[FEATURE_LIFETIME] = median_lifetime(ev, t);
	ret[FEATURE_ONE_NETWORK] = largest_share(ev, t, network_of);
	ret[FEATURE_ONE_TOOL] = largest_share(ev, t, tool_of);
}
