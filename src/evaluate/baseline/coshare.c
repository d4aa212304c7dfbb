/* coshare.c - B5: the network of who shares what, as social-media research builds it (Pacheco et al., ICWSM 2021): sources and
 * what they did as a bipartite graph, TF-IDF, cosine between sources, the strongest edges kept, connected components.
 * Two traces: all that a source typed, tried and fetched, with the top half per cent of edges; and the half hours in which it
 * acted, with cosine above 0.9. The cut is a share of the edges, not a test: something is always in the top half per cent,
 * and whoever keeps the same hours is coordinated. */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sparse.h"

#include <math.h>

/* Cosines are cut at this resolution, so that the share needs no list of all edges. */
enum { COSINE_STEPS = 1 << 16 };
#define BIN_US (30 * 60 * TIME_SECOND)
/* A source seen in one half hour only would be the same as all others of that half hour. */
enum { BINS_LEAST = 2 };

struct network {
	struct baseline_sources sources;
	struct sparse rows, columns;
	double *score;
	uint32_t *near;
	uint32_t *parent;
};

static enum coord_err
network_of(struct sparse_bag *bag, struct arena *arena, struct network *n, struct coord_error *err)
{
	TRY(baseline_quadratic(n->sources.n, err));
	TRY(sparse_of_bag(bag, n->sources.n, &n->rows, err));
	n->score = arena_array(arena, n->sources.n, sizeof(*n->score));
	n->near = arena_array_raw(arena, n->sources.n, sizeof(*n->near));
	n->parent = baseline_sets_new(arena, n->sources.n);
	if (n->score == NULL || n->near == NULL || n->parent == NULL)
		return baseline_full(err);
	return COORD_OK;
}

static uint32_t
step_of(double cosine)
{
	return (uint32_t)(fmin(fmax(cosine, 0), 1) * (COSINE_STEPS - 1) + 0.5);
}

/* Counts edges by cosine (histogram), or joins those of at least `least` steps (histogram NULL). */
static void
walk_edges(struct network *n, uint64_t *histogram, uint32_t least)
{
	for (uint32_t i = 0; i < n->sources.n; i++) {
		uint32_t found = sparse_near(&n->rows, &n->columns, i, n->score, n->near);

		for (uint32_t k = 0; k < found; k++) {
			uint32_t j = n->near[k], step = step_of(n->score[j]);

			n->score[j] = 0;
			if (j <= i)
				continue;
			if (histogram != NULL)
				histogram[step]++;
			else if (step >= least)
				baseline_sets_join(n->parent, i, j);
		}
	}
}

/* The lowest cosine that is in the top `share` of all edges; equal cosines are in or out together. */
static uint32_t
top_step(const uint64_t *histogram, double share)
{
	uint64_t total = 0, above = 0;
	uint32_t step = COSINE_STEPS;

	for (uint32_t i = 0; i < COSINE_STEPS; i++)
		total += histogram[i];
	while (step > 1 && (double)above < share * (double)total)
		above += histogram[--step];
	return step;
}

static enum coord_err
components(struct network *n, struct arena *arena, struct grouping *ret, struct coord_error *err)
{
	struct baseline_members members;
	double *rank = arena_array(arena, n->sources.n, sizeof(*rank));

	if (rank == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < n->sources.n; i++)
		n->parent[i] = baseline_sets_find(n->parent, i);
	TRY(sparse_cohesion(&n->rows, n->parent, n->sources.n, arena, rank, err));
	TRY(baseline_members_of(n->parent, n->sources.n, arena, &members, err));
	return baseline_group(
	    &n->sources, &members, n->sources.n, rank, 0, BASELINE_GROUP_LEAST, ret, err);
}

BASELINE_RUN(coshare)
{
	struct sparse_bag bag = { .arena = arena };
	struct network n = { 0 };
	uint64_t *histogram = arena_array(arena, COSINE_STEPS, sizeof(*histogram));

	(void)seed;
	if (!(point > 0 && point <= 1))
		return error_set(err, COORD_EINVALID, "baseline: share of edges outside (0, 1]");
	TRY(baseline_sources_of(table, arena, &n.sources, err));
	for (uint32_t row = 0; row < table->n; row++)
		for (uint32_t i = table->item_start[row]; i < table->item_start[row + 1]; i++)
			if (n.sources.of_row[row] != BASELINE_NONE &&
			    sparse_is_trace(&table->items[i]))
				sparse_bag_add(&bag, n.sources.of_row[row],
				    sparse_item_token(table, &table->items[i]));
	TRY(network_of(&bag, arena, &n, err));
	TRY(sparse_tfidf(&n.rows, arena, err));
	TRY(sparse_transpose(&n.rows, arena, &n.columns, err));
	if (histogram == NULL)
		return baseline_full(err);
	walk_edges(&n, histogram, 0);
	walk_edges(&n, NULL, top_step(histogram, point));
	return components(&n, arena, ret, err);
}

/* Rows of too few half hours are emptied. */
static void
drop_short_rows(struct sparse *m)
{
	uint32_t to = 0, from = 0;

	for (uint32_t r = 0; r < m->n; r++) {
		uint32_t end = m->start[r + 1];

		if (end - from >= BINS_LEAST)
			for (uint32_t i = from; i < end; i++, to++) {
				m->column[to] = m->column[i];
				m->value[to] = m->value[i];
			}
		from = end;
		m->start[r + 1] = to;
	}
}

BASELINE_RUN(timebins)
{
	struct sparse_bag bag = { .arena = arena };
	struct network n = { 0 };

	(void)seed;
	if (!(point > 0 && point < 1))
		return error_set(err, COORD_EINVALID, "baseline: cosine outside (0, 1)");
	TRY(baseline_sources_of(table, arena, &n.sources, err));
	for (uint32_t row = 0; row < table->n; row++)
		if (n.sources.of_row[row] != BASELINE_NONE)
			sparse_bag_add(&bag, n.sources.of_row[row],
			    sort_key_i64(table->start_us[row] / BIN_US));
	TRY(network_of(&bag, arena, &n, err));
	drop_short_rows(&n.rows);
	TRY(sparse_tfidf(&n.rows, arena, err));
	TRY(sparse_transpose(&n.rows, arena, &n.columns, err));
	walk_edges(&n, NULL, step_of(point));
	return components(&n, arena, ret, err);
}
