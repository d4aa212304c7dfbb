/* behaviour.c - channel B: do the nodes do the same things more than their tools explain?
 * Statistic  mean over pairs of different sources of the clipped log10 e-values of the command, web and packet layers.
 * Null       whole nodes exchanged within tools, the reference's among them (model/world.h); curveball worlds where a set
 *            leaves nobody to exchange with: every node keeps its number of tokens, every token its nodes in each tool
 *            stratum (methods.md sections 10 B and 11). Selection by similarity is the whole-pipeline null's business. */
#include <math.h>

#include "detect/channel/channel.h"

static const enum layer layers[] = { LAYER_COMMAND, LAYER_WEB, LAYER_PACKET };
enum { LAYERS = sizeof(layers) / sizeof(layers[0]) };

static double
pair_log10_e(const struct world *w, uint32_t a, uint32_t b)
{
	double sum = 0;

	for (size_t l = 0; l < LAYERS; l++) {
		double log10_e = edges_pair_log_e(w, layers[l], a, b) / 2.302585092994046;

		if (log10_e > 0)
			sum += log10_e < EDGE_LOG10_MOST ? log10_e : EDGE_LOG10_MOST;
	}
	return sum;
}

static uint32_t
supporting(const struct model *m, const uint32_t *nodes, uint32_t n)
{
	uint32_t supported = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool any = false;

		for (size_t l = 0; l < LAYERS; l++)
			any = any || model_degree(m, layers[l], nodes[i]) > 0;
		supported += any;
	}
	return supported;
}

static double
behaviour_statistic(
    const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed, struct arena *scratch)
{
	uint32_t pairs = channel_pairs(n), used = 0;
	double sum = 0;

	(void)scratch;
	if (supporting(w->m, nodes, n) < 2)
		return NAN;
	for (uint32_t i = 0; i < pairs; i++) {
		uint32_t a, b;

		if (!channel_pair(w, nodes, n, seed, i, &a, &b))
			continue;
		sum += pair_log10_e(w, a, b);
		used++;
	}
	return used == 0 ? NAN : sum / used;
}

static enum coord_err
behaviour_describe(
    const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	e->n = supporting(in->m, in->nodes, in->n);
	TRY(channel_token_tops(in, LAYER_COMMAND, "command", e, err));
	TRY(channel_token_tops(in, LAYER_WEB, "request", e, err));
	TRY(channel_token_tops(in, LAYER_PACKET, "fingerprint", e, err));
	e->detail = arena_printf(in->arena,
	    "%u of %u nodes left commands, requests or packet fingerprints; %s.", e->n, in->n,
	    channel_times(in, e, "what a pair of them shares"));
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

const struct channel channel_behaviour = {
	.name = "behavior",
	.key = "behavioral_similarity",
	.title = "Doing the same things",
	.family = FAMILY_CONTENT,
	.layers =
	    CHANNEL_LAYER(LAYER_COMMAND) | CHANNEL_LAYER(LAYER_WEB) | CHANNEL_LAYER(LAYER_PACKET),
	.null_name = "curveball swaps within tool strata",
	.null_meaning = "what was done swapped among attackers with the same tool, keeping how "
			"common each thing is and how much each attacker did",
	.statistic = behaviour_statistic,
	.describe = behaviour_describe,
};
