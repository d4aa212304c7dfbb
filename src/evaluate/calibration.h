/* calibration.h - does a confidence of 0.8 come true in eight of ten cases? (private to evaluate/). Forecasts carry
 * weights, so that other base rates and bootstraps are changes of weights. NaN when there is nothing to judge. */
#ifndef COORD_EVALUATE_CALIBRATION_H
#define COORD_EVALUATE_CALIBRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct forecast {
	double p, low, high; /* confidence and its interval, NaN: none */
	double weight;
	uint32_t batch;
	bool truth;
};

enum { CALIBRATION_BINS = 15 };

struct calibration_bin {
	double mean_p, rate; /* of the forecasts, of what came true */
	double low, high;    /* mean of the forecasts' own intervals */
	double weight;
	double n; /* effective number: the weights' sum squared over the sum of their squares */
};

struct calibration {
	double brier, skill; /* skill against the base rate: 1 perfect, 0 none */
	double log_loss;     /* natural logarithms, forecasts cut to [1e-6, 1 - 1e-6] */
	double ece;          /* 15 bins of equal mass, debiased */
	double slope,
	    intercept; /* of the truth on the forecast's log-odds; 1 and 0 when calibrated */
	double
	    coverage; /* share of bins whose rate the mean interval of its forecasts meets, within sampling error */
	double base_rate;
};

/** Ascending by p, then batch: wanted by the functions below. */
void calibration_sort(struct forecast *forecasts, size_t n);
struct calibration calibration_of(const struct forecast *forecasts, size_t n);
/** Brier score alone: the statistic that is bootstrapped most. */
double calibration_brier(const struct forecast *forecasts, size_t n);
double calibration_ece(const struct forecast *forecasts, size_t n);
/** Bins of equal mass; fewer when there are fewer forecasts. Returns how many. */
size_t calibration_bins(
    const struct forecast *forecasts, size_t n, struct calibration_bin ret[CALIBRATION_BINS]);
/** Sets the weights so that the true ones weigh `rate` of the whole (and the whole n). */
void calibration_set_rate(struct forecast *forecasts, size_t n, double rate);
/** The forecast moved from a prior to another, in odds. */
double calibration_move_prior(double p, double from, double to);

#endif
