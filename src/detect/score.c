/* score.c - see score.h. */
#include "detect/score.h"

#include <math.h>

#include "detect/stats.h"

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
static const double strong_p = 0.01;
static const double prior_doubt = 3; /* the interval lets the prior odds be three times off */

struct family_p {
	double p;     /* NAN: abstained */
	double upper; /* what chance in the draws could have hidden */
	unsigned tested;
};

static bool
counts(const struct score_input *in, enum detect_channel c)
{
	const struct detect_evidence *e = &in->evidence[c];

	return !e->abstained && !e->excluded && !e->defining && (in->without >> c & 1) == 0;
}

/* The p-value that chance in the draws could have hidden: the upper end of its exact interval. */
static double
pessimistic(double p, uint32_t worlds)
{
	uint64_t exceeding;
	double upper;

	if (isnan(p) || worlds == 0)
		return p;
	exceeding = (uint64_t)llrint(p * (worlds + 1.0)) - (p * (worlds + 1.0) >= 0.5);
	exceeding = exceeding > worlds ? worlds : exceeding;
	upper = stats_clopper_pearson(exceeding, worlds, 0.95).high;
	return fmin(1, fmax(p, upper));
}

/* The Bonferroni minimum over a family's channels, of the p-values and of their upper ends alike: so a smaller p of one
 * channel never lowers the number, even when it comes from fewer draws than the smallest one so far. */
static struct family_p
family_of(const struct score_input *in, enum channel_family family)
{
	struct family_p f = { .p = NAN, .upper = NAN };
	double factor;

	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const struct detect_evidence *e = &in->evidence[c];

		if (channels[c]->family != family || !counts(in, c) || isnan(e->p))
			continue;
		f.tested++;
		f.p = fmin(f.p, e->p); /* of a number and NAN it is the number */
		f.upper = fmin(f.upper, pessimistic(e->p, e->worlds));
	}
	factor = (f.tested > 1 ? f.tested : 1) * fmax(1, in->selection[family]);
	f.p = isnan(f.p) ? NAN : fmin(1, f.p * factor);
	f.upper = isnan(f.upper) ? NAN : fmin(1, f.upper * factor);
	return f;
}

static struct family_p
content_of(const struct score_input *in)
{
	if (in->formed_by_content)
		return (struct family_p){
			.p = in->p_world, .upper = pessimistic(in->p_world, in->worlds), .tested = 1
		};
	return family_of(in, FAMILY_CONTENT);
}

static double
artefact_log_bayes_of(const struct score_input *in)
{
	const struct detect_evidence *e = &in->evidence[CHANNEL_ARTEFACT];

	return counts(in, CHANNEL_ARTEFACT) && !isnan(e->log_e) ? e->log_e : 0;
}

static double
sigmoid(double log_odds)
{
	return 1 / (1 + exp(-log_odds));
}

static double
clamp(double p, double most)
{
	p = p > cap_all ? cap_all : p;
	p = p > most ? most : p;
	return p < floor_all ? floor_all : p;
}

/* The lowest cap that applies, but for the one of the missing reference. */
static double
choose_cap(const struct score_input *in, const struct score *s, const char **why)
{
	if (!s->artefact && in->formed_by_content && isnan(in->p_world)) {
		*why = "no null worlds were run";
		return cap_world;
	}
	if (!s->artefact && in->formed_by_content && in->p_world_adjusted > 0.05) {
		*why = "clusters like it arise in null worlds, where nothing is coordinated";
		return cap_world;
	}
	if (!s->artefact && s->strong_families < 2) {
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

struct score
score_of(const struct score_input *in)
{
	struct score s = { .cap = NULL };
	struct family_p families[] = { content_of(in), family_of(in, FAMILY_TIME),
		family_of(in, FAMILY_PLACE) };
	double prior = log(in->prior / (1 - in->prior));
	double middle = prior, low = prior - log(prior_doubt), high = prior + log(prior_doubt);
	double bayes = artefact_log_bayes_of(in), cap;

	for (unsigned f = 3; f < FAMILY_COUNT; f++)
		s.family_log_e[f] = NAN;
	for (unsigned f = 0; f < 3; f++) {
		s.family_log_e[f] = isnan(families[f].p) ? NAN : channel_log_e(families[f].p);
		if (isnan(families[f].p))
			continue;
		middle += s.family_log_e[f];
		high += s.family_log_e[f];
		low += channel_log_e(families[f].upper);
		s.strong_families += families[f].p < strong_p;
	}
	s.family_log_e[FAMILY_ARTEFACT] = bayes > 0 ? bayes : NAN;
	s.artefact = bayes > 0;
	cap = choose_cap(in, &s, &s.cap);
	s.evidence_confidence = clamp(sigmoid(middle + bayes), cap);
	s.evidence_low = clamp(sigmoid(low + bayes), cap);
	if (s.evidence_confidence < cap)
		s.cap = NULL;
	if (s.evidence_low < low_least && s.evidence_confidence > cap_low) {
		s.evidence_confidence = cap_low; /* the upper end stays what it is */
		s.cap = "the lower bound of the confidence is below 0.80 (more null worlds, "
			"--depth deep, may "
			"raise it)";
	}
	cap = without_reference(in, &s, cap);
	s.confidence = clamp(s.evidence_confidence, cap);
	s.low = clamp(s.evidence_low, cap);
	s.high = clamp(sigmoid(high + bayes), cap);
	return s;
}
