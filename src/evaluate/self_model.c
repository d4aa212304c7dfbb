/* self_model.c - a model file for one sensor: the fit of `coord evaluate train` on the batches of `coord evaluate self`. A
 * random half of the batches gives the weights, the other half the calibrator, so no batch is in both. */
#include <stdlib.h>

#include "evaluate/fit.h"
#include "evaluate/self.h"

/* the address of the draw, beside those of self_batch.c */
enum { HALVES = 0x68616c66 };

/* One kind of row for each head and half. */
struct rows {
	struct fit_row *rows;
	size_t n;
};

static struct fit_row
row_of(const struct seen *s)
{
	struct fit_row row = { .coordinated = s->right, .single_actor = -1 };

	memcpy(row.features, s->features, sizeof(row.features));
	if (s->right)
		row.single_actor = s->truth == TRUTH_SINGLE_ACTOR;
	return row;
}

/* In batches as they are, a group beside the plant may be a real campaign: it is no example of chance. */
static bool
has_truth(const struct evaluate_self *self, const struct self_batch *b, const struct seen *s)
{
	enum self_kind kind = self->cells[b->cell].kind;

	return s->right || kind == SELF_LOOKALIKE || kind == SELF_NULL;
}

static unsigned
half_of(const struct self_batch *b)
{
	return (unsigned)(hash_mix(b->seed, HALVES) & 1);
}

static struct rows
rows_of(const struct evaluate_self *self, unsigned half, bool alone)
{
	struct rows ret = { .n = 0 };
	size_t most = 1;

	for (uint32_t i = 0; i < self->n_batches; i++)
		most += alone ? self->batches[i].n_seen_alone : self->batches[i].n_seen;
	ret.rows = calloc(most, sizeof(*ret.rows));
	for (uint32_t i = 0; ret.rows != NULL && i < self->n_batches; i++) {
		const struct self_batch *b = &self->batches[i];
		const struct seen *seen = alone ? b->seen_alone : b->seen;
		uint32_t n = alone ? b->n_seen_alone : b->n_seen;

		for (uint32_t k = 0; half_of(b) == half && k < n; k++)
			if (has_truth(self, b, &seen[k]))
				ret.rows[ret.n++] = row_of(&seen[k]);
	}
	return ret;
}

enum coord_err
evaluate_self_model(
    const struct evaluate_self *self, const char *name, struct buf *out, struct coord_error *err)
{
	struct rows all[4];
	struct fit_config config = { .name = name };
	enum coord_err rc = COORD_OK;

	for (unsigned i = 0; i < 4; i++) {
		all[i] = rows_of(self, i & 1, (i & 2) != 0);
		if (all[i].rows == NULL)
			rc = error_set(err, COORD_ENOMEM, "evaluate: no memory for the rows");
	}
	config.with_reference = (struct fit_head){ .fit = { all[0].rows, all[0].n },
		.calibrate = { all[1].rows, all[1].n } };
	config.without_reference = (struct fit_head){ .fit = { all[2].rows, all[2].n },
		.calibrate = { all[3].rows, all[3].n } };
	if (rc == COORD_OK)
		rc = fit_model(&config, out, err);
	for (unsigned i = 0; i < 4; i++)
		free(all[i].rows);
	return rc;
}
