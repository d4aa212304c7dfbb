/* verdict.c - see verdict.h. Absence of evidence is no evidence of absence: "coincidental" needs power (power.c). */
#include "detect/judge/verdict.h"

#include <math.h>
#include <stdlib.h>

#include "detect/judge/features.h"
#include "detect/stats.h"

static const double coordinated_from = 0.9, coordinated_low = 0.8, coincidental_to = 0.1,
		    power_least = 0.8, significant = 0.05;
static const double decided =
    0.8; /* of one actor or several: below it, and above 1 - it, undetermined */

static enum coord_err
judge(struct judgement *ret, const struct evaluation *ev, enum detect_verdict verdict,
    const char *qualifier, const char *reason, struct coord_error *err)
{
	ret->verdict = verdict;
	ret->qualifier = qualifier;
	ret->reason = arena_strdup(ev->arena, sv_from(reason));
	return ret->reason == NULL ? model_full(err) : COORD_OK;
}

/* Is it more than a hint? A p-value above 0.05 may add to a score, but nobody should be told that it speaks for anything. */
static bool
is_significant(const struct tested *t, unsigned feature)
{
	if (feature == FEATURE_NULL_WORLDS)
		return t->p_world <= significant;
	return channels[feature]->family == FAMILY_ARTEFACT ||
	       features_p(t, t->evidence, (enum detect_channel)feature) <= significant;
}

/* The three significant channels that speak loudest for it. */
static const char *
loudest(const struct tested *t, const struct score *s, char *out, size_t size)
{
	size_t at = 0;
	uint32_t named = 0;

	out[0] = 0;
	for (unsigned k = 0; k < 3; k++) {
		unsigned best = FEATURE_COUNT;

		for (unsigned f = 0; f <= FEATURE_NULL_WORLDS; f++)
			if (s->contribution[f] > 0 && (named >> f & 1) == 0 &&
			    is_significant(t, f) &&
			    (best == FEATURE_COUNT || s->contribution[f] > s->contribution[best]))
				best = f;
		if (best == FEATURE_COUNT || at >= size)
			break;
		named |= 1u << best;
		at += (size_t)snprintf(out + at, size - at, "%s%s", at > 0 ? ", " : "",
		    best == FEATURE_NULL_WORLDS ? "more likeness than null worlds hold"
						: detect_channel_title((enum detect_channel)best));
	}
	return at > 0 ? out : "many small signs together";
}

static enum coord_err
not_coordinated(const struct evaluation *ev, const struct tested *t, const struct score *s,
    struct judgement *ret, struct coord_error *err)
{
	char text[200];
	bool background = ev->ref != NULL || ev->m->n_nodes >= t->cluster.n + STRATUM_LEAST;

	if (s->evidence_confidence <= coincidental_to && s->artefact)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "They share an artefact that no list calls public, and little else speaks for "
		    "coordination: neither that nor coincidence is shown.",
		    err);
	if (s->evidence_confidence <= coincidental_to && background &&
	    verdict_power(ev, t->cluster.nodes, t->cluster.n) >= power_least)
		return judge(ret, ev, VERDICT_COINCIDENTAL, NULL,
		    t->p_world <= significant
			? "They are more alike than null worlds hold, but of held-out groups with "
			  "such evidence at most one in ten was coordinated, and a typical "
			  "campaign would have been seen."
			: "Nothing here exceeds what independent sources of the same tools do, and "
			  "a typical campaign would have been seen.",
		    err);
	if (s->cap != NULL) {
		(void)snprintf(text, sizeof(text), "Not enough: %s.", s->cap);
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL, text, err);
	}
	return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
	    s->evidence_confidence <= coincidental_to
		? "No sign of coordination, but too little data to call it coincidence."
		: "The evidence for coordination does not reach 0.90 with a lower bound of 0.80.",
	    err);
}

enum coord_err
verdict_of(const struct evaluation *ev, const struct tested *t, const struct score *s,
    struct judgement *ret, struct coord_error *err)
{
	uint32_t visits = model_visits(ev->m, t->cluster.nodes, t->cluster.n);
	char families[200], text[320];

	if (t->cluster.n < CLUSTER_NODES_LEAST && !s->artefact)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "Fewer than three sources and no exclusive artefact: nothing can be said.",
		    err);
	if (visits < SCORE_VISITS_LEAST)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "Fewer than eight visits: too little to judge.", err);
	if (s->width > score_width_most)
		return judge(ret, ev, VERDICT_INSUFFICIENT, NULL,
		    "Too few held-out groups of this score are known to say how often they are "
		    "coordinated.",
		    err);
	if (s->evidence_confidence < coordinated_from || s->evidence_low < coordinated_low)
		return not_coordinated(ev, t, s, ret, err);
	(void)snprintf(text, sizeof(text), "What speaks for it most: %s%s.",
	    loudest(t, s, families, sizeof(families)),
	    s->cap != NULL ? "; without a reference background the confidence ends at 0.80" : "");
	if (s->single_actor >= decided)
		return judge(ret, ev, VERDICT_SINGLE_ACTOR, NULL, text, err);
	return judge(ret, ev, VERDICT_CAMPAIGN,
	    s->single_actor <= 1 - decided ? NULL : "control_structure_undetermined", text, err);
}
