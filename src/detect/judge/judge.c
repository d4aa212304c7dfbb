/* judge.c - the score of a cluster, and the account of how it came about. */
#include "detect/judge/judge.h"

#include <math.h>

#include "detect/judge/features.h"

static const double strong_p = 0.01;

enum { LEDGER_MOST = FEATURE_COUNT + 4 };

/* Families without which the cluster would not have been found at all. Where that is true of two, neither alone formed it,
 * and its p_world is what both say together. */
static unsigned
needed_families(const struct detect_evidence *evidence, uint32_t without)
{
	bool needed[FAMILY_COUNT] = { false };
	unsigned n = 0;

	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		if (evidence[c].defining && !evidence[c].excluded && (without >> c & 1) == 0)
			needed[channels[c]->family] = true;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		n += needed[f];
	return n;
}

/* Families with a p-value below 0.01. Where the cluster was formed by what its members do, the content's is p_world. */
static unsigned
strong_families(const struct tested *t, const struct detect_evidence *evidence, uint32_t without)
{
	double smallest[FAMILY_COUNT];
	unsigned tested[FAMILY_COUNT] = { 0 }, strong = 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		smallest[f] = 1;
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		enum channel_family family = channels[c]->family;
		double p = (without >> c & 1) != 0 ? NAN : features_p(t, evidence, c);

		if (isnan(p) || (family == FAMILY_CONTENT && t->formed_by_content))
			continue;
		smallest[family] = fmin(smallest[family], p);
		tested[family]++;
	}
	if (t->formed_by_content && !isnan(t->p_world)) {
		smallest[FAMILY_CONTENT] = t->p_world;
		tested[FAMILY_CONTENT] = 1;
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++) /* Bonferroni within a family */
		strong += tested[f] > 0 && smallest[f] * tested[f] < strong_p;
	if (t->formed_by_content && t->p_world < strong_p &&
	    needed_families(evidence, without) >= 2)
		strong++;
	return strong;
}

struct score
judge_score(const struct evaluation *ev, const struct tested *t,
    const struct detect_evidence *evidence, uint32_t without)
{
	struct score_input in = {
		.head = ev->ref != NULL ? &ev->weights->with_reference
					: &ev->weights->without_reference,
		.p_world_adjusted = t->p_world_adjusted,
		.formed_by_content = t->formed_by_content,
		.reference_given = ev->ref != NULL,
		.strong_families = strong_families(t, evidence, without),
		.prior = ev->config->prior,
		.visits = t->visits,
	};

	features_of(ev, t, evidence, without, in.features);
	return score_of(&in);
}

struct ledger {
	struct detect_campaign *c;
	struct arena *arena;
};

static void
add_line(struct ledger *l, const char *term, int64_t micro, const char *detail)
{
	l->c->ledger[l->c->n_ledger++] =
	    (struct detect_ledger_line){ term, micro, detail == NULL ? "" : detail };
}

static const char *
feature_detail(const struct ledger *l, const struct tested *t, unsigned f, double x)
{
	if (f < CHANNEL_COUNT && channels[f]->family == FAMILY_ARTEFACT)
		return arena_printf(l->arena, "a stated Bayes factor of %.3g", pow(10, x));
	if (f < CHANNEL_COUNT) {
		double own = t->evidence[f].p, adjusted = pow(10, -x);

		return adjusted > own * 1.0001
			   ? arena_printf(
				 l->arena, "p = %.2g, %.2g after the search", own, adjusted)
			   : arena_printf(l->arena, "p = %.2g", own);
	}
	if (f == FEATURE_NULL_WORLDS)
		return arena_printf(
		    l->arena, "null worlds hold a group as tight with p = %.2g", t->p_world);
	return arena_printf(l->arena, "%.3g", x);
}

enum coord_err
judge_account(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	const struct score *s = &t->score;
	struct ledger l = { c, ev->arena };

	features_of(ev, t, t->evidence, 0, c->features);
	c->single_actor = s->single_actor;
	if ((c->ledger = ARENA_ARRAY(ev->arena, LEDGER_MOST, struct detect_ledger_line)) == NULL)
		return model_full(err);
	add_line(&l, "base", s->base,
	    isnan(c->features[FEATURE_NULL_WORLDS])
		? "where the model starts for groups around an artefact"
		: "where the model starts for groups found by what they do");
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		if (!isnan(c->features[f]) && (s->contribution[f] != 0 || f < CHANNEL_COUNT))
			add_line(&l, detect_feature_name(f), s->contribution[f],
			    feature_detail(&l, t, f, c->features[f]));
	add_line(&l, "calibration", s->calibration,
	    "Venn-Abers: how often held-out groups of this score were coordinated");
	add_line(&l, "prior", s->prior,
	    "from the share of coordinated groups in training to the prior asked for");
	if (s->guard != 0)
		add_line(&l, "guard", s->guard,
		    s->cap != NULL ? s->cap : "no number beyond 0.01 and 0.99 is given");
	return COORD_OK;
}
