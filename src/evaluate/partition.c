/* partition.c - pairs, B-cubed and matches from one table of counts: how many sources cluster c and campaign k share.
 * The counts are sorted runs, so that cost is n log n and no order of a hash table reaches a figure. */
#include "evaluate/partition.h"

#include "evaluate/contingency.h"

#include <math.h>
#include <stdlib.h>

bool
partition_counts(const struct grouping_cluster *cluster, enum partition_rule rule)
{
	bool reported =
	    cluster->verdict == VERDICT_CAMPAIGN || cluster->verdict == VERDICT_SINGLE_ACTOR;

	switch (rule) {
	case PARTITION_REPORTED:
		return reported;
	case PARTITION_SURE:
		return reported && cluster->confidence >= 0.9;
	default:
		return true;
	}
}

void
partition_of(const struct grouping *grouping, const struct truth *truth, enum partition_rule rule,
    uint32_t *ret)
{
	for (uint32_t i = 0; i < truth->n; i++)
		ret[i] = 0;
	for (uint32_t c = 0; c < grouping->n; c++) {
		const struct grouping_cluster *cluster = &grouping->clusters[c];

		if (!partition_counts(cluster, rule))
			continue;
		for (uint32_t i = 0; i < cluster->n; i++) {
			uint32_t at = truth_find(truth, cluster->sources[i]);

			if (at != UINT32_MAX &&
			    (ret[at] == 0 ||
				cluster->confidence > grouping->clusters[ret[at] - 1].confidence))
				ret[at] = c + 1;
		}
	}
}

static double
pairs(double n)
{
	return n * (n - 1) / 2;
}

static double
ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

static double
f1_of(double precision, double recall)
{
	if (isnan(recall))
		return NAN;
	return precision > 0 && recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

/* Pairs of one campaign: joined, and claimed with at least one of its sources in them. */
struct joined {
	double joined, claimed;
};

static struct joined
joined_of(const struct contingency *t, uint32_t campaign)
{
	struct joined ret = { 0, 0 };

	for (uint32_t i = 0; i < t->n_cells; i++) {
		const struct contingency_cell *cell = &t->cells[i];
		double whole;

		if (cell->campaign != campaign || cell->cluster == 0)
			continue;
		whole = t->clusters[cell->cluster];
		ret.joined += pairs(cell->n);
		ret.claimed += pairs(whole) - pairs(whole - cell->n);
	}
	return ret;
}

enum coord_err
partition_pairs(const struct truth *truth, const uint32_t *cluster, struct arena *scratch,
    struct partition_pairs *ret, struct coord_error *err)
{
	double precision = 0, recall = 0, f1 = 0, joined = 0, claimed = 0;
	uint32_t n = 0, n_precise = 0;
	struct contingency t;

	TRY(contingency_of(truth, cluster, scratch, &t, err));
	for (uint32_t k = 1; k <= truth->n_campaigns; k++) {
		struct joined j = joined_of(&t, k);
		double p = ratio(j.joined, j.claimed), r = ratio(j.joined, pairs(truth->sizes[k]));

		if (isnan(r))
			continue;
		n++;
		recall += r;
		f1 += f1_of(p, r);
		joined += j.joined;
		if (!isnan(p)) {
			precision += p;
			n_precise++;
		}
	}
	for (uint32_t c = 1; c <= t.n_clusters; c++)
		claimed += pairs(t.clusters[c]);
	*ret = (struct partition_pairs){ .precision = ratio(precision, n_precise),
		.recall = ratio(recall, n),
		.f1 = ratio(f1, n),
		.precision_all = ratio(joined, claimed) };
	return COORD_OK;
}

enum coord_err
partition_bcubed(const struct truth *truth, const uint32_t *cluster, struct arena *scratch,
    struct partition_bcubed *ret, struct coord_error *err)
{
	double precision = 0, recall = 0, n_clustered = 0, n_true = 0;
	struct contingency t;

	TRY(contingency_of(truth, cluster, scratch, &t, err));
	for (uint32_t i = 0; i < t.n_cells; i++) {
		const struct contingency_cell *cell = &t.cells[i];
		double n = cell->n, whole = t.clusters[cell->cluster],
		       size = truth->sizes[cell->campaign];

		if (cell->cluster != 0 && whole >= 2) {
			n_clustered += n;
			precision += cell->campaign == 0 ? 0 : n * (n - 1) / (whole - 1);
		}
		if (cell->campaign != 0 && size >= 2) {
			n_true += n;
			recall += cell->cluster == 0 ? 0 : n * (n - 1) / (size - 1);
		}
	}
	ret->precision = ratio(precision, n_clustered);
	ret->recall = ratio(recall, n_true);
	ret->f1 = f1_of(ret->precision, ret->recall);
	return COORD_OK;
}

enum coord_err
partition_match(const struct truth *truth, const struct grouping_cluster *cluster,
    struct arena *scratch, struct partition_match *ret, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);
	uint32_t *shared = ARENA_ARRAY(scratch, truth->n_campaigns + 1, uint32_t), best = 0;

	if (shared == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory to compare");
	for (uint32_t i = 0; i < cluster->n; i++) {
		uint32_t at = truth_find(truth, cluster->sources[i]);

		if (at != UINT32_MAX)
			shared[truth->campaign[at]]++;
	}
	for (uint32_t k = 1; k <= truth->n_campaigns; k++)
		if (shared[k] > 0 && (best == 0 || shared[k] > shared[best]))
			best = k;
	*ret = (struct partition_match){ .campaign = best };
	if (best > 0) {
		double n = shared[best];

		ret->pure = n / cluster->n;
		ret->jaccard = n / (cluster->n + truth->sizes[best] - n);
	}
	arena_rewind(scratch, mark);
	return COORD_OK;
}
