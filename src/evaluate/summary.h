/* summary.h - the figures of an evaluation, each with its interval: what every page and document is written from
 * (private to evaluate/). */
#ifndef COORD_EVALUATE_SUMMARY_H
#define COORD_EVALUATE_SUMMARY_H

#include "evaluate/bootstrap.h"
#include "evaluate/calibration.h"
#include "evaluate/exact.h"
#include "evaluate/roc.h"
#include "evaluate/run.h"

/** The batches that a figure is about: one cell, or all of a kind. */
struct scope {
	char name[32];
	bool in[CELLS_MOST];
	bool pooled; /* of several cells */
	uint32_t n;  /* batches */
};

/** Rows of the tables. A baseline has two: at the point its authors give, and at the point best on these very batches,
 *  which favours it. */
struct column {
	const struct method *method;
	uint32_t index; /* of the method */
	char name[48];  /* "B4 at 0.55" */
	bool best;
};

/** Clusters or whole batches with something coordinated against those without, told apart by confidence. */
struct discrimination {
	const char *unit;                   /* "cluster", "batch" */
	const char *against;                /* "null", "negatives" */
	struct figure auroc, auprc, recall; /* recall at 1 % false positives */
	struct roc_point *points;
	size_t n_points;
};

struct calibration_row {
	const char *name;
	struct calibration of;
	struct figure brier, ece;
	struct calibration_bin bins[CALIBRATION_BINS];
	size_t n_bins;
	uint32_t n, n_true;
};

/** Cases: every planted campaign (with the cluster that matches it, none: no verdict), and every wrong cluster. */
struct verdicts {
	uint32_t counts
	    [3][4]; /* truth: campaign, single actor, coincidental; verdict: enum detect_verdict */
	uint32_t
	    undecidable; /* cases of which "insufficient" is the right answer, and that had it */
	struct figure macro_f1, coverage, h_accuracy, risk_area;
	struct roc_point *risk;
	size_t n_risk;
};

enum { LEVELS = 3, HISTOGRAM = 20 };
extern const double summary_levels[LEVELS]; /* 0.05, 0.01, 0.001 */

/** p-values where nothing is coordinated. */
struct null_level {
	const char *name; /* of a channel, "p_world" */
	const char *on;   /* "clusters found", "random groups" */
	uint32_t n, rejected[LEVELS], histogram[HISTOGRAM];
	struct exact_interval rate[LEVELS];
	double ks;
};

struct difference {
	uint32_t column;
	enum metric metric;
	char scope[32];
	struct figure of; /* engine less the other */
	double p, p_holm;
};

struct alarm_rate {
	char cell[CELL_NAME_MOST];
	uint32_t alarms, batches;
	struct exact_interval rate;
};

struct summary {
	const struct evaluation *e;
	struct arena *arena;
	struct scope *scopes;
	uint32_t n_scopes;
	struct column *columns;
	uint32_t n_columns;
	struct figure *figures; /* by column, scope, metric */
	struct discrimination discrimination[4];
	uint32_t n_discrimination;
	struct calibration_row calibration[8];
	uint32_t n_calibration;
	struct verdicts verdicts;
	struct null_level *levels;
	uint32_t n_levels;
	struct difference *differences;
	uint32_t n_differences;
	struct alarm_rate *alarms; /* of the engine, by cell without a campaign, and HN10 */
	uint32_t n_alarms;
};

/** Computes all figures of *e, which must outlive the summary. Released by summary_clear. */
MUST_CHECK enum coord_err summary_init(
    const struct evaluation *e, struct summary *ret, struct coord_error *err);
void summary_clear(struct summary *summary);
static inline const struct figure *
summary_figure(const struct summary *s, uint32_t column, uint32_t scope, enum metric metric)
{
	return &s->figures[((size_t)column * s->n_scopes + scope) * METRIC_COUNT + metric];
}

/* summary_judgement.c */
MUST_CHECK enum coord_err summary_discriminate(struct summary *s, struct coord_error *err);
MUST_CHECK enum coord_err summary_calibrate(struct summary *s, struct coord_error *err);
MUST_CHECK enum coord_err summary_verdicts(struct summary *s, struct coord_error *err);
/* summary_null.c */
MUST_CHECK enum coord_err summary_null(struct summary *s, struct coord_error *err);
/** The bootstrap over all batches of the evaluation, in the order of the table. */
MUST_CHECK enum coord_err summary_bootstrap(
    const struct summary *s, struct bootstrap *ret, struct coord_error *err);

#endif
