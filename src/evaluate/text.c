/* text.c - the figures for a terminal: one line a cell, then the means over each kind of cell. */
#include "evaluate/run.h"

#include <math.h>

/** The columns, from left to right. */
static const struct {
	enum metric metric;
	const char *head;
} columns[] = {
	{ METRIC_PAIR_F1, "pair F1" },
	{ METRIC_CAMPAIGN_RECALL, "recall" },
	{ METRIC_BCUBED_F1, "B3 F1" },
	{ METRIC_ARI, "ARI" },
	{ METRIC_FOUND_F1, "found F1" },
	{ METRIC_FOUND_RECALL, "found" },
	{ METRIC_FALSE_ALARM, "alarms" },
	{ METRIC_FALSE_REPORT, "wrong" },
	{ METRIC_SECONDS, "sec" },
};

enum { N_COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static void
add_head(struct buf *out, const char *name)
{
	buf_printf(out, "%-18s %3s", name, "n");
	for (unsigned i = 0; i < N_COLUMNS; i++)
		buf_printf(out, " %8s", columns[i].head);
	buf_add_str(out, "   conf\n");
}

struct mean {
	double sum;
	uint32_t n;
};

static void
mean_add(struct mean *mean, double value)
{
	if (isnan(value))
		return;
	mean->sum += value;
	mean->n++;
}

static void
add_mean(struct buf *out, struct mean mean)
{
	if (mean.n == 0)
		buf_printf(out, " %8s", "-");
	else
		buf_printf(out, " %8.3f", mean.sum / mean.n);
}

/* One line over the cells that `in` says. */
static void
add_line(
    const struct evaluation *e, uint32_t method, const char *name, const bool *in, struct buf *out)
{
	struct mean means[N_COLUMNS] = { { 0, 0 } }, confidence = { 0, 0 };
	uint32_t n = 0;

	for (uint32_t c = 0; c < e->suite.n_cells; c++)
		for (uint32_t b = 0; in[c] && b < e->suite.batches; b++) {
			const struct outcome *o = evaluation_outcome(e, c, b, method);

			n++;
			mean_add(&confidence, isnan(o->confidence) ? 0 : o->confidence);
			for (unsigned i = 0; i < N_COLUMNS; i++)
				mean_add(&means[i], o->metrics[columns[i].metric]);
		}
	if (n == 0)
		return;
	buf_printf(out, "%-18s %3u", name, n);
	for (unsigned i = 0; i < N_COLUMNS; i++)
		add_mean(out, means[i]);
	buf_printf(out, " %6.2f\n", confidence.sum / confidence.n);
}

static void
add_kinds(const struct evaluation *e, uint32_t method, struct buf *out)
{
	static const char *const names[] = { "all easy", "all standard", "all hard",
		"all negatives", "all null", "all evasion", "all poisoning" };

	for (unsigned k = 0; k < 7; k++) {
		bool in[CELLS_MOST];

		for (uint32_t c = 0; c < e->suite.n_cells; c++) {
			const struct cell *cell = &e->suite.cells[c];

			in[c] = k < 3 ? cell->kind == CELL_PLANTED && cell->difficulty == k
				      : (unsigned)cell->kind == k - 2;
		}
		add_line(e, method, names[k], in, out);
	}
}

void
evaluate_text(const struct evaluation *e, struct buf *out)
{
	for (uint32_t m = 0; m < e->n_methods; m++) {
		buf_printf(out, "%s (%s split, %u batches a cell)\n", e->methods[m].title,
		    evaluate_split_name(e->suite.split), e->suite.batches);
		add_head(out, "cell");
		for (uint32_t c = 0; c < e->suite.n_cells; c++) {
			bool in[CELLS_MOST] = { false };

			in[c] = true;
			add_line(e, m, e->suite.cells[c].name, in, out);
		}
		add_kinds(e, m, out);
	}
	buf_printf(out, "%.0f s\n", e->seconds);
}
