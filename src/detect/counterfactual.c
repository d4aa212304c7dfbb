/* counterfactual.c - what would have to go for the verdict to fall: the score again without each channel, and without
 * each exclusive artefact. */
#include <math.h>

#include "detect/text/artefacts.h"
#include "detect/assemble.h"
#include "detect/judge/judge.h"

enum { COUNTERFACTUALS_MOST = CHANNEL_COUNT + CHANNEL_TOPS };

static enum coord_err
add(struct detect_campaign *c, const char *what, double confidence, enum detect_verdict verdict,
    struct coord_error *err)
{
	if (what == NULL)
		return model_full(err);
	c->counterfactuals[c->n_counterfactuals++] =
	    (struct detect_counterfactual){ what, confidence, verdict };
	return COORD_OK;
}

static enum coord_err
add_judged(const struct evaluation *ev, const struct tested *t, const struct score *s,
    const char *what, struct detect_campaign *c, struct coord_error *err)
{
	struct judgement j;

	TRY(verdict_of(ev, t, s, &j, err));
	return add(c, what, s->confidence, j.verdict, err);
}

static enum coord_err
without_channels(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	for (enum detect_channel ch = 0; ch < CHANNEL_COUNT; ch++) {
		const char *what;
		struct score s;

		if (t->evidence[ch].abstained || t->evidence[ch].excluded)
			continue;
		s = judge_score(ev, t, t->evidence, 1u << ch);
		what = arena_printf(ev->arena, "channel:%s", detect_channel_name(ch));
		/* a cluster that exists only through a channel vanishes with it: the prior remains, and no verdict */
		TRY(t->evidence[ch].defining
			? add(c, what, ev->config->prior, VERDICT_INSUFFICIENT, err)
			: add_judged(ev, t, &s, what, c, err));
	}
	return COORD_OK;
}

/* The evidence of the artefact channel with artefact `left_out` of its tops gone. */
static struct detect_evidence
artefacts_without(const struct tested *t, uint32_t left_out)
{
	struct detect_evidence e = t->evidence[CHANNEL_ARTEFACT];
	uint32_t n = t->on[CHANNEL_ARTEFACT].n;

	e.log_e = NAN;
	e.abstained = true;
	for (uint32_t i = 0; i < e.n_top; i++) {
		double bayes = e.top[i].weight * 2.302585092994046 / e.top[i].nodes;

		if (i == left_out || e.top[i].nodes * 2 < n)
			continue;
		e.abstained = false;
		e.log_e = isnan(e.log_e) ? bayes : fmax(e.log_e, bayes);
	}
	return e;
}

static enum coord_err
without_artefacts(const struct evaluation *ev, const struct tested *t, struct detect_campaign *c,
    struct coord_error *err)
{
	const struct detect_evidence *a = &t->evidence[CHANNEL_ARTEFACT];

	for (uint32_t i = 0; !a->abstained && !a->excluded && i < a->n_top; i++) {
		struct detect_evidence evidence[CHANNEL_COUNT];
		struct score s;

		memcpy(evidence, t->evidence, sizeof(evidence));
		evidence[CHANNEL_ARTEFACT] = artefacts_without(t, i);
		s = judge_score(ev, t, evidence, 0);
		TRY(add_judged(ev, t, &s,
		    arena_printf(ev->arena, "artefact:%s:%s", a->top[i].kind, a->top[i].what), c,
		    err));
	}
	return COORD_OK;
}

enum coord_err
assemble_counterfactuals(const struct evaluation *ev, const struct tested *t,
    struct detect_campaign *c, struct coord_error *err)
{
	c->counterfactuals =
	    ARENA_ARRAY(ev->arena, COUNTERFACTUALS_MOST, struct detect_counterfactual);
	if (c->counterfactuals == NULL)
		return model_full(err);
	TRY(without_channels(ev, t, c, err));
	return without_artefacts(ev, t, c, err);
}
