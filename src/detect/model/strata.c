/* strata.c - which population a node is compared with (methods.md section 6).
 * The stratum of a node is (service, tool family): a tool fingerprint explains similarity, it does not prove a campaign.
 * Families with fewer than STRATUM_LEAST nodes in batch and reference back off to their service, then to all. */
#include <stdlib.h>

#include "detect/model/model.h"
#include "detect/text/tool.h"
#include "reference/reference.h"

struct leaf {
	uint64_t key;
	const char *tool;
	uint8_t service;
	uint32_t nodes;
	uint32_t stratum; /* MAP_NONE until given */
};

struct leaves {
	struct leaf *all;
	uint32_t n;
	struct map index;
	struct map strata; /* key -> stratum */
	uint32_t service_nodes[SERVICE_COUNT];
};

struct tool_vote {
	uint64_t hash;
	const char *text;
	uint32_t sessions;
};

/* The family most sessions of the node show; ties by hash. Few families a node: a linear scan will do. */
static enum coord_err
node_tool(struct model *m, uint32_t node, struct arena *scratch, struct coord_error *err)
{
	enum { VOTES_MOST = 16 };
	struct tool_vote votes[VOTES_MOST] = {
		{ .text = "" }
	}; /* a node without sessions has no tool */
	uint32_t n = 0, best = 0;

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++) {
		struct arena_mark mark = arena_mark(scratch);
		struct sv family = tool_family(m->table, m->node_sessions[i], scratch);
		uint64_t hash = hash_content(family.data == NULL ? SV("") : family);
		uint32_t v = 0;

		while (v < n && votes[v].hash != hash)
			v++;
		if (v == n && n < VOTES_MOST) {
			char *text = arena_strdup(m->arena, family.data == NULL ? SV("") : family);

			if (text == NULL)
				return model_full(err);
			votes[n++] = (struct tool_vote){ hash, text, 0 };
		}
		if (v < n)
			votes[v].sessions++;
		arena_rewind(scratch, mark);
	}
	for (uint32_t v = 1; v < n; v++)
		if (votes[v].sessions > votes[best].sessions ||
		    (votes[v].sessions == votes[best].sessions && votes[v].hash < votes[best].hash))
			best = v;
	m->node_tool[node] = votes[best].text;
	return COORD_OK;
}

static enum coord_err
find_leaves(struct model *m, struct leaves *ls, uint32_t *node_leaf, struct coord_error *err)
{
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		uint64_t key = reference_stratum_key(m->node_service[i], sv_from(m->node_tool[i]));
		uint32_t *slot = map_slot(&ls->index, key);

		if (slot == NULL)
			return model_full(err);
		if (*slot == MAP_NONE) {
			*slot = ls->n;
			ls->all[ls->n++] =
			    (struct leaf){ key, m->node_tool[i], m->node_service[i], 0, MAP_NONE };
		}
		ls->all[*slot].nodes++;
		ls->service_nodes[m->node_service[i]]++;
		node_leaf[i] = *slot;
	}
	return COORD_OK;
}

static uint64_t
reference_nodes(const struct reference *ref, uint64_t key)
{
	return ref == NULL ? 0 : reference_stratum_nodes(ref, key);
}

/* The stratum with this key, added when new; MAP_NONE: no memory. */
static uint32_t
stratum_at(struct model *m, struct map *strata, struct stratum new)
{
	uint32_t *slot = map_slot(strata, new.key);

	if (slot == NULL)
		return MAP_NONE;
	if (*slot == MAP_NONE) {
		*slot = m->n_strata;
		m->strata[m->n_strata++] = new;
	}
	return *slot;
}

static uint32_t
stratum_of(struct model *m, struct leaves *ls, const struct leaf *leaf, const struct reference *ref)
{
	uint64_t service_key = reference_stratum_key(leaf->service, SV_NONE);
	uint64_t all_key = reference_stratum_key(REFERENCE_ALL_SERVICES, SV_NONE);
	uint64_t in_leaf = leaf->nodes + reference_nodes(ref, leaf->key);
	uint64_t in_service = ls->service_nodes[leaf->service] + reference_nodes(ref, service_key);

	if (!m->naive && in_leaf >= STRATUM_LEAST &&
	    leaf->tool[0] != 0) /* a family without a name is its service */
		return stratum_at(m, &ls->strata,
		    (struct stratum){ leaf->key, leaf->service, leaf->tool, 0, in_leaf });
	if (!m->naive && in_service >= STRATUM_LEAST)
		return stratum_at(m, &ls->strata,
		    (struct stratum){ service_key, leaf->service, "", 0, in_service });
	return stratum_at(m, &ls->strata,
	    (struct stratum){ all_key, REFERENCE_ALL_SERVICES, "", 0,
		m->n_nodes + reference_nodes(ref, all_key) });
}

enum coord_err
model_strata(struct model *m, const struct reference *ref, struct coord_error *err)
{
	struct leaves ls = { .index = MAP_INIT, .strata = MAP_INIT };
	struct arena *scratch = arena_new(0);
	uint32_t *node_leaf = ARENA_ARRAY_RAW(m->arena, m->n_nodes, uint32_t);
	enum coord_err rc = COORD_OK;

	ls.all = ARENA_ARRAY_RAW(m->arena, m->n_nodes, struct leaf);
	m->node_stratum = ARENA_ARRAY_RAW(m->arena, m->n_nodes, uint32_t);
	m->node_tool = ARENA_ARRAY(m->arena, m->n_nodes, const char *);
	m->strata = ARENA_ARRAY_RAW(m->arena, m->n_nodes, struct stratum);
	if (scratch == NULL || node_leaf == NULL || ls.all == NULL || m->node_stratum == NULL ||
	    m->node_tool == NULL || m->strata == NULL)
		rc = model_full(err);
	for (uint32_t i = 0; rc == COORD_OK && i < m->n_nodes; i++)
		rc = node_tool(m, i, scratch, err);
	if (rc == COORD_OK)
		rc = find_leaves(m, &ls, node_leaf, err);
	for (uint32_t i = 0; rc == COORD_OK && i < m->n_nodes; i++) {
		struct leaf *leaf = &ls.all[node_leaf[i]];

		if (leaf->stratum == MAP_NONE)
			leaf->stratum = stratum_of(m, &ls, leaf, ref);
		if (leaf->stratum == MAP_NONE) {
			rc = model_full(err);
			break;
		}
		m->node_stratum[i] = leaf->stratum;
		m->strata[leaf->stratum].nodes++;
	}
	map_clear(&ls.index);
	map_clear(&ls.strata);
	arena_free(scratch);
	return rc;
}
