/* intel.c - channel X: are the sources listed together more often than others of their kind?
 *
 * Statistic  of each label (given with the input, or a feed of the user's: labels.c) how many of the set's sources carry it;
 *            the smallest p over the labels that two sources of the batch carry, Bonferroni.
 * Null       as many sources drawn without replacement from the same strata of the batch: the number of listed ones is a
 *            sum of hypergeometric variables, whose distribution is computed exactly. Lists are long and full of busy
 *            scanners, so being listed means nothing; being listed more often than the others with the same tool may.
 * e-value    ln of the likelihood ratio of the set's rate of listed sources (beta(1/2, 1/2) mixture) against the rate
 *            among the stratum's other sources, that is, the feed's measured precision; never above what p gives.
 * A label that marks just the carriers of an exclusive artefact was made from it, or might as well have been: it adds nothing
 * to what the artefact says (methods.md section 10 X). */
#include <math.h>

#include "detect/channel/channel.h"
#include "detect/stats.h"

static const double negligible = 1e-22;  /* of a distribution's terms */
static const double p_least = 1e-16;     /* what such terms leave exact */
static const double same_carriers = 0.8; /* Jaccard of a label's and an artefact's sources */

/* Sources of the set and of the batch in one stratum. */
struct part {
	uint32_t all, drawn;   /* in the batch, in the set */
	uint32_t listed, hits; /* of them with the label at hand */
};

struct rated {
	const struct label *label;
	double p, expected, rate_outside;
	uint32_t hits, listed;
};

struct draw {
	const struct channel_input *in;
	uint32_t *stratum_of; /* by source */
	bool *member;         /* by source */
	struct part *parts;   /* by stratum */
	uint32_t sources;     /* of the set */
	double *term, *sum, *next;
};

static enum coord_err
prepare(struct draw *d, struct arena *scratch, struct coord_error *err)
{
	const struct channel_input *in = d->in;
	const struct model *m = in->m;

	d->stratum_of = ARENA_ARRAY_RAW(scratch, m->n_sources, uint32_t);
	d->member = ARENA_ARRAY(scratch, m->n_sources, bool);
	d->parts = ARENA_ARRAY(scratch, m->n_strata, struct part);
	d->term = ARENA_ARRAY_RAW(scratch, in->n + 1, double);
	d->sum = ARENA_ARRAY_RAW(scratch, in->n + 1, double);
	d->next = ARENA_ARRAY_RAW(scratch, in->n + 1, double);
	if (d->stratum_of == NULL || d->member == NULL || d->parts == NULL || d->term == NULL ||
	    d->sum == NULL || d->next == NULL)
		return model_full(err);
	/* a source counts where its first node is; the world says whose address a node has */
	memset(d->stratum_of, 0xff, m->n_sources * sizeof(*d->stratum_of));
	for (uint32_t i = m->n_nodes; i-- > 0;)
		d->stratum_of[in->observed->node_source[i]] = m->node_stratum[i];
	for (uint32_t i = 0; i < in->n; i++)
		d->member[in->observed->node_source[in->nodes[i]]] = true;
	for (uint32_t s = 0; s < m->n_sources; s++) {
		if (d->stratum_of[s] >= m->n_strata)
			continue;
		d->parts[d->stratum_of[s]].all++;
		d->parts[d->stratum_of[s]].drawn += d->member[s];
		d->sources += d->member[s];
	}
	return COORD_OK;
}

/* The ratio of P(k + 1 listed) to P(k listed). */
static double
step(const struct part *p, uint32_t k)
{
	double unlisted_left = (double)p->all - p->listed - p->drawn + k + 1;

	return ((double)p->listed - k) * ((double)p->drawn - k) / ((k + 1.0) * unlisted_left);
}

/* P(k listed) of `drawn` from `all` for k = *ret_from ..., the terms that matter: from the mode to both sides. */
static uint32_t
hypergeometric(const struct part *p, double *term, uint32_t *ret_from)
{
	uint32_t unlisted = p->all - p->listed, low, high;
	uint32_t least = p->drawn > unlisted ? p->drawn - unlisted : 0;
	uint32_t most = p->drawn < p->listed ? p->drawn : p->listed;
	uint32_t mode = (uint32_t)((p->drawn + 1.0) * (p->listed + 1.0) / (p->all + 2.0));
	double peak, t;

	mode = mode < least ? least : (mode > most ? most : mode);
	peak = exp(stats_log_choose(p->listed, mode) + stats_log_choose(unlisted, p->drawn - mode) -
		   stats_log_choose(p->all, p->drawn));
	for (low = mode, t = peak; low > least && t >= negligible; low--)
		t /= step(p, low - 1);
	*ret_from = low;
	term[0] = t;
	for (high = low; high < most && (high < mode || term[high - low] >= negligible); high++)
		term[high + 1 - low] = term[high - low] * step(p, high);
	return high + 1 - low;
}

/* P(at least `hits` listed) in all strata together. */
static double
upper_tail(struct draw *d, uint32_t hits)
{
	const struct model *m = d->in->m;
	uint32_t n = 1, from = 0;
	struct stats_sum tail = { 0 };

	d->sum[0] = 1;
	for (uint32_t s = 0; s < m->n_strata; s++) {
		uint32_t first, terms;
		double *swap = d->sum;

		if (d->parts[s].drawn == 0 || d->parts[s].listed == 0)
			continue;
		terms = hypergeometric(&d->parts[s], d->term, &first);
		for (uint32_t i = 0; i < n + terms - 1; i++)
			d->next[i] = 0;
		for (uint32_t i = 0; i < n; i++)
			for (uint32_t k = 0; k < terms; k++)
				d->next[i + k] += d->sum[i] * d->term[k];
		d->sum = d->next;
		d->next = swap;
		n += terms - 1;
		from += first;
	}
	for (uint32_t i = n; i-- > 0;) /* the small ones first */
		if (from + i >= hits)
			stats_sum_add(&tail, d->sum[i]);
	return fmin(1, fmax(p_least, stats_sum_value(&tail)));
}

static struct rated
rate(struct draw *d, const struct label *label)
{
	struct rated r = { .label = label, .p = 1 };
	double outside = 0;

	for (uint32_t s = 0; s < d->in->m->n_strata; s++)
		d->parts[s].listed = d->parts[s].hits = 0;
	for (uint32_t i = 0; i < label->n_sources; i++) {
		uint32_t source = label->sources[i];

		if (d->stratum_of[source] >= d->in->m->n_strata)
			continue;
		d->parts[d->stratum_of[source]].listed++;
		d->parts[d->stratum_of[source]].hits += d->member[source];
		r.hits += d->member[source];
		r.listed++;
	}
	for (uint32_t s = 0; s < d->in->m->n_strata; s++) {
		const struct part *p = &d->parts[s];

		if (p->drawn == 0)
			continue;
		r.expected += (double)p->drawn * p->listed / p->all;
		outside += p->drawn * (p->listed - p->hits + 0.5) / (p->all - p->drawn + 1.0);
	}
	r.rate_outside = outside / d->sources;
	if (r.hits > 0 && r.hits > r.expected)
		r.p = upper_tail(d, r.hits);
	return r;
}

static double
log_beta(double a, double b)
{
	return stats_log_gamma(a) + stats_log_gamma(b) - stats_log_gamma(a + b);
}

static double
log_likelihood_ratio(const struct rated *r, uint32_t n)
{
	double k = r->hits;

	return log_beta(k + 0.5, n - k + 0.5) - log_beta(0.5, 0.5) - k * log(r->rate_outside) -
	       (n - k) * log1p(-r->rate_outside);
}

/* Does the label mark the carriers of an exclusive artefact of the set? */
static bool
is_derived(const struct draw *d, const struct label *label, struct arena *scratch)
{
	const struct model *m = d->in->m;
	struct arena_mark mark = arena_mark(scratch);
	uint8_t *seen = ARENA_ARRAY(scratch, m->n_sources, uint8_t);
	bool derived = false;

	for (uint32_t i = 0; seen != NULL && i < label->n_sources; i++)
		seen[label->sources[i]] = 1;
	for (uint32_t a = 0; seen != NULL && !derived && a < m->n_artefacts; a++) {
		const struct carried *c = &m->artefacts[a];
		uint32_t both = 0, inside = 0;

		if (c->is_public)
			continue;
		for (uint32_t i = 0; i < c->n_nodes; i++) {
			uint32_t source = m->node_source[c->nodes[i]];

			both += seen[source] == 1;
			inside += d->member[source] && (seen[source] & 2) == 0;
			seen[source] |= 2;
		}
		derived =
		    inside >= 2 && both >= same_carriers * (label->n_sources + c->n_sources - both);
		for (uint32_t i = 0; i < c->n_nodes; i++)
			seen[m->node_source[c->nodes[i]]] &= 1;
	}
	arena_rewind(scratch, mark);
	return derived;
}

static enum coord_err
tell(const struct draw *d, const struct rated *best, uint32_t derived, struct detect_evidence *e,
    struct coord_error *err)
{
	const char *made = derived == 0 ? ""
					: " Labels that mark just the carriers of an exclusive "
					  "artefact were not counted beside it.";

	if (best->label == NULL)
		e->detail = arena_printf(d->in->arena,
		    "No label is carried by more of the %u sources than chance gives.%s",
		    d->sources, made);
	else
		e->detail = arena_printf(d->in->arena,
		    "%u of %u sources %s \"%s\"; %.1f of as many sources drawn from the same "
		    "strata would.%s",
		    best->hits, d->sources, best->label->feed ? "are listed by" : "carry the label",
		    best->label->what, best->expected, made);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct draw d = { .in = in };
	struct channel_tops tops = { .n = 0 };
	struct rated best = { .label = NULL, .p = 1 };
	uint32_t labels = 0, derived = 0;

	TRY(prepare(&d, scratch, err));
	for (uint32_t i = 0; i < in->m->n_labels; i++) {
		struct rated r = rate(&d, &in->m->labels[i]);

		labels += r.expected > 0;
		if (r.p >= 1 || r.hits < 2)
			continue;
		if (r.p < 0.05 && is_derived(&d, r.label, scratch)) {
			derived++;
			continue;
		}
		if (channel_tops_wants(&tops, -log10(r.p)))
			channel_tops_add(&tops, (struct detect_top){ r.label->what, "label", r.hits,
						    r.listed - r.hits, -log10(r.p) });
		if (best.label == NULL || r.p < best.p)
			best = r;
	}
	if (labels == 0) {
		e->abstained = true;
		e->detail = "None of the sources with the same tools carries a label.";
		return COORD_OK;
	}
	e->n = d.sources;
	e->p = fmin(1, best.p * labels);
	e->effect = best.label == NULL ? 1 : best.hits / best.expected;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	if (best.label != NULL)
		e->log_e = fmin(e->log_e, log_likelihood_ratio(&best, d.sources));
	TRY(channel_tops_keep(&tops, in->arena, e, err));
	return tell(&d, &best, derived, e, err);
}

static enum coord_err
intel_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	if (in->m->n_labels == 0) {
		e->abstained = true;
		e->detail = "No label is shared by two sources, and no feed lists two.";
		return COORD_OK;
	}
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_intel = {
	.name = "threat_intelligence",
	.key = "threat_intel_correlation",
	.title = "Being listed together",
	.family = FAMILY_LABEL,
	.layers = 0,
	.null_name = "labels of sources drawn from the same strata (exact)",
	.null_meaning = "how many would be listed of as many addresses drawn from all attackers "
			"with the same tool",
	.test = intel_test,
};
