/* handover.c - success hand-over: does a credential that let one node in turn up, for the first time, at another soon after?
 * Whoever scans and whoever logs in later then share what was found (methods.md section 10 D).
 * Statistic  sum of ln(N / carriers) over (node, credential) pairs where the node's first use lies within an hour after the
 *            credential's first success for a node of another source in the set, and comes straight: at most two other
 *            attempts by the node in the ten minutes before. Who goes through a list was handed nothing.
 * Null       comparable attackers of the same days drawn at random (peers.h): how often a popular password passes by chance
 *            between attackers of one day is in the draws. */
#include <math.h>
#include <stdlib.h>

#include "detect/channel/peers.h"

enum {
	CARRIERS_LEAST = 2,
	NODES_LOOKED_AT = 64,
	HANDOVER_S = 3600,
	ATTEMPTS_BEFORE = 3, /* the third one before lies back DIRECT_S or more */
	DIRECT_S = 600
};

struct use_time {
	int64_t first, success; /* INT64_MAX: never */
	uint32_t node;
	bool direct; /* the first use came straight, not down a list */
};

struct uses {
	const struct model *m;
	struct use_time *at; /* beside bags.item */
};

static uint64_t
credential_hash(const struct session_table *t, const struct session_item *item)
{
	return hash_mix(strtab_hash(t->strings, item->a), strtab_hash(t->strings, item->b));
}

static void
walk(const struct model *m, uint32_t node, struct bag_sink *sink)
{
	const struct session_table *t = m->table;

	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++)
		for (uint32_t k = t->item_start[m->node_sessions[i]];
		     k < t->item_start[m->node_sessions[i] + 1]; k++)
			if (t->items[k].kind == ITEM_CREDENTIAL)
				bag_add(sink, credential_hash(t, &t->items[k]), k);
}

static const char *
credential_text(const struct channel_input *in, uint64_t label)
{
	const struct session_table *t = in->m->table;
	struct sv user = sv_first(strtab_get(t->strings, t->items[label].a), 100);
	struct sv password = sv_first(strtab_get(t->strings, t->items[label].b), 100);

	return arena_printf(in->arena, "%.*s / %.*s", SV_ARG(user), SV_ARG(password));
}

/* Where in bags.item a node has the credential; UINT32_MAX: left out. */
static uint32_t
place_of(const struct bags *b, uint32_t node, uint64_t hash)
{
	uint32_t low = bag_from(b, node), high = bag_to(b, node);

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (b->hash[b->item[mid]] < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low < bag_to(b, node) && b->hash[b->item[low]] == hash ? low : UINT32_MAX;
}

static void
time_node(const struct bags *b, uint32_t node, const struct uses *u)
{
	const struct model *m = u->m;
	const struct session_table *t = m->table;
	int64_t before[ATTEMPTS_BEFORE] = { INT64_MIN / 2, INT64_MIN / 2, INT64_MIN / 2 };
	uint32_t attempts = 0;

	for (uint32_t k = bag_from(b, node); k < bag_to(b, node); k++)
		u->at[k] = (struct use_time){ INT64_MAX, INT64_MAX, node, false };
	for (uint32_t i = m->node_sessions_start[node]; i < m->node_sessions_start[node + 1]; i++) {
		uint32_t row = m->node_sessions[i];

		for (uint32_t k = t->item_start[row]; k < t->item_start[row + 1]; k++) {
			const struct session_item *item = &t->items[k];
			int64_t at = t->start_us[row] + (int64_t)item->offset_ms * 1000;
			uint32_t place;
			bool direct;

			if (item->kind != ITEM_CREDENTIAL)
				continue;
			direct = at - before[attempts % ATTEMPTS_BEFORE] > DIRECT_S * TIME_SECOND;
			before[attempts++ % ATTEMPTS_BEFORE] = at;
			place = place_of(b, node, credential_hash(t, item));
			if (place == UINT32_MAX)
				continue;
			if (at < u->at[place].first) {
				u->at[place].first = at;
				u->at[place].direct = direct;
			}
			if ((item->flags & ITEM_SUCCESS) != 0 && at < u->at[place].success)
				u->at[place].success = at;
		}
	}
}

static void
prepare(const struct peers *test, uint32_t node)
{
	time_node(test->bags, node, test->context);
}

/* Did one of the uses before pass it on to this one? */
static bool
handed_over(
    const struct uses *u, const struct use_time *to, const struct use_time *const *uses, uint32_t n)
{
	for (uint32_t i = 0; to->direct && i < n; i++) {
		const struct use_time *from = uses[i];

		if (from->success < to->first &&
		    to->first - from->success <= HANDOVER_S * TIME_SECOND &&
		    u->m->node_source[from->node] != u->m->node_source[to->node])
			return true;
	}
	return false;
}

/* Hand-overs of all credentials in a set, weighed; each one's share goes into `weight` (by item; NULL allowed). */
static double
weigh_handovers(const struct bags *b, const struct uses *u, const uint32_t *nodes, uint32_t n,
    const uint32_t *count, uint32_t size, struct arena *scratch, double *weight, uint32_t *ret_n)
{
	uint32_t used = 0;
	double sum = 0;
	struct sort_pair *sorted = ARENA_ARRAY_RAW(scratch, size, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, size, struct sort_pair);

	*ret_n = 0;
	if (sorted == NULL || spare == NULL)
		return 0;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = bag_from(b, nodes[i]); k < bag_to(b, nodes[i]); k++)
			if (count[b->item[k]] > 1)
				sorted[used++] = (struct sort_pair){ b->item[k], k };
	sort_pairs(sorted, used, spare);
	for (uint32_t from = 0, to; from < used; from = to) {
		const struct use_time *uses[NODES_LOOKED_AT];
		uint32_t item = (uint32_t)sorted[from].key, k = 0, passed = 0;
		double one;

		for (to = from; to < used && sorted[to].key == item; to++)
			if (k < NODES_LOOKED_AT)
				uses[k++] = &u->at[sorted[to].value];
		for (uint32_t i = 0; i < k; i++)
			passed += handed_over(u, uses[i], uses, k);
		one = passed == 0 ? 0 : passed * log((double)u->m->n_nodes / b->carriers[item]);
		if (weight != NULL)
			weight[item] = one;
		sum += one;
		*ret_n += passed;
	}
	return sum;
}

static void
measure(const struct peers *test, const uint32_t *nodes, uint32_t n, const struct tally *tally,
    struct arena *scratch, double *ret)
{
	uint32_t passed;

	ret[0] = weigh_handovers(
	    test->bags, test->context, nodes, n, tally->count, tally->size, scratch, NULL, &passed);
}

static enum coord_err
describe(const struct channel_input *in, const struct bags *b, const struct uses *u,
    const struct peers_result *r, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	uint32_t passed, size, *count = bags_count(b, r->nodes, r->n, scratch, &size);
	double *weight = ARENA_ARRAY(scratch, b->n_items, double);

	if (count == NULL || weight == NULL)
		return model_full(err);
	(void)weigh_handovers(b, u, r->nodes, r->n, count, size, scratch, weight, &passed);
	TRY(peers_tops(in, b, count, weight, "credential", credential_text, e, err));
	e->detail = arena_printf(in->arena,
	    "%u times a credential that had let one source in was first used by another within "
	    "an hour; weighed by how rare the credentials are, %.1f times what comparable "
	    "attackers show.",
	    passed, isnan(e->effect) ? 0 : e->effect);
	return e->detail == NULL ? model_full(err) : COORD_OK;
}

static bool
any_success(const struct bags *b, const struct uses *u, const struct channel_input *in)
{
	for (uint32_t i = 0; i < in->n; i++)
		for (uint32_t k = bag_from(b, in->nodes[i]); k < bag_to(b, in->nodes[i]); k++)
			if (u->at[k].success != INT64_MAX)
				return true;
	return false;
}

static enum coord_err
test_with(const struct channel_input *in, struct arena *scratch, struct detect_evidence *e,
    struct coord_error *err)
{
	struct bags bags;
	struct uses uses = { .m = in->m };
	struct peers test = {
		.levels = 1, .bags = &bags, .context = &uses, .prepare = prepare, .measure = measure
	};
	struct peers_result r;

	TRY(bags_make(in, &channel_handover, scratch, &bags, err));
	uses.at = ARENA_ARRAY_RAW(scratch, bags.start[bags.library->n], struct use_time);
	if (uses.at == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++)
		time_node(&bags, in->nodes[i], &uses);
	if (!any_success(&bags, &uses, in)) {
		e->abstained = true;
		e->detail = "No credential that others use as well let any of the nodes in.";
		return COORD_OK;
	}
	TRY(peers_run(in, &test, scratch, &r, e, err));
	return r.abstained ? COORD_OK : describe(in, &bags, &uses, &r, scratch, e, err);
}

static enum coord_err
handover_test(const struct channel_input *in, struct detect_evidence *e, struct coord_error *err)
{
	return channel_in_scratch(in, e, test_with, err);
}

const struct channel channel_handover = {
	.name = "handover",
	.key = NULL,
	.title = "Passing on credentials that worked",
	.family = FAMILY_CONTENT,
	.layers = CHANNEL_LAYER(LAYER_CREDENTIAL),
	.null_name = PEERS_NULL_NAME,
	.null_meaning = PEERS_NULL_MEANING,
	.test = handover_test,
	.walk = walk,
	.carriers_least = CARRIERS_LEAST,
};
