/* rows.c - every tested cluster as a line of CSV: what the engine knew of it, what it said, and what was true. For
 * training elsewhere, and to look at what went wrong. */
#include <math.h>

#include "evaluate/run.h"

static void
add_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_add_str(out, ",");
	else
		buf_printf(out, ",%.9g", value);
}

static void
add_head(struct buf *out)
{
	buf_add_str(out,
	    "split,method,cell,kind,structure,difficulty,batch,seed,site,sources,nodes,visits,"
	    "coordinated,truth,pure,jaccard,confidence,low,high,verdict,p_world,stability,"
	    "single_actor");
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		buf_printf(out, ",x_%s", detect_feature_name(f));
	for (unsigned c = 0; c < CHANNEL_COUNT; c++)
		buf_printf(out, ",p_%s", detect_channel_name((enum detect_channel)c));
	buf_add_str(out, "\n");
}

static void
add_row(const struct seen *s, struct buf *out)
{
	buf_printf(out, ",%u,%u,%u,%d,%s", s->sources, s->nodes, s->visits, s->right,
	    generate_truth_name(s->right ? s->truth : TRUTH_NONE));
	add_number(out, s->match.pure);
	add_number(out, s->match.jaccard);
	add_number(out, s->confidence);
	add_number(out, s->low);
	add_number(out, s->high);
	buf_printf(out, ",%s", detect_verdict_name(s->verdict));
	add_number(out, s->p_world);
	add_number(out, s->stability);
	add_number(out, s->single_actor);
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		add_number(out, s->features[f]);
	for (unsigned c = 0; c < CHANNEL_COUNT; c++)
		add_number(out, s->p[c]);
	buf_add_str(out, "\n");
}

static void
add_batch(
    const struct evaluation *e, uint32_t cell, uint32_t batch, uint32_t method, struct buf *out)
{
	const struct cell *c = &e->suite.cells[cell];
	const struct batch_row *row = evaluation_row(e, cell, batch);
	const struct outcome *o = evaluation_outcome(e, cell, batch, method);
	bool null = c->kind == CELL_NULL;

	for (uint32_t i = 0; i < o->n_seen; i++) {
		buf_printf(out, "%s,%s,%s,%s,%s,%s,%u,%llu,%u", evaluate_split_name(e->suite.split),
		    e->methods[method].id, c->name, cell_kind_name(c->kind),
		    null ? "S" : generate_structure_name(c->structure),
		    null ? "" : generate_difficulty_name(row->group.difficulty), batch,
		    (unsigned long long)row->seed, row->site);
		add_row(&o->seen[i], out);
	}
}

void
evaluate_rows(const struct evaluation *e, bool header, struct buf *out)
{
	if (header)
		add_head(out);
	for (uint32_t m = 0; m < e->n_methods; m++)
		for (uint32_t c = 0; e->methods[m].baseline == NULL && c < e->suite.n_cells; c++)
			for (uint32_t b = 0; b < e->suite.batches; b++)
				add_batch(e, c, b, m, out);
}
