/* hdbscan.c - B3, the variant without eps: HDBSCAN (Campello, Moulavi & Sander 2013; the condensed tree of McInnes & Healy
 * 2017) on the same TF-IDF rows and distance as DBSCAN. The smallest cluster is what its users set. Cost O(n^2) time and O(n)
 * memory: the minimum spanning tree of mutual reachability grows by Prim's rule, row by row. */
#include "evaluate/baseline/documents.h"
#include "evaluate/baseline/methods.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_MOST = 64 };
/* Equal rows have distance 0 and so an infinite lambda: cut off here, for sums to stay finite. */
#define DISTANCE_LEAST 1e-6

struct join {
	double distance;
	uint32_t a, b;
};

/** Points are the sources with a document, renumbered. */
struct hdbscan {
	struct sparse rows, columns;
	struct arena *arena;
	uint32_t *point;   /* source of each point */
	uint32_t *index;   /* by source */
	uint32_t n, least; /* points; smallest cluster */
	double *core;      /* distance to the least-th nearest, itself included */
	double *score, *distance;
	uint32_t *near;
	struct join *joins; /* n - 1 */
	/* single linkage: node n + i joins left[i] and right[i] */
	uint32_t *left, *right, *size;
	/* condensed tree; cluster 0 is the root */
	uint32_t *parent, *fell_from; /* by cluster; by point */
	double *birth, *stability;
	bool *chosen;
	uint32_t clusters;
};

/* Distances of rows of length 1 from point p to all points: sqrt(2 - 2 cosine). */
static void
distances_from(struct hdbscan *h, uint32_t p)
{
	uint32_t found = sparse_near(&h->rows, &h->columns, h->point[p], h->score, h->near);

	for (uint32_t i = 0; i < h->n; i++)
		h->distance[i] = sqrt(2);
	for (uint32_t k = 0; k < found; k++) {
		h->distance[h->index[h->near[k]]] = sqrt(fmax(2 - 2 * h->score[h->near[k]], 0));
		h->score[h->near[k]] = 0;
	}
	h->distance[p] = 0;
}

static double
nth_smallest(const double *x, uint32_t n, uint32_t nth)
{
	double best[LEAST_MOST] = { 0 };
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = kept;

		if (kept == nth && x[i] >= best[nth - 1])
			continue;
		if (kept < nth)
			kept++;
		else
			at = nth - 1;
		for (; at > 0 && best[at - 1] > x[i]; at--)
			best[at] = best[at - 1];
		best[at] = x[i];
	}
	return best[kept - 1];
}

static int
by_distance(const void *a, const void *b)
{
	const struct join *x = a, *y = b;

	if (x->distance < y->distance || x->distance > y->distance)
		return x->distance < y->distance ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static bool
spanning_tree(struct hdbscan *h)
{
	double *best = arena_array_raw(h->arena, h->n, sizeof(*best));
	uint32_t *from = arena_array(h->arena, h->n, sizeof(*from));
	bool *in = arena_array(h->arena, h->n, sizeof(*in));
	uint32_t at = 0;

	if (best == NULL || from == NULL || in == NULL)
		return false;
	for (uint32_t i = 0; i < h->n; i++) {
		distances_from(h, i);
		h->core[i] = nth_smallest(h->distance, h->n, h->least);
		best[i] = INFINITY;
	}
	for (uint32_t step = 0; step + 1 < h->n; step++) {
		uint32_t next = BASELINE_NONE;

		in[at] = true;
		distances_from(h, at);
		for (uint32_t j = 0; j < h->n; j++) {
			double d = fmax(h->distance[j], fmax(h->core[at], h->core[j]));

			if (!in[j] && d < best[j]) {
				best[j] = d;
				from[j] = at;
			}
			if (!in[j] && (next == BASELINE_NONE || best[j] < best[next]))
				next = j;
		}
		h->joins[step] = (struct join){ best[next], from[next], next };
		at = next;
	}
	qsort(h->joins, h->n - 1, sizeof(*h->joins), by_distance);
	return true;
}

static bool
single_linkage(struct hdbscan *h)
{
	uint32_t *set = baseline_sets_new(h->arena, h->n);
	uint32_t *node = arena_array_raw(h->arena, h->n, sizeof(*node)); /* of each set's root */

	if (set == NULL || node == NULL)
		return false;
	for (uint32_t i = 0; i < h->n; i++) {
		node[i] = i;
		h->size[i] = 1;
	}
	for (uint32_t i = 0; i + 1 < h->n; i++) {
		uint32_t a = baseline_sets_find(set, h->joins[i].a);
		uint32_t b = baseline_sets_find(set, h->joins[i].b);

		h->left[i] = node[a];
		h->right[i] = node[b];
		h->size[h->n + i] = h->size[node[a]] + h->size[node[b]];
		baseline_sets_join(set, a, b);
		node[baseline_sets_find(set, a)] = h->n + i;
	}
	return true;
}

static double
lambda_of(const struct hdbscan *h, uint32_t node)
{
	return 1 / fmax(h->joins[node - h->n].distance, DISTANCE_LEAST);
}

/* All points under `node` leave `cluster` at `lambda`. */
static void
fall_out(struct hdbscan *h, uint32_t node, uint32_t cluster, double lambda, uint32_t *stack)
{
	uint32_t depth = 0;

	h->stability[cluster] += h->size[node] * (lambda - h->birth[cluster]);
	stack[depth++] = node;
	while (depth > 0) {
		uint32_t at = stack[--depth];

		if (at < h->n) {
			h->fell_from[at] = cluster;
			continue;
		}
		stack[depth++] = h->left[at - h->n];
		stack[depth++] = h->right[at - h->n];
	}
}

/* From the top down: a split into two parts that are both large enough makes two clusters, any other only sheds points. */
static bool
condense(struct hdbscan *h)
{
	uint32_t *todo = arena_array_raw(h->arena, 2 * (size_t)h->n, sizeof(*todo));
	uint32_t *cluster_of = arena_array(h->arena, 2 * (size_t)h->n, sizeof(*cluster_of));
	uint32_t *stack = arena_array_raw(h->arena, 2 * (size_t)h->n, sizeof(*stack));
	uint32_t depth = 0;

	if (todo == NULL || cluster_of == NULL || stack == NULL)
		return false;
	h->clusters = 1;
	h->parent[0] = BASELINE_NONE;
	todo[depth++] = 2 * h->n - 2;
	while (depth > 0) {
		uint32_t node = todo[--depth], in = cluster_of[node];
		uint32_t part[2] = { h->left[node - h->n], h->right[node - h->n] };
		double lambda = lambda_of(h, node);
		bool splits = h->size[part[0]] >= h->least && h->size[part[1]] >= h->least;

		if (splits)
			h->stability[in] += h->size[node] * (lambda - h->birth[in]);
		for (int i = 0; i < 2; i++) {
			if (h->size[part[i]] < h->least) {
				fall_out(h, part[i], in, lambda, stack);
				continue;
			}
			cluster_of[part[i]] = splits ? h->clusters : in;
			if (splits) {
				h->parent[h->clusters] = in;
				h->birth[h->clusters++] = lambda;
			}
			todo[depth++] = part[i];
		}
	}
	return true;
}

/* Excess of mass: a cluster stays when it outlasts its parts. The root never does. */
static void
choose(struct hdbscan *h)
{
	double *below =
	    h->score; /* stability of the best choice among the parts; at least n entries, all 0 */

	for (uint32_t c = h->clusters - 1; c > 0; c--) {
		h->chosen[c] = h->stability[c] >= below[c];
		below[h->parent[c]] += h->chosen[c] ? h->stability[c] : below[c];
	}
}

/* The outermost chosen cluster above each point. */
static void
label_points(const struct hdbscan *h, uint32_t *label)
{
	for (uint32_t p = 0; p < h->n; p++)
		for (uint32_t c = h->fell_from[p]; c != BASELINE_NONE; c = h->parent[c])
			if (h->chosen[c])
				label[h->point[p]] = c;
}

static bool
hdbscan_room(struct hdbscan *h, uint32_t sources)
{
	size_t n = h->n;

	h->core = arena_array_raw(h->arena, n, sizeof(*h->core));
	h->distance = arena_array_raw(h->arena, n, sizeof(*h->distance));
	h->score = arena_array(h->arena, 2 * (size_t)sources, sizeof(*h->score));
	h->near = arena_array_raw(h->arena, sources, sizeof(*h->near));
	h->joins = arena_array_raw(h->arena, n, sizeof(*h->joins));
	h->left = arena_array_raw(h->arena, n, sizeof(*h->left));
	h->right = arena_array_raw(h->arena, n, sizeof(*h->right));
	h->size = arena_array_raw(h->arena, 2 * n, sizeof(*h->size));
	h->parent = arena_array_raw(h->arena, 2 * n, sizeof(*h->parent));
	h->fell_from = arena_array_raw(h->arena, n, sizeof(*h->fell_from));
	h->birth = arena_array(h->arena, 2 * n, sizeof(*h->birth));
	h->stability = arena_array(h->arena, 2 * n, sizeof(*h->stability));
	h->chosen = arena_array(h->arena, 2 * n, sizeof(*h->chosen));
	return h->core != NULL && h->distance != NULL && h->score != NULL && h->near != NULL &&
	       h->joins != NULL && h->left != NULL && h->right != NULL && h->size != NULL &&
	       h->parent != NULL && h->fell_from != NULL && h->birth != NULL &&
	       h->stability != NULL && h->chosen != NULL;
}

BASELINE_RUN(hdbscan)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct hdbscan h = { .arena = arena };
	uint32_t *label;
	double *rank;

	(void)seed;
	if (!(point >= 2 && point <= LEAST_MOST))
		return error_set(err, COORD_EINVALID, "baseline: smallest cluster outside [2, 64]");
	h.least = (uint32_t)point;
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(baseline_quadratic(sources.n, err));
	TRY(documents_of_commands(table, &sources, arena, &h.rows, err));
	TRY(sparse_transpose(&h.rows, arena, &h.columns, err));
	h.point = arena_array_raw(arena, sources.n, sizeof(*h.point));
	h.index = arena_array_raw(arena, sources.n, sizeof(*h.index));
	label = arena_array_raw(arena, sources.n, sizeof(*label));
	if (h.point == NULL || h.index == NULL || label == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < sources.n; i++) {
		label[i] = BASELINE_NONE;
		h.index[i] = h.n;
		if (!sparse_is_empty(&h.rows, i))
			h.point[h.n++] = i;
	}
	rank = arena_array(arena, 2 * (size_t)h.n, sizeof(*rank));
	if (rank == NULL || !hdbscan_room(&h, sources.n))
		return baseline_full(err);
	if (h.n >= 2 * h.least) {
		if (!spanning_tree(&h) || !single_linkage(&h) || !condense(&h))
			return baseline_full(err);
		choose(&h);
		label_points(&h, label);
	}
	TRY(sparse_cohesion(&h.rows, label, 2 * h.n, arena, rank, err));
	TRY(baseline_members_of(label, sources.n, arena, &members, err));
	return baseline_group(&sources, &members, 2 * h.n, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}
