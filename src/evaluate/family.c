/* family.c - see family.h. Guards are not asked: this is about the probability that the calibrator gives. */
#include "evaluate/family.h"

#include <math.h>

#include "evaluate/calibration.h"

enum { MODEL_MOST = 64 << 20 };

/* A botnet that changes its tool, hides, or loses its key to another one (HN10) is a botnet. */
static bool
is_botnet(const struct cell *c)
{
	switch (c->structure) {
	case STRUCTURE_C1:
	case STRUCTURE_C1T:
	case STRUCTURE_C1M:
	case STRUCTURE_HN10:
	case STRUCTURE_A1:
	case STRUCTURE_A2:
	case STRUCTURE_A3:
		return c->kind != CELL_NULL;
	default:
		return false;
	}
}

static bool
same_family(const struct cell *a, const struct cell *b)
{
	if (a->kind == CELL_NULL || b->kind == CELL_NULL)
		return a->kind == b->kind;
	return a->structure == b->structure || (is_botnet(a) && is_botnet(b));
}

/* The rows that are, or are not, of the family. */
static enum coord_err
choose(const struct suite *suite, const struct family_rows *from, const struct cell *family,
    bool inside, struct arena *arena, struct fit_rows *ret, struct coord_error *err)
{
	struct fit_row *rows = ARENA_ARRAY_RAW(arena, from->n, struct fit_row);

	*ret = (struct fit_rows){ rows, 0 };
	if (rows == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for a family's rows");
	for (size_t i = 0; i < from->n; i++)
		if (same_family(&suite->cells[from->cell[i]], family) == inside)
			rows[ret->n++] = from->rows[i];
	return COORD_OK;
}

static enum coord_err
fit_without(const struct suite *suite, const struct family_rows *dev,
    const struct family_rows *calibration, const struct cell *family, struct arena *arena,
    struct detect_model **ret, struct coord_error *err)
{
	struct fit_config config = { .name = "without a family" };
	struct buf text = BUF_INIT(MODEL_MOST);
	enum coord_err rc;

	TRY(choose(suite, dev, family, false, arena, &config.with_reference.fit, err));
	TRY(choose(
	    suite, calibration, family, false, arena, &config.with_reference.calibrate, err));
	config.without_reference = config.with_reference; /* not looked at */
	rc = fit_model(&config, &text, err);
	if (rc == COORD_OK)
		rc = detect_model_parse(buf_sv(&text), ret, err);
	buf_clear(&text);
	return rc;
}

static void
write_family(const struct cell *family, const struct forecast *f, size_t n, struct buf *out)
{
	const char *end = strchr(family->name, ':');
	size_t n_true = 0;
	double mean = 0, brier = 0;

	for (size_t i = 0; i < n; i++) {
		n_true += f[i].truth;
		mean += f[i].p / (double)n;
		brier += (f[i].p - f[i].truth) * (f[i].p - f[i].truth) / (double)n;
	}
	buf_printf(out, "| %.*s | %zu | %zu | %.3f | %.3f | %.3f |\n",
	    end == NULL ? CELL_NAME_MOST : (int)(end - family->name), family->name, n, n_true,
	    (double)n_true / (double)n, mean, brier);
}

static bool
is_first_of_family(const struct suite *suite, uint32_t cell)
{
	for (uint32_t c = 0; c < cell; c++)
		if (same_family(&suite->cells[c], &suite->cells[cell]))
			return false;
	return true;
}

static enum coord_err
judge_family(const struct suite *suite, const struct family_rows *dev,
    const struct family_rows *calibration, const struct cell *family, struct arena *arena,
    struct forecast *ret, size_t *ret_n, struct coord_error *err)
{
	struct detect_model *model;
	struct fit_rows own;

	TRY(choose(suite, calibration, family, true, arena, &own, err));
	*ret_n = own.n;
	if (own.n == 0)
		return COORD_OK;
	TRY(fit_without(suite, dev, calibration, family, arena, &model, err));
	for (size_t i = 0; i < own.n; i++)
		ret[i] =
		    (struct forecast){ .p = detect_model_confidence(model, own.rows[i].features),
			    .low = NAN,
			    .high = NAN,
			    .weight = 1,
			    .truth = own.rows[i].coordinated };
	detect_model_free(model);
	return COORD_OK;
}

static enum coord_err
judge_families(const struct suite *suite, const struct family_rows *dev,
    const struct family_rows *calibration, struct arena *arena, struct buf *out,
    struct coord_error *err)
{
	struct forecast *all = ARENA_ARRAY(arena, calibration->n + 1, struct forecast);
	struct calibration of;
	size_t n = 0, n_family;

	if (all == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the forecasts");
	buf_add_str(out,
	    "| family left out | groups | coordinated | rate | mean forecast | Brier |\n"
	    "|---|---:|---:|---:|---:|---:|\n");
	for (uint32_t c = 0; c < suite->n_cells; c++) {
		struct arena_mark mark = arena_mark(arena);

		if (!is_first_of_family(suite, c))
			continue;
		TRY(judge_family(
		    suite, dev, calibration, &suite->cells[c], arena, all + n, &n_family, err));
		arena_rewind(arena, mark);
		if (n_family > 0)
			write_family(&suite->cells[c], all + n, n_family, out);
		n += n_family;
	}
	calibration_sort(all, n);
	of = calibration_of(all, n);
	buf_printf(out,
	    "\nAll of them, each judged by the model that has not seen its family: %zu groups, "
	    "Brier %.3f, "
	    "ECE %.3f, slope %.2f.\n",
	    n, of.brier, of.ece, of.slope);
	return COORD_OK;
}

enum coord_err
family_shift(const struct suite *suite, const struct family_rows *dev,
    const struct family_rows *calibration, struct buf *out, struct coord_error *err)
{
	struct arena *arena = arena_new(0);
	enum coord_err rc =
	    arena == NULL ? error_set(err, COORD_ENOMEM, "evaluate: no memory for family shift")
			  : judge_families(suite, dev, calibration, arena, out, err);

	arena_free(arena);
	return rc;
}
