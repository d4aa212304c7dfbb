/* peers.c - see peers.h. */
#include "detect/channel/peers.h"

#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

enum {
	STAGE_PEERS = 40,
	STRATUM_NODES_MOST =
	    4000, /* of a stratum, so that a large batch costs no more than a small one */
	NODE_ITEMS_MOST = 2000,
	GROUP_LEAST = 12,
	GROUP_TIMES = 4, /* nodes to choose from for each one needed */
	WORK_MOST = 60000000,
	DRAWS_MOST = 9999,
	FLOYD_MOST = 64
};

/* The nodes of the members' strata: all, or every k-th and the members. */
static uint32_t
comparable_nodes(const struct channel_input *in, struct arena *scratch, uint32_t **ret)
{
	const struct model *m = in->m;
	bool *asked = ARENA_ARRAY(scratch, m->n_strata, bool);
	uint32_t *seen = ARENA_ARRAY(scratch, m->n_strata, uint32_t);
	uint32_t *nodes = ARENA_ARRAY_RAW(scratch, m->n_nodes, uint32_t);
	uint32_t n = 0, member = 0;

	*ret = nodes;
	if (asked == NULL || seen == NULL || nodes == NULL)
		return 0;
	for (uint32_t i = 0; i < in->n; i++)
		asked[m->node_stratum[in->nodes[i]]] = true;
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		uint32_t s = m->node_stratum[i];
		uint32_t step = m->strata[s].nodes / STRATUM_NODES_MOST + 1;

		if (member < in->n && in->nodes[member] == i) {
			nodes[n++] = i;
			member++;
		} else if (asked[s] && seen[s]++ % step == 0) {
			nodes[n++] = i;
		}
	}
	return n;
}

struct use {
	uint64_t hash, label;
	uint32_t node;
};

struct bag_sink {
	struct use *uses; /* NULL: only counted */
	size_t n;
	uint32_t node, of_node;
};

void
bag_add(struct bag_sink *sink, uint64_t hash, uint64_t label)
{
	if (sink->of_node == NODE_ITEMS_MOST)
		return;
	sink->of_node++;
	if (sink->uses != NULL)
		sink->uses[sink->n] = (struct use){ hash, label, sink->node };
	sink->n++;
}

static void
walk_nodes(const struct model *m, const uint32_t *nodes, uint32_t n,
    void (*walk)(const struct model *m, uint32_t node, struct bag_sink *sink),
    struct bag_sink *sink)
{
	sink->n = 0;
	for (uint32_t i = 0; i < n; i++) {
		sink->node = nodes[i];
		sink->of_node = 0;
		walk(m, nodes[i], sink);
	}
}

/* Numbers the items in order of their hashes; equal uses of one node become one. `sorted` is compacted to (item, use). */
static size_t
number_items(
    const struct use *uses, struct sort_pair *sorted, size_t n, uint32_t least, struct bags *b)
{
	size_t kept = 0;

	for (size_t from = 0, to; from < n; from = to) {
		uint64_t hash = sorted[from].key; /* overwritten below */
		size_t first = kept;
		uint32_t last = UINT32_MAX;

		for (to = from; to < n && sorted[to].key == hash; to++) {
			uint32_t use = sorted[to].value;

			if (uses[use].node == last)
				continue;
			last = uses[use].node;
			sorted[kept++] = (struct sort_pair){ b->n_items, use };
		}
		if (kept - first < least) {
			kept = first;
			continue;
		}
		b->carriers[b->n_items] = (uint32_t)(kept - first);
		b->hash[b->n_items] = hash;
		b->label[b->n_items++] = uses[sorted[first].value].label;
	}
	return kept;
}

enum coord_err
bags_make(const struct channel_input *in,
    void (*walk)(const struct model *m, uint32_t node, struct bag_sink *sink), uint32_t least,
    struct arena *scratch, struct bags *ret, struct coord_error *err)
{
	const struct model *m = in->m;
	struct bag_sink sink = { .n = 0 };
	struct sort_pair *sorted, *spare;
	uint32_t *nodes, n = comparable_nodes(in, scratch, &nodes);
	size_t uses;

	if (n == 0)
		return model_full(err);
	walk_nodes(m, nodes, n, walk, &sink);
	uses = sink.n;
	*ret = (struct bags){ .start = ARENA_ARRAY(scratch, (size_t)m->n_nodes + 1, uint32_t),
		.added = ARENA_ARRAY(scratch, m->n_nodes, uint32_t),
		.item = ARENA_ARRAY_RAW(scratch, uses, uint32_t),
		.carriers = ARENA_ARRAY_RAW(scratch, uses, uint32_t),
		.hash = ARENA_ARRAY_RAW(scratch, uses, uint64_t),
		.label = ARENA_ARRAY_RAW(scratch, uses, uint64_t) };
	sink.uses = ARENA_ARRAY_RAW(scratch, uses, struct use);
	sorted = ARENA_ARRAY_RAW(scratch, uses, struct sort_pair);
	spare = ARENA_ARRAY_RAW(scratch, uses, struct sort_pair);
	if (ret->start == NULL || ret->added == NULL || ret->item == NULL ||
	    ret->carriers == NULL || ret->hash == NULL || ret->label == NULL || sink.uses == NULL ||
	    sorted == NULL || spare == NULL)
		return model_full(err);
	walk_nodes(m, nodes, n, walk, &sink);
	for (size_t i = 0; i < uses; i++)
		ret->added[sink.uses[i].node]++;
	for (size_t i = 0; i < uses; i++)
		sorted[i] = (struct sort_pair){ sink.uses[i].hash, (uint32_t)i };
	sort_pairs(sorted, uses, spare);
	uses = number_items(sink.uses, sorted, uses, least, ret);
	for (size_t i = 0; i < uses; i++)
		ret->start[sink.uses[sorted[i].value].node + 1]++;
	for (uint32_t i = 0; i < m->n_nodes; i++)
		ret->start[i + 1] += ret->start[i];
	/* in order of items, so each node's are ascending; start[] is shifted while filling */
	for (size_t i = 0; i < uses; i++)
		ret->item[ret->start[sink.uses[sorted[i].value].node]++] = (uint32_t)sorted[i].key;
	memmove(ret->start + 1, ret->start, m->n_nodes * sizeof(*ret->start));
	ret->start[0] = 0;
	return COORD_OK;
}

uint32_t *
bags_count(
    const struct bags *b, const uint32_t *nodes, uint32_t n, struct arena *scratch, uint32_t *size)
{
	uint32_t *count = ARENA_ARRAY(scratch, b->n_items, uint32_t), all = 0;

	for (uint32_t i = 0; count != NULL && i < n; i++)
		for (uint32_t k = b->start[nodes[i]]; k < b->start[nodes[i] + 1]; k++, all++)
			count[b->item[k]]++;
	if (size != NULL)
		*size = all;
	return count;
}

static uint32_t
activity(const struct peers *test, uint32_t node)
{
	return test->by_added ? test->bags->added[node] : bag_size(test->bags, node);
}

/* Nodes among which a member may be exchanged. */
struct group {
	uint32_t from, to; /* in draws.nodes */
	uint32_t needed;
};

struct draws {
	const struct channel_input *in;
	const struct peers *test;
	uint32_t *nodes; /* comparable, with something to compare; by group */
	struct group *groups;
	uint32_t n_groups, n, most;
};

/* Exact to 8, four steps to the doubling beyond. */
static uint32_t
magnitude(uint32_t size)
{
	uint32_t steps = 0;

	for (; size > 8; size = size * 27 / 32) /* 2^(-1/4) */
		steps++;
	return steps + size;
}

/* (stratum, day of the first visit, size) as a number to sort by: neighbours are nearly comparable. */
static uint64_t
class_of(const struct channel_input *in, const struct peers *test, uint32_t node)
{
	const struct model *m = in->m;
	int64_t day = m->visits[m->node_visits_start[node]].start_us / (86400 * TIME_SECOND);

	return (uint64_t)m->node_stratum[node] << 32 | (uint64_t)(day & 0xffffff) << 8 |
	       magnitude(activity(test, node));
}

static bool
roomy(const struct group *g)
{
	return g->to - g->from >= GROUP_LEAST && g->to - g->from >= GROUP_TIMES * g->needed;
}

/* Classes of one stratum, joined with the next ones until there is room to choose. */
static void
make_groups(const struct sort_pair *sorted, uint32_t n, const bool *member, struct draws *d)
{
	for (uint32_t from = 0, to; from < n; from = to) {
		struct group *last = d->n_groups == 0 ? NULL : &d->groups[d->n_groups - 1];
		bool joins = last != NULL &&
			     sorted[last->from].key >> 32 == sorted[from].key >> 32 && !roomy(last);
		uint32_t needed = 0;

		for (to = from; to < n && sorted[to].key == sorted[from].key; to++)
			needed += member[sorted[to].value];
		if (joins) {
			last->to = to;
			last->needed += needed;
		} else {
			d->groups[d->n_groups++] = (struct group){ from, to, needed };
		}
	}
	/* the rest of a stratum joins the group before it */
	for (uint32_t g = d->n_groups; g-- > 1;)
		if (!roomy(&d->groups[g]) && sorted[d->groups[g - 1].from].key >> 32 ==
						 sorted[d->groups[g].from].key >> 32) {
			d->groups[g - 1].to = d->groups[g].to;
			d->groups[g - 1].needed += d->groups[g].needed;
			d->groups[g] = (struct group){ 0, 0, 0 };
		}
}

static enum coord_err
plan(struct draws *d, struct arena *scratch, struct coord_error *err)
{
	const struct channel_input *in = d->in;
	uint32_t all = in->m->n_nodes, n = 0;
	bool *member = ARENA_ARRAY(scratch, all, bool);
	struct sort_pair *sorted = ARENA_ARRAY_RAW(scratch, all, struct sort_pair);
	struct sort_pair *spare = ARENA_ARRAY_RAW(scratch, all, struct sort_pair);

	d->nodes = ARENA_ARRAY_RAW(scratch, all, uint32_t);
	d->groups = ARENA_ARRAY_RAW(scratch, all, struct group);
	if (member == NULL || sorted == NULL || spare == NULL || d->nodes == NULL ||
	    d->groups == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++)
		member[in->nodes[i]] = true;
	for (uint32_t i = 0; i < all; i++)
		if (activity(d->test, i) > 0)
			sorted[n++] = (struct sort_pair){ class_of(in, d->test, i), i };
	sort_pairs(sorted, n, spare);
	make_groups(sorted, n, member, d);
	for (uint32_t i = 0; i < n; i++)
		d->nodes[i] = sorted[i].value;
	return COORD_OK;
}

/* `k` of a group's nodes without replacement: Floyd's algorithm for few of many (Bentley & Floyd 1987), else selection
 * sampling (Knuth 3.4.2 S). */
static void
draw_from(const uint32_t *from, uint32_t all, uint32_t k, struct rng *rng, uint32_t *ret)
{
	uint32_t n = 0;

	if (k > FLOYD_MOST || all < 8 * k) {
		for (uint32_t i = 0; n < k; i++)
			if (rng_below(rng, all - i) < k - n)
				ret[n++] = from[i];
		return;
	}
	for (uint32_t j = all - k; j < all; j++) {
		uint32_t pick = rng_below(rng, j + 1);

		for (uint32_t i = 0; i < n; i++)
			if (ret[i] == from[pick]) {
				pick = j;
				break;
			}
		ret[n++] = from[pick];
	}
}

/* Nodes in the members' place. Returns how many. */
static uint32_t
draw_nodes(const struct draws *d, uint32_t index, uint32_t *ret)
{
	uint32_t n = 0;

	for (uint32_t g = 0; g < d->n_groups; g++) {
		const struct group *group = &d->groups[g];
		struct rng rng;

		if (group->needed == 0)
			continue;
		rng = rng_at(d->in->seed, STAGE_PEERS, index, g);
		draw_from(
		    d->nodes + group->from, group->to - group->from, group->needed, &rng, ret + n);
		n += group->needed;
	}
	return n;
}

static void
draw(void *context, uint32_t index, struct arena *scratch, double *ret)
{
	const struct draws *d = context;
	uint32_t *nodes = ARENA_ARRAY_RAW(scratch, d->n, uint32_t);

	if (nodes != NULL)
		d->test->measure(d->test, nodes, draw_nodes(d, index, nodes), scratch, ret);
}

/* The members that have something. False: they are of one source. */
static bool
choose_members(const struct channel_input *in, const struct peers *test, uint32_t *ret, uint32_t *n)
{
	bool two_sources = false;

	*n = 0;
	for (uint32_t i = 0; i < in->n; i++)
		if (activity(test, in->nodes[i]) > 0)
			ret[(*n)++] = in->nodes[i];
	for (uint32_t i = 1; i < *n; i++)
		two_sources =
		    two_sources || in->m->node_source[ret[i]] != in->m->node_source[ret[0]];
	return two_sources;
}

static bool
enough_peers(const struct draws *d)
{
	for (uint32_t g = 0; g < d->n_groups; g++)
		if (d->groups[g].to - d->groups[g].from < 2 * d->groups[g].needed)
			return false;
	return true;
}

static void
prepare_nodes(const struct draws *d)
{
	for (uint32_t g = 0; d->test->prepare != NULL && g < d->n_groups; g++)
		for (uint32_t i = d->groups[g].from; d->groups[g].needed > 0 && i < d->groups[g].to;
		     i++)
			d->test->prepare(d->test, d->nodes[i]);
}

static enum coord_err
abstain(struct peers_result *ret, struct detect_evidence *e, const char *why)
{
	ret->abstained = e->abstained = true;
	e->detail = why;
	return COORD_OK;
}

static uint32_t
affordable_draws(const struct draws *d, uint32_t size)
{
	uint64_t cost = d->test->work + 16 * (uint64_t)d->n + 8 * (uint64_t)size +
			d->test->bags->n_items / 8 + 1;
	uint64_t most = WORK_MOST / cost;

	most = most > DRAWS_MOST ? DRAWS_MOST : most;
	return most < d->in->draws_most ? (uint32_t)most : d->in->draws_most;
}

enum coord_err
peers_run(const struct channel_input *in, const struct peers *test, struct arena *scratch,
    struct peers_result *ret, struct detect_evidence *e, struct coord_error *err)
{
	struct draws d = { .in = in, .test = test };
	uint32_t *members = ARENA_ARRAY_RAW(scratch, in->n, uint32_t), size = 0;
	struct minp minp = { .levels = test->levels,
		.draw = draw,
		.context = &d,
		.draws_first = in->draws_first,
		.threads = in->threads };

	*ret = (struct peers_result){ .nodes = members };
	if (members == NULL)
		return model_full(err);
	if (!choose_members(in, test, members, &ret->n))
		return abstain(ret, e, "Fewer than two sources left anything to compare.");
	TRY(plan(&d, scratch, err));
	if (!enough_peers(&d))
		return abstain(
		    ret, e, "There are too few other attackers to compare the set with.");
	prepare_nodes(&d);
	d.n = ret->n;
	/* a null world exchanges only what it knows of: a draw in the members' place does the rest */
	if (in->observed->null)
		ret->n = draw_nodes(&d, UINT32_MAX, members);
	for (uint32_t i = 0; i < ret->n; i++)
		size += bag_size(test->bags, members[i]);
	test->measure(test, members, ret->n, scratch, ret->value);
	memcpy(minp.observed, ret->value, sizeof(minp.observed));
	minp.draws_most = affordable_draws(&d, size);
	TRY(minp_test(&minp, scratch, &ret->best, err));
	e->p = ret->best.p;
	e->worlds = ret->best.draws;
	e->n = ret->n;
	e->effect = ret->best.expected > 0 && ret->value[ret->best.level] > 0
			? ret->value[ret->best.level] / ret->best.expected
			: NAN;
	e->similarity = channel_attributable(e->effect);
	e->log_e = channel_log_e(e->p);
	return COORD_OK;
}

enum coord_err
peers_tops(const struct channel_input *in, const struct bags *b, const uint32_t *count,
    const double *weight, const char *kind,
    const char *(*text)(const struct channel_input *in, uint64_t label), struct detect_evidence *e,
    struct coord_error *err)
{
	struct channel_tops tops = { .n = 0 };

	for (uint32_t i = 0; i < b->n_items; i++) {
		const char *what;

		if (weight[i] <= 0 || !channel_tops_wants(&tops, weight[i]))
			continue;
		what = text(in, b->label[i]);
		if (what != NULL)
			channel_tops_add(&tops, (struct detect_top){ what, kind, count[i],
						    b->carriers[i] - count[i], weight[i] });
	}
	return channel_tops_keep(&tops, in->arena, e, err);
}
