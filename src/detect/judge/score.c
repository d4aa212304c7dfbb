/* score.c - see score.h. */
#include "detect/judge/score.h"

#include <math.h>

#include "detect/judge/venn_abers.h"

const double score_width_most = 0.30;

static const double cap_world = 0.5;     /* the whole-pipeline null does not reject it */
static const double cap_families = 0.85; /* one kind of evidence alone, no exclusive artefact */
static const double cap_reference = 0.8; /* the background was estimated from the batch itself */
static const double cap_undecided =
    0.7; /* the same, and no verdict: below what clients take for high */
static const double decided_from = 0.9;
static const double cap_visits = 0.85; /* too few visits to judge anything */
static const double cap_low = 0.89;    /* 0.90 and more are only given with a lower bound of 0.80 */
static const double low_least = 0.8;
static const double cap_all = 0.99, floor_all = 0.01;
static const double interval_edge = 1e-4; /* Venn-Abers may say 0 or 1: no finite sample can */

enum { MICRO = 1000000 };

static int64_t
micro_of(double log_odds)
{
	return llround(log_odds * MICRO);
}

static double
logit(double p)
{
	return log(p / (1 - p));
}

static double
sigmoid(double log_odds)
{
	return 1 / (1 + exp(-log_odds));
}

/* Reported numbers end at the sixth digit (methods.md section 13). */
static double
rounded(double p)
{
	return nearbyint(p * MICRO) / MICRO;
}

static double
clamp(double p, double least, double most)
{
	p = p > most ? most : p;
	return p < least ? least : p;
}

/* Where the model starts: groups found by what their members do, whom null worlds were asked about, have a base rate of their
 * own, and so have those around an artefact. That is no evidence, so it stands in the base. */
static int64_t
base_of(const struct weights_linear *w, const double *features)
{
	bool searched = !isnan(features[FEATURE_NULL_WORLDS]);

	return micro_of(w->intercept + (searched ? w->present[FEATURE_NULL_WORLDS] : 0));
}

/* The linear part in millionths, each feature's share kept. */
static int64_t
account(const struct weights_linear *w, const double *features, int64_t *contribution)
{
	int64_t sum = base_of(w, features);

	for (unsigned f = 0; f < FEATURE_COUNT; f++) {
		double present = f == FEATURE_NULL_WORLDS ? 0 : w->present[f];

		contribution[f] =
		    isnan(features[f]) ? 0 : micro_of(present + w->weight[f] * features[f]);
		sum += contribution[f];
	}
	return sum;
}

/* The lowest guard that applies, but for the one of the missing reference. */
static double
choose_cap(const struct score_input *in, const struct score *s, const char **why)
{
	bool searched = in->formed_by_content && !s->artefact;

	if (searched && isnan(in->features[FEATURE_NULL_WORLDS])) {
		*why = "no null worlds were run";
		return cap_world;
	}
	if (searched && in->p_world_adjusted > 0.05) {
		*why = "clusters like it arise in null worlds, where nothing is coordinated";
		return cap_world;
	}
	if (!s->artefact && in->strong_families < 2) {
		*why = "only one independent kind of evidence is significant, and there is no "
		       "exclusive artefact";
		return cap_families;
	}
	if (in->visits < SCORE_VISITS_LEAST) {
		*why = "fewer than eight visits are too little to judge";
		return cap_visits;
	}
	return cap_all;
}

/* The cap of a batch that is its own background: a group without a verdict ends below one with it. */
static double
without_reference(const struct score_input *in, struct score *s, double cap)
{
	bool decided = s->evidence_confidence >= decided_from && s->evidence_low >= low_least;
	double most = decided ? cap_reference : cap_undecided;

	if (in->reference_given || cap <= most)
		return cap;
	if (decided)
		s->cap = "without a reference background the confidence ends at 0.80";
	else if (s->cap == NULL && s->evidence_confidence > most)
		s->cap = "without a reference background an undecided group ends at 0.70";
	return most;
}

static void
apply_guards(const struct score_input *in, struct score *s, double low, double middle, double high)
{
	double cap = choose_cap(in, s, &s->cap);

	s->evidence_confidence = clamp(middle, floor_all, cap);
	s->evidence_low = clamp(low, floor_all, cap);
	if (middle < cap || cap == cap_all)
		s->cap = NULL;
	if (s->evidence_low < low_least && s->evidence_confidence > cap_low) {
		s->evidence_confidence = cap_low; /* the upper end stays what it is */
		s->cap = "the lower bound of the confidence is below 0.80";
	}
	cap = without_reference(in, s, cap);
	s->confidence = clamp(s->evidence_confidence, floor_all, cap);
	s->low = clamp(s->evidence_low, floor_all, s->confidence);
	s->high = clamp(high, s->confidence, cap);
}

struct score
score_of(const struct score_input *in)
{
	struct score made = { .artefact = !isnan(in->features[CHANNEL_ARTEFACT]) }, *ret = &made;
	int64_t unused[FEATURE_COUNT], sum;
	struct venn_abers v;
	double shift;

	ret->base = base_of(&in->head->coordinated, in->features);
	sum = account(&in->head->coordinated, in->features, ret->contribution);
	v = venn_abers(&in->head->calibration, (double)sum / MICRO);
	ret->width = v.high - v.low;
	ret->calibration = micro_of(logit(clamp(v.p, interval_edge, 1 - interval_edge))) - sum;
	ret->prior = micro_of(logit(in->prior) - logit(in->head->base_rate));
	sum += ret->calibration + ret->prior;
	shift = (double)ret->prior / MICRO;
	apply_guards(in, ret,
	    sigmoid(logit(clamp(v.low, interval_edge, 1 - interval_edge)) + shift),
	    sigmoid((double)sum / MICRO),
	    sigmoid(logit(clamp(v.high, interval_edge, 1 - interval_edge)) + shift));
	/* what the guards took (or the floor gave) closes the account; the number itself is read off the account */
	ret->guard = micro_of(logit(ret->confidence)) - sum;
	ret->guard = ret->guard > -2 && ret->guard < 2 ? 0 : ret->guard;
	ret->confidence = rounded(sigmoid((double)(sum + ret->guard) / MICRO));
	ret->low = fmin(rounded(ret->low), ret->confidence);
	ret->high = fmax(rounded(ret->high), ret->confidence);
	ret->single_actor =
	    sigmoid((double)account(&in->head->single_actor, in->features, unused) / MICRO);
	return made;
}

double
detect_model_confidence(const struct detect_model *model, const double features[FEATURE_COUNT])
{
	struct score_input in = { .head = &model->with_reference,
		.reference_given = true,
		.strong_families = 2,
		.prior = model->with_reference.base_rate,
		.visits = SCORE_VISITS_LEAST };

	memcpy(in.features, features, sizeof(in.features));
	return score_of(&in).confidence;
}
