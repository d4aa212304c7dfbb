/* order.c - the credential order (methods.md section 5, CRED-ORD): do the nodes go through their attempts in one order?
 * Statistic  sum over ordered triples of successive attempts of C(n, 2) ln(N / carriers), n = nodes of the set that have
 *            the triple: rare orders count, those of a public list that everybody runs hardly do.
 * Null       comparable attackers drawn at random (peers.h). */
#include <math.h>

#include "detect/channel/peers.h"

enum { TRIPLE = 3, CARRIERS_LEAST = 2 /* what one node has alone is shared with nobody */ };

/* The label: the item in the table at which the triple ends. */
static void
walk(const struct model *m, uint32_t node, struct bag_sink *sink)
{
	const struct session_table *t = m->table;
	uint64_t before[TRIPLE - 1] = { 0 };
	uint32_t seen = 0;

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++)
		for (uint32_t k = t->item_start[m->node_sessions[i]];
		     k < t->item_start[m->node_sessions[i] + 1]; k++) {
			const struct session_item *item = &t->items[k];
			uint64_t h;

			if (item->kind != ITEM_CREDENTIAL)
				continue;
			h = hash_mix(
			    strtab_hash(t->strings, item->a), strtab_hash(t->strings, item->b));
			/* one credential tried over and over has no order */
			if (++seen >= TRIPLE && h != before[1] && h != before[0])
				bag_add(sink, hash_mix(hash_mix(before[0], before[1]), h), k);
			before[0] = before[1];
			before[1] = h;
		}
}

static const char *
triple_text(const struct channel_input *in, uint64_t label)
{
	const struct session_table *t = in->m->table;
	const struct session_item *item = &t->items[label];
	struct sv user = sv_first(strtab_get(t->strings, item->a), 60);
	struct sv password = sv_first(strtab_get(t->strings, item->b), 60);

	return arena_printf(
	    in->arena, "two others, then %.*s / %.*s", SV_ARG(user), SV_ARG(password));
}

static double
item_weight(const struct bags *b, uint32_t item, uint32_t count, double compared)
{
	return count < 2 ? 0 : (double)count * (count - 1) / 2 * log(compared / b->carriers[item]);
}

static void
measure(const struct peers *test, const uint32_t *nodes, uint32_t n, const struct tally *tally,
    struct arena *scratch, double *ret)
{
	(void)nodes;
	(void)n;
	(void)scratch;
	for (uint32_t k = 0; k < tally->n; k++)
		ret[0] += item_weight(test->bags, tally->item[k], tally->count[tally->item[k]],
		    *(const double *)test->context);
}

static enum coord_err
describe(const struct channel_input *in, const struct bags *b, const struct peers_result *r,
    double compared, struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	uint32_t *count = bags_count(b, r->nodes, r->n, scratch, NULL), shared = 0;
	double *weight = ARENA_ARRAY_RAW(scratch, b->n_items, double);

	if (count == NULL || weight == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_items; i++) {
		shared += count[i] > 1;
		weight[i] = item_weight(b, i, count[i], compared);
	}
	TRY(peers_tops(in, b, count, weight, "credential", triple_text, e, err));
	e->detail = arena_printf(in->arena,
	    "%u runs of three attempts in the same order are shared by two or more of the %u "
	    "nodes; weighed by how rare they are, %.1f times what comparable attackers share.",
	    shared, r->n, isnan(e->effect) ? 0 : e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct bags bags;
	double compared = in->m->n_nodes;
	struct peers test = { .levels = 1,
		.bags = &bags,
		.by_added = true,
		.context = &compared,
		.measure = measure };
	struct peers_result r;

	TRY(bags_make(in, &channel_order, scratch, &bags, err));
	TRY(peers_run(in, &test, scratch, &r, e, err));
	return r.abstained ? COORD_OK : describe(in, &bags, &r, compared, scratch, e, err);
}

static enum coord_err
order_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_order = {
	.name = "order",
	.key = NULL,
	.title = "Trying credentials in the same order",
	.family = FAMILY_CONTENT,
	.layers = CHANNEL_LAYER(LAYER_CREDENTIAL),
	.null_name = PEERS_NULL_NAME,
	.null_meaning = PEERS_NULL_MEANING,
	.test = order_test,
	.walk = walk,
	.carriers_least = CARRIERS_LEAST,
};
