/* partition.c - the lower tail of channel D: do the nodes share out one list of credentials among them? Little overlap by
 * itself says nothing, two private lists have none either; so the union must make up a list that others are known by
 * (methods.md section 10 D; after the coordinated scans of Gates, NDSS 2009).
 * Statistics  overlap o = distinct / all (1: no credential twice), over credentials that three or more nodes carry, times
 *             1. how much of the most popular list of that length the union covers;
 *             2. the best Jaccard similarity of the union and the whole list of one other node.
 *             The smaller p of the two is judged against the same draws (minp.h).
 * Null        comparable attackers drawn at random (peers.h). Lists of which no other node has any part stay unseen. */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/peers.h"

enum { POPULAR, KNOWN_LIST, LEVELS, CARRIERS_LEAST = 3, CARRIERS_LOOKED_AT = 64, SIZE_LEAST = 8 };

struct lists {
	uint32_t *rank;    /* by item: how many are more popular */
	uint32_t *start;   /* by item, into carriers */
	uint32_t *carrier; /* rows, the first CARRIERS_LOOKED_AT of each item */
};

static void
walk(const struct model *m, uint32_t node, struct bag_sink *sink)
{
	const struct layer_tokens *l = &m->layers[LAYER_CREDENTIAL];

	for (uint32_t c = l->start[node]; c < l->start[node + 1]; c++) {
		uint32_t token = l->cell_token[l->cell[c]];

		bag_add(sink, l->token_hash[token], token);
	}
}

static const char *
token_text(const struct channel_input *in, uint64_t label)
{
	return in->m->layers[LAYER_CREDENTIAL].token_text[label];
}

static enum coord_err
make_lists(const struct bags *b, struct arena *scratch, struct lists *ret, struct coord_error *err)
{
	struct sort_pair *order = ARENA_ARRAY_RAW(scratch, b->n_items, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, b->n_items, struct sort_pair);

	*ret = (struct lists){ ARENA_ARRAY_RAW(scratch, b->n_items, uint32_t),
		ARENA_ARRAY(scratch, (size_t)b->n_items + 1, uint32_t),
		ARENA_ARRAY_RAW(scratch, (size_t)b->n_items * CARRIERS_LOOKED_AT, uint32_t) };
	if (order == NULL || spare == NULL || ret->rank == NULL || ret->start == NULL ||
	    ret->carrier == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_items; i++)
		order[i] = (struct sort_pair){ UINT32_MAX - b->carriers[i], i };
	sort_pairs(order, b->n_items, spare);
	for (uint32_t i = 0; i < b->n_items; i++)
		ret->rank[order[i].value] = i;
	for (uint32_t row = 0; row < b->library->n; row++)
		for (uint32_t k = b->start[row]; k < b->start[row + 1]; k++) {
			uint32_t item = b->item[k];

			if (ret->start[item] < CARRIERS_LOOKED_AT)
				ret->carrier[(size_t)item * CARRIERS_LOOKED_AT +
					     ret->start[item]++] = row;
		}
	return COORD_OK;
}

/* The best Jaccard similarity of the union and the list of a node outside the set. */
static double
best_list(const struct bags *b, const struct lists *lists, const struct tally *tally,
    const uint32_t *nodes, uint32_t n)
{
	uint32_t *both = tally->room;
	double best = 0;

	for (uint32_t i = 0; i < n; i++)
		both[b->library->row[nodes[i]]] =
		    UINT32_MAX / 2; /* never the best: more than any list holds */
	for (uint32_t i = 0; i < tally->n; i++) {
		const uint32_t *carrier =
		    lists->carrier + (size_t)tally->item[i] * CARRIERS_LOOKED_AT;

		for (uint32_t k = 0; k < lists->start[tally->item[i]]; k++) {
			uint32_t list = b->start[carrier[k] + 1] - b->start[carrier[k]];
			uint32_t shared = ++both[carrier[k]];

			if (shared < UINT32_MAX / 2)
				best = fmax(best, shared / ((double)tally->n + list - shared));
		}
	}
	for (uint32_t i = 0; i < n; i++)
		both[b->library->row[nodes[i]]] = 0;
	for (uint32_t i = 0; i < tally->n; i++)
		for (uint32_t k = 0; k < lists->start[tally->item[i]]; k++)
			both[lists->carrier[(size_t)tally->item[i] * CARRIERS_LOOKED_AT + k]] = 0;
	return best;
}

static void
measure(const struct peers *test, const uint32_t *nodes, uint32_t n, const struct tally *tally,
    struct arena *scratch, double *ret)
{
	const struct lists *lists = test->context;
	uint32_t popular = 0;
	double overlap;

	(void)scratch;
	if (tally->size < SIZE_LEAST)
		return;
	for (uint32_t i = 0; i < tally->n; i++)
		popular += lists->rank[tally->item[i]] < tally->size;
	overlap = (double)tally->n / tally->size;
	ret[POPULAR] = overlap * popular / tally->size;
	ret[KNOWN_LIST] = overlap * best_list(test->bags, lists, tally, nodes, n);
}

static enum coord_err
describe(const struct channel_input *in, const struct bags *b, const struct peers_result *r,
    struct arena *scratch, struct detect_evidence *e, struct coord_error *err)
{
	uint32_t size, distinct = 0;
	uint32_t *count = bags_count(b, r->nodes, r->n, scratch, &size);
	double *weight = ARENA_ARRAY(scratch, b->n_items, double);

	if (count == NULL || weight == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_items; i++) {
		distinct += count[i] > 0;
		weight[i] =
		    count[i] == 1 ? b->carriers[i] : 0; /* the known ones that one member took */
	}
	TRY(peers_tops(in, b, count, weight, "credential", token_text, e, err));
	e->detail = arena_printf(in->arena,
	    "Together the %u nodes tried %u of the credentials that others know too, %u of them "
	    "distinct; as a share-out of one known list that is %.1f times what comparable "
	    "attackers show.",
	    r->n, size, distinct, isnan(e->effect) ? 0 : e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct bags bags;
	struct lists lists;
	struct peers test = {
		.levels = LEVELS, .bags = &bags, .context = &lists, .measure = measure
	};
	struct peers_result r;

	TRY(bags_make(in, &channel_partition, scratch, &bags, err));
	TRY(make_lists(&bags, scratch, &lists, err));
	test.work = in->m->n_nodes / 4 + 20 * (uint64_t)CARRIERS_LOOKED_AT * in->n;
	TRY(peers_run(in, &test, scratch, &r, e, err));
	if (r.abstained)
		return COORD_OK;
	if (r.value[POPULAR] <= 0 && r.value[KNOWN_LIST] <= 0) {
		e->abstained = true;
		e->p = e->log_e = NAN;
		e->detail = "Too few credentials that others know too.";
		return COORD_OK;
	}
	return describe(in, &bags, &r, scratch, e, err);
}

static enum coord_err
partition_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_partition = {
	.name = "partition",
	.key = NULL,
	.title = "Sharing out one list of credentials",
	.family = FAMILY_CONTENT,
	.layers = CHANNEL_LAYER(LAYER_CREDENTIAL),
	.null_name = PEERS_NULL_NAME,
	.null_meaning = PEERS_NULL_MEANING,
	.test = partition_test,
	.walk = walk,
	.carriers_least = CARRIERS_LEAST,
};
