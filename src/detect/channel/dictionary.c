/* dictionary.c - channel D: do the nodes try the same credentials more than their tools explain?
 * Statistic  R = sum over credentials of C(n_v, 2), n_v = nodes of the set that tried v; upper tail: a replicated list.
 * Null       curveball worlds within tool strata (methods.md section 10 D). */
#include <math.h>

#include "detect/channel/channel.h"

enum {
	FEW_OF_MANY =
	    64 /* one in so many tokens of the batch is cheaper sorted than counted by token */
};

static uint32_t
supporting(const struct model *m, const uint32_t *nodes, uint32_t n)
{
	uint32_t supported = 0;

	for (uint32_t i = 0; i < n; i++)
		supported += model_degree(m, LAYER_CREDENTIAL, nodes[i]) > 0;
	return supported;
}

/* C(k, 2) grows by the carriers before the k-th. */
static double
count_by_token(const struct world *w, const uint32_t *nodes, uint32_t n, uint32_t *count)
{
	const struct layer_tokens *l = &w->m->layers[LAYER_CREDENTIAL];
	double shared = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t c = l->start[nodes[i]]; c < l->start[nodes[i] + 1]; c++)
			shared += count[w->token[LAYER_CREDENTIAL][c]]++;
	return shared;
}

/* The same for few tokens of many: sorted, equal ones lie side by side. */
static double
count_runs(const struct world *w, const uint32_t *nodes, uint32_t n, struct sort_pair *tokens,
    struct sort_pair *spare)
{
	const struct layer_tokens *l = &w->m->layers[LAYER_CREDENTIAL];
	uint32_t total = 0, before = 0;
	double shared = 0;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t c = l->start[nodes[i]]; c < l->start[nodes[i] + 1]; c++)
			tokens[total++] = (struct sort_pair){ w->token[LAYER_CREDENTIAL][c], 0 };
	sort_pairs(tokens, total, spare);
	for (uint32_t i = 1; i < total; i++) {
		before = tokens[i].key == tokens[i - 1].key ? before + 1 : 0;
		shared += before;
	}
	return shared;
}

static double
dictionary_statistic(
    const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed, struct arena *scratch)
{
	const struct layer_tokens *l = &w->m->layers[LAYER_CREDENTIAL];
	struct arena_mark mark = arena_mark(scratch);
	uint32_t total = 0;
	double shared = NAN;

	(void)seed;
	if (supporting(w->m, nodes, n) < 2)
		return NAN;
	for (uint32_t i = 0; i < n; i++)
		total += l->start[nodes[i] + 1] - l->start[nodes[i]];
	if (total < l->n_tokens / FEW_OF_MANY) {
		struct sort_pair *tokens = ARENA_ARRAY_RAW(scratch, total, struct sort_pair);
		struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, total, struct sort_pair);

		if (tokens != NULL && spare != NULL)
			shared = count_runs(w, nodes, n, tokens, spare);
	} else {
		uint32_t *count = ARENA_ARRAY(scratch, l->n_tokens, uint32_t);

		if (count != NULL)
			shared = count_by_token(w, nodes, n, count);
	}
	arena_rewind(scratch, mark);
	return shared;
}

static enum coord_err
dictionary_describe(
    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	e->n = supporting(in->m, in->nodes, in->n);
	TRY(channel_token_tops(in, LAYER_CREDENTIAL, "credential", e, err));
	e->detail = arena_printf(in->arena, "%u of %u nodes tried credentials; %s.", e->n, in->n,
	    channel_times(in, e, "sharing of credentials"));
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

const struct channel channel_dictionary = {
	.name = "dictionary",
	.key = NULL,
	.title = "Trying the same credentials",
	.family = FAMILY_CONTENT,
	.layers = CHANNEL_LAYER(LAYER_CREDENTIAL),
	.null_name = "curveball swaps within tool strata",
	.null_meaning = "what was done swapped among attackers with the same tool, keeping how "
			"common each thing is and how much each attacker did",
	.statistic = dictionary_statistic,
	.describe = dictionary_describe,
};
