/* tables.c - which figures stand in which table: for the terminal, docs/evaluation.md and the page alike. */
#include <math.h>
#include <stdio.h>

#include "evaluate/baseline/baseline.h"
#include "evaluate/sheet.h"
#include "evaluate/summary.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const enum metric by_cell[] = { METRIC_PAIR_F1, METRIC_BCUBED_F1, METRIC_ARI, METRIC_AMI,
	METRIC_CAMPAIGN_RECALL, METRIC_FOUND_F1, METRIC_PAIR_PRECISION_SURE, METRIC_FALSE_ALARM,
	METRIC_EXPLAINED };

static void
add_cells(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "cell", "pair F1", "B3 F1", "ARI", "AMI", "recall",
		"found F1", "precision >= 0.9", "false alarm", "explained" };

	sheet_title(sheet, "The engine, by cell");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t c = 0; c < s->n_scopes; c++) {
		sheet_cell(sheet, s->scopes[c].name);
		for (unsigned m = 0; m < COUNT(by_cell); m++)
			sheet_figure(sheet, summary_figure(s, 0, c, by_cell[m]));
		sheet_end(sheet);
	}
}

static uint32_t
scope_named(const struct summary *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_scopes; i++)
		if (strcmp(s->scopes[i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

static void
add_columns(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "method", "pair F1 easy", "standard", "hard",
		"B3 F1 easy", "standard", "hard", "wrong group: null", "negatives" };
	static const struct {
		const char *scope;
		enum metric metric;
	} cells[] = { { "all easy", METRIC_PAIR_F1 }, { "all standard", METRIC_PAIR_F1 },
		{ "all hard", METRIC_PAIR_F1 }, { "all easy", METRIC_BCUBED_F1 },
		{ "all standard", METRIC_BCUBED_F1 }, { "all hard", METRIC_BCUBED_F1 },
		{ "all null", METRIC_FALSE_REPORT },
		{ "all hard negatives", METRIC_FALSE_REPORT } };

	if (s->n_columns < 2)
		return;
	sheet_title(sheet,
	    "Methods (baselines at their authors' point, and at the best one for these batches)");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t c = 0; c < s->n_columns; c++) {
		sheet_cell(sheet, s->columns[c].name);
		for (unsigned i = 0; i < COUNT(cells); i++) {
			uint32_t scope = scope_named(s, cells[i].scope);

			sheet_figure(sheet, scope == UINT32_MAX
						? NULL
						: summary_figure(s, c, scope, cells[i].metric));
		}
		sheet_end(sheet);
	}
}

static void
add_differences(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "engine less", "where", "measure", "difference",
		"p, Holm" };

	if (s->n_differences == 0 || sheet->form == SHEET_TEXT)
		return;
	sheet_title(sheet, "Paired differences from the baselines");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < s->n_differences; i++) {
		const struct difference *d = &s->differences[i];

		sheet_cell(sheet, s->columns[d->column].name);
		sheet_cell(sheet, d->scope);
		sheet_cell(sheet, metric_name(d->metric));
		sheet_figure(sheet, &d->of);
		sheet_number(sheet, 3, d->p_holm);
		sheet_end(sheet);
	}
}

static void
add_alarms(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "cell", "alarms", "batches", "rate", "95 % up to" };

	if (s->n_alarms == 0)
		return;
	sheet_title(
	    sheet, "False alarms: batches with a wrong cluster called coordinated at 0.9 or more");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < s->n_alarms; i++) {
		const struct alarm_rate *a = &s->alarms[i];

		sheet_cell(sheet, a->cell);
		sheet_number(sheet, 0, a->alarms);
		sheet_number(sheet, 0, a->batches);
		sheet_number(sheet, 3, (double)a->alarms / a->batches);
		sheet_number(sheet, 3, a->rate.high);
		sheet_end(sheet);
	}
}

static void
add_discrimination(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "confidence of", "against", "AUROC", "AUPRC",
		"recall at 1 % FP" };

	if (s->n_discrimination == 0)
		return;
	sheet_title(sheet, "Told apart by confidence");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < s->n_discrimination; i++) {
		const struct discrimination *d = &s->discrimination[i];

		sheet_cell(sheet, d->unit);
		sheet_cell(sheet, d->against);
		sheet_figure(sheet, &d->auroc);
		sheet_figure(sheet, &d->auprc);
		sheet_figure(sheet, &d->recall);
		sheet_end(sheet);
	}
}

static void
add_calibration(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "mix", "clusters", "true", "Brier", "skill",
		"log loss", "ECE", "slope", "intercept", "bins met" };

	if (s->n_calibration == 0)
		return;
	sheet_title(sheet, "Calibration of cluster confidence");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < s->n_calibration; i++) {
		const struct calibration_row *r = &s->calibration[i];

		sheet_cell(sheet, r->name);
		sheet_number(sheet, 0, r->n);
		sheet_number(sheet, 0, r->n_true);
		sheet_figure(sheet, &r->brier);
		sheet_number(sheet, 3, r->of.skill);
		sheet_number(sheet, 3, r->of.log_loss);
		sheet_figure(sheet, &r->ece);
		sheet_number(sheet, 2, r->of.slope);
		sheet_number(sheet, 2, r->of.intercept);
		sheet_number(sheet, 2, r->of.coverage);
		sheet_end(sheet);
	}
}

static void
add_confusion(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "truth", "insufficient", "coincidental", "campaign",
		"single actor" };
	static const char *const truths[] = { "campaign", "single actor", "nothing" };

	sheet_title(sheet, "Verdicts, by case: every planted campaign, every wrong cluster");
	sheet_head(sheet, heads, COUNT(heads));
	for (unsigned t = 0; t < 3; t++) {
		sheet_cell(sheet, truths[t]);
		for (unsigned v = 0; v < 4; v++)
			sheet_number(sheet, 0, s->verdicts.counts[t][v]);
		sheet_end(sheet);
	}
}

static void
add_verdicts(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "measure", "figure" };
	const struct {
		const char *name;
		const struct figure *of;
	} rows[] = { { "macro F1 on decided", &s->verdicts.macro_f1 },
		{ "coverage", &s->verdicts.coverage },
		{ "one actor or several", &s->verdicts.h_accuracy },
		{ "area under risk-coverage", &s->verdicts.risk_area } };

	char note[100];

	add_confusion(s, sheet);
	(void)snprintf(note, sizeof(note), "%u undecidable cases were left undecided, as is right.",
	    s->verdicts.undecidable);
	sheet_note(sheet, note);
	sheet_head(sheet, heads, COUNT(heads));
	for (unsigned i = 0; i < COUNT(rows); i++) {
		sheet_cell(sheet, rows[i].name);
		sheet_figure(sheet, rows[i].of);
		sheet_end(sheet);
	}
}

static void
add_levels(const struct summary *s, struct sheet *sheet)
{
	static const char *const heads[] = { "channel", "on", "n", "p <= 0.05", "p <= 0.01",
		"p <= 0.001", "KS p" };

	if (s->n_levels == 0)
		return;
	sheet_title(sheet,
	    "p-values where nothing is coordinated: share rejected, with exact 95 % interval");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < s->n_levels; i++) {
		const struct null_level *l = &s->levels[i];

		sheet_cell(sheet, l->name);
		sheet_cell(sheet, l->on);
		sheet_number(sheet, 0, l->n);
		for (unsigned k = 0; k < LEVELS; k++) {
			struct figure f = { .value = (double)l->rejected[k] / l->n,
				.low = l->rate[k].low,
				.high = l->rate[k].high };

			sheet_figure(sheet, &f);
		}
		sheet_number(sheet, 3, l->ks);
		sheet_end(sheet);
	}
}

static void
add_robust(const struct evaluation *e, struct sheet *sheet)
{
	static const char *const heads[] = { "batch 0 of", "same result", "confidence",
		"10 x background", "shared key" };

	if (e->n_robust == 0)
		return;
	sheet_title(
	    sheet, "What must not change the answer: threads and order of rows; noise; a key more");
	sheet_head(sheet, heads, COUNT(heads));
	for (uint32_t i = 0; i < e->n_robust; i++) {
		const struct robust *r = &e->robust[i];

		sheet_cell(sheet, e->suite.cells[e->robust_cell[i]].name);
		sheet_cell(sheet, r->repeats ? "yes" : "NO");
		sheet_number(sheet, 3, r->confidence);
		sheet_number(sheet, 3, r->with_noise);
		sheet_number(sheet, 3, r->with_artefact);
		sheet_end(sheet);
	}
}

void
tables_write(const struct evaluation *e, struct sheet *sheet)
{
	const struct summary *s = e->summary;
	char note[160];

	(void)snprintf(note, sizeof(note),
	    "%s split, %u batches a cell, %u cells, version %s, generator %s%s",
	    evaluate_split_name(e->suite.split), e->suite.batches, e->suite.n_cells, COORD_VERSION,
	    GENERATE_VERSION, e->config.naive_nulls ? ", with naive nulls" : "");
	sheet_note(sheet, note);
	add_cells(s, sheet);
	add_columns(s, sheet);
	add_differences(s, sheet);
	add_alarms(s, sheet);
	add_discrimination(s, sheet);
	add_calibration(s, sheet);
	add_verdicts(s, sheet);
	add_levels(s, sheet);
	add_robust(e, sheet);
	sheet_close(sheet);
}
