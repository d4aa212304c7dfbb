/* payload.c - channel P: near-identical, not identical payloads.
 * Statistic  pairs of nodes of different sources whose payload sketches have Jaccard >= 0.5 without being identical:
 *            builds of one source, salted copies. Identical payloads are the behaviour channel's and the artefacts'.
 * Null       payloads permuted among the nodes of a tool stratum that brought any (methods.md section 10 P). */
#include <math.h>

#include "detect/channel/channel.h"

static const double near_jaccard = 0.5;

static double
sketch_jaccard(const struct payload_sketch *a, const struct payload_sketch *b)
{
	uint32_t both = 0, seen = 0;

	/* of the smallest k of the union, the share that both have (k = the sketch size) */
	for (uint32_t i = 0, j = 0; seen < PAYLOAD_SKETCH && (i < a->n || j < b->n); seen++) {
		if (j == b->n || (i < a->n && a->smallest[i] < b->smallest[j])) {
			i++;
		} else if (i == a->n || b->smallest[j] < a->smallest[i]) {
			j++;
		} else {
			both++;
			i++;
			j++;
		}
	}
	return seen == 0 ? 0 : (double)both / seen;
}

static bool
near_duplicates(const struct world *w, uint32_t a, uint32_t b)
{
	const struct payload_sketch *x = &w->m->payloads[w->node_payload[a]];
	const struct payload_sketch *y = &w->m->payloads[w->node_payload[b]];

	return x->n > 0 && y->n > 0 && x->identity != y->identity &&
	       sketch_jaccard(x, y) >= near_jaccard;
}

static uint32_t
supporting(const struct model *m, const uint32_t *nodes, uint32_t n)
{
	uint32_t supported = 0;

	for (uint32_t i = 0; i < n; i++)
		supported += m->payloads[nodes[i]].n > 0;
	return supported;
}

static double
payload_statistic(
    const struct world *w, const uint32_t *nodes, uint32_t n, uint64_t seed, struct arena *scratch)
{
	uint32_t pairs = channel_pairs(n);
	double near = 0;

	(void)scratch;
	if (supporting(w->m, nodes, n) < 2)
		return NAN;
	for (uint32_t i = 0; i < pairs; i++) {
		uint32_t a, b;

		if (channel_pair(w, nodes, n, seed, i, &a, &b))
			near += near_duplicates(w, a, b);
	}
	return near;
}

static enum coord_err
payload_describe(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	struct detect_top *tops = ARENA_ARRAY(in->arena, CHANNEL_TOPS, struct detect_top);
	uint32_t pairs = channel_pairs(in->n), near = 0;

	if (tops == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < pairs; i++) {
		uint32_t a, b;

		if (!channel_pair(in->observed, in->nodes, in->n, in->seed, i, &a, &b) ||
		    !near_duplicates(in->observed, a, b))
			continue;
		near++;
		if (e->n_top < CHANNEL_TOPS)
			tops[e->n_top++] =
			    (struct detect_top){ in->m->payloads[a].text, "payload", 2, 0, 1 };
	}
	e->top = tops;
	e->n = supporting(in->m, in->nodes, in->n);
	e->detail = arena_printf(in->arena,
	    "%u of %u nodes brought payloads; %u of %u pairs looked at are near-identical without "
	    "being the same.",
	    e->n, in->n, near, pairs);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

const struct channel channel_payload = {
	.name = "payload",
	.key = "payload_similarity",
	.title = "Bringing near-identical payloads",
	.family = FAMILY_CONTENT,
	.layers = 0,
	.null_name = "payloads permuted within tool strata",
	.null_meaning = "payloads dealt out anew among attackers with the same tool",
	.statistic = payload_statistic,
	.describe = payload_describe,
};
