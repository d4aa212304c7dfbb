/* summary_judgement.c - the engine's confidence and verdict against the truth: told apart from null and from hard
 * negatives, calibrated or not, decided or not. */
#include "evaluate/summary.h"

#include <math.h>

enum { POINTS_MOST = 400 };
static const double engine_prior = 0.6; /* of detect_config: what its confidence supposes */

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "evaluate: no memory for the figures");
}

static size_t
count_seen(const struct evaluation *e)
{
	size_t n = 0;

	for (size_t i = 0; i < (size_t)e->suite.n_cells * e->suite.batches; i++)
		n += e->outcomes[i * e->n_methods].n_seen;
	return n;
}

/** Items with their bootstrap: weights are set anew for each resample. */
struct scored {
	const struct roc_item *items;
	struct roc_item *drawn;
	size_t n;
	double (*measure)(const struct roc_item *items, size_t n);
};

static double
measure_drawn(const void *context, const double *times)
{
	const struct scored *s = context;

	for (size_t i = 0; i < s->n; i++) {
		s->drawn[i] = s->items[i];
		s->drawn[i].weight = times[s->items[i].batch];
	}
	return s->measure(s->drawn, s->n);
}

static double
recall_at_one_percent(const struct roc_item *items, size_t n)
{
	return roc_recall_at(items, n, 0.01);
}

/* One item a batch, or one a cluster: planted against one kind of cell. */
static size_t
gather(const struct evaluation *e, bool whole, enum cell_kind against, struct roc_item *ret)
{
	size_t n = 0;

	for (uint32_t i = 0; i < e->suite.n_cells * e->suite.batches; i++) {
		const struct outcome *o = &e->outcomes[(size_t)i * e->n_methods];
		enum cell_kind kind = e->suite.cells[i / e->suite.batches].kind;

		if (kind != CELL_PLANTED && kind != against)
			continue;
		if (whole && e->rows[i].group.structure == STRUCTURE_HN10)
			continue; /* its halves are coordinated: the batch is neither */
		if (whole)
			ret[n++] =
			    (struct roc_item){ .score = isnan(o->confidence) ? 0 : o->confidence,
				    .weight = 1,
				    .batch = i,
				    .positive = kind == CELL_PLANTED };
		for (uint32_t k = 0; !whole && k < o->n_seen; k++)
			if (o->seen[k].right || kind == against)
				ret[n++] = (struct roc_item){ .score = o->seen[k].confidence,
					.weight = 1,
					.batch = i,
					.positive = o->seen[k].right };
	}
	roc_sort(ret, n);
	return n;
}

static enum coord_err
discriminate(struct summary *s, bool whole, enum cell_kind against, const struct bootstrap *b,
    struct coord_error *err)
{
	struct discrimination *d = &s->discrimination[s->n_discrimination];
	size_t most = count_seen(s->e) + (size_t)s->e->suite.n_cells * s->e->suite.batches;
	struct roc_item *items = ARENA_ARRAY(s->arena, most + 1, struct roc_item);
	struct scored scored = { .items = items,
		.drawn = ARENA_ARRAY(s->arena, most + 1, struct roc_item) };

	d->points = ARENA_ARRAY(s->arena, POINTS_MOST, struct roc_point);
	if (items == NULL || scored.drawn == NULL || d->points == NULL)
		return no_memory(err);
	scored.n = gather(s->e, whole, against, items);
	if (isnan(roc_area(items, scored.n)))
		return COORD_OK;
	d->unit = whole ? "batch" : "cluster";
	d->against = cell_kind_name(against);
	scored.measure = roc_area;
	TRY(bootstrap_figure(b, measure_drawn, &scored, s->arena, &d->auroc, err));
	scored.measure = roc_precision;
	TRY(bootstrap_figure(b, measure_drawn, &scored, s->arena, &d->auprc, err));
	scored.measure = recall_at_one_percent;
	TRY(bootstrap_figure(b, measure_drawn, &scored, s->arena, &d->recall, err));
	d->n_points = roc_curve(items, scored.n, d->points, POINTS_MOST);
	s->n_discrimination++;
	return COORD_OK;
}

enum coord_err
summary_discriminate(struct summary *s, struct coord_error *err)
{
	struct bootstrap b;

	TRY(summary_bootstrap(s, &b, err));
	TRY(discriminate(s, false, CELL_NULL, &b, err));
	TRY(discriminate(s, false, CELL_NEGATIVE, &b, err));
	TRY(discriminate(s, true, CELL_NULL, &b, err));
	return discriminate(s, true, CELL_NEGATIVE, &b, err);
}

/* --- calibration --- */

/** A mix of cases that confidence is judged on: a base rate, and the prior that the engine was told. */
struct mix {
	const char *name;
	double rate;  /* of coordinated cases; NaN: as they come */
	double prior; /* the engine's own, or as told */
};

static const struct mix mixes[] = {
	{ "as they come, prior 0.6", NAN, 0.6 },
	{ "balanced, prior told", 0.5, 0.5 },
	{ "balanced, prior 0.1", 0.5, 0.1 },
	{ "10 % coordinated", 0.1, 0.1 },
	{ "2 % coordinated, prior told", 0.02, 0.02 },
	{ "2 % coordinated, prior 0.1", 0.02, 0.1 },
};

struct forecasts {
	const struct forecast *all;
	struct forecast *drawn;
	size_t n;
	double rate;
	double (*measure)(const struct forecast *forecasts, size_t n);
};

static double
measure_forecasts(const void *context, const double *times)
{
	const struct forecasts *f = context;

	for (size_t i = 0; i < f->n; i++) {
		f->drawn[i] = f->all[i];
		f->drawn[i].weight = times[f->all[i].batch];
	}
	if (!isnan(f->rate))
		calibration_set_rate(f->drawn, f->n, f->rate);
	return f->measure(f->drawn, f->n);
}

static struct forecast
forecast_of(const struct seen *s, uint32_t batch, double prior)
{
	return (struct forecast){ .p = calibration_move_prior(s->confidence, engine_prior, prior),
		.low = calibration_move_prior(s->low, engine_prior, prior),
		.high = calibration_move_prior(s->high, engine_prior, prior),
		.weight = 1,
		.batch = batch,
		.truth = s->right };
}

static size_t
gather_forecasts(const struct evaluation *e, double prior, struct forecast *ret, uint32_t *ret_true)
{
	size_t n = 0;

	*ret_true = 0;
	for (uint32_t i = 0; i < e->suite.n_cells * e->suite.batches; i++) {
		const struct outcome *o = &e->outcomes[(size_t)i * e->n_methods];

		for (uint32_t k = 0; k < o->n_seen; k++) {
			if (isnan(o->seen[k].confidence))
				continue;
			ret[n++] = forecast_of(&o->seen[k], i, prior);
			*ret_true += o->seen[k].right;
		}
	}
	calibration_sort(ret, n);
	return n;
}

static enum coord_err
calibrate(struct summary *s, const struct mix *mix, const struct bootstrap *b, size_t most,
    struct coord_error *err)
{
	struct calibration_row *row = &s->calibration[s->n_calibration];
	struct forecast *all = ARENA_ARRAY(s->arena, most + 1, struct forecast);
	struct forecasts f = { .all = all,
		.drawn = ARENA_ARRAY(s->arena, most + 1, struct forecast),
		.rate = mix->rate };

	if (all == NULL || f.drawn == NULL)
		return no_memory(err);
	f.n = gather_forecasts(s->e, mix->prior, all, &row->n_true);
	if (row->n_true == 0 || row->n_true == f.n)
		return COORD_OK;
	row->name = mix->name;
	row->n = (uint32_t)f.n;
	f.measure = calibration_brier;
	TRY(bootstrap_figure(b, measure_forecasts, &f, s->arena, &row->brier, err));
	f.measure = calibration_ece;
	TRY(bootstrap_figure(b, measure_forecasts, &f, s->arena, &row->ece, err));
	if (!isnan(mix->rate))
		calibration_set_rate(all, f.n, mix->rate);
	row->of = calibration_of(all, f.n);
	row->n_bins = calibration_bins(all, f.n, row->bins);
	s->n_calibration++;
	return COORD_OK;
}

enum coord_err
summary_calibrate(struct summary *s, struct coord_error *err)
{
	size_t most = count_seen(s->e);
	struct bootstrap b;

	TRY(summary_bootstrap(s, &b, err));
	for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++)
		TRY(calibrate(s, &mixes[i], &b, most, err));
	return COORD_OK;
}

/* --- verdicts --- */

enum { TRUE_CAMPAIGN, TRUE_SINGLE, TRUE_NOTHING };

struct verdict_case {
	uint32_t batch;
	uint8_t truth;
	enum detect_verdict verdict;
	double confidence;
	bool
	    undecidable; /* hard, no artefact kept, fewer than eight visits: "insufficient" is right */
};

struct cases {
	struct verdict_case *all;
	size_t n;
};

/* The cluster that matches a campaign best; NULL: none at Jaccard 0.5. */
static const struct seen *
best_match(const struct outcome *o, uint32_t campaign)
{
	const struct seen *best = NULL;

	for (uint32_t k = 0; k < o->n_seen; k++)
		if (o->seen[k].match.campaign == campaign && o->seen[k].match.jaccard >= 0.5 &&
		    (best == NULL || o->seen[k].match.jaccard > best->match.jaccard))
			best = &o->seen[k];
	return best;
}

static bool
is_undecidable(const struct batch_row *row)
{
	return row->group.difficulty == DIFFICULTY_HARD && row->group.visits < 8 &&
	       row->group.artefact != NULL && strcmp(row->group.artefact, "none") == 0;
}

static void
add_cases(const struct evaluation *e, uint32_t batch, struct cases *cases)
{
	const struct batch_row *row = &e->rows[batch];
	const struct outcome *o = &e->outcomes[(size_t)batch * e->n_methods];
	bool single = generate_structure_truth(row->group.structure) == TRUTH_SINGLE_ACTOR;

	for (uint32_t k = 1; k <= row->n_campaigns; k++) {
		const struct seen *match = best_match(o, k);

		cases->all[cases->n++] = (struct verdict_case){ .batch = batch,
			.truth = single ? TRUE_SINGLE : TRUE_CAMPAIGN,
			.verdict = match == NULL ? VERDICT_INSUFFICIENT : match->verdict,
			.confidence = match == NULL ? NAN : match->confidence,
			.undecidable = is_undecidable(row) };
	}
	for (uint32_t k = 0; k < o->n_seen; k++)
		if (!o->seen[k].right)
			cases->all[cases->n++] = (struct verdict_case){ .batch = batch,
				.truth = TRUE_NOTHING,
				.verdict = o->seen[k].verdict,
				.confidence = o->seen[k].confidence };
}

static double
f1_of_class(const double counts[3][4], unsigned class, enum detect_verdict verdict)
{
	double hit = counts[class][verdict], said = 0, there = 0;

	for (unsigned t = 0; t < 3; t++)
		said += counts[t][verdict];
	for (unsigned v = 0; v < 4; v++)
		there += v == VERDICT_INSUFFICIENT ? 0 : counts[class][v];
	return there + said <= 0 ? NAN : 2 * hit / (there + said);
}

static void
count_cases(
    const struct cases *cases, const double *times, double counts[3][4], double *undecidable)
{
	for (size_t i = 0; i < cases->n; i++) {
		const struct verdict_case *c = &cases->all[i];
		double t = times == NULL ? 1 : times[c->batch];

		if (c->undecidable && c->verdict == VERDICT_INSUFFICIENT)
			*undecidable += t;
		else
			counts[c->truth][c->verdict] += t;
	}
}

static double
macro_f1(const void *context, const double *times)
{
	double counts[3][4] = { { 0 } }, undecidable = 0, sum = 0;
	unsigned n = 0;
	const enum detect_verdict verdicts[] = { VERDICT_CAMPAIGN, VERDICT_SINGLE_ACTOR,
		VERDICT_COINCIDENTAL };

	count_cases(context, times, counts, &undecidable);
	for (unsigned c = 0; c < 3; c++) {
		double f1 = f1_of_class((const double(*)[4])counts, c, verdicts[c]);

		if (!isnan(f1)) {
			sum += f1;
			n++;
		}
	}
	return n == 0 ? NAN : sum / n;
}

static double
coverage(const void *context, const double *times)
{
	double counts[3][4] = { { 0 } }, undecidable = 0, decided = 0, all = 0;

	count_cases(context, times, counts, &undecidable);
	for (unsigned t = 0; t < 3; t++)
		for (unsigned v = 0; v < 4; v++) {
			all += counts[t][v];
			decided += v == VERDICT_INSUFFICIENT ? 0 : counts[t][v];
		}
	return all > 0 ? decided / all : NAN;
}

/* Among the coordinated that were called so: one actor or several? */
static double
h_accuracy(const void *context, const double *times)
{
	double c[3][4] = { { 0 } }, undecidable = 0, right, all;

	count_cases(context, times, c, &undecidable);
	right = c[TRUE_CAMPAIGN][VERDICT_CAMPAIGN] + c[TRUE_SINGLE][VERDICT_SINGLE_ACTOR];
	all = right + c[TRUE_CAMPAIGN][VERDICT_SINGLE_ACTOR] + c[TRUE_SINGLE][VERDICT_CAMPAIGN];
	return all > 0 ? right / all : NAN;
}

/** Risk and coverage of "coordinated or not", the most certain first, either way. */
static double
risk_area(const void *context, const double *times)
{
	const struct scored *s = context;
	struct roc_point unused;
	double area;

	for (size_t i = 0; i < s->n; i++) {
		s->drawn[i] = s->items[i];
		s->drawn[i].weight = times[s->items[i].batch];
	}
	(void)roc_risk(s->drawn, s->n, &unused, 0, &area);
	return area;
}

static enum coord_err
risk_coverage(struct summary *s, const struct cases *cases, const struct bootstrap *b,
    struct coord_error *err)
{
	struct roc_item *items = ARENA_ARRAY(s->arena, cases->n + 1, struct roc_item);
	struct scored scored = { .items = items,
		.drawn = ARENA_ARRAY(s->arena, cases->n + 1, struct roc_item),
		.n = cases->n };
	double area;

	s->verdicts.risk = ARENA_ARRAY(s->arena, POINTS_MOST, struct roc_point);
	if (items == NULL || scored.drawn == NULL || s->verdicts.risk == NULL)
		return no_memory(err);
	for (size_t i = 0; i < cases->n; i++) {
		const struct verdict_case *c = &cases->all[i];
		double p = isnan(c->confidence) ? 0.5 : c->confidence;

		items[i] = (struct roc_item){ .score = fabs(p - 0.5),
			.weight = 1,
			.batch = c->batch,
			.positive =
			    !isnan(c->confidence) && (p >= 0.5) == (c->truth != TRUE_NOTHING) };
	}
	roc_sort(items, cases->n);
	s->verdicts.n_risk = roc_risk(items, cases->n, s->verdicts.risk, POINTS_MOST, &area);
	return bootstrap_figure(b, risk_area, &scored, s->arena, &s->verdicts.risk_area, err);
}

enum coord_err
summary_verdicts(struct summary *s, struct coord_error *err)
{
	const struct evaluation *e = s->e;
	uint32_t n = e->suite.n_cells * e->suite.batches;
	struct cases cases = { .n = 0 };
	double counts[3][4] = { { 0 } }, undecidable = 0;
	size_t most = count_seen(e);
	struct bootstrap b;

	for (uint32_t i = 0; i < n; i++)
		most += e->rows[i].n_campaigns;
	cases.all = ARENA_ARRAY(s->arena, most + 1, struct verdict_case);
	if (cases.all == NULL)
		return no_memory(err);
	for (uint32_t i = 0; i < n; i++)
		add_cases(e, i, &cases);
	count_cases(&cases, NULL, counts, &undecidable);
	for (unsigned t = 0; t < 3; t++)
		for (unsigned v = 0; v < 4; v++)
			s->verdicts.counts[t][v] = (uint32_t)counts[t][v];
	s->verdicts.undecidable = (uint32_t)undecidable;
	TRY(summary_bootstrap(s, &b, err));
	TRY(bootstrap_figure(&b, macro_f1, &cases, s->arena, &s->verdicts.macro_f1, err));
	TRY(bootstrap_figure(&b, coverage, &cases, s->arena, &s->verdicts.coverage, err));
	TRY(bootstrap_figure(&b, h_accuracy, &cases, s->arena, &s->verdicts.h_accuracy, err));
	return risk_coverage(s, &cases, &b, err);
}
