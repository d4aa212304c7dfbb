/* engine.c - the engine as one of the methods: its campaigns become groups, and what it knows of each is kept for
 * calibration, null levels and training. */
#include "evaluate/outcome.h"

#include <math.h>

/* The channel whose line of the account speaks most for coordination. */
static unsigned
strongest_of(const struct detect_campaign *c)
{
	unsigned best = CHANNEL_COUNT;
	int64_t most = 0;

	for (uint32_t i = 0; i < c->n_ledger; i++)
		for (unsigned k = 0; k < CHANNEL_COUNT; k++)
			if (c->ledger[i].micro > most &&
			    strcmp(c->ledger[i].term,
				detect_channel_name((enum detect_channel)k)) == 0) {
				most = c->ledger[i].micro;
				best = k;
			}
	return best;
}

static void
take_features(const struct detect_campaign *c, struct seen *s)
{
	s->low = c->low;
	s->high = c->high;
	s->nodes = c->nodes;
	s->visits = c->visits;
	s->p_world = c->p_world;
	s->stability = c->stability;
	s->single_actor = c->single_actor;
	s->strongest = strongest_of(c);
	for (unsigned f = 0; f < FEATURE_COUNT; f++)
		s->features[f] = c->features[f];
	for (unsigned f = 0; f < CHANNEL_COUNT; f++) {
		const struct detect_evidence *e = &c->evidence[f];

		s->p[f] = e->abstained || e->defining || e->excluded ? NAN : e->p;
	}
}

enum coord_err
engine_grouping(const struct detect_result *result, struct arena *arena, struct grouping *ret,
    struct coord_error *err)
{
	struct grouping g = { .n = result->n_campaigns, .verdict = result->verdict };

	g.clusters = ARENA_ARRAY(arena, g.n, struct grouping_cluster);
	if (g.clusters == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the campaigns");
	for (uint32_t i = 0; i < g.n; i++) {
		const struct detect_campaign *c = &result->campaigns[i];

		g.clusters[i] = (struct grouping_cluster){ .sources = c->sources,
			.n = c->n_sources,
			.confidence = c->confidence,
			.verdict = c->verdict };
		g.confidence = fmax(g.confidence, c->confidence);
	}
	*ret = g;
	return COORD_OK;
}

/** Kinds of evidence that a group was planted with. */
static bool
is_planted(const struct generate_group *g, const char *channel)
{
	bool one_actor = generate_structure_truth(g->structure) == TRUTH_SINGLE_ACTOR;

	if (strcmp(channel, "artefact") == 0 || strcmp(channel, "payload") == 0)
		return g->artefact != NULL && strcmp(g->artefact, "none") != 0;
	if (strcmp(channel, "dictionary") == 0 || strcmp(channel, "partition") == 0)
		return g->wordlist != NULL && strcmp(g->wordlist, "public") != 0;
	if (strcmp(channel, "synchrony") == 0)
		return g->synchronised > 0.05;
	if (strcmp(channel, "infrastructure") == 0 || strcmp(channel, "geography") == 0)
		return g->networks <= 3;
	if (strcmp(channel, "behavior") == 0 || strcmp(channel, "order") == 0)
		return g->mutated < 0.5;
	if (strcmp(channel, "handover") == 0)
		return g->structure == STRUCTURE_C2;
	return one_actor; /* hand-off, regularity, shared victims: what turns are taken by */
}

/* Of the right clusters called coordinated, those whose strongest evidence is of a planted kind. */
static double
explained(const struct batch *batch, const struct outcome *o)
{
	double hits = 0, named = 0;

	for (uint32_t i = 0; i < o->n_seen; i++) {
		const struct seen *s = &o->seen[i];

		if (!s->right || s->strongest == CHANNEL_COUNT ||
		    (s->verdict != VERDICT_CAMPAIGN && s->verdict != VERDICT_SINGLE_ACTOR))
			continue;
		hits++;
		named += is_planted(
		    &batch->group, detect_channel_name((enum detect_channel)s->strongest));
	}
	return hits > 0 ? named / hits : NAN;
}

static enum coord_err
measure(const struct batch *batch, const struct detect_result *result, struct arena *arena,
    struct outcome *ret, struct coord_error *err)
{
	struct grouping grouping;

	TRY(engine_grouping(result, arena, &grouping, err));
	TRY(outcome_of(&batch->truth, &grouping, arena, ret, err));
	for (uint32_t i = 0; i < ret->n_seen; i++)
		take_features(&result->campaigns[i], &ret->seen[i]);
	ret->metrics[METRIC_EXPLAINED] = explained(batch, ret);
	for (uint32_t i = 0; i < result->n_profile; i++)
		ret->metrics[METRIC_SECONDS] =
		    (i == 0 ? 0 : ret->metrics[METRIC_SECONDS]) + result->profile[i].seconds;
	return COORD_OK;
}

static const struct reference *
reference_for(const struct batch *batch, const struct variant *variant)
{
	if (variant->no_reference)
		return NULL;
	return variant->foreign ? batch->foreign : batch->reference;
}

enum coord_err
engine_judge(const struct batch *batch, const struct variant *variant, uint32_t worlds,
    struct arena *arena, struct outcome *ret, struct coord_error *err)
{
	struct detect_config config = { .depth = DEPTH_STANDARD,
		.group = batch->group_mode,
		.selected_by = batch->selected_by,
		.worlds = worlds,
		.prior = variant->prior,
		.without = variant->without,
		.naive_nulls = variant->naive_nulls,
		.model = variant->model,
		.seed = variant->batch_seed ? batch->plan.seed : 0,
		.threads = 1 };
	struct detect_result result;
	enum coord_err rc;

	TRY(detect_run(&batch->table, reference_for(batch, variant), &config, &result, err));
	rc = measure(batch, &result, arena, ret, err);
	detect_result_clear(&result);
	return rc;
}
