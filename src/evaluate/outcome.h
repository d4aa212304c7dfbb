/* outcome.h - what one method made of one batch, in numbers (private to evaluate/).
 * Every figure of a table is the mean of one metric over batches, NaN left out, so that one bootstrap over batches serves
 * them all. A metric is a line below and its computation in outcome.c. */
#ifndef COORD_EVALUATE_OUTCOME_H
#define COORD_EVALUATE_OUTCOME_H

#include "evaluate/batch.h"
#include "evaluate/grouping.h"
#include "evaluate/partition.h"

/* clang-format off */
/** Enum, name in documents, title for people. "Reported": called coordinated. */
#define METRICS(X)                                                                                  \
	X(PAIR_F1, "pair_f1", "pairwise F1, mean over campaigns")                                   \
	X(PAIR_PRECISION, "pair_precision", "pairwise precision, mean over campaigns")              \
	X(PAIR_RECALL, "pair_recall", "pairwise recall, mean over campaigns")                       \
	X(BCUBED_F1, "bcubed_f1", "B-cubed F1 without self pairs")                                  \
	X(BCUBED_PRECISION, "bcubed_precision", "B-cubed precision")                                \
	X(BCUBED_RECALL, "bcubed_recall", "B-cubed recall")                                         \
	X(ARI, "ari", "adjusted Rand index")                                                        \
	X(AMI, "ami", "adjusted mutual information")                                                \
	X(CAMPAIGN_RECALL, "campaign_recall", "campaigns matched at Jaccard 0.5")                   \
	X(CLUSTER_PRECISION, "cluster_precision", "reported clusters at 0.9 or more that are right") \
	X(PAIR_PRECISION_SURE, "pair_precision_sure", "pairwise precision at 0.9 or more")          \
	X(FALSE_ALARM, "false_alarm", "any wrong cluster reported at 0.9 or more")                  \
	X(FALSE_REPORT, "false_report", "any wrong cluster reported at any confidence")             \
	X(FOUND_F1, "found_f1", "pairwise F1 of all clusters found, whatever was said of them")     \
	X(FOUND_RECALL, "found_recall", "campaigns found at Jaccard 0.5, whatever was said of them") \
	X(EXPLAINED, "explained", "hits whose strongest evidence is of a kind that was planted")    \
	X(SECONDS, "seconds", "time taken, in seconds")
/* clang-format on */

enum metric {
#define METRIC_ENUM(id, name, title) METRIC_##id,
	METRICS(METRIC_ENUM)
#undef METRIC_ENUM
	    METRIC_COUNT
};
const char *metric_name(enum metric metric);
const char *metric_title(enum metric metric);

/** A cluster that a method spoke of. What baselines do not give is NaN. */
struct seen {
	double confidence, low, high;
	enum detect_verdict verdict;
	uint32_t sources, nodes, visits;
	struct partition_match match;
	bool right; /* enough of it is of one campaign */
	enum generate_truth truth;
	double p_world, stability, single_actor;
	double features[FEATURE_COUNT];
	double p[CHANNEL_COUNT]; /* NaN: abstained, defining or excluded */
	unsigned strongest; /* the channel that adds most to the confidence; CHANNEL_COUNT: none */
};

struct outcome {
	enum coord_err rc; /* COORD_ELIMIT: beyond what the method can do */
	double metrics[METRIC_COUNT];
	double confidence; /* of the batch */
	enum detect_verdict verdict;
	struct seen *seen;
	uint32_t n_seen;
	uint8_t hash[32]; /* of all that the method said: for the determinism check */
};

/** Measures a grouping. `seen` rows are filled as far as the grouping says them; they live in `arena`. */
MUST_CHECK enum coord_err outcome_of(const struct truth *truth, const struct grouping *grouping,
    struct arena *arena, struct outcome *ret, struct coord_error *err);

/** The outcome of a method that was not run: every metric NaN, nothing seen. */
void outcome_none(struct outcome *ret);

/** What the engine is run with. */
struct variant {
	bool no_reference;
	bool foreign;                     /* the reference of another site: background shift */
	uint32_t without;                 /* channels left out */
	bool naive_nulls;                 /* detect_config.naive_nulls */
	const struct detect_model *model; /* NULL: the program's own */
	double prior;                     /* 0: the engine's own */
	bool
	    batch_seed; /* draws by the batch's number; else by input and configuration, so by the model too */
};

/** The campaigns of a result as groups; their sources are borrowed from it. */
MUST_CHECK enum coord_err engine_grouping(const struct detect_result *result, struct arena *arena,
    struct grouping *ret, struct coord_error *err);
/** Runs the engine on a batch and measures it. */
MUST_CHECK enum coord_err engine_judge(const struct batch *batch, const struct variant *variant,
    uint32_t worlds, struct arena *arena, struct outcome *ret, struct coord_error *err);

#endif
