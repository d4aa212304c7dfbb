/* campaign.c - who is in a cluster, when it acted, what it did. */
#include <math.h>
#include <stdlib.h>

#include "detect/assemble.h"
#include "detect/explanation.h"
#include "detect/judge/judge.h"
#include "detect/knowledge/fleet.h"
#include "detect/text/techniques.h"

enum { ARTEFACTS_MOST = 50, BEHAVIOUR_MOST = 5, TECHNIQUE_SESSIONS_MOST = 20000 };

static int
u32_order(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static enum coord_err
list_sessions(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	const struct model *m = ev->m;
	const struct session_table *table = m->table;
	uint32_t total = 0;

	for (uint32_t i = 0; i < t->cluster.n; i++)
		total += m->node_sessions_start[t->cluster.nodes[i] + 1] -
			 m->node_sessions_start[t->cluster.nodes[i]];
	if ((c->sessions = ARENA_ARRAY_RAW(ev->arena, total, uint32_t)) == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < t->cluster.n; i++) {
		uint32_t from = m->node_sessions_start[t->cluster.nodes[i]];
		uint32_t to = m->node_sessions_start[t->cluster.nodes[i] + 1];

		memcpy(c->sessions + c->n_sessions, m->node_sessions + from,
		    (to - from) * sizeof(from));
		c->n_sessions += to - from;
	}
	qsort(c->sessions, c->n_sessions, sizeof(*c->sessions), u32_order);
	c->first_us = table->start_us[c->sessions[0]]; /* the table is in time order */
	c->last_us = table->start_us[c->sessions[c->n_sessions - 1]];
	return COORD_OK;
}

static enum coord_err
list_sources(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	const struct model *m = ev->m;
	uint32_t *sources = ARENA_ARRAY_RAW(ev->arena, t->cluster.n, uint32_t);
	uint64_t key = 0;
	char *hex = ARENA_ARRAY(ev->arena, 17, char);

	c->sources = ARENA_ARRAY_RAW(ev->arena, t->cluster.n, struct addr);
	if (sources == NULL || hex == NULL || c->sources == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < t->cluster.n; i++)
		sources[i] = m->node_source[t->cluster.nodes[i]];
	qsort(sources, t->cluster.n, sizeof(*sources), u32_order);
	for (uint32_t i = 0; i < t->cluster.n; i++) {
		struct addr a = m->source_addr[sources[i]];

		if (i > 0 && sources[i] == sources[i - 1])
			continue;
		c->sources[c->n_sources++] = a;
		key = hash_mix(
		    key, hash_content((struct sv){ (const char *)a.bytes, sizeof(a.bytes) }));
	}
	(void)snprintf(hex, 17, "%016llx", (unsigned long long)key);
	c->key = hex;
	return COORD_OK;
}

struct sensor_ref {
	uint32_t id;
	struct sv text;
};

static int
sensor_order(const void *a, const void *b)
{
	return sv_cmp(((const struct sensor_ref *)a)->text, ((const struct sensor_ref *)b)->text);
}

static enum coord_err
list_sensors(const struct evaluation *ev, struct detect_campaign *c, struct coord_error *err)
{
	const struct session_table *table = ev->m->table;
	struct map seen = MAP_INIT;
	struct sensor_ref *refs = ARENA_ARRAY_RAW(ev->arena, c->n_sessions, struct sensor_ref);
	enum coord_err rc = COORD_OK;

	c->sensors = ARENA_ARRAY_RAW(ev->arena, c->n_sessions, uint32_t);
	if (refs == NULL || c->sensors == NULL)
		return model_full(err);
	for (uint32_t i = 0; rc == COORD_OK && i < c->n_sessions; i++) {
		uint32_t id = table->text[TEXT_SENSOR][c->sessions[i]];
		uint32_t *slot = id == STR_NONE ? NULL : map_slot(&seen, id);

		if (id == STR_NONE)
			continue;
		if (slot == NULL)
			rc = model_full(err);
		else if (*slot == MAP_NONE) {
			*slot = 1;
			refs[c->n_sensors++] = (struct sensor_ref){ id, session_string(table, id) };
		}
	}
	map_clear(&seen);
	if (c->n_sensors > 0)
		qsort(refs, c->n_sensors, sizeof(*refs), sensor_order);
	for (uint32_t i = 0; i < c->n_sensors; i++)
		c->sensors[i] = refs[i].id;
	return rc;
}

static int
artefact_order(const void *a, const void *b)
{
	const struct detect_artefact *x = a, *y = b;

	if (x->is_public != y->is_public)
		return x->is_public ? 1 : -1;
	if (x->sources != y->sources)
		return x->sources > y->sources ? -1 : 1;
	if (x->log_bayes != y->log_bayes)
		return x->log_bayes > y->log_bayes ? -1 : 1;
	return strcmp(x->value, y->value);
}

static uint32_t
sources_inside(const struct model *m, const struct carried *a, const struct cluster *cl,
    uint32_t *seen, uint32_t stamp)
{
	uint32_t sources = 0;

	for (uint32_t i = 0, j = 0; i < a->n_nodes && j < cl->n;) {
		if (a->nodes[i] == cl->nodes[j]) {
			uint32_t s = m->node_source[a->nodes[i]];

			sources += seen[s] != stamp;
			seen[s] = stamp;
			i++;
			j++;
		} else if (a->nodes[i] < cl->nodes[j]) {
			i++;
		} else {
			j++;
		}
	}
	return sources;
}

/* The sources of the cluster that carry an artefact, ascending. Nodes are numbered by first visit, sources by address: so
 * they are sorted, and one source may have several nodes. */
static enum coord_err
list_carriers(const struct evaluation *ev, const struct tested *t, const struct carried *a,
    struct detect_artefact *ret, struct coord_error *err)
{
	const struct model *m = ev->m;
	uint32_t most = a->n_nodes < t->cluster.n ? a->n_nodes : t->cluster.n, n = 0, kept = 0;
	uint32_t *sources = ARENA_ARRAY_RAW(ev->arena, most, uint32_t);
	struct addr *carriers = ARENA_ARRAY_RAW(ev->arena, ret->sources, struct addr);

	if (sources == NULL || carriers == NULL)
		return model_full(err);
	for (uint32_t i = 0, j = 0; i < a->n_nodes && j < t->cluster.n;) {
		uint32_t node = a->nodes[i], member = t->cluster.nodes[j];

		i += node <= member;
		j += member <= node;
		if (node == member)
			sources[n++] = m->node_source[node];
	}
	qsort(sources, n, sizeof(*sources), u32_order);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || sources[i] != sources[i - 1])
			carriers[kept++] = m->source_addr[sources[i]];
	ret->carriers = carriers;
	return COORD_OK;
}

static enum coord_err
list_artefacts(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	const struct model *m = ev->m;
	struct arena_mark mark;
	struct detect_artefact *all;
	uint32_t *seen;

	c->artefacts = ARENA_ARRAY_RAW(ev->arena, ARTEFACTS_MOST, struct detect_artefact);
	mark = arena_mark(ev->arena); /* the rest is as large as the batch, for each campaign */
	all = ARENA_ARRAY_RAW(ev->arena, m->n_artefacts, struct detect_artefact);
	seen = ARENA_ARRAY(ev->arena, m->n_sources, uint32_t);
	if (seen == NULL || all == NULL || c->artefacts == NULL)
		return model_full(err);
	for (uint32_t i = 0; ev->config->decoordinate == 0 && i < m->n_artefacts; i++) {
		const struct carried *a = &m->artefacts[i];
		uint32_t inside = sources_inside(m, a, &t->cluster, seen, i + 1);

		if (inside < 2)
			continue;
		all[c->n_artefacts++] = (struct detect_artefact){ .kind = artefact_kind_name(
								      (enum artefact_kind)a->kind),
			.value = a->value,
			.sources = inside,
			.is_public = a->is_public,
			.log_bayes =
			    a->is_public ? 0 : artefact_log_bayes((enum artefact_kind)a->kind) };
	}
	if (c->n_artefacts > 0)
		qsort(all, c->n_artefacts, sizeof(*all), artefact_order);
	c->n_artefacts = c->n_artefacts < ARTEFACTS_MOST ? c->n_artefacts : ARTEFACTS_MOST;
	if (c->n_artefacts > 0)
		memcpy(c->artefacts, all, c->n_artefacts * sizeof(*all));
	arena_rewind(ev->arena, mark);
	for (uint32_t k = 0; k < c->n_artefacts; k++)
		for (uint32_t i = 0; i < m->n_artefacts; i++)
			if (m->artefacts[i].value == c->artefacts[k].value)
				TRY(list_carriers(ev, t, &m->artefacts[i], &c->artefacts[k], err));
	return COORD_OK;
}

static int
technique_order(const void *a, const void *b)
{
	const struct detect_technique *x = a, *y = b;

	if (x->sessions != y->sessions)
		return x->sessions > y->sessions ? -1 : 1;
	return strcmp(x->id, y->id);
}

/* Of very large clusters evenly spaced sessions are read and the counts scaled up. */
static enum coord_err
list_techniques(const struct evaluation *ev, struct detect_campaign *c, struct coord_error *err)
{
	uint32_t count[TECHNIQUES_MAX] = { 0 };
	uint32_t step = c->n_sessions / TECHNIQUE_SESSIONS_MOST + 1;
	struct arena *scratch = arena_new(0);
	struct technique_memo memo = { .n = 0 };

	c->techniques = ARENA_ARRAY_RAW(ev->arena, TECHNIQUES_MAX, struct detect_technique);
	if (scratch == NULL || c->techniques == NULL) {
		arena_free(scratch);
		return model_full(err);
	}
	for (uint32_t i = 0; i < c->n_sessions; i += step) {
		uint8_t found[TECHNIQUES_MAX];
		struct arena_mark mark = arena_mark(scratch);
		size_t n = techniques_of_session(
		    ev->m->table, c->sessions[i], &memo, scratch, found, TECHNIQUES_MAX);

		for (size_t k = 0; k < n; k++)
			count[found[k]] += step;
		arena_rewind(scratch, mark);
	}
	technique_memo_clear(&memo);
	arena_free(scratch);
	for (size_t k = 0; k < technique_count(); k++)
		if (count[k] > 0)
			c->techniques[c->n_techniques++] =
			    (struct detect_technique){ technique_at(k)->id, technique_at(k)->name,
				    count[k] < c->n_sessions ? count[k] : c->n_sessions };
	if (c->n_techniques > 0)
		qsort(c->techniques, c->n_techniques, sizeof(*c->techniques), technique_order);
	return COORD_OK;
}

static const char *
behaviour_line(struct arena *arena, const struct detect_top *top)
{
	if (strcmp(top->kind, "credential") == 0)
		return arena_printf(arena, "tries %s", top->what);
	if (strcmp(top->kind, "fingerprint") == 0)
		return arena_printf(arena, "fingerprint %s", top->what);
	return top->what;
}

/* The tops of what they do, in the words of the tokens; credentials when there is nothing else. */
static enum coord_err
list_behaviour(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	static const enum detect_channel from[] = { CHANNEL_BEHAVIOUR, CHANNEL_DICTIONARY };

	c->behaviour = ARENA_ARRAY(ev->arena, BEHAVIOUR_MOST, const char *);
	if (c->behaviour == NULL)
		return model_full(err);
	for (size_t k = 0; k < 2; k++) {
		const struct detect_evidence *e = &t->evidence[from[k]];

		for (uint32_t i = 0; i < e->n_top && c->n_behaviour < BEHAVIOUR_MOST; i++) {
			c->behaviour[c->n_behaviour] = behaviour_line(ev->arena, &e->top[i]);
			if (c->behaviour[c->n_behaviour++] == NULL)
				return model_full(err);
		}
	}
	return COORD_OK;
}

/* A known scanner stays in the answer, named: what it is worth to the reader is told by the qualifier. The verdict is not
 * touched, since a fleet under one tasking is what it says. */
static enum coord_err
name_fleet(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	struct fleet fleet;
	const char *how;

	TRY(fleet_of(ev->m, t->cluster.nodes, t->cluster.n, ev->config->asn_of,
	    ev->config->asn_context, &fleet, err));
	if (fleet.organisation == NULL)
		return COORD_OK;
	how = fleet_text_of(&fleet, ev->arena);
	c->fleet = arena_strdup(ev->arena, sv_from(fleet.organisation));
	if (how == NULL || c->fleet == NULL)
		return model_full(err);
	c->qualifier = fleet.claimed ? "claimed_scanner_fleet" : "benign_scanner_fleet";
	c->reason = arena_printf(ev->arena, "%s %s", c->reason, how);
	return c->reason == NULL ? model_full(err) : COORD_OK;
}

enum coord_err
assemble_campaign(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	struct judgement j;

	TRY(verdict_of(ev, t, &t->score, &j, err));
	c->verdict = j.verdict;
	c->qualifier = j.qualifier;
	c->reason = j.reason;
	if (j.verdict == VERDICT_COINCIDENTAL)
		c->explanation = explanation_of(ev, t);
	TRY(name_fleet(ev, t, c, err));
	c->confidence = t->score.confidence;
	c->low = t->score.low;
	c->high = t->score.high;
	TRY(judge_account(ev, t, c, err));
	c->p_world = t->p_world;
	c->stability = t->cluster.stability;
	c->nodes = t->cluster.n;
	c->visits = t->visits;
	memcpy(c->evidence, t->evidence, sizeof(c->evidence));
	TRY(list_sessions(ev, t, c, err));
	TRY(list_sources(ev, t, c, err));
	TRY(list_sensors(ev, c, err));
	TRY(list_artefacts(ev, t, c, err));
	TRY(list_techniques(ev, c, err));
	TRY(list_behaviour(ev, t, c, err));
	return assemble_counterfactuals(ev, t, c, err);
}
