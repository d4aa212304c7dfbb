/* train.c - rows for the fit: the engine runs the development split for the weights and the calibration split for the
 * calibrator, each batch once with a reference and once without, and every cluster it tested is a row. A cluster is
 * coordinated when at least half of it is of one planted campaign (three quarters where two campaigns must not be joined:
 * HN10), whatever the batch was planted for. A cluster that joins parts of campaigns without being mostly one is a fault of
 * the grouping, and what its evidence says of coordination is right: it teaches nothing and is left out. */
#include <stdlib.h>

#include "evaluate/fit.h"
#include "evaluate/run.h"

enum { WITH_REFERENCE, WITHOUT_REFERENCE, MODES };

static const double joined_from = 0.25; /* share of the largest campaign */

static bool
teaches(const struct seen *s)
{
	return s->right || s->match.pure < joined_from;
}

static struct fit_row
row_of(const struct seen *s)
{
	struct fit_row row = { .coordinated = s->right, .single_actor = -1 };

	memcpy(row.features, s->features, sizeof(row.features));
	if (s->right)
		row.single_actor = s->truth == TRUTH_SINGLE_ACTOR;
	return row;
}

/* All clusters of one method, in the order of cells and batches. NULL: no memory. */
static struct fit_row *
rows_of(const struct evaluation *e, uint32_t method, size_t *ret_n)
{
	size_t batches = (size_t)e->suite.n_cells * e->suite.batches, n = 0;
	struct fit_row *rows;

	for (size_t i = 0; i < batches; i++)
		n += e->outcomes[i * e->n_methods + method].n_seen;
	rows = calloc(n + 1, sizeof(*rows));
	*ret_n = 0;
	for (size_t i = 0; rows != NULL && i < batches; i++) {
		const struct outcome *o = &e->outcomes[i * e->n_methods + method];

		for (uint32_t k = 0; k < o->n_seen; k++)
			if (teaches(&o->seen[k]))
				rows[(*ret_n)++] = row_of(&o->seen[k]);
	}
	return rows;
}

/* One split: the rows of both modes; the caller frees them. */
static enum coord_err
run_split(const struct evaluate_config *config, enum evaluate_split split, struct buf *csv,
    struct fit_row *ret[MODES], size_t ret_n[MODES], struct coord_error *err)
{
	struct evaluate_config c = *config;
	struct evaluation *e;

	c.split = split;
	c.methods = EVALUATE_NO_REFERENCE;
	TRY(evaluate_run(&c, &e, err));
	for (uint32_t m = 0; m < MODES; m++)
		ret[m] = rows_of(e, m, &ret_n[m]);
	if (csv != NULL)
		evaluate_rows(e, split == SPLIT_DEV, csv);
	evaluate_free(e);
	for (uint32_t m = 0; m < MODES; m++)
		if (ret[m] == NULL)
			return error_set(err, COORD_ENOMEM, "evaluate: no memory for the rows");
	return COORD_OK;
}

enum coord_err
evaluate_train(const struct evaluate_config *config, const char *name, struct buf *ret_model,
    struct buf *csv, struct coord_error *err)
{
	struct fit_row *dev[MODES] = { NULL }, *calibration[MODES] = { NULL };
	size_t n_dev[MODES], n_calibration[MODES];
	enum coord_err rc = run_split(config, SPLIT_DEV, csv, dev, n_dev, err);

	if (rc == COORD_OK)
		rc = run_split(config, SPLIT_CALIBRATION, csv, calibration, n_calibration, err);
	if (rc == COORD_OK) {
		struct fit_head heads[MODES];
		struct fit_config fit = { .name = name };

		for (unsigned m = 0; m < MODES; m++)
			heads[m] = (struct fit_head){ .fit = { dev[m], n_dev[m] },
				.calibrate = { calibration[m], n_calibration[m] } };
		fit.with_reference = heads[WITH_REFERENCE];
		fit.without_reference = heads[WITHOUT_REFERENCE];
		rc = fit_model(&fit, ret_model, err);
	}
	for (unsigned m = 0; m < MODES; m++) {
		free(dev[m]);
		free(calibration[m]);
	}
	return rc;
}
