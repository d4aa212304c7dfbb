/* search.c - see search.h. Clusters of different sizes have different scores: a dense group of twenty has more edges a node
 * than one of four. So every size class gets a measure of its own before the maximum is taken. */
#include "detect/search.h"

#include <math.h>

#include "detect/stats.h"

enum coord_err
search_world(const struct world *w, double fdr, uint64_t seed, struct arena *scratch,
    struct search_best *ret)
{
	struct edge_list edges;
	struct cluster_list clusters;

	for (unsigned k = 0; k < SIZE_CLASSES; k++)
		ret->by_class[k] = -1;
	TRY(edges_find(w, fdr, 0, scratch, &edges, NULL));
	TRY(clusters_find(w, &edges, false, fdr, 0, seed, scratch, &clusters, NULL));
	for (uint32_t c = 0; c < clusters.n; c++) {
		double *best = &ret->by_class[clusters_size_class(clusters.all[c].n)];

		*best = fmax(*best, clusters.all[c].score);
	}
	return COORD_OK;
}

/* The measure of a class: the second highest of the best scores that batch and worlds have there. So it is the same
 * whichever of them is the batch, and who is the highest shows by how much. A class in which hardly anything is found takes
 * the measure of the smaller clusters, whose scores are lower. */
static void
measure_classes(const struct search_best *worlds, uint32_t n_worlds,
    const struct search_best *batch, double measure[SIZE_CLASSES])
{
	for (unsigned k = 0; k < SIZE_CLASSES; k++) {
		double first = fmax(batch->by_class[k], 0), second = 0;

		for (uint32_t w = 0; w < n_worlds; w++) {
			double best = worlds[w].by_class[k];

			second = fmax(second, fmin(first, best));
			first = fmax(first, best);
		}
		measure[k] = k == 0 ? second : fmax(second, measure[k - 1]);
	}
}

static double
measured(double score, double measure)
{
	if (score < 0)
		return -1;
	if (measure > 0)
		return score / measure;
	return score > 0 ? INFINITY : 0;
}

static double
most_measured(const struct search_best *of, const double measure[SIZE_CLASSES])
{
	double most = -1;

	for (unsigned k = 0; k < SIZE_CLASSES; k++)
		most = fmax(most, measured(of->by_class[k], measure[k]));
	return most;
}

enum coord_err
search_p_values(const struct search_best *worlds, uint32_t n_worlds,
    const struct search_found *found, uint32_t n, struct arena *scratch, double *ret)
{
	struct search_best batch;
	double measure[SIZE_CLASSES];
	double *null = ARENA_ARRAY_RAW(scratch, n_worlds, double);

	if (null == NULL)
		return COORD_ELIMIT;
	for (unsigned k = 0; k < SIZE_CLASSES; k++)
		batch.by_class[k] = -1;
	for (uint32_t i = 0; i < n; i++)
		if (found[i].searched)
			batch.by_class[found[i].class] =
			    fmax(batch.by_class[found[i].class], found[i].score);
	measure_classes(worlds, n_worlds, &batch, measure);
	for (uint32_t w = 0; w < n_worlds; w++)
		null[w] = most_measured(&worlds[w], measure);
	for (uint32_t i = 0; i < n; i++) {
		double at = measured(found[i].score, measure[found[i].class]);
		uint32_t exceeding = 0;

		for (uint32_t w = 0; w < n_worlds; w++)
			exceeding += null[w] >= at;
		ret[i] = stats_monte_carlo_p(exceeding, n_worlds);
	}
	return COORD_OK;
}

uint32_t
search_any(const struct search_best *worlds, uint32_t n)
{
	uint32_t any = 0;

	for (uint32_t w = 0; w < n; w++) {
		bool holds = false;

		for (unsigned k = 0; k < SIZE_CLASSES; k++)
			holds = holds || worlds[w].by_class[k] >= 0;
		any += holds;
	}
	return any;
}
