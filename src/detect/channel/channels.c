/* channels.c - the table of evidence channels, and what several of them need. */
#include "detect/channel/channel.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

const struct channel *const channels[CHANNEL_COUNT] = {
#define CHANNEL(constant, file) [CHANNEL_##constant] = &channel_##file,
#include "detect/channel/channels.def"
#undef CHANNEL
};

const char *
channel_family_name(enum channel_family family)
{
	static const char *const names[FAMILY_COUNT] = { "content", "time", "place", "target",
		"label", "artefact" };

	return names[family];
}

double
channel_attributable(double effect)
{
	if (isnan(effect))
		return NAN;
	return effect <= 1 ? 0 : 1 - 1 / effect;
}

double
channel_log_e(double p)
{
	double ln_p = log(p);

	if (p >= 0.999)
		return log(0.5); /* the limit at 1, where the quotient cancels */
	return log(1 - p + p * ln_p) - ln_p - 2 * log(-ln_p);
}

void
channel_rank(double observed, const double *null, uint32_t worlds, struct detect_evidence *e)
{
	uint32_t exceeding = 0;
	struct stats_sum sum = { 0 };

	for (uint32_t i = 0; i < worlds; i++) {
		exceeding += null[i] >= observed;
		stats_sum_add(&sum, null[i]);
	}
	e->worlds = worlds;
	e->p = stats_monte_carlo_p(exceeding, worlds);
	/* the observed world counts as one of the draws, so that the expectation is never zero */
	e->effect = observed * (worlds + 1) / (stats_sum_value(&sum) + observed);
	if (observed <= 0)
		e->effect = NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
}

const char *
channel_times(const struct channel_input *in, const struct detect_evidence *e, const char *subject)
{
	const char *text =
	    isnan(e->effect)
		? "they share nothing beyond common things"
		: arena_printf(in->arena,
		      "%s is %.1f times what the popularity of each within its tool explains",
		      subject, e->effect);

	return text == NULL ? "" : text; /* a full arena is found at the next allocation */
}

uint32_t
channel_pairs(uint32_t n)
{
	uint64_t all = (uint64_t)n * (n - 1) / 2;

	return all < CHANNEL_PAIRS_MOST ? (uint32_t)all : CHANNEL_PAIRS_MOST;
}

bool
channel_pair(const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed, uint32_t i,
    uint32_t *a, uint32_t *b)
{
	enum { STAGE_PAIR = 32 };
	uint32_t x, y;

	if ((uint64_t)n * (n - 1) / 2 <= CHANNEL_PAIRS_MOST) {
		for (x = 0; i >= n - 1 - x; x++)
			i -= n - 1 - x;
		y = x + 1 + i;
	} else {
		struct rng rng = rng_at(seed, STAGE_PAIR, 0, i);

		x = rng_below(&rng, n);
		y = rng_below(&rng, n - 1);
		y += y >= x;
	}
	*a = nodes[x < y ? x : y];
	*b = nodes[x < y ? y : x];
	return w->m->node_source[*a] != w->m->node_source[*b];
}

enum coord_err
channel_in_scratch(const struct channel_input *in, struct detect_evidence *e,
    enum coord_err (*test)(const struct channel_input *in, struct arena *scratch,
	struct detect_evidence *e, struct coord_error *err),
    struct coord_error *err)
{
	struct arena *scratch = in->scratch != NULL ? in->scratch : arena_new(0);
	struct arena_mark mark;
	enum coord_err rc;

	if (scratch == NULL)
		return model_full(err);
	mark = arena_mark(scratch);
	rc = test(in, scratch, e, err);
	if (in->scratch == NULL)
		arena_free(scratch);
	else
		arena_rewind(scratch, mark);
	return rc;
}

bool
channel_tops_wants(const struct channel_tops *tops, double weight)
{
	return tops->n < CHANNEL_TOPS || tops->top[CHANNEL_TOPS - 1].weight < weight;
}

void
channel_tops_add(struct channel_tops *tops, struct detect_top top)
{
	uint32_t at = tops->n;

	if (!channel_tops_wants(tops, top.weight))
		return;
	while (at > 0 && tops->top[at - 1].weight < top.weight)
		at--;
	tops->n += tops->n < CHANNEL_TOPS;
	memmove(tops->top + at + 1, tops->top + at, (tops->n - at - 1) * sizeof(*tops->top));
	tops->top[at] = top;
}

enum coord_err
channel_tops_keep(const struct channel_tops *tops, struct arena *arena, struct detect_evidence *e,
    struct coord_error *err)
{
	struct detect_top *kept = ARENA_ARRAY_RAW(arena, tops->n, struct detect_top);

	if (kept == NULL)
		return model_full(err);
	memcpy(kept, tops->top, tops->n * sizeof(*kept));
	e->top = kept;
	e->n_top = tops->n;
	return COORD_OK;
}

struct token_top {
	uint32_t token, inside;
	double weight;
};

static int
top_order(const void *a, const void *b)
{
	const struct token_top *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return (x->token > y->token) - (x->token < y->token);
}

/* Weight: members that carry it times how rare it is outside. */
static double
top_weight(const struct channel_input *in, enum layer layer, uint32_t token, uint32_t inside)
{
	const struct layer_tokens *l = &in->m->layers[layer];
	double outside = (double)l->token_nodes[token] - inside;
	double rest = (double)l->active - in->n;

	return inside * log10((rest + 1) / (outside + 1) + 1);
}

/* The tokens of the set's nodes, once for each node that carries one, ascending: the cost is the set's, not the batch's. */
static enum coord_err
list_tokens(const struct channel_input *in, const struct layer_tokens *l, struct arena *scratch,
    struct sort_pair **ret, uint32_t *ret_n, struct coord_error *err)
{
	struct sort_pair *tokens, *spare;
	uint32_t n = 0;

	for (uint32_t i = 0; i < in->n; i++)
		n += l->start[in->nodes[i] + 1] - l->start[in->nodes[i]];
	tokens = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
	spare = ARENA_ARRAY_RAW(scratch, n, struct sort_pair);
	if (tokens == NULL || spare == NULL)
		return model_full(err);
	*ret_n = n;
	n = 0;
	for (uint32_t i = 0; i < in->n; i++)
		for (uint32_t c = l->start[in->nodes[i]]; c < l->start[in->nodes[i] + 1]; c++)
			tokens[n++] = (struct sort_pair){ l->cell_token[l->cell[c]], 0 };
	sort_pairs(tokens, n, spare);
	*ret = tokens;
	return COORD_OK;
}

enum coord_err
channel_token_tops(const struct channel_input *in, enum layer layer, const char *kind,
    struct detect_evidence *e, struct coord_error *err)
{
	const struct layer_tokens *l = &in->m->layers[layer];
	struct arena_mark mark = arena_mark(in->arena);
	struct sort_pair *tokens;
	struct token_top *tops;
	struct token_top best[CHANNEL_TOPS];
	struct detect_top *out;
	uint32_t total, n = 0;

	TRY(list_tokens(in, l, in->arena, &tokens, &total, err));
	if ((tops = ARENA_ARRAY_RAW(in->arena, total / 2, struct token_top)) == NULL)
		return model_full(err);
	for (uint32_t from = 0, to; from < total; from = to) {
		uint32_t t = (uint32_t)tokens[from].key;

		for (to = from + 1; to < total && tokens[to].key == t; to++)
			continue;
		if (to - from >= 2 && l->token_text[t] != NULL)
			tops[n++] =
			    (struct token_top){ t, to - from, top_weight(in, layer, t, to - from) };
	}
	if (n > 0)
		qsort(tops, n, sizeof(*tops), top_order);
	n = n < CHANNEL_TOPS ? n : CHANNEL_TOPS;
	memcpy(best, tops, n * sizeof(*best));
	arena_rewind(in->arena, mark);
	if ((out = ARENA_ARRAY(in->arena, e->n_top + n, struct detect_top)) == NULL)
		return model_full(err);
	if (e->n_top > 0)
		memcpy(out, e->top, e->n_top * sizeof(*out));
	for (uint32_t i = 0; i < n; i++)
		out[e->n_top + i] =
		    (struct detect_top){ l->token_text[best[i].token], kind, best[i].inside,
			    l->token_nodes[best[i].token] - best[i].inside, best[i].weight };
	e->top = out;
	e->n_top += n;
	return COORD_OK;
}
