/* explanation.c - see explanation.h. A group of independent attackers is alike for a reason, and naming it is worth more to a
 * reader than "coincidence". Each reason is a share of the group's nodes for which it holds, set against the same share
 * among the other nodes of the batch: what everybody has in common explains nobody's likeness.
 *   sensor_artefact  they have a masked visit in the same span of time (masks.c)
 *   flash_crowd      they carry one command or request that hardly anybody else does, and were first seen within a day of
 *                    its first sighting
 *   same_tool        they have the most frequent tool family of the group
 *   same_wordlist    pairs share credentials, and the ones that they share are tried by others too
 *   same_hosting     their sources are in the group's most frequent AS, /24 or /16 (IPv6: /48, /32)
 *   same_hours       resultant length of their visits' hours of the day (circular statistics, Mardia & Jupp 2000) */
#include "detect/explanation.h"

#include <math.h>
#include <stdlib.h>

#include "reference/reference.h"

static const double particular_least = 0.5, general_least = 0.3;
static const double near = 0.1; /* of two that fit about as well, the preferred */
static const int64_t day_us = 86400 * TIME_SECOND;
enum { FLASH_OUTSIDE_MOST = 4 /* one in so many carriers may be outside */ };

static const char *const names[EXPLANATION_COUNT] = {
#define EXPLANATION_NAME(id, name) name,
	EXPLANATIONS(EXPLANATION_NAME)
#undef EXPLANATION_NAME
};

struct group {
	const struct evaluation *ev;
	const struct model *m;
	const uint32_t *nodes;
	uint32_t n;
	bool *inside; /* by node */
	const struct backdrop *backdrop;
	struct arena *scratch;
};

static uint64_t
network_of(const struct evaluation *ev, uint32_t node, unsigned level)
{
	const struct model *m = ev->m;
	struct addr a = m->source_addr[ev->observed.node_source[node]], p;
	bool v4 = addr_is_v4(a);
	uint32_t asn = m->table->asn[m->node_sessions[m->node_sessions_start[node]]];

	if (level == 2) {
		if (ev->config->asn_of != NULL)
			asn = ev->config->asn_of(ev->config->asn_context, a);
		return asn;
	}
	p = addr_prefix(a, level == 0 ? (v4 ? 24 : 48) : (v4 ? 16 : 32));
	return hash_content((struct sv){ (const char *)p.bytes, sizeof(p.bytes) }) | 1;
}

static void
add_hour(int64_t at_us, double *x, double *y)
{
	double angle = 2 * 3.14159265358979323846 * (double)(at_us % day_us) / (double)day_us;

	*x += cos(angle);
	*y += sin(angle);
}

enum coord_err
backdrop_make(
    const struct evaluation *ev, struct arena *arena, struct backdrop *ret, struct coord_error *err)
{
	const struct model *m = ev->m;

	*ret = (struct backdrop){ .visits = m->n_visits };
	for (unsigned level = 0; level < EXPLANATION_NETWORKS; level++) {
		uint64_t *network = ARENA_ARRAY_RAW(arena, m->n_nodes, uint64_t);

		if (network == NULL)
			return model_full(err);
		for (uint32_t i = 0; i < m->n_nodes; i++)
			network[i] = network_of(ev, i, level);
		ret->network[level] = network;
	}
	for (uint32_t v = 0; v < m->n_visits; v++)
		add_hour(m->visits[v].start_us, &ret->x, &ret->y);
	return COORD_OK;
}

static double
excess(double in, double out)
{
	return in <= out || out >= 1 ? 0 : (in - out) / (1 - out);
}

/* Share of the nodes inside and outside for which `has` holds. */
static double
excess_of(const struct group *g, const bool *has)
{
	uint32_t in = 0, out = 0, others = g->m->n_nodes - g->n;

	for (uint32_t i = 0; i < g->m->n_nodes; i++) {
		in += has[i] && g->inside[i];
		out += has[i] && !g->inside[i];
	}
	return excess((double)in / g->n, others == 0 ? 0 : (double)out / others);
}

static double
fit_sensor(const struct group *g)
{
	const struct model *m = g->m;
	uint32_t *masked, n = 0;
	double best = 0;
	bool *has;

	if (m->n_masks == 0)
		return 0;
	has = ARENA_ARRAY(g->scratch, m->n_nodes, bool);
	masked = ARENA_ARRAY_RAW(g->scratch, m->n_visits, uint32_t);
	if (has == NULL || masked == NULL)
		return 0;
	for (uint32_t v = 0; v < m->n_visits; v++)
		if (m->visit_masked[v])
			masked[n++] = v;
	for (uint32_t k = 0; n > 0 && k < m->n_masks; k++) {
		const struct detect_mask *mask = &m->masks[k];

		memset(has, 0, m->n_nodes * sizeof(*has));
		for (uint32_t i = 0; i < n; i++) {
			const struct visit *v = &m->visits[masked[i]];

			if (v->start_us >= mask->from_us && v->start_us <= mask->to_us)
				has[v->node] = true;
		}
		best = fmax(best, excess_of(g, has));
	}
	return best;
}

static int64_t
first_seen(const struct model *m, uint32_t node)
{
	return m->visits[m->node_visits_start[node]].start_us;
}

/* The token of a layer that the most members carry and hardly anybody else; MAP_NONE: none that half of them do. */
static uint32_t
own_token(const struct group *g, enum layer layer)
{
	const struct layer_tokens *l = &g->m->layers[layer];
	uint32_t *count = ARENA_ARRAY(g->scratch, l->n_tokens, uint32_t);
	uint32_t best = MAP_NONE, most = g->n / 2;

	if (count == NULL)
		return MAP_NONE;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t c = l->start[g->nodes[i]]; c < l->start[g->nodes[i] + 1]; c++)
			count[l->cell_token[l->cell[c]]]++;
	for (uint32_t t = 0; t < l->n_tokens; t++) {
		uint32_t outside = l->token_nodes[t] - count[t];

		if (count[t] <= most || outside * FLASH_OUTSIDE_MOST > l->token_nodes[t])
			continue;
		most = count[t];
		best = t;
	}
	return best;
}

static bool
carries(const struct layer_tokens *l, uint32_t node, uint32_t token)
{
	for (uint32_t c = l->start[node]; c < l->start[node + 1]; c++)
		if (l->cell_token[l->cell[c]] == token)
			return true;
	return false;
}

/* Members that carry the token and came within a day of the first of them, against all others that came that day. What is
 * there from the start of the log, or was there before it (the reference), is no news. */
static double
fit_news(const struct group *g, enum layer layer)
{
	const struct model *m = g->m;
	const struct layer_tokens *l = &m->layers[layer];
	uint32_t token = own_token(g, layer), in = 0, out = 0;
	int64_t first = INT64_MAX, start = m->visits[m->visit_order[0]].start_us;

	if (token == MAP_NONE)
		return 0;
	for (uint32_t s = 0; g->ev->ref != NULL && s < m->n_strata; s++)
		if (reference_token_nodes(
			g->ev->ref, m->strata[s].key, (uint32_t)layer, l->token_hash[token]) > 0)
			return 0;
	for (uint32_t i = 0; i < g->n; i++)
		if (carries(l, g->nodes[i], token) && first_seen(m, g->nodes[i]) < first)
			first = first_seen(m, g->nodes[i]);
	if (first - start < day_us / 4)
		return 0;
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		int64_t at = first_seen(m, i);

		if (at < first || at >= first + day_us)
			continue;
		in += g->inside[i] && carries(l, i, token);
		out += !g->inside[i];
	}
	return excess(
	    (double)in / g->n, m->n_nodes == g->n ? 0 : (double)out / (m->n_nodes - g->n));
}

static double
fit_tool(const struct group *g)
{
	const struct model *m = g->m;
	bool *has = ARENA_ARRAY(g->scratch, m->n_nodes, bool);
	const char *tool = "";
	uint32_t run = 0;

	/* a tool of most of them survives the voting of Boyer and Moore */
	for (uint32_t i = 0; i < g->n; i++) {
		const char *own = m->node_tool[g->nodes[i]];

		if (run == 0)
			tool = own;
		run = strcmp(own, tool) == 0 ? run + 1 : run - 1;
	}
	if (has == NULL || tool[0] == 0)
		return 0;
	for (uint32_t i = 0; i < m->n_nodes; i++)
		has[i] = strcmp(m->node_tool[i], tool) == 0;
	return excess_of(g, has);
}

/* Mean credentials that a pair shares, inside and in the whole batch; only those count that others try too. */
static double
fit_wordlist(const struct group *g)
{
	const struct layer_tokens *l = &g->m->layers[LAYER_CREDENTIAL];
	uint32_t *count = ARENA_ARRAY(g->scratch, l->n_tokens, uint32_t);
	double in = 0, shared = 0, all = 0, with = 0, pairs, all_pairs;

	if (count == NULL || g->n < 2)
		return 0;
	for (uint32_t i = 0; i < g->n; i++) {
		with += l->start[g->nodes[i] + 1] > l->start[g->nodes[i]];
		for (uint32_t c = l->start[g->nodes[i]]; c < l->start[g->nodes[i] + 1]; c++)
			count[l->cell_token[l->cell[c]]]++;
	}
	for (uint32_t t = 0; t < l->n_tokens; t++) {
		double k = count[t], n = l->token_nodes[t];
		bool known = n - k >= 2;

		for (uint32_t s = 0; !known && k >= 2 && g->ev->ref != NULL && s < g->m->n_strata;
		     s++)
			known = reference_token_nodes(g->ev->ref, g->m->strata[s].key,
				    LAYER_CREDENTIAL, l->token_hash[t]) > 1;
		shared += k * (k - 1) / 2;
		in += known ? k * (k - 1) / 2 : 0;
		all += n * (n - 1) / 2;
	}
	pairs = (double)g->n * (g->n - 1) / 2;
	all_pairs = (double)g->m->n_nodes * (g->m->n_nodes - 1) / 2;
	if (shared <= 0 || in / pairs <= all / all_pairs)
		return 0;
	return (in / shared) * (1 - all / all_pairs / (in / pairs)) * (with / g->n);
}

static int
u64_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double
fit_hosting_at(const struct group *g, unsigned level, uint64_t *numbers, bool *has)
{
	const uint64_t *network = g->backdrop->network[level];
	uint64_t best = 0;
	uint32_t most = 0;

	for (uint32_t i = 0; i < g->n; i++)
		numbers[i] = network[g->nodes[i]];
	qsort(numbers, g->n, sizeof(*numbers), u64_order);
	for (uint32_t from = 0, to; from < g->n; from = to) {
		for (to = from; to < g->n && numbers[to] == numbers[from]; to++)
			;
		if (numbers[from] != 0 && to - from > most) {
			most = to - from;
			best = numbers[from];
		}
	}
	if (most < 2)
		return 0;
	for (uint32_t i = 0; i < g->m->n_nodes; i++)
		has[i] = network[i] == best;
	return excess_of(g, has);
}

static double
fit_hosting(const struct group *g)
{
	uint64_t *numbers = ARENA_ARRAY_RAW(g->scratch, g->n, uint64_t);
	bool *has = ARENA_ARRAY(g->scratch, g->m->n_nodes, bool);
	double best = 0;

	for (unsigned level = 0; numbers != NULL && has != NULL && level < EXPLANATION_NETWORKS;
	     level++)
		best = fmax(best, fit_hosting_at(g, level, numbers, has));
	return best;
}

/* How concentrated the hours of the day are: 0 all round the clock, 1 always the same minute. */
static double
resultant(double x, double y, double n)
{
	return n <= 0 ? 0 : sqrt(x * x + y * y) / n;
}

/* Hours need days: of a log of one day they say when it was taken, of three visits nothing. */
static double
fit_hours(const struct group *g)
{
	const struct model *m = g->m;
	int64_t span = m->visits[m->visit_order[m->n_visits - 1]].start_us -
		       m->visits[m->visit_order[0]].start_us;
	double x = 0, y = 0, n = model_visits(m, g->nodes, g->n);

	if (span < 2 * day_us || n < 8)
		return 0;
	for (uint32_t i = 0; i < g->n; i++)
		for (uint32_t v = m->node_visits_start[g->nodes[i]];
		     v < m->node_visits_start[g->nodes[i] + 1]; v++)
			add_hour(m->visits[v].start_us, &x, &y);
	return excess(resultant(x, y, n),
	    resultant(g->backdrop->x - x, g->backdrop->y - y, g->backdrop->visits - n));
}

enum coord_err
explanation_fit(const struct evaluation *ev, const struct tested *t, double ret[EXPLANATION_COUNT],
    struct coord_error *err)
{
	struct backdrop own;
	struct group g = { .ev = ev,
		.m = ev->m,
		.nodes = t->cluster.nodes,
		.n = t->cluster.n,
		.backdrop = ev->backdrop,
		.scratch = arena_new(0) };

	g.inside = g.scratch == NULL ? NULL : ARENA_ARRAY(g.scratch, ev->m->n_nodes, bool);
	if (g.inside == NULL || g.n == 0) {
		arena_free(g.scratch);
		return model_full(err);
	}
	if (g.backdrop == NULL && backdrop_make(ev, g.scratch, &own, err) != COORD_OK) {
		arena_free(g.scratch);
		return COORD_ELIMIT;
	}
	g.backdrop = g.backdrop == NULL ? &own : g.backdrop;
	for (uint32_t i = 0; i < g.n; i++)
		g.inside[g.nodes[i]] = true;
	ret[EXPLANATION_SENSOR] = fit_sensor(&g);
	ret[EXPLANATION_FLASH] = fmax(fit_news(&g, LAYER_COMMAND), fit_news(&g, LAYER_WEB));
	ret[EXPLANATION_TOOL] = fit_tool(&g);
	ret[EXPLANATION_WORDLIST] = fit_wordlist(&g);
	ret[EXPLANATION_HOSTING] = fit_hosting(&g);
	ret[EXPLANATION_HOURS] = fit_hours(&g);
	arena_free(g.scratch);
	return COORD_OK;
}

const char *
explanation_of(const struct evaluation *ev, const struct tested *t)
{
	double fit[EXPLANATION_COUNT];
	enum explanation best = EXPLANATION_TOOL;

	if (explanation_fit(ev, t, fit, NULL) != COORD_OK)
		return NULL;
	for (enum explanation e = EXPLANATION_SENSOR; e <= EXPLANATION_FLASH; e++)
		if (fit[e] >= particular_least)
			return names[e];
	for (enum explanation e = EXPLANATION_TOOL; e < EXPLANATION_COUNT; e++)
		best = fit[e] > fit[best] + near ? e : best;
	return fit[best] >= general_least ? names[best] : NULL;
}
