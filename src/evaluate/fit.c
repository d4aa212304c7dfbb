/* fit.c - ridge logistic regression by cyclic coordinate descent, each step the Newton step of one coordinate on a bound
 * of its curvature (so the loss never rises). Every feature has two coefficients: one for being present at all and one for
 * its value, so that a missing one adds exactly nothing.
 *
 * What a channel may say of "coordinated" is bounded, whatever the rows say: more evidence never speaks less (weight >= 0), a
 * test that finds nothing never speaks for (present <= 0) and only so much against (-silence_most), one that finds something
 * at p = 0.05 never speaks against (present + told weight >= 0), and a stated Bayes factor counts no more than was stated.
 * Without these bounds the fit credits a group with having payloads at all, or blames it for a significant hand-off, since
 * generated campaigns differ from chance groups in that. Coordinate steps alone would stop in the corner of the third
 * bound, so there are steps along its edge too. */
#include "evaluate/fit.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS_MOST = 2000, COEFFICIENTS = 1 + 2 * FEATURE_COUNT };

static const double settled = 1e-6; /* largest step of a sweep that ends the descent */
/* What a channel that was tested and shows nothing may count against coordination: two fifths of the odds. Generated campaigns
 * leave more kinds of traces than real ones, so their silence weighs too much in the fit. */
static const double silence_most = 0.5;
static const double told = 1.301029995663981; /* -log10 of 0.05 */
static const double factor_most =
    2.302585092994046; /* ln 10: the artefact's feature is log10 of its factor */
static const double usual_ridge = 1;

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
	bool tested[FEATURE_COUNT]; /* some row has it */
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

/* Is it a channel's, in the question whose evidence is bounded? That null worlds were asked at all is no evidence: it tells
 * groups found by what their members do from those around an artefact, and either kind has a start of its own. */
static bool
is_evidence(const struct problem *p, unsigned feature)
{
	return p->first_head && feature < FEATURE_NULL_WORLDS;
}

static bool
is_free(const struct problem *p, unsigned k)
{
	unsigned feature = (k - 1) % FEATURE_COUNT;

	if (k == 0)
		return true;
	if (!p->tested[feature] || (p->first_head && !in_first_head(feature)))
		return false;
	return k > FEATURE_COUNT || !always_present(feature);
}

static double
row_weight(const struct fit_row *row)
{
	return row->weight > 0 ? row->weight : 1;
}

/** A direction that the descent moves in: one coefficient, or two of one feature at once. */
struct direction {
	unsigned k[2];
	double by[2]; /* 0 in the second place: one coefficient only */
};

static double
along(const struct direction *d, const struct fit_row *row)
{
	return d->by[0] * input_of(row, d->k[0]) +
	       (d->by[1] == 0 ? 0 : d->by[1] * input_of(row, d->k[1]));
}

/* How far the bounds let it go. */
static void
bounds_of(const struct problem *p, const struct direction *d, double *least, double *most)
{
	unsigned k = d->k[0], feature = (k - 1) % FEATURE_COUNT;
	double present, weight, room;

	*least = -INFINITY;
	*most = INFINITY;
	if (k == 0 || !p->first_head)
		return;
	present = p->coefficient[1 + feature];
	weight = p->coefficient[1 + FEATURE_COUNT + feature];
	room = feature == CHANNEL_ARTEFACT ? factor_most - weight : INFINITY;
	if (d->by[1] != 0) { /* weight up, present down, so that what p = 0.05 says stays */
		*least = fmax(-weight, present / told);
		*most = fmin(room, (present + silence_most) / told);
	} else if (k > FEATURE_COUNT) {
		*least = is_evidence(p, feature) ? fmax(-weight, -(present + told * weight) / told)
						 : -weight;
		*most = room;
	} else if (is_evidence(p, feature)) {
		*least = fmax(-silence_most, -told * weight) - present;
		*most = -present;
	}
}

/* One direction: the gradient, over at most a quarter of the squared inputs (the logistic's largest curvature). */
static double
step(struct problem *p, const struct direction *d)
{
	double gradient = 0, curvature = 0, moved, least, most;

	for (unsigned i = 0; i < 2 && d->k[0] != 0; i++) {
		gradient += p->ridge * d->by[i] * p->coefficient[d->k[i]];
		curvature += p->ridge * d->by[i] * d->by[i];
	}
	for (size_t i = 0; i < p->n; i++) {
		double x = along(d, p->rows[i]), w = row_weight(p->rows[i]);

		if (x == 0)
			continue;
		gradient += w * x * (1 / (1 + exp(-p->score[i])) - p->truth[i]);
		curvature += w * x * x / 4;
	}
	if (curvature == 0)
		return 0;
	bounds_of(p, d, &least, &most);
	moved = fmax(least, fmin(most, -gradient / curvature));
	for (unsigned i = 0; i < 2; i++)
		p->coefficient[d->k[i]] += moved * d->by[i];
	for (size_t i = 0; moved != 0 && i < p->n; i++)
		p->score[i] += moved * along(d, p->rows[i]);
	return fabs(moved);
}

static void
descend(struct problem *p)
{
	for (unsigned sweep = 0; sweep < SWEEPS_MOST; sweep++) {
		double largest = 0;

		for (unsigned k = 0; k < COEFFICIENTS; k++)
			if (is_free(p, k))
				largest = fmax(
				    largest, step(p, &(struct direction){ { k, k }, { 1, 0 } }));
		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			if (is_evidence(p, f) && p->tested[f])
				largest = fmax(largest,
				    step(p, &(struct direction){
						{ 1 + FEATURE_COUNT + f, 1 + f }, { 1, -told } }));
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
		for (unsigned f = 0; f < FEATURE_COUNT; f++)
			p.tested[f] = p.tested[f] || !isnan(row->features[f]);
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
