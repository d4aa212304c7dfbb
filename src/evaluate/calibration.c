/* calibration.c - Brier score, log loss, reliability. The plain ECE is biased upwards, since a bin of few forecasts misses
 * its rate by chance: the bias of each bin is taken off as Kumar, Liang & Ma (2019, section 5) do, with the expectation of
 * the folded normal in place of their simulation. */
#include "evaluate/calibration.h"

#include <math.h>
#include <stdlib.h>

#include "evaluate/exact.h"

static const double pi = 3.14159265358979323846;

static int
order(const void *a, const void *b)
{
	const struct forecast *x = a, *y = b;

	if (x->p != y->p)
		return x->p < y->p ? -1 : 1;
	if (x->batch != y->batch)
		return x->batch < y->batch ? -1 : 1;
	return (x->truth > y->truth) - (x->truth < y->truth);
}

void
calibration_sort(struct forecast *forecasts, size_t n)
{
	qsort(forecasts, n, sizeof(*forecasts), order);
}

static double
weight_of(const struct forecast *f, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += f[i].weight;
	return sum;
}

double
calibration_brier(const struct forecast *f, size_t n)
{
	double sum = 0, weight = weight_of(f, n);

	for (size_t i = 0; i < n; i++)
		sum += f[i].weight * (f[i].p - f[i].truth) * (f[i].p - f[i].truth);
	return weight > 0 ? sum / weight : NAN;
}

static double
base_rate(const struct forecast *f, size_t n)
{
	double sum = 0, weight = weight_of(f, n);

	for (size_t i = 0; i < n; i++)
		sum += f[i].truth ? f[i].weight : 0;
	return weight > 0 ? sum / weight : NAN;
}

static double
clip(double p)
{
	return fmin(fmax(p, 1e-6), 1 - 1e-6);
}

static double
logit(double p)
{
	return log(clip(p)) - log1p(-clip(p));
}

static double
log_loss(const struct forecast *f, size_t n)
{
	double sum = 0, weight = weight_of(f, n);

	for (size_t i = 0; i < n; i++)
		sum -= f[i].weight * (f[i].truth ? log(clip(f[i].p)) : log1p(-clip(f[i].p)));
	return weight > 0 ? sum / weight : NAN;
}

static void
close_bin(struct calibration_bin *bin, double squares)
{
	bin->n = bin->weight * bin->weight / squares;
	bin->mean_p /= bin->weight;
	bin->rate /= bin->weight;
	bin->low /= bin->weight;
	bin->high /= bin->weight;
}

size_t
calibration_bins(const struct forecast *f, size_t n, struct calibration_bin ret[CALIBRATION_BINS])
{
	double total = weight_of(f, n), before = 0, squares = 0;
	size_t bins = 0;
	bool open = false;

	for (size_t i = 0; i < n; i++) {
		struct calibration_bin *bin;

		if (f[i].weight <= 0)
			continue;
		if (!open) {
			ret[bins++] = (struct calibration_bin){ 0 };
			squares = 0;
			open = true;
		}
		bin = &ret[bins - 1];
		bin->weight += f[i].weight;
		squares += f[i].weight * f[i].weight;
		bin->mean_p += f[i].weight * f[i].p;
		bin->rate += f[i].truth ? f[i].weight : 0;
		bin->low += f[i].weight * (isnan(f[i].low) ? f[i].p : f[i].low);
		bin->high += f[i].weight * (isnan(f[i].high) ? f[i].p : f[i].high);
		before += f[i].weight;
		if (before >= total * (double)bins / CALIBRATION_BINS * (1 - 1e-12) &&
		    bins < CALIBRATION_BINS) {
			close_bin(bin, squares);
			open = false;
		}
	}
	if (open)
		close_bin(&ret[bins - 1], squares);
	return bins;
}

static double
normal_cdf(double x)
{
	return 0.5 * erfc(-x / sqrt(2));
}

/* How much further from 0 than |d| a normal with mean d and deviation s lies on average. */
static double
folded_bias(double d, double s)
{
	if (s <= 0)
		return 0;
	return s * sqrt(2 / pi) * exp(-d * d / (2 * s * s)) + d * (1 - 2 * normal_cdf(-d / s)) -
	       fabs(d);
}

double
calibration_ece(const struct forecast *f, size_t n)
{
	struct calibration_bin bins[CALIBRATION_BINS];
	size_t n_bins = calibration_bins(f, n, bins);
	double sum = 0, total = weight_of(f, n);

	for (size_t b = 0; b < n_bins; b++) {
		double d = bins[b].rate - bins[b].mean_p;
		double s = sqrt(bins[b].rate * (1 - bins[b].rate) / fmax(1, bins[b].n - 1));

		sum += bins[b].weight * (fabs(d) - folded_bias(d, s));
	}
	return total > 0 ? fmax(0, sum / total) : NAN;
}

/* Weighted logistic regression of the truth on the log-odds: Newton's method with a touch of ridge, so that separable
 * data give large and finite numbers. */
static void
fit_line(const struct forecast *f, size_t n, double *slope, double *intercept)
{
	double a = 0, b = 1;

	for (int round = 0; round < 50; round++) {
		double g0 = 0, g1 = -1e-6 * (b - 1), h00 = 1e-9, h01 = 0, h11 = 1e-6, det;

		for (size_t i = 0; i < n; i++) {
			double x = logit(f[i].p), q = 1 / (1 + exp(-(a + b * x)));
			double r = f[i].weight * (f[i].truth - q), v = f[i].weight * q * (1 - q);

			g0 += r;
			g1 += r * x;
			h00 += v;
			h01 += v * x;
			h11 += v * x * x;
		}
		det = h00 * h11 - h01 * h01;
		if (!(fabs(det) > 1e-12))
			break;
		a += fmin(fmax((h11 * g0 - h01 * g1) / det, -5), 5);
		b += fmin(fmax((h00 * g1 - h01 * g0) / det, -5), 5);
	}
	*slope = b;
	*intercept = a;
}

static double
interval_coverage(const struct forecast *f, size_t n)
{
	struct calibration_bin bins[CALIBRATION_BINS];
	size_t n_bins = calibration_bins(f, n, bins), met = 0;

	for (size_t b = 0; b < n_bins; b++) {
		uint64_t cases = (uint64_t)(bins[b].n + 0.5);
		struct exact_interval rate =
		    exact_binomial((uint64_t)(bins[b].rate * (double)cases + 0.5), cases, 0.95);

		met += rate.low <= bins[b].high && rate.high >= bins[b].low;
	}
	return n_bins == 0 ? NAN : (double)met / (double)n_bins;
}

struct calibration
calibration_of(const struct forecast *f, size_t n)
{
	struct calibration ret = { .brier = calibration_brier(f, n),
		.log_loss = log_loss(f, n),
		.ece = calibration_ece(f, n),
		.slope = NAN,
		.intercept = NAN,
		.coverage = interval_coverage(f, n),
		.base_rate = base_rate(f, n) };
	double chance = ret.base_rate * (1 - ret.base_rate);

	ret.skill = chance > 0 ? 1 - ret.brier / chance : NAN;
	if (chance > 0)
		fit_line(f, n, &ret.slope, &ret.intercept);
	return ret;
}

void
calibration_set_rate(struct forecast *f, size_t n, double rate)
{
	double have = base_rate(f, n), total = weight_of(f, n);

	if (!(have > 0 && have < 1))
		return;
	for (size_t i = 0; i < n; i++)
		f[i].weight *=
		    (f[i].truth ? rate / have : (1 - rate) / (1 - have)) * (double)n / total;
}

double
calibration_move_prior(double p, double from, double to)
{
	double x = logit(p) + logit(to) - logit(from);

	return 1 / (1 + exp(-x));
}
