/* html.c - the evaluation as one page that needs nothing else: no script, no network; its style is all that its content
 * security policy lets in, by its hash. */
#include <math.h>
#include <stdio.h>

#include "evaluate/plot.h"
#include "evaluate/sheet.h"
#include "evaluate/summary.h"

static const char style[] =
    ":root{color-scheme:light dark}body{font:15px/1.5 "
    "system-ui,sans-serif;max-width:72rem;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.5rem}h2{font-size:1.1rem;margin:2rem 0 "
    ".5rem}div{overflow-x:auto}"
    "table{border-collapse:collapse;font-size:13px}th,td{padding:.2rem .6rem;text-align:right;"
    "border-bottom:1px solid #8884;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "th,tr:first-child td{font-weight:600}th{text-align:left}section{display:flex;flex-wrap:wrap}"
    "figure{margin:0;width:300px}svg{width:300px;font:10px "
    "system-ui,sans-serif}text{fill:currentColor}"
    ".title{font-size:12px;font-weight:600}.tick,.axis{text-anchor:middle;opacity:.75}.left{text-"
    "anchor:end}"
    ".frame{fill:none;stroke:currentColor;opacity:.4}.guide{stroke:currentColor;stroke-dasharray:3 "
    "3;opacity:.5}"
    "polyline{fill:none;stroke-width:1.6}.s0{stroke:#2563eb}.s1{stroke:#d97706}.s2{stroke:#059669}"
    ".s3{stroke:#a21caf}.f0{fill:#2563eb}.f1{fill:#d97706}.f2{fill:#059669}.f3{fill:#a21caf}";

enum { POINTS_MOST = 512, HISTOGRAMS_MOST = 32 };

/* Base64 of RFC 4648, of 32 bytes: 43 digits and one "=". */
static void
add_base64(struct buf *out, const uint8_t bytes[32])
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned i = 0; i < 33; i += 3) {
		uint32_t word = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 |
				(i + 2 < 32 ? bytes[i + 2] : 0);

		buf_add_char(out, digits[word >> 18 & 63]);
		buf_add_char(out, digits[word >> 12 & 63]);
		buf_add_char(out, digits[word >> 6 & 63]);
		buf_add_char(out, i + 2 < 32 ? digits[word & 63] : '=');
	}
}

static void
add_head(struct buf *out)
{
	uint8_t sha[32];

	sha256_of(style, sizeof(style) - 1, sha);
	buf_add_str(out,
	    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	    "style-src 'sha256-");
	add_base64(out, sha);
	buf_printf(out,
	    "'; base-uri 'none'; form-action 'none'\">\n<title>coord evaluation</title><style>%s"
	    "</style></head><body>\n<h1>How good the answers are</h1>\n",
	    style);
}

/** Which coordinate of a curve's points goes where. */
enum curve { CURVE_ROC, CURVE_PRECISION };

static void
add_curves(const struct summary *s, enum curve curve, struct buf *out)
{
	double x[POINTS_MOST], y[POINTS_MOST];
	char name[40];

	plot_open(out, curve == CURVE_ROC ? "ROC" : "Precision and recall",
	    curve == CURVE_ROC ? "false positive rate" : "recall",
	    curve == CURVE_ROC ? "recall" : "precision");
	for (uint32_t i = 0; i < s->n_discrimination; i++) {
		const struct discrimination *d = &s->discrimination[i];
		size_t n = 0;

		if (curve == CURVE_ROC) {
			x[0] = y[0] = 0;
			n = 1;
		}
		for (size_t k = 0; k < d->n_points && n < POINTS_MOST; k++, n++) {
			x[n] = curve == CURVE_ROC ? d->points[k].false_rate : d->points[k].recall;
			y[n] = curve == CURVE_ROC ? d->points[k].recall : d->points[k].precision;
		}
		plot_line(out, x, y, n, i);
		(void)snprintf(name, sizeof(name), "%s, %s", d->unit, d->against);
		plot_legend(out, i, name);
	}
	plot_close(out);
}

static void
add_reliability(const struct calibration_row *r, struct buf *out)
{
	plot_open(out, r->name, "confidence", "came true");
	plot_diagonal(out);
	for (size_t b = 0; b < r->n_bins; b++) {
		uint64_t n = (uint64_t)(r->bins[b].n + 0.5);
		struct exact_interval rate =
		    exact_binomial((uint64_t)(r->bins[b].rate * (double)n + 0.5), n, 0.95);

		plot_point(out, r->bins[b].mean_p, r->bins[b].rate, rate.low, rate.high, 0);
	}
	plot_close(out);
}

static void
add_risk(const struct summary *s, struct buf *out)
{
	double x[POINTS_MOST], y[POINTS_MOST];
	size_t n = 0;

	for (; n < s->verdicts.n_risk && n < POINTS_MOST; n++) {
		x[n] = s->verdicts.risk[n].false_rate;
		y[n] = s->verdicts.risk[n].precision;
	}
	plot_open(out, "Risk and coverage", "share decided, surest first", "share of those wrong");
	plot_line(out, x, y, n, 0);
	plot_close(out);
}

/* The height of an even histogram is a quarter of the square. */
static void
add_histogram(const struct null_level *l, struct buf *out)
{
	char title[80];

	(void)snprintf(title, sizeof(title), "%s, %s, n = %u", l->name, l->on, l->n);
	plot_open(out, title, "p where nothing is coordinated", "density / 4");
	for (unsigned b = 0; b < HISTOGRAM; b++)
		plot_bar(out, (double)b / HISTOGRAM, (b + 1.0) / HISTOGRAM,
		    (double)l->histogram[b] * HISTOGRAM / l->n / 4);
	plot_level(out, 0.25);
	plot_close(out);
}

static void
add_alarm_chart(const struct summary *s, struct buf *out)
{
	plot_open(out, "False alarms, cell by cell as in the table", "cell", "batches with one");
	for (uint32_t i = 0; i < s->n_alarms; i++)
		plot_point(out, (i + 0.5) / s->n_alarms,
		    (double)s->alarms[i].alarms / s->alarms[i].batches, s->alarms[i].rate.low,
		    s->alarms[i].rate.high, 1);
	plot_level(out, 0.05);
	plot_close(out);
}

void
evaluate_html(const struct evaluation *e, struct buf *out)
{
	const struct summary *s = e->summary;
	struct sheet sheet = sheet_init(out, SHEET_HTML);

	add_head(out);
	buf_add_str(out, "<section>\n");
	if (s->n_discrimination > 0) {
		add_curves(s, CURVE_ROC, out);
		add_curves(s, CURVE_PRECISION, out);
	}
	add_risk(s, out);
	for (uint32_t i = 0; i < s->n_calibration; i++)
		add_reliability(&s->calibration[i], out);
	if (s->n_alarms > 0)
		add_alarm_chart(s, out);
	for (uint32_t i = 0; i < s->n_levels && i < HISTOGRAMS_MOST; i++)
		add_histogram(&s->levels[i], out);
	buf_add_str(out, "</section>\n");
	tables_write(e, &sheet);
	buf_add_str(out, "</body></html>\n");
}
