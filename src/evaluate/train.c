/* train.c - rows for the fit: the engine runs the development split for the weights and the calibration split for the
 * calibrator, each batch once with a reference and once without, and every cluster it tested is a row. A cluster is
 * coordinated when at least half of it is of one planted campaign (three quarters where two campaigns must not be joined:
 * HN10), whatever the batch was planted for. A cluster that joins parts of campaigns without being mostly one is a fault of
 * the grouping, and what its evidence says of coordination is right: it teaches nothing and is left out. */
#include <stdlib.h>

#include "evaluate/family.h"
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

/* All clusters of one method, in the order of cells and batches; the caller frees them. */
static enum coord_err
rows_of(
    const struct evaluation *e, uint32_t method, struct family_rows *ret, struct coord_error *err)
{
	size_t batches = (size_t)e->suite.n_cells * e->suite.batches, n = 0;

	for (size_t i = 0; i < batches; i++)
		n += e->outcomes[i * e->n_methods + method].n_seen;
	ret->rows = calloc(n + 1, sizeof(*ret->rows));
	ret->cell = calloc(n + 1, sizeof(*ret->cell));
	if (ret->rows == NULL || ret->cell == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the rows");
	for (size_t i = 0; i < batches; i++) {
		const struct outcome *o = &e->outcomes[i * e->n_methods + method];

		for (uint32_t k = 0; k < o->n_seen; k++) {
			if (!teaches(&o->seen[k]))
				continue;
			ret->cell[ret->n] = (uint32_t)(i / e->suite.batches);
			ret->rows[ret->n++] = row_of(&o->seen[k]);
		}
	}
	return COORD_OK;
}

/* One split: the rows of both modes; the caller frees them. */
static enum coord_err
run_split(const struct evaluate_config *config, enum evaluate_split split, struct buf *csv,
    struct family_rows ret[MODES], struct suite *ret_suite, struct coord_error *err)
{
	struct evaluate_config c = *config;
	struct evaluation *e;
	enum coord_err rc = COORD_OK;

	c.split = split;
	c.methods = EVALUATE_NO_REFERENCE;
	c.batch_seeds = true; /* or a fit would depend on the one before it */
	TRY(evaluate_run(&c, &e, err));
	for (uint32_t m = 0; m < MODES && rc == COORD_OK; m++)
		rc = rows_of(e, m, &ret[m], err);
	if (csv != NULL)
		evaluate_rows(e, split == SPLIT_DEV, csv);
	*ret_suite = e->suite;
	evaluate_free(e);
	return rc;
}

static struct fit_head
head_of(const struct family_rows *dev, const struct family_rows *calibration)
{
	return (struct fit_head){ { dev->rows, dev->n }, { calibration->rows, calibration->n } };
}

enum coord_err
evaluate_train(const struct evaluate_config *config, const char *name, struct buf *ret_model,
    struct buf *csv, struct buf *families, struct coord_error *err)
{
	struct family_rows dev[MODES] = { { .n = 0 } }, calibration[MODES] = { { .n = 0 } };
	struct suite suite; /* the same cells in both splits */
	enum coord_err rc = run_split(config, SPLIT_DEV, csv, dev, &suite, err);

	if (rc == COORD_OK)
		rc = run_split(config, SPLIT_CALIBRATION, csv, calibration, &suite, err);
	if (rc == COORD_OK) {
		struct fit_config fit = { .name = name,
			.with_reference =
			    head_of(&dev[WITH_REFERENCE], &calibration[WITH_REFERENCE]),
			.without_reference =
			    head_of(&dev[WITHOUT_REFERENCE], &calibration[WITHOUT_REFERENCE]) };

		rc = fit_model(&fit, ret_model, err);
	}
	if (rc == COORD_OK && families != NULL)
		rc = family_shift(
		    &suite, &dev[WITH_REFERENCE], &calibration[WITH_REFERENCE], families, err);
	for (unsigned m = 0; m < MODES; m++) {
		free(dev[m].rows);
		free(dev[m].cell);
		free(calibration[m].rows);
		free(calibration[m].cell);
	}
	return rc;
}
