/* roc.h - how well a score tells two kinds apart (private to evaluate/). Items carry weights, so that a bootstrap over
 * batches is a change of weights. All functions want items sorted by roc_sort; equal scores count as one threshold.
 * NaN where one kind is missing. */
#ifndef COORD_EVALUATE_ROC_H
#define COORD_EVALUATE_ROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roc_item {
	double score, weight;
	uint32_t batch;
	bool positive;
};

/** By score, highest first; then batch, so that the order is one. */
void roc_sort(struct roc_item *items, size_t n);
/** Area under the ROC: the chance that a positive scores higher than a negative, ties half. */
double roc_area(const struct roc_item *items, size_t n);
/** Average precision: the sum over thresholds of precision times the recall gained. */
double roc_precision(const struct roc_item *items, size_t n);
/** The largest recall at a false positive rate of at most `rate`. */
double roc_recall_at(const struct roc_item *items, size_t n, double rate);

struct roc_point {
	double false_rate, recall, precision, score;
};
/** Every threshold; at most `most` points, evenly thinned. Returns how many. */
size_t roc_curve(const struct roc_item *items, size_t n, struct roc_point *ret, size_t most);

/** Risk-coverage: with the items of the highest score decided first, the share of wrong ones (not positive) among the decided. Area
 *  under it in *ret_area. Point: false_rate = coverage, precision = risk. */
size_t roc_risk(
    const struct roc_item *items, size_t n, struct roc_point *ret, size_t most, double *ret_area);

#endif
