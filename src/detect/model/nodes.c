/* nodes.c - sources, nodes and visits.
 * A node is (source address, service family), cut after seven days of silence. Its sessions with gaps of at most five
 * minutes are one visit: fifteen connections opened at once are one decision, and counted singly every jitter test
 * rejects pure nulls nine times in ten (methods.md section 3, P1). */
#include <stdlib.h>

#include "detect/model/model.h"

/* Rows of one (source, service) in time order, found by sorting (source, service, start). */
struct row_ref {
	uint32_t row;
	uint32_t source;
	uint8_t service;
};

struct node_draft {
	int64_t first_us;
	uint32_t source;
	uint32_t from, to; /* range of sorted rows */
	uint8_t service;
};

static int
addr_order(const void *a, const void *b)
{
	return addr_cmp(*(const struct addr *)a, *(const struct addr *)b);
}

static enum coord_err
number_sources(struct model *m, uint32_t *row_source, struct coord_error *err)
{
	const struct session_table *t = m->table;
	struct addr *all = ARENA_ARRAY_RAW(m->arena, t->n, struct addr);
	uint32_t n = 0;

	if (all == NULL)
		return model_full(err);
	memcpy(all, t->source, t->n * sizeof(*all));
	qsort(all, t->n, sizeof(*all), addr_order);
	for (uint32_t i = 0; i < t->n; i++)
		if (i == 0 || addr_cmp(all[i], all[n - 1]) != 0)
			all[n++] = all[i];
	m->source_addr = all;
	m->n_sources = n;
	for (uint32_t i = 0; i < t->n; i++) {
		const struct addr *at = bsearch(&t->source[i], all, n, sizeof(*all), addr_order);

		row_source[i] = (uint32_t)(at - all);
	}
	return COORD_OK;
}

/* Rows sorted by (source, service), time order kept inside: the table is in time order and the sort is stable. */
static enum coord_err
sort_rows(struct model *m, struct row_ref *rows, struct coord_error *err)
{
	const struct session_table *t = m->table;
	uint32_t *row_source = ARENA_ARRAY_RAW(model_scratch(m), t->n, uint32_t);
	struct sort_pair *pairs = ARENA_ARRAY_RAW(model_scratch(m), t->n, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(model_scratch(m), t->n, struct sort_pair);

	if (row_source == NULL || pairs == NULL || scratch == NULL)
		return model_full(err);
	TRY(number_sources(m, row_source, err));
	for (uint32_t i = 0; i < t->n; i++)
		pairs[i] = (struct sort_pair){ (uint64_t)row_source[i] << 8 | t->service[i], i };
	sort_pairs(pairs, t->n, scratch);
	for (uint32_t i = 0; i < t->n; i++)
		rows[i] = (struct row_ref){ pairs[i].value, (uint32_t)(pairs[i].key >> 8),
			(uint8_t)pairs[i].key };
	return COORD_OK;
}

static uint32_t
draft_nodes(const struct model *m, const struct row_ref *rows, struct node_draft *drafts)
{
	const struct session_table *t = m->table;
	uint32_t n = 0;
	int64_t alive = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		uint32_t row = rows[i].row;
		struct node_draft *last = n == 0 ? NULL : &drafts[n - 1];

		if (last == NULL || last->source != rows[i].source ||
		    last->service != rows[i].service ||
		    t->start_us[row] - alive > EPOCH_SILENCE_S * TIME_SECOND) {
			drafts[n++] = (struct node_draft){ t->start_us[row], rows[i].source, i,
				i + 1, rows[i].service };
			alive = t->end_us[row];
			continue;
		}
		last->to = i + 1;
		if (t->end_us[row] > alive)
			alive = t->end_us[row];
	}
	return n;
}

static int
draft_order(const void *a, const void *b)
{
	const struct node_draft *x = a, *y = b;

	if (x->first_us != y->first_us)
		return x->first_us < y->first_us ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->service > y->service) - (x->service < y->service);
}

static void
add_to_visits(struct model *m, uint32_t node, uint32_t row)
{
	const struct session_table *t = m->table;
	struct visit *last =
	    m->n_visits == m->node_visits_start[node] ? NULL : &m->visits[m->n_visits - 1];

	if (last != NULL && t->start_us[row] - last->end_us <= VISIT_GAP_S * TIME_SECOND) {
		if (t->end_us[row] > last->end_us)
			last->end_us = t->end_us[row];
		last->sessions++;
		return;
	}
	m->visits[m->n_visits++] =
	    (struct visit){ t->start_us[row], t->end_us[row], node, t->text[TEXT_SENSOR][row], 1 };
}

static enum coord_err
alloc_nodes(struct model *m, struct coord_error *err)
{
	size_t n = m->n_nodes;

	m->node_source = ARENA_ARRAY_RAW(m->arena, n, uint32_t);
	m->node_service = ARENA_ARRAY_RAW(m->arena, n, uint8_t);
	m->node_sessions_start = ARENA_ARRAY(m->arena, n + 1, uint32_t);
	m->node_sessions = ARENA_ARRAY_RAW(m->arena, m->table->n, uint32_t);
	m->node_visits_start = ARENA_ARRAY(m->arena, n + 1, uint32_t);
	m->visits = ARENA_ARRAY_RAW(m->arena, m->table->n, struct visit);
	if (m->node_source == NULL || m->node_service == NULL || m->node_sessions_start == NULL ||
	    m->node_sessions == NULL || m->node_visits_start == NULL || m->visits == NULL)
		return model_full(err);
	return COORD_OK;
}

static enum coord_err
order_visits(struct model *m, struct coord_error *err)
{
	struct sort_pair *pairs = ARENA_ARRAY_RAW(model_scratch(m), m->n_visits, struct sort_pair);
	struct sort_pair *scratch =
	    ARENA_ARRAY_RAW(model_scratch(m), m->n_visits, struct sort_pair);

	m->visit_order = ARENA_ARRAY_RAW(m->arena, m->n_visits, uint32_t);
	if (pairs == NULL || scratch == NULL || m->visit_order == NULL)
		return model_full(err);
	for (uint32_t v = 0; v < m->n_visits; v++)
		pairs[v] = (struct sort_pair){ sort_key_i64(m->visits[v].start_us), v };
	sort_pairs(pairs, m->n_visits, scratch);
	for (uint32_t v = 0; v < m->n_visits; v++)
		m->visit_order[v] = pairs[v].value;
	return COORD_OK;
}

enum coord_err
model_nodes(struct model *m, struct coord_error *err)
{
	uint32_t n = m->table->n;
	struct row_ref *rows = ARENA_ARRAY_RAW(model_scratch(m), n, struct row_ref);
	struct node_draft *drafts = ARENA_ARRAY_RAW(model_scratch(m), n, struct node_draft);
	uint32_t at = 0;

	if (rows == NULL || drafts == NULL)
		return model_full(err);
	TRY(sort_rows(m, rows, err));
	m->n_nodes = draft_nodes(m, rows, drafts);
	qsort(drafts, m->n_nodes, sizeof(*drafts), draft_order);
	TRY(alloc_nodes(m, err));
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		m->node_source[i] = drafts[i].source;
		m->node_service[i] = drafts[i].service;
		m->node_sessions_start[i] = at;
		m->node_visits_start[i] = m->n_visits;
		for (uint32_t r = drafts[i].from; r < drafts[i].to; r++) {
			m->node_sessions[at++] = rows[r].row;
			add_to_visits(m, i, rows[r].row);
		}
	}
	m->node_sessions_start[m->n_nodes] = at;
	m->node_visits_start[m->n_nodes] = m->n_visits;
	return order_visits(m, err);
}

static uint32_t
stratum_of(const struct model *m, uint32_t node)
{
	return m->node_stratum[node];
}

static uint32_t
service_of(const struct model *m, uint32_t node)
{
	return m->node_service[node];
}

static enum coord_err
index_visits(const struct model *m, uint32_t (*group_of)(const struct model *, uint32_t),
    uint32_t groups, struct visit_index *ret, struct coord_error *err)
{
	ret->visits = ARENA_ARRAY_RAW(m->arena, m->n_visits, uint32_t);
	ret->from = ARENA_ARRAY(m->arena, (size_t)groups + 2, uint32_t);
	if (ret->visits == NULL || ret->from == NULL)
		return model_full(err);
	for (uint32_t v = 0; v < m->n_visits; v++)
		ret->from[group_of(m, m->visits[v].node) + 2]++;
	for (uint32_t g = 0; g < groups; g++)
		ret->from[g + 2] += ret->from[g + 1];
	for (uint32_t i = 0; i < m->n_visits; i++) {
		uint32_t v = m->visit_order[i];

		ret->visits[ret->from[group_of(m, m->visits[v].node) + 1]++] = v;
	}
	return COORD_OK;
}

enum coord_err
model_visit_indices(struct model *m, struct coord_error *err)
{
	TRY(index_visits(m, stratum_of, m->n_strata, &m->stratum_visits, err));
	return index_visits(m, service_of, SERVICE_COUNT, &m->service_visits, err);
}
