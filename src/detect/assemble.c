/* assemble.c - the verdict of the request, the ranking of its campaigns, and what was not concluded. */
#include "detect/assemble.h"

#include <math.h>
#include <stdlib.h>

#include "detect/explanation.h"
#include "reference/reference.h"

static const double hidden_prior = 0.1; /* that a batch without any group hides one */
enum { NOTES_MOST = 12, WORKERS_MOST = 64 };

static int
campaign_order(const void *a, const void *b)
{
	const struct detect_campaign *x = a, *y = b;
	bool x_coordinated = x->verdict == VERDICT_CAMPAIGN || x->verdict == VERDICT_SINGLE_ACTOR;
	bool y_coordinated = y->verdict == VERDICT_CAMPAIGN || y->verdict == VERDICT_SINGLE_ACTOR;

	if (x_coordinated != y_coordinated)
		return x_coordinated ? -1 : 1;
	if (x->confidence != y->confidence)
		return x->confidence > y->confidence ? -1 : 1;
	if (x->n_sources != y->n_sources)
		return x->n_sources > y->n_sources ? -1 : 1;
	return strcmp(x->key, y->key);
}

static bool
is_coordinated(const struct detect_campaign *c)
{
	return c->verdict == VERDICT_CAMPAIGN || c->verdict == VERDICT_SINGLE_ACTOR;
}

/* Campaigns are put together side by side: each worker has the evaluation with an arena of its own. */
struct assembling {
	struct evaluation ev[WORKERS_MOST];
	struct detect_campaign *campaigns;
	enum coord_err rc[WORKERS_MOST];
	struct coord_error err[WORKERS_MOST];
};

static void
assemble_one(void *context, size_t item, unsigned worker)
{
	struct assembling *a = context;
	const struct evaluation *ev = &a->ev[worker];

	if (a->rc[worker] == COORD_OK)
		a->rc[worker] =
		    assemble_campaign(ev, &ev->tested[item], &a->campaigns[item], &a->err[worker]);
}

static void
free_arena(void *arena)
{
	arena_free(arena);
}

/* A new arena that goes with another. NULL: no memory. */
static struct arena *
arena_beside(struct arena *arena)
{
	struct arena *ret = arena_new(0);

	if (ret == NULL || arena_on_free(arena, free_arena, ret) == 0)
		return ret;
	arena_free(ret);
	return NULL;
}

static enum coord_err
assemble_all(
    const struct evaluation *ev, struct detect_campaign *campaigns, struct coord_error *err)
{
	struct assembling *a = ARENA_NEW(ev->arena, struct assembling);
	unsigned threads = ev->config->threads < WORKERS_MOST ? ev->config->threads : WORKERS_MOST;
	struct backdrop backdrop;

	if (a == NULL)
		return model_full(err);
	TRY(backdrop_make(ev, ev->arena, &backdrop, err));
	a->campaigns = campaigns;
	for (unsigned w = 0; w < threads; w++) {
		a->ev[w] = *ev;
		a->ev[w].backdrop = &backdrop;
		a->ev[w].arena = arena_beside(ev->arena);
		if (a->ev[w].arena == NULL)
			return model_full(err);
	}
	parallel_for(threads, ev->n_tested, assemble_one, a);
	for (unsigned w = 0; w < threads; w++)
		if (a->rc[w] != COORD_OK) {
			if (err != NULL)
				*err = a->err[w];
			return a->rc[w];
		}
	return COORD_OK;
}

static enum coord_err
rank_campaigns(const struct evaluation *ev, struct detect_result *r, struct coord_error *err)
{
	r->campaigns = ARENA_ARRAY(ev->arena, ev->n_tested, struct detect_campaign);
	if (r->campaigns == NULL)
		return model_full(err);
	TRY(assemble_all(ev, r->campaigns, err));
	r->n_campaigns = ev->n_tested;
	if (r->n_campaigns > 0)
		qsort(r->campaigns, r->n_campaigns, sizeof(*r->campaigns), campaign_order);
	for (uint32_t i = 0; i < r->n_campaigns; i++)
		if ((r->campaigns[i].id = arena_printf(ev->arena, "c%u", i + 1)) == NULL)
			return model_full(err);
	return COORD_OK;
}

static double
coverage_of(const struct detect_result *r)
{
	uint64_t covered = 0;

	for (uint32_t i = 0; i < r->n_campaigns; i++)
		covered += is_coordinated(&r->campaigns[i]) ? r->campaigns[i].n_sessions : 0;
	return r->sessions == 0 ? 0 : fmin(1, (double)covered / r->sessions);
}

static enum coord_err
note(struct detect_result *r, const char *text, struct coord_error *err)
{
	if (text == NULL)
		return model_full(err);
	if (r->n_not_concluded < NOTES_MOST)
		r->not_concluded[r->n_not_concluded++] = text;
	return COORD_OK;
}

static enum coord_err
note_clusters(struct detect_result *r, struct coord_error *err)
{
	uint32_t undecided = 0, coincidental = 0;

	for (uint32_t i = 0; i < r->n_campaigns; i++) {
		undecided += r->campaigns[i].verdict == VERDICT_INSUFFICIENT;
		coincidental += r->campaigns[i].verdict == VERDICT_COINCIDENTAL;
	}
	if (undecided > 0)
		TRY(note(r,
		    arena_printf(r->arena,
			"%u group%s of sources look%s alike, but the evidence does not carry a "
			"verdict: see each one's reason.",
			undecided, undecided == 1 ? "" : "s", undecided == 1 ? "s" : ""),
		    err));
	if (coincidental > 0)
		TRY(note(r,
		    arena_printf(r->arena,
			"%u group%s of similar sources %s explained by coincidence.", coincidental,
			coincidental == 1 ? "" : "s", coincidental == 1 ? "is" : "are"),
		    err));
	if (r->clusters_left_out > 0)
		TRY(note(r,
		    arena_printf(r->arena, "%u weaker groups beyond the first %u were not tested.",
			r->clusters_left_out, r->n_campaigns),
		    err));
	return COORD_OK;
}

static enum coord_err
note_masks(struct detect_result *r, struct coord_error *err)
{
	uint32_t limited = 0, left_out;

	for (uint32_t i = 0; i < r->n_masks; i++)
		limited += strcmp(r->masks[i].why, "rate_limited") == 0;
	left_out = r->n_masks - limited;
	if (left_out > 0)
		TRY(note(r,
		    arena_printf(r->arena,
			"%u time span%s of the recorder's own making (gaps, equal stamps) %s left "
			"out of the time "
			"tests.",
			left_out, left_out == 1 ? "" : "s", left_out == 1 ? "was" : "were"),
		    err));
	if (limited > 0)
		TRY(note(r,
		    "A logger limits its rate, so distances below a minute are its own rhythm: the "
		    "time tests do "
		    "not use them.",
		    err));
	return COORD_OK;
}

static enum coord_err
note_limits(const struct evaluation *ev, struct detect_result *r, struct coord_error *err)
{
	if (ev->config->decoordinate > 0)
		TRY(note(r,
		    arena_printf(r->arena,
			"This is null world %u of the input: times, tokens and addresses were "
			"exchanged between independent "
			"sources, so nothing in it is coordinated.",
			ev->config->decoordinate),
		    err));
	if (!r->reference_given)
		TRY(note(r,
		    "No reference background was given: popularity was estimated from this batch "
		    "itself, and no "
		    "confidence exceeds 0.80.",
		    err));
	if (ev->table_worlds > 0)
		TRY(note(r,
		    arena_printf(r->arena,
			"The batch has %u nodes: p_world is the larger one that the null table "
			"%.12s gives for batches of %llu and of %llu nodes, from %u worlds each.",
			r->nodes, null_table_hash(ev->config->null_table),
			(unsigned long long)ev->table_nodes[0],
			(unsigned long long)ev->table_nodes[1], ev->table_worlds),
		    err));
	if (ev->worlds > 0 && ev->worlds < ev->config->worlds)
		TRY(note(r,
		    arena_printf(r->arena,
			"The batch has %u nodes: %u null worlds were run in place of %u, so "
			"p-values end at %.3f.",
			r->nodes, ev->worlds, ev->config->worlds, 1.0 / (ev->worlds + 1)),
		    err));
	TRY(note_masks(r, err));
	return note(r,
	    "Independent actors running a brand-new tool that the background does not know cannot "
	    "be told from a "
	    "campaign by likeness alone.",
	    err);
}

/* Nothing was found. What remains of the prior is the share of campaigns that would have been missed. */
static enum coord_err
conclude_nothing(const struct evaluation *ev, struct detect_result *r, struct coord_error *err)
{
	double power = ev->m->n_visits < SCORE_VISITS_LEAST ? 0 : verdict_batch_power(ev);
	double prior = fmin(ev->config->prior, hidden_prior), missed = 1 - power;
	bool background = ev->ref != NULL || ev->m->n_nodes >= STRATUM_LEAST;

	if (ev->m->n_sources < 2) {
		r->reason = "One source address alone is never coordinated.";
		return COORD_OK;
	}
	r->confidence = prior * missed / (prior * missed + 1 - prior);
	r->low = r->confidence / 3;
	r->high = fmin(1, r->confidence * 3);
	if (power >= 0.8 && background) {
		r->verdict = VERDICT_COINCIDENTAL;
		r->reason = arena_printf(r->arena,
		    "No group of sources stands out, and a typical campaign would have been seen "
		    "with a chance of %.2f.",
		    power);
	} else {
		r->reason = arena_printf(r->arena,
		    "No group of sources stands out, but a typical campaign would have been seen "
		    "with a chance of only "
		    "%.2f.",
		    power);
	}
	return r->reason == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
conclude(const struct evaluation *ev, struct detect_result *r, struct coord_error *err)
{
	uint32_t coordinated = 0;
	const struct detect_campaign *first = r->campaigns;

	if (r->n_campaigns == 0)
		return conclude_nothing(ev, r, err);
	for (uint32_t i = 0; i < r->n_campaigns; i++)
		coordinated += is_coordinated(&r->campaigns[i]);
	r->verdict = first->verdict;
	r->confidence = first->confidence;
	r->low = first->low;
	r->high = first->high;
	/* the batch is coincidental only when every group in it is */
	for (uint32_t i = 0; coordinated == 0 && i < r->n_campaigns; i++)
		if (r->campaigns[i].verdict == VERDICT_INSUFFICIENT)
			r->verdict = VERDICT_INSUFFICIENT;
	if (coordinated > 0)
		r->reason = arena_printf(r->arena,
		    "%u of %u group%s found pass%s every test; the strongest: %s", coordinated,
		    r->n_campaigns, r->n_campaigns == 1 ? "" : "s", coordinated == 1 ? "es" : "",
		    first->reason);
	else
		r->reason = first->reason;
	return r->reason == NULL ? model_full(err) : COORD_OK;
}

enum coord_err
assemble_result(const struct evaluation *ev, struct detect_result *r, struct coord_error *err)
{
	r->not_concluded = ARENA_ARRAY(r->arena, NOTES_MOST, const char *);
	if (r->not_concluded == NULL)
		return model_full(err);
	TRY(rank_campaigns(ev, r, err));
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++) {
		const struct detect_evidence *e =
		    r->n_campaigns == 0 ? NULL : &r->campaigns[0].evidence[c];

		r->evidence[c] =
		    e == NULL || e->abstained || e->excluded || e->defining ? NAN : e->similarity;
	}
	r->coverage = coverage_of(r);
	TRY(conclude(ev, r, err));
	TRY(note_clusters(r, err));
	return note_limits(ev, r, err);
}

enum coord_err
assemble_empty(struct detect_result *r, struct coord_error *err)
{
	r->not_concluded = ARENA_ARRAY(r->arena, 1, const char *);
	if (r->not_concluded == NULL)
		return model_full(err);
	for (enum detect_channel c = 0; c < CHANNEL_COUNT; c++)
		r->evidence[c] = NAN;
	r->verdict = VERDICT_INSUFFICIENT;
	r->reason = "There are no sessions to analyse.";
	return COORD_OK;
}
