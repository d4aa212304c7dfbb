/* json.c - one document a run: every figure with its interval, one row a batch with its seed, what was planted in it and
 * every cluster that the engine tested, so that any table can be made again, or differently, by a reader. */
#include <math.h>

#include "evaluate/baseline/baseline.h"
#include "evaluate/summary.h"

static void
key_number(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_prob(w, value);
}

static void
key_text(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
key_count(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	jsonw_u64(w, value);
}

static void
key_figure(struct jsonw *w, const char *key, const struct figure *f)
{
	jsonw_key(w, key);
	jsonw_array(w);
	jsonw_prob(w, f->value);
	jsonw_prob(w, f->low);
	jsonw_prob(w, f->high);
	jsonw_u64(w, f->n);
	jsonw_end(w);
}

static void
write_methods(const struct summary *s, struct jsonw *w)
{
	jsonw_key(w, "methods");
	jsonw_array(w);
	for (uint32_t c = 0; c < s->n_columns; c++) {
		const struct column *column = &s->columns[c];

		jsonw_object(w);
		key_text(w, "name", column->name);
		key_text(w, "title", column->method->title);
		if (column->method->baseline != NULL) {
			key_text(w, "source", column->method->baseline->source);
			key_number(w, "point", column->method->point);
		}
		jsonw_key(w, "figures");
		jsonw_object(w);
		for (uint32_t i = 0; i < s->n_scopes; i++) {
			jsonw_key(w, s->scopes[i].name);
			jsonw_object(w);
			for (unsigned m = 0; m < METRIC_COUNT; m++)
				if (m != METRIC_SECONDS)
					key_figure(w, metric_name((enum metric)m),
					    summary_figure(s, c, i, (enum metric)m));
			jsonw_end(w);
		}
		jsonw_end(w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_differences(const struct summary *s, struct jsonw *w)
{
	jsonw_key(w, "differences");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->n_differences; i++) {
		const struct difference *d = &s->differences[i];

		jsonw_object(w);
		key_text(w, "from", s->columns[d->column].name);
		key_text(w, "scope", d->scope);
		key_text(w, "metric", metric_name(d->metric));
		key_figure(w, "difference", &d->of);
		key_number(w, "p", d->p);
		key_number(w, "p_holm", d->p_holm);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_discrimination(const struct summary *s, struct jsonw *w)
{
	jsonw_key(w, "discrimination");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->n_discrimination; i++) {
		const struct discrimination *d = &s->discrimination[i];

		jsonw_object(w);
		key_text(w, "unit", d->unit);
		key_text(w, "against", d->against);
		key_figure(w, "auroc", &d->auroc);
		key_figure(w, "auprc", &d->auprc);
		key_figure(w, "recall_at_1_percent", &d->recall);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_bins(const struct calibration_row *r, struct jsonw *w)
{
	jsonw_key(w, "bins");
	jsonw_array(w);
	for (size_t b = 0; b < r->n_bins; b++) {
		jsonw_object(w);
		key_number(w, "confidence", r->bins[b].mean_p);
		key_number(w, "rate", r->bins[b].rate);
		key_number(w, "low", r->bins[b].low);
		key_number(w, "high", r->bins[b].high);
		key_number(w, "n", r->bins[b].n);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_calibration(const struct summary *s, struct jsonw *w)
{
	jsonw_key(w, "calibration");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->n_calibration; i++) {
		const struct calibration_row *r = &s->calibration[i];

		jsonw_object(w);
		key_text(w, "mix", r->name);
		key_count(w, "clusters", r->n);
		key_count(w, "true", r->n_true);
		key_figure(w, "brier", &r->brier);
		key_number(w, "brier_weighted", r->of.brier);
		key_number(w, "skill", r->of.skill);
		key_number(w, "log_loss", r->of.log_loss);
		key_figure(w, "ece", &r->ece);
		key_number(w, "slope", r->of.slope);
		key_number(w, "intercept", r->of.intercept);
		key_number(w, "interval_coverage", r->of.coverage);
		write_bins(r, w);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_verdicts(const struct summary *s, struct jsonw *w)
{
	static const char *const truths[] = { "campaign", "single_actor", "nothing" };

	jsonw_key(w, "verdicts");
	jsonw_object(w);
	jsonw_key(w, "confusion");
	jsonw_object(w);
	for (unsigned t = 0; t < 3; t++) {
		jsonw_key(w, truths[t]);
		jsonw_object(w);
		for (unsigned v = 0; v < 4; v++)
			key_count(w, detect_verdict_name((enum detect_verdict)v),
			    s->verdicts.counts[t][v]);
		jsonw_end(w);
	}
	jsonw_end(w);
	key_count(w, "undecidable_left_undecided", s->verdicts.undecidable);
	key_figure(w, "macro_f1_decided", &s->verdicts.macro_f1);
	key_figure(w, "coverage", &s->verdicts.coverage);
	key_figure(w, "one_actor_accuracy", &s->verdicts.h_accuracy);
	key_figure(w, "risk_coverage_area", &s->verdicts.risk_area);
	jsonw_end(w);
}

static void
write_level(const struct null_level *l, struct jsonw *w)
{
	jsonw_object(w);
	key_text(w, "channel", l->name);
	key_text(w, "on", l->on);
	key_count(w, "n", l->n);
	jsonw_key(w, "rejected");
	jsonw_array(w);
	for (unsigned k = 0; k < LEVELS; k++) {
		jsonw_object(w);
		key_number(w, "level", summary_levels[k]);
		key_count(w, "n", l->rejected[k]);
		key_number(w, "low", l->rate[k].low);
		key_number(w, "high", l->rate[k].high);
		jsonw_end(w);
	}
	jsonw_end(w);
	key_number(w, "ks_p", l->ks);
	jsonw_key(w, "histogram");
	jsonw_array(w);
	for (unsigned b = 0; b < HISTOGRAM; b++)
		jsonw_u64(w, l->histogram[b]);
	jsonw_end(w);
	jsonw_end(w);
}

static void
write_null(const struct summary *s, struct jsonw *w)
{
	jsonw_key(w, "null_p_values");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->n_levels; i++)
		write_level(&s->levels[i], w);
	jsonw_end(w);
	jsonw_key(w, "false_alarms");
	jsonw_array(w);
	for (uint32_t i = 0; i < s->n_alarms; i++) {
		jsonw_object(w);
		key_text(w, "cell", s->alarms[i].cell);
		key_count(w, "alarms", s->alarms[i].alarms);
		key_count(w, "batches", s->alarms[i].batches);
		key_number(w, "low", s->alarms[i].rate.low);
		key_number(w, "high", s->alarms[i].rate.high);
		jsonw_end(w);
	}
	jsonw_end(w);
}

static void
write_seen(const struct seen *s, struct jsonw *w)
{
	jsonw_object(w);
	key_number(w, "confidence", s->confidence);
	key_text(w, "verdict", detect_verdict_name(s->verdict));
	key_count(w, "sources", s->sources);
	key_number(w, "pure", s->match.pure);
	key_number(w, "jaccard", s->match.jaccard);
	jsonw_key(w, "right");
	jsonw_bool(w, s->right);
	key_number(w, "p_world", s->p_world);
	jsonw_end(w);
}

static void
write_batch(const struct evaluation *e, uint32_t cell, uint32_t batch, struct jsonw *w)
{
	const struct batch_row *row = evaluation_row(e, cell, batch);
	const struct outcome *o = evaluation_outcome(e, cell, batch, 0);
	char hex[65];

	jsonw_object(w);
	key_text(w, "cell", e->suite.cells[cell].name);
	key_count(w, "batch", batch);
	key_count(w, "seed", row->seed);
	key_count(w, "site", row->site);
	key_count(w, "sessions", row->sessions);
	key_count(w, "sources", row->sources);
	if (e->suite.cells[cell].kind != CELL_NULL) {
		key_text(w, "group", row->group.id);
		key_count(w, "members", row->group.members);
		key_count(w, "visits", row->group.visits);
		key_text(w, "artefact", row->group.artefact);
	}
	for (unsigned i = 0; i < 32; i++) {
		hex[2 * i] = "0123456789abcdef"[row->input_sha256[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[row->input_sha256[i] & 15];
	}
	hex[64] = '\0';
	key_text(w, "input_sha256", hex);
	key_text(w, "verdict", detect_verdict_name(o->verdict));
	key_number(w, "confidence", o->confidence);
	jsonw_key(w, "clusters");
	jsonw_array(w);
	for (uint32_t k = 0; k < o->n_seen; k++)
		write_seen(&o->seen[k], w);
	jsonw_end(w);
	jsonw_end(w);
}

void
evaluate_json(const struct evaluation *e, struct buf *out)
{
	struct jsonw w = jsonw_init(out, true);

	jsonw_object(&w);
	key_text(&w, "format", "coord-evaluation");
	key_text(&w, "version", COORD_VERSION);
	key_text(&w, "generator", GENERATE_VERSION);
	key_text(&w, "suite", evaluate_suite_name(e->config.suite));
	key_text(&w, "split", evaluate_split_name(e->suite.split));
	key_count(&w, "batches_a_cell", e->suite.batches);
	if (e->config.naive_nulls) {
		jsonw_key(&w, "naive_nulls");
		jsonw_bool(&w, true);
	}
	write_methods(e->summary, &w);
	write_differences(e->summary, &w);
	write_discrimination(e->summary, &w);
	write_calibration(e->summary, &w);
	write_verdicts(e->summary, &w);
	write_null(e->summary, &w);
	jsonw_key(&w, "batches");
	jsonw_array(&w);
	for (uint32_t c = 0; c < e->suite.n_cells; c++)
		for (uint32_t b = 0; b < e->suite.batches; b++)
			write_batch(e, c, b, &w);
	jsonw_end(&w);
	jsonw_end(&w);
	buf_add_char(out, '\n');
}
