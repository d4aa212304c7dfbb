/* outcome.c - the metrics of one grouping on one batch (science/evaluation.md section 3). */
#include "evaluate/outcome.h"

#include <math.h>

#define METRIC_ROW(id, name, title) [METRIC_##id] = { name, title },
static const struct {
	const char *name, *title;
} metrics[METRIC_COUNT] = { METRICS(METRIC_ROW) };
#undef METRIC_ROW

const char *
metric_name(enum metric metric)
{
	return metrics[metric].name;
}

const char *
metric_title(enum metric metric)
{
	return metrics[metric].title;
}

static enum coord_err
see_clusters(const struct truth *truth, const struct grouping *grouping, struct arena *arena,
    struct outcome *ret, struct coord_error *err)
{
	ret->seen = ARENA_ARRAY(arena, grouping->n, struct seen);
	if (ret->seen == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the clusters");
	ret->n_seen = grouping->n;
	for (uint32_t c = 0; c < grouping->n; c++) {
		const struct grouping_cluster *cluster = &grouping->clusters[c];
		struct seen *s = &ret->seen[c];

		*s = (struct seen){ .confidence = cluster->confidence,
			.low = NAN,
			.high = NAN,
			.verdict = cluster->verdict,
			.sources = cluster->n,
			.p_world = NAN,
			.stability = NAN,
			.single_actor = NAN,
			.strongest = CHANNEL_COUNT };
		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			s->features[f] = NAN;
		for (unsigned f = 0; f < CHANNEL_COUNT; f++)
			s->p[f] = NAN;
		TRY(partition_match(truth, cluster, arena, &s->match, err));
		s->right = s->match.pure >= truth->pure;
		if (s->right)
			s->truth = truth->verdicts[s->match.campaign];
	}
	return COORD_OK;
}

/* The share of campaigns that a cluster which counts matches. */
static double
matched(const struct truth *truth, const struct grouping *grouping, const struct outcome *o,
    enum partition_rule rule)
{
	uint32_t n = 0;

	for (uint32_t k = 1; k <= truth->n_campaigns; k++)
		for (uint32_t c = 0; c < o->n_seen; c++) {
			const struct partition_match *m = &o->seen[c].match;

			if (m->campaign == k && m->jaccard >= 0.5 &&
			    partition_counts(&grouping->clusters[c], rule)) {
				n++;
				break;
			}
		}
	return truth->n_campaigns == 0 ? NAN : (double)n / truth->n_campaigns;
}

static void
count_wrong(const struct grouping *grouping, struct outcome *ret)
{
	uint32_t sure = 0, sure_right = 0, wrong = 0;

	for (uint32_t c = 0; c < ret->n_seen; c++) {
		bool right = ret->seen[c].right;

		wrong += partition_counts(&grouping->clusters[c], PARTITION_REPORTED) && !right;
		if (partition_counts(&grouping->clusters[c], PARTITION_SURE)) {
			sure++;
			sure_right += right;
		}
	}
	ret->metrics[METRIC_CLUSTER_PRECISION] = sure == 0 ? NAN : (double)sure_right / sure;
	ret->metrics[METRIC_FALSE_ALARM] = sure > sure_right;
	ret->metrics[METRIC_FALSE_REPORT] = wrong > 0;
}

static enum coord_err
measure_reported(const struct truth *truth, const uint32_t *cluster, struct arena *arena,
    double *metric, struct coord_error *err)
{
	struct partition_pairs pairs;
	struct partition_bcubed bcubed;
	struct partition_agreement agreement;

	TRY(partition_pairs(truth, cluster, arena, &pairs, err));
	TRY(partition_bcubed(truth, cluster, arena, &bcubed, err));
	TRY(partition_agreement(truth, cluster, arena, &agreement, err));
	metric[METRIC_PAIR_F1] = pairs.f1;
	metric[METRIC_PAIR_PRECISION] = pairs.precision;
	metric[METRIC_PAIR_RECALL] = pairs.recall;
	metric[METRIC_BCUBED_F1] = bcubed.f1;
	metric[METRIC_BCUBED_PRECISION] = bcubed.precision;
	metric[METRIC_BCUBED_RECALL] = bcubed.recall;
	metric[METRIC_ARI] = agreement.ari;
	metric[METRIC_AMI] = agreement.ami;
	return COORD_OK;
}

void
outcome_none(struct outcome *ret)
{
	*ret = (struct outcome){ .rc = COORD_ENODATA, .confidence = NAN };
	for (unsigned m = 0; m < METRIC_COUNT; m++)
		ret->metrics[m] = NAN;
}

enum coord_err
outcome_of(const struct truth *truth, const struct grouping *grouping, struct arena *arena,
    struct outcome *ret, struct coord_error *err)
{
	struct outcome o = { .confidence = grouping->confidence, .verdict = grouping->verdict };
	struct arena_mark mark;
	struct partition_pairs pairs;
	uint32_t *cluster;

	for (unsigned m = 0; m < METRIC_COUNT; m++)
		o.metrics[m] = NAN;
	TRY(see_clusters(truth, grouping, arena, &o, err));
	mark = arena_mark(arena); /* what was seen stays, the rest is scratch */
	cluster = ARENA_ARRAY_RAW(arena, truth->n, uint32_t);
	if (cluster == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the metrics");
	partition_of(grouping, truth, PARTITION_REPORTED, cluster);
	TRY(measure_reported(truth, cluster, arena, o.metrics, err));
	partition_of(grouping, truth, PARTITION_SURE, cluster);
	TRY(partition_pairs(truth, cluster, arena, &pairs, err));
	o.metrics[METRIC_PAIR_PRECISION_SURE] = pairs.precision_all;
	partition_of(grouping, truth, PARTITION_ALL, cluster);
	TRY(partition_pairs(truth, cluster, arena, &pairs, err));
	o.metrics[METRIC_FOUND_F1] = pairs.f1;
	o.metrics[METRIC_CAMPAIGN_RECALL] = matched(truth, grouping, &o, PARTITION_REPORTED);
	o.metrics[METRIC_FOUND_RECALL] = matched(truth, grouping, &o, PARTITION_ALL);
	count_wrong(grouping, &o);
	arena_rewind(arena, mark);
	*ret = o;
	return COORD_OK;
}
