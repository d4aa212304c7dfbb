/* fit.c - ridge logistic regression by cyclic coordinate descent, each step the Newton step of one coordinate on a bound
 * of its curvature (so the loss never rises), clipped at zero where a weight must not be negative. Every feature has two
 * coefficients: one for being present at all and one for its value, so that a missing one adds exactly nothing. */
#include "evaluate/fit.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS_MOST = 2000, COEFFICIENTS = 1 + 2 * FEATURE_COUNT };

static const double settled = 1e-7; /* largest step of a sweep that ends the descent */
/* What a channel that was tested and shows nothing may count against coordination: half of the odds. Generated campaigns
 * leave more kinds of traces than real ones, so their silence weighs too much in the fit. */
static const double silence_most = 0.7;
static const double usual_ridge = 0.1;

/* What the first question, coordinated or not, may weigh: evidence, and how much of it there is. What a cluster looks
 * like otherwise (one network, short-lived sources) only says how it is controlled. */
static bool
in_first_head(unsigned feature)
{
	return feature <= FEATURE_NULL_WORLDS || feature == FEATURE_SIZE ||
	       feature == FEATURE_VISITS;
}

/* Features that every cluster has need no coefficient for being present: the intercept is that. */
static bool
always_present(unsigned feature)
{
	return feature > FEATURE_NULL_WORLDS;
}

struct problem {
	const struct fit_row **rows;
	const bool *truth;
	double *score; /* of each row under the current coefficients */
	size_t n;
	double ridge;
	bool first_head;
	double coefficient
	    [COEFFICIENTS]; /* intercept; present of each feature; weight of each feature */
};

static double
input_of(const struct fit_row *row, unsigned k)
{
	unsigned feature;

	if (k == 0)
		return 1;
	feature = (k - 1) % FEATURE_COUNT;
	if (isnan(row->features[feature]))
		return 0;
	return k <= FEATURE_COUNT ? 1 : row->features[feature];
}

static bool
is_free(const struct problem *p, unsigned k)
{
	unsigned feature = (k - 1) % FEATURE_COUNT;

	if (k == 0)
		return true;
	if (p->first_head && !in_first_head(feature))
		return false;
	return k > FEATURE_COUNT || !always_present(feature);
}

static double
row_weight(const struct fit_row *row)
{
	return row->weight > 0 ? row->weight : 1;
}

/* One coordinate: the gradient, over at most a quarter of the squared inputs (the logistic's largest curvature). */
static double
step(struct problem *p, unsigned k)
{
	bool bounded = p->first_head && k > FEATURE_COUNT;
	double penalty = k == 0 ? 0 : p->ridge;
	double gradient = penalty * p->coefficient[k], curvature = penalty, moved;

	for (size_t i = 0; i < p->n; i++) {
		double x = input_of(p->rows[i], k), w = row_weight(p->rows[i]);

		if (x == 0)
			continue;
		gradient += w * x * (1 / (1 + exp(-p->score[i])) - p->truth[i]);
		curvature += w * x * x / 4;
	}
	if (curvature == 0)
		return 0;
	moved = p->coefficient[k] - gradient / curvature;
	if (bounded && moved < 0)
		moved = 0;
	if (p->first_head && k > 0 && k <= FEATURE_COUNT && moved < -silence_most)
		moved = -silence_most;
	moved -= p->coefficient[k];
	p->coefficient[k] += moved;
	for (size_t i = 0; moved != 0 && i < p->n; i++)
		p->score[i] += moved * input_of(p->rows[i], k);
	return fabs(moved);
}

static void
descend(struct problem *p)
{
	for (unsigned sweep = 0; sweep < SWEEPS_MOST; sweep++) {
		double largest = 0;

		for (unsigned k = 0; k < COEFFICIENTS; k++)
			if (is_free(p, k))
				largest = fmax(largest, step(p, k));
		if (largest < settled)
			return;
	}
}

static double
coarse(double x)
{
	return nearbyint(x * 1e4) / 1e4;
}

/* Fits one question to the rows that have an answer. */
static enum coord_err
solve(const struct fit_rows *from, bool first_head, double ridge, const char *what,
    struct arena *arena, double *ret, struct coord_error *err)
{
	struct problem p = { .ridge = ridge, .first_head = first_head };
	bool *truth = ARENA_ARRAY(arena, from->n, bool);
	size_t yes = 0;

	p.rows = ARENA_ARRAY(arena, from->n, const struct fit_row *);
	p.score = ARENA_ARRAY(arena, from->n, double);
	if (truth == NULL || p.rows == NULL || p.score == NULL)
		return error_set(err, COORD_ENOMEM, "train: out of memory");
	for (size_t i = 0; i < from->n; i++) {
		const struct fit_row *row = &from->rows[i];

		if (!first_head && row->single_actor < 0)
			continue;
		truth[p.n] = first_head ? row->coordinated : row->single_actor == 1;
		yes += truth[p.n];
		p.rows[p.n++] = row;
	}
	p.truth = truth;
	if (yes == 0 || yes == p.n)
		return error_set(err, COORD_ENODATA,
		    "train: %s: %zu of %zu development rows are positive, both kinds are needed",
		    what, yes, p.n);
	descend(&p);
	for (unsigned k = 0; k < COEFFICIENTS; k++)
		ret[k] = coarse(p.coefficient[k]);
	return COORD_OK;
}

static void
write_linear(struct jsonw *w, const double *coefficient)
{
	jsonw_object(w);
	jsonw_key(w, "intercept");
	jsonw_f64(w, coefficient[0]);
	jsonw_key(w, "features");
	jsonw_object(w);
	for (unsigned f = 0; f < FEATURE_COUNT; f++) {
		double present = coefficient[1 + f], weight = coefficient[1 + FEATURE_COUNT + f];

		if (present == 0 && weight == 0)
			continue;
		jsonw_key(w, detect_feature_name(f));
		jsonw_object(w);
		jsonw_key(w, "weight");
		jsonw_f64(w, weight);
		jsonw_key(w, "present");
		jsonw_f64(w, present);
		jsonw_end(w);
	}
	jsonw_end(w);
	jsonw_end(w);
}

struct scored {
	double score;
	bool truth;
};

static int
scored_order(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return (int)x->truth - (int)y->truth;
}

static double
score_row(const struct fit_row *row, const double *coefficient)
{
	double sum = 0;

	for (unsigned k = 0; k < COEFFICIENTS; k++)
		sum += coefficient[k] * input_of(row, k);
	return sum;
}

static enum coord_err
write_calibration(struct jsonw *w, const struct fit_rows *from, const double *coefficient,
    const char *what, struct arena *arena, struct coord_error *err)
{
	struct scored *s = ARENA_ARRAY(arena, from->n, struct scored);
	char *truths = ARENA_ARRAY(arena, from->n + 1, char);
	size_t yes = 0;

	if (s == NULL || truths == NULL)
		return error_set(err, COORD_ENOMEM, "train: out of memory");
	for (size_t i = 0; i < from->n; i++) {
		s[i] = (struct scored){ coarse(score_row(&from->rows[i], coefficient)),
			from->rows[i].coordinated };
		yes += s[i].truth;
	}
	if (yes == 0 || yes == from->n)
		return error_set(err, COORD_ENODATA,
		    "train: %s: %zu of %zu calibration rows are coordinated, both kinds are needed",
		    what, yes, from->n);
	qsort(s, from->n, sizeof(*s), scored_order);
	jsonw_key(w, "base_rate");
	jsonw_f64(w, coarse((double)yes / (double)from->n));
	jsonw_key(w, "calibration");
	jsonw_object(w);
	jsonw_key(w, "scores");
	jsonw_array(w);
	for (size_t i = 0; i < from->n; i++) {
		jsonw_f64(w, s[i].score);
		truths[i] = s[i].truth ? '1' : '0';
	}
	jsonw_end(w);
	jsonw_key(w, "truths");
	jsonw_str(w, truths);
	jsonw_end(w);
	return COORD_OK;
}

static enum coord_err
write_head(struct jsonw *w, const char *name, const struct fit_head *head, double ridge,
    struct arena *arena, struct coord_error *err)
{
	double first[COEFFICIENTS], second[COEFFICIENTS];

	TRY(solve(&head->fit, true, ridge, name, arena, first, err));
	TRY(solve(&head->fit, false, ridge, name, arena, second, err));
	jsonw_key(w, name);
	jsonw_object(w);
	jsonw_key(w, "rows");
	jsonw_object(w);
	jsonw_key(w, "development");
	jsonw_u64(w, head->fit.n);
	jsonw_key(w, "calibration");
	jsonw_u64(w, head->calibrate.n);
	jsonw_end(w);
	jsonw_key(w, "coordinated");
	write_linear(w, first);
	jsonw_key(w, "single_actor");
	write_linear(w, second);
	TRY(write_calibration(w, &head->calibrate, first, name, arena, err));
	jsonw_end(w);
	return COORD_OK;
}

static enum coord_err
write_model(
    const struct fit_config *config, struct jsonw *w, struct arena *arena, struct coord_error *err)
{
	double ridge = config->ridge > 0 ? config->ridge : usual_ridge;

	jsonw_object(w);
	jsonw_key(w, "format");
	jsonw_str(w, "coord-model");
	jsonw_key(w, "version");
	jsonw_u64(w, 1);
	jsonw_key(w, "name");
	jsonw_str(w, config->name);
	jsonw_key(w, "trained");
	jsonw_bool(w, true);
	jsonw_key(w, "ridge");
	jsonw_f64(w, ridge);
	jsonw_key(w, "heads");
	jsonw_object(w);
	TRY(write_head(w, "with_reference", &config->with_reference, ridge, arena, err));
	TRY(write_head(w, "without_reference", &config->without_reference, ridge, arena, err));
	jsonw_end(w);
	jsonw_end(w);
	buf_add_char(w->out, '\n');
	return w->out->failed ? error_set(err, COORD_ELIMIT, "train: the model is too large")
			      : COORD_OK;
}

enum coord_err
fit_model(const struct fit_config *config, struct buf *out, struct coord_error *err)
{
	struct jsonw w = jsonw_init(out, false);
	struct arena *arena = arena_new(0);
	enum coord_err rc = arena == NULL ? error_set(err, COORD_ENOMEM, "train: out of memory")
					  : write_model(config, &w, arena, err);

	arena_free(arena);
	return rc;
}
