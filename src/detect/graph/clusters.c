/* clusters.c - Leiden at three resolutions, stability, and groups around exclusive artefacts.
 *
 * Carriers of an exclusive artefact are not found through edges: a star of 270,000 carriers has no density. They are
 * grouped directly, two artefacts in one group when half of the smaller one's carriers (two at least) carry both, so that
 * one machine with two owners does not chain two campaigns together. */
#include "detect/graph/clusters.h"

#include <math.h>
#include <stdlib.h>

#include "detect/text/artefacts.h"
#include "detect/graph/leiden.h"
#include "detect/graph/merge.h"

static const double gamma_main = 0.05, gamma_fine = 0.2, gamma_coarse = 0.01;
static const double stable_jaccard = 0.7;
static const double same_owner = 0.8; /* Jaccard of the hosts of two keys of one operator */
enum { WEIGHT_SCALE = 1024, KEYS_MOST = 500 };

unsigned
clusters_size_class(uint32_t nodes)
{
	unsigned class = 0;

	for (uint32_t most = 4; nodes > most && class + 1 < SIZE_CLASSES; most *= 2)
		class ++;
	return class;
}

double
clusters_jaccard(const uint32_t *a, uint32_t n_a, const uint32_t *b, uint32_t n_b)
{
	uint32_t both = sorted_common(a, n_a, b, n_b);

	return n_a + n_b == 0 ? 0 : (double)both / (double)(n_a + n_b - both);
}

uint32_t
clusters_sources(
    const struct world *w, const uint32_t *nodes, uint32_t n, uint32_t *seen, uint32_t stamp)
{
	uint32_t sources = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t s = w->node_source[nodes[i]];

		sources += seen[s] != stamp;
		seen[s] = stamp;
	}
	return sources;
}

static double
edge_log10_e(const struct edge *e)
{
	double sum = 0;

	for (size_t l = 0; l < EDGE_LAYERS; l++)
		sum += (double)e->log10_e[l];
	return sum;
}

static uint32_t
edge_weight(const struct edge *e)
{
	double share = edge_log10_e(e) / EDGE_LOG10_MOST;
	uint32_t weight = (uint32_t)lrint((share < 1 ? share : 1) * WEIGHT_SCALE);

	return weight == 0 ? 1 : weight;
}

static enum coord_err
build_graph(const struct edge_list *edges, uint32_t n, struct arena *scratch,
    struct leiden_graph *ret, struct coord_error *err)
{
	uint64_t *start = ARENA_ARRAY(scratch, (size_t)n + 2, uint64_t);
	uint32_t *target = ARENA_ARRAY_RAW(scratch, 2 * edges->n, uint32_t);
	uint32_t *weight = ARENA_ARRAY_RAW(scratch, 2 * edges->n, uint32_t);

	if (start == NULL || target == NULL || weight == NULL)
		return model_full(err);
	for (size_t i = 0; i < edges->n; i++) {
		start[edges->edges[i].a + 2]++;
		start[edges->edges[i].b + 2]++;
	}
	for (uint32_t i = 0; i < n; i++)
		start[i + 2] += start[i + 1];
	/* edges come by (a, b): first the smaller neighbours of every node (as b), then the larger ones (as a) */
	for (size_t i = 0; i < edges->n; i++) {
		uint64_t at = start[edges->edges[i].b + 1]++;

		target[at] = edges->edges[i].a;
		weight[at] = edge_weight(&edges->edges[i]);
	}
	for (size_t i = 0; i < edges->n; i++) {
		uint64_t at = start[edges->edges[i].a + 1]++;

		target[at] = edges->edges[i].b;
		weight[at] = edge_weight(&edges->edges[i]);
	}
	*ret = (struct leiden_graph){ n, start, target, weight };
	return COORD_OK;
}

/* A partition with the members of each community in one array. */
struct partition {
	uint32_t *community; /* of each node */
	uint32_t *from;      /* communities + 1 */
	uint32_t *member;    /* ascending within a community */
	uint32_t n;
};

static enum coord_err
partition_at(const struct leiden_graph *g, double gamma, uint64_t seed, struct arena *scratch,
    struct partition *ret, struct coord_error *err)
{
	ret->community = ARENA_ARRAY_RAW(scratch, g->n, uint32_t);
	ret->member = ARENA_ARRAY_RAW(scratch, g->n, uint32_t);
	ret->from = ARENA_ARRAY(scratch, (size_t)g->n + 2, uint32_t);
	if (ret->community == NULL || ret->member == NULL || ret->from == NULL ||
	    leiden_run(g, gamma, WEIGHT_SCALE, seed, 0, scratch, ret->community, &ret->n) !=
		COORD_OK)
		return model_full(err);
	for (uint32_t i = 0; i < g->n; i++)
		ret->from[ret->community[i] + 2]++;
	for (uint32_t c = 0; c < ret->n; c++)
		ret->from[c + 2] += ret->from[c + 1];
	for (uint32_t i = 0; i < g->n; i++)
		ret->member[ret->from[ret->community[i] + 1]++] = i;
	return COORD_OK;
}

static uint32_t
partition_size(const struct partition *p, uint32_t c)
{
	return p->from[c + 1] - p->from[c];
}

/* The best Jaccard that any community of `p` reaches with the given nodes. */
static double
best_match(const struct partition *p, const uint32_t *nodes, uint32_t n)
{
	double best = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = p->community[nodes[i]];
		double j;

		if (i > 0 && c == p->community[nodes[i - 1]])
			continue;
		j = clusters_jaccard(nodes, n, p->member + p->from[c], partition_size(p, c));
		best = j > best ? j : best;
	}
	return best;
}

static void
add_cluster(struct cluster_list *list, const uint32_t *nodes, uint32_t n, double stability,
    struct arena *scratch)
{
	uint32_t *copy = ARENA_ARRAY_RAW(scratch, n, uint32_t);

	if (copy == NULL)
		return; /* the caller finds the arena full at its next allocation */
	memcpy(copy, nodes, n * sizeof(*copy));
	list->all[list->n++] = (struct cluster){ .nodes = copy, .n = n, .stability = stability };
}

/* The finer communities inside an unstable one. */
static void
add_finer(struct cluster_list *list, const struct partition *fine, const uint32_t *nodes,
    uint32_t n, bool *done, struct arena *scratch)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = fine->community[nodes[i]];

		if (done[c] || partition_size(fine, c) < CLUSTER_NODES_LEAST)
			continue;
		done[c] = true;
		add_cluster(list, fine->member + fine->from[c], partition_size(fine, c),
		    stable_jaccard, scratch);
	}
}

static enum coord_err
add_communities(const struct edge_list *edges, uint32_t n_nodes, uint64_t seed,
    struct arena *scratch, struct cluster_list *list, struct coord_error *err)
{
	struct leiden_graph g;
	struct partition main, fine, coarse;
	bool *done = ARENA_ARRAY(scratch, n_nodes, bool);

	if (done == NULL)
		return model_full(err);
	TRY(build_graph(edges, n_nodes, scratch, &g, err));
	TRY(partition_at(&g, gamma_main, seed, scratch, &main, err));
	TRY(partition_at(&g, gamma_fine, seed, scratch, &fine, err));
	TRY(partition_at(&g, gamma_coarse, seed, scratch, &coarse, err));
	for (uint32_t c = 0; c < main.n; c++) {
		const uint32_t *nodes = main.member + main.from[c];
		uint32_t n = partition_size(&main, c);
		double in_fine, in_coarse;

		if (n < CLUSTER_NODES_LEAST)
			continue;
		in_fine = best_match(&fine, nodes, n);
		in_coarse = best_match(&coarse, nodes, n);
		if (fmax(in_fine, in_coarse) >= stable_jaccard)
			add_cluster(list, nodes, n, fmin(in_fine, in_coarse), scratch);
		else
			add_finer(list, &fine, nodes, n, done, scratch);
	}
	return COORD_OK;
}

/* Artefact groups: union-find over artefacts. */
struct grouping {
	struct carried *all;  /* the model's artefacts, contested carriers given to one owner */
	uint32_t *parent;     /* of each artefact */
	uint32_t *node_group; /* artefact root that owns the node, MAP_NONE: none */
};

static uint32_t
root_of(const struct grouping *g, uint32_t a)
{
	while (g->parent[a] != a)
		a = g->parent[a];
	return a;
}

static uint32_t
shared_carriers(const struct carried *a, const struct carried *b)
{
	return sorted_common(a->nodes, a->n_nodes, b->nodes, b->n_nodes);
}

/* Which artefact decides for a node that carries several: the more exclusive kind, then the wider, then by hash. */
static bool
outranks(const struct carried *a, const struct carried *b)
{
	double x = artefact_log_bayes((enum artefact_kind)a->kind),
	       y = artefact_log_bayes((enum artefact_kind)b->kind);

	if (x != y)
		return x > y;
	if (a->n_nodes != b->n_nodes)
		return a->n_nodes > b->n_nodes;
	return a->hash < b->hash;
}

static void
join_artefacts(struct grouping *g, uint32_t a, uint32_t b)
{
	const struct carried *x = &g->all[a], *y = &g->all[b];
	uint32_t least = x->n_nodes < y->n_nodes ? x->n_nodes : y->n_nodes;
	uint32_t both = shared_carriers(x, y);
	uint32_t root_a = root_of(g, a), root_b = root_of(g, b);

	if (both < 2 || both * 2 < least || root_a == root_b)
		return;
	if (root_a < root_b)
		g->parent[root_b] = root_a;
	else
		g->parent[root_a] = root_b;
}

/* Takes from `from` the carriers that `owner` has too. */
static enum coord_err
give_up_carriers(struct carried *from, const struct carried *owner, struct arena *scratch,
    struct coord_error *err)
{
	uint32_t *left = ARENA_ARRAY_RAW(scratch, from->n_nodes, uint32_t), n = 0;

	if (left == NULL)
		return model_full(err);
	for (uint32_t i = 0, j = 0; i < from->n_nodes; i++) {
		while (j < owner->n_nodes && owner->nodes[j] < from->nodes[i])
			j++;
		if (j == owner->n_nodes || owner->nodes[j] != from->nodes[i])
			left[n++] = from->nodes[i];
	}
	from->nodes = left;
	from->n_nodes = n;
	return COORD_OK;
}

/* An SSH key is one operator's. Two keys on much the same hosts are two keys of one; two keys that meet on some hosts only
 * are two owners, the later of whom took them over (evaluation.md section 1: drop components that carry two conflicting
 * keys). The narrower key then owns those hosts: it is what the wider one's other hosts have not. */
static enum coord_err
settle_keys(
    const struct model *m, struct grouping *g, struct arena *scratch, struct coord_error *err)
{
	g->all = ARENA_ARRAY_RAW(scratch, m->n_artefacts, struct carried);
	if (g->all == NULL)
		return model_full(err);
	if (m->n_artefacts > 0)
		memcpy(g->all, m->artefacts, m->n_artefacts * sizeof(*g->all));
	for (uint32_t a = 0, keys = 0; a < m->n_artefacts && keys < KEYS_MOST; a++) {
		if (m->artefacts[a].kind != ARTEFACT_SSH_KEY || m->artefacts[a].is_public)
			continue;
		keys++;
		for (uint32_t b = 0; b < a; b++) {
			const struct carried *x = &m->artefacts[a], *y = &m->artefacts[b];
			uint32_t both, either;
			bool a_owns;

			if (y->kind != ARTEFACT_SSH_KEY || y->is_public)
				continue;
			both = shared_carriers(x, y);
			either = x->n_nodes + y->n_nodes - both;
			if (both < 2 || both >= same_owner * either)
				continue;
			a_owns = x->n_nodes < y->n_nodes;
			TRY(give_up_carriers(
			    &g->all[a_owns ? b : a], &m->artefacts[a_owns ? a : b], scratch, err));
		}
	}
	return COORD_OK;
}

/* Artefacts that meet at a node are compared once: at the first node where both appear. */
static enum coord_err
group_artefacts(
    const struct model *m, struct arena *scratch, struct grouping *g, struct coord_error *err)
{
	uint32_t *last = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	uint32_t *best = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);

	g->parent = ARENA_ARRAY_RAW(scratch, m->n_artefacts, uint32_t);
	g->node_group = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	if (last == NULL || best == NULL || g->parent == NULL || g->node_group == NULL)
		return model_full(err);
	TRY(settle_keys(m, g, scratch, err));
	memset(last, 0xff, m->n_nodes * sizeof(*last));
	memset(best, 0xff, m->n_nodes * sizeof(*best));
	for (uint32_t a = 0; a < m->n_artefacts; a++) {
		const struct carried *c = &g->all[a];
		uint32_t compared = MAP_NONE;

		g->parent[a] = a;
		for (uint32_t i = 0; !c->is_public && i < c->n_nodes; i++) {
			uint32_t node = c->nodes[i];

			if (last[node] != MAP_NONE && last[node] != compared) {
				compared = last[node];
				join_artefacts(g, a, compared);
			}
			if (best[node] == MAP_NONE || outranks(c, &g->all[best[node]])) {
				if (best[node] != MAP_NONE && best[node] != compared)
					join_artefacts(g, a, best[node]);
				best[node] = a;
			}
			last[node] = a;
		}
	}
	for (uint32_t n = 0; n < m->n_nodes; n++)
		g->node_group[n] = best[n] == MAP_NONE ? MAP_NONE : root_of(g, best[n]);
	return COORD_OK;
}

/* Moves the nodes of list `from` that are not yet there into `into`, both ascending; returns the new length. */
static uint32_t
merge_into(uint32_t *into, uint32_t n, const uint32_t *from, uint32_t n_from, uint32_t *spare)
{
	uint32_t i = 0, j = 0, k = 0;

	while (i < n || j < n_from) {
		uint32_t next = j == n_from || (i < n && into[i] <= from[j]) ? into[i] : from[j];

		i += i < n && into[i] == next;
		j += j < n_from && from[j] == next;
		spare[k++] = next;
	}
	memcpy(into, spare, k * sizeof(*into));
	return k;
}

/* Takes a community apart along the groups: joins the group that owns half of it, or loses its carriers. */
static void
settle_community(const struct grouping *g, struct cluster *c, struct cluster *groups,
    const uint32_t *group_cluster, uint32_t *spare)
{
	uint32_t owner = MAP_NONE, n = 0;

	for (uint32_t i = 0; i < c->n && owner == MAP_NONE; i++) {
		uint32_t root = g->node_group[c->nodes[i]], count = 0;

		if (root == MAP_NONE || group_cluster[root] == MAP_NONE)
			continue;
		for (uint32_t j = 0; j < c->n; j++)
			count += g->node_group[c->nodes[j]] == root;
		if (count * 2 >= c->n)
			owner = group_cluster[root];
	}
	for (uint32_t i = 0; i < c->n; i++) {
		uint32_t root = g->node_group[c->nodes[i]];

		if (root == MAP_NONE || group_cluster[root] == MAP_NONE)
			c->nodes[n++] = c->nodes[i];
	}
	c->n = n;
	if (owner == MAP_NONE)
		return;
	groups[owner].n = merge_into(groups[owner].nodes, groups[owner].n, c->nodes, c->n, spare);
	c->n = 0;
}

static enum coord_err
add_artefact_groups(const struct world *w, struct arena *scratch, struct cluster_list *list,
    struct coord_error *err)
{
	const struct model *m = w->m;
	struct grouping g;
	struct cluster *groups = ARENA_ARRAY(scratch, m->n_artefacts, struct cluster);
	uint32_t *group_cluster = ARENA_ARRAY_RAW(scratch, m->n_artefacts, uint32_t);
	uint32_t *size = ARENA_ARRAY(scratch, m->n_artefacts, uint32_t);
	uint32_t *spare = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	uint32_t n = 0;

	if (groups == NULL || group_cluster == NULL || size == NULL || spare == NULL)
		return model_full(err);
	TRY(group_artefacts(m, scratch, &g, err));
	memset(group_cluster, 0xff, m->n_artefacts * sizeof(*group_cluster));
	for (uint32_t i = 0; i < m->n_nodes; i++)
		if (g.node_group[i] != MAP_NONE)
			size[g.node_group[i]]++;
	for (uint32_t a = 0; a < m->n_artefacts; a++) {
		if (size[a] < CLUSTER_ARTEFACT_LEAST)
			continue;
		/* communities that join are half carriers and a node is in two at most (one kept, one finer): they
		 * bring at most 2 * size[a] others */
		groups[n].nodes = ARENA_ARRAY_RAW(scratch, 3 * (size_t)size[a], uint32_t);
		groups[n].carriers = ARENA_ARRAY_RAW(scratch, size[a], uint32_t);
		if (groups[n].nodes == NULL || groups[n].carriers == NULL)
			return model_full(err);
		groups[n].stability = 1;
		group_cluster[a] = n++;
	}
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		struct cluster *c;

		if (g.node_group[i] == MAP_NONE || group_cluster[g.node_group[i]] == MAP_NONE)
			continue;
		c = &groups[group_cluster[g.node_group[i]]];
		c->nodes[c->n++] = i;
		c->carriers[c->n_carriers++] = i;
	}
	for (uint32_t i = 0; i < list->n; i++)
		settle_community(&g, &list->all[i], groups, group_cluster, spare);
	for (uint32_t i = 0; i < n; i++)
		list->all[list->n++] = groups[i];
	return COORD_OK;
}

static void
score_clusters(const struct edge_list *edges, struct cluster_list *list, uint32_t *owner)
{
	for (uint32_t c = 0; c < list->n; c++)
		for (uint32_t i = 0; i < list->all[c].n; i++)
			owner[list->all[c].nodes[i]] = c;
	for (size_t i = 0; i < edges->n; i++) {
		uint32_t c = owner[edges->edges[i].a];

		if (c != MAP_NONE && c == owner[edges->edges[i].b])
			list->all[c].score += edge_log10_e(&edges->edges[i]);
	}
	for (uint32_t c = 0; c < list->n; c++)
		list->all[c].score /= list->all[c].n;
}

enum coord_err
clusters_find(const struct world *w, const struct edge_list *edges, bool artefacts, double q,
    unsigned skip, uint64_t seed, struct arena *scratch, struct cluster_list *ret,
    struct coord_error *err)
{
	const struct model *m = w->m;
	bool grouped = artefacts && !w->null && m->n_artefacts > 0;
	uint32_t *seen, *owner, n = 0;

	*ret = (struct cluster_list){ .n = 0 };
	if (edges->n == 0 && !grouped)
		return COORD_OK;
	/* communities kept and finer ones are of three nodes each at least, and may share nodes */
	ret->all =
	    ARENA_ARRAY_RAW(scratch, (size_t)m->n_nodes + m->n_artefacts + 1, struct cluster);
	seen = ARENA_ARRAY(scratch, m->n_sources, uint32_t);
	owner = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	if (ret->all == NULL || seen == NULL || owner == NULL)
		return model_full(err);
	memset(owner, 0xff, m->n_nodes * sizeof(*owner));
	if (edges->n > 0)
		TRY(add_communities(edges, m->n_nodes, seed, scratch, ret, err));
	if (grouped)
		TRY(add_artefact_groups(w, scratch, ret, err));
	score_clusters(edges, ret, owner);
	TRY(merge_clusters(w, q, skip, scratch, ret, err));
	for (uint32_t i = 0; i < ret->n; i++) {
		struct cluster *c = &ret->all[i];
		uint32_t least = c->n_carriers > 0 ? CLUSTER_ARTEFACT_LEAST : CLUSTER_NODES_LEAST;

		if (clusters_sources(w, c->nodes, c->n, seen, i + 1) >= least)
			ret->all[n++] = *c;
	}
	ret->n = n;
	return COORD_OK;
}
