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

/* Which nodes a library holds: the marked ones, and of each stratum that has some every k-th node, so that a large batch
 * costs no more than a small one. */
static enum coord_err
choose_rows(const struct model *m, const bool *members, struct arena *arena, struct bag_library *l,
    struct coord_error *err)
{
	bool *asked = ARENA_ARRAY(arena, m->n_strata, bool);
	uint32_t *seen = ARENA_ARRAY(arena, m->n_strata, uint32_t);

	l->row = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);
	l->node = ARENA_ARRAY_RAW(arena, m->n_nodes, uint32_t);
	l->sampled = ARENA_ARRAY_RAW(arena, m->n_nodes, bool);
	if (asked == NULL || seen == NULL || l->row == NULL || l->node == NULL ||
	    l->sampled == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < m->n_nodes; i++)
		if (members[i])
			asked[m->node_stratum[i]] = true;
	for (uint32_t i = 0; i < m->n_nodes; i++) {
		uint32_t s = m->node_stratum[i];
		bool sampled =
		    asked[s] && seen[s]++ % (m->strata[s].nodes / STRATUM_NODES_MOST + 1) == 0;

		l->row[i] = UINT32_MAX;
		if (!members[i] && !sampled)
			continue;
		l->row[i] = l->n;
		l->sampled[l->n] = sampled;
		l->node[l->n++] = i;
	}
	return COORD_OK;
}

struct use {
	uint64_t hash, label;
	uint32_t row;
};

struct bag_sink {
	struct use *uses; /* NULL: only counted */
	size_t n;
	uint32_t row, of_row;
};

void
bag_add(struct bag_sink *sink, uint64_t hash, uint64_t label)
{
	if (sink->of_row == NODE_ITEMS_MOST)
		return;
	sink->of_row++;
	if (sink->uses != NULL)
		sink->uses[sink->n] = (struct use){ hash, label, sink->row };
	sink->n++;
}

static void
walk_rows(
    const struct model *m, const struct channel *c, struct bag_library *l, struct bag_sink *sink)
{
	sink->n = 0;
	for (uint32_t i = 0; i < l->n; i++) {
		sink->row = i;
		sink->of_row = 0;
		c->walk(m, l->node[i], sink);
		l->added[i] = sink->of_row;
	}
}

/* Numbers the items in order of their hashes; equal uses of one row become one. `sorted` is compacted to (item, use). */
static size_t
number_items(const struct use *uses, struct sort_pair *sorted, size_t n, uint32_t least,
    struct bag_library *l)
{
	size_t kept = 0;

	for (size_t from = 0, to; from < n; from = to) {
		uint64_t hash = sorted[from].key; /* overwritten below */
		size_t first = kept;
		uint32_t last = UINT32_MAX;

		for (to = from; to < n && sorted[to].key == hash; to++) {
			uint32_t use = sorted[to].value;

			if (uses[use].row == last)
				continue;
			last = uses[use].row;
			sorted[kept++] = (struct sort_pair){ l->n_items, use };
		}
		if (kept - first < least) {
			kept = first;
			continue;
		}
		l->hash[l->n_items] = hash;
		l->label[l->n_items++] = uses[sorted[first].value].label;
	}
	return kept;
}

/* The rows of the uses that were kept; start[] is shifted while filling. */
static enum coord_err
fill_rows(const struct use *uses, const struct sort_pair *kept, size_t n, struct arena *arena,
    struct bag_library *l, struct coord_error *err)
{
	l->item = ARENA_ARRAY_RAW(arena, n, uint32_t);
	if (l->item == NULL)
		return model_full(err);
	for (size_t i = 0; i < n; i++)
		l->start[uses[kept[i].value].row + 1]++;
	for (uint32_t i = 0; i < l->n; i++)
		l->start[i + 1] += l->start[i];
	/* in order of items, so each row's are ascending */
	for (size_t i = 0; i < n; i++)
		l->item[l->start[uses[kept[i].value].row]++] = (uint32_t)kept[i].key;
	memmove(l->start + 1, l->start, l->n * sizeof(*l->start));
	l->start[0] = 0;
	return COORD_OK;
}

static enum coord_err
list_items(const struct model *m, const struct channel *c, struct arena *arena,
    struct arena *scratch, struct bag_library *l, struct coord_error *err)
{
	struct bag_sink sink = { .n = 0 };
	struct sort_pair *sorted, *spare;
	size_t uses;

	l->added = ARENA_ARRAY(arena, l->n, uint32_t);
	l->start = ARENA_ARRAY(arena, (size_t)l->n + 1, uint32_t);
	if (l->added == NULL || l->start == NULL)
		return model_full(err);
	walk_rows(m, c, l, &sink);
	uses = sink.n;
	l->hash = ARENA_ARRAY_RAW(arena, uses, uint64_t);
	l->label = ARENA_ARRAY_RAW(arena, uses, uint64_t);
	sink.uses = ARENA_ARRAY_RAW(scratch, uses, struct use);
	sorted = ARENA_ARRAY_RAW(scratch, uses, struct sort_pair);
	spare = ARENA_ARRAY_RAW(scratch, uses, struct sort_pair);
	if (l->hash == NULL || l->label == NULL || sink.uses == NULL || sorted == NULL ||
	    spare == NULL)
		return model_full(err);
	walk_rows(m, c, l, &sink);
	for (size_t i = 0; i < uses; i++)
		sorted[i] = (struct sort_pair){ sink.uses[i].hash, (uint32_t)i };
	sort_pairs(sorted, uses, spare);
	uses = number_items(sink.uses, sorted, uses, c->carriers_least, l);
	return fill_rows(sink.uses, sorted, uses, arena, l, err);
}

enum coord_err
bag_library_make(const struct model *m, const struct channel *c, const bool *members,
    struct arena *arena, struct arena *scratch, struct bag_library *ret, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(scratch);

	*ret = (struct bag_library){ .n = 0 };
	TRY(choose_rows(m, members, arena, ret, err));
	TRY(list_items(m, c, arena, scratch, ret, err));
	arena_rewind(scratch, mark);
	return COORD_OK;
}

/* A library for one set alone. */
static enum coord_err
library_of_set(const struct channel_input *in, const struct channel *c, struct arena *scratch,
    struct bag_library *ret, struct coord_error *err)
{
	struct arena *own = arena_new(0);
	bool *members = ARENA_ARRAY(scratch, in->m->n_nodes, bool);
	enum coord_err rc;

	for (uint32_t i = 0; members != NULL && i < in->n; i++)
		members[in->nodes[i]] = true;
	rc = own == NULL || members == NULL
		 ? model_full(err)
		 : bag_library_make(in->m, c, members, scratch, own, ret, err);
	arena_free(own);
	return rc;
}

/* The nodes of the members' strata: the sample, and the members. */
static enum coord_err
compare(
    const struct channel_input *in, struct arena *scratch, struct bags *b, struct coord_error *err)
{
	const struct bag_library *l = b->library;
	const struct model *m = in->m;
	bool *asked = ARENA_ARRAY(scratch, m->n_strata, bool);

	b->compared = ARENA_ARRAY_RAW(scratch, l->n, uint32_t);
	if (asked == NULL || b->compared == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < in->n; i++)
		asked[m->node_stratum[in->nodes[i]]] = true;
	for (uint32_t i = 0, member = 0; i < l->n; i++) {
		bool is_member = member < in->n && in->nodes[member] == l->node[i];

		member += is_member;
		if (is_member || (l->sampled[i] && asked[m->node_stratum[l->node[i]]]))
			b->compared[b->n_compared++] = l->node[i];
	}
	return COORD_OK;
}

/* Numbers anew what enough of the compared nodes have. *number: by item of the library, UINT32_MAX: left out. */
static enum coord_err
count_carriers(struct bags *b, uint32_t least, struct arena *scratch, uint32_t **number,
    struct coord_error *err)
{
	const struct bag_library *l = b->library;
	uint32_t *carriers = ARENA_ARRAY(scratch, l->n_items, uint32_t), n = 0;

	if (carriers == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < b->n_compared; i++) {
		uint32_t row = l->row[b->compared[i]];

		for (uint32_t k = l->start[row]; k < l->start[row + 1]; k++)
			carriers[l->item[k]]++;
	}
	for (uint32_t i = 0; i < l->n_items; i++)
		n += carriers[i] >= least && carriers[i] > 0;
	b->carriers = ARENA_ARRAY_RAW(scratch, n, uint32_t);
	b->hash = ARENA_ARRAY_RAW(scratch, n, uint64_t);
	b->label = ARENA_ARRAY_RAW(scratch, n, uint64_t);
	if (b->carriers == NULL || b->hash == NULL || b->label == NULL)
		return model_full(err);
	for (uint32_t i = 0; i < l->n_items; i++) {
		bool kept = carriers[i] >= least && carriers[i] > 0;

		if (kept) {
			b->carriers[b->n_items] = carriers[i];
			b->hash[b->n_items] = l->hash[i];
			b->label[b->n_items] = l->label[i];
		}
		carriers[i] = kept ? b->n_items++ : UINT32_MAX;
	}
	*number = carriers;
	return COORD_OK;
}

enum coord_err
bags_make(const struct channel_input *in, const struct channel *c, struct arena *scratch,
    struct bags *ret, struct coord_error *err)
{
	const struct bag_library *l = in->library;
	struct bag_library *own = l == NULL ? ARENA_NEW(scratch, struct bag_library) : NULL;
	uint32_t *number, n = 0;
	size_t most = 0;

	if (l == NULL && own == NULL)
		return model_full(err);
	if (l == NULL)
		TRY(library_of_set(in, c, scratch, own, err));
	l = l == NULL ? own : l;
	*ret = (struct bags){ .library = l };
	TRY(compare(in, scratch, ret, err));
	TRY(count_carriers(ret, c->carriers_least, scratch, &number, err));
	for (uint32_t i = 0; i < ret->n_items; i++)
		most += ret->carriers[i];
	ret->start = ARENA_ARRAY_RAW(scratch, (size_t)l->n + 1, uint32_t);
	ret->item = ARENA_ARRAY_RAW(scratch, most, uint32_t);
	if (ret->start == NULL || ret->item == NULL)
		return model_full(err);
	ret->start[0] = 0;
	for (uint32_t row = 0, at = 0; row < l->n; row++) {
		bool compared = at < ret->n_compared && ret->compared[at] == l->node[row];

		for (uint32_t k = l->start[row]; compared && k < l->start[row + 1]; k++)
			if (number[l->item[k]] != UINT32_MAX)
				ret->item[n++] = number[l->item[k]];
		at += compared;
		ret->start[row + 1] = n;
	}
	return COORD_OK;
}

uint32_t *
bags_count(
    const struct bags *b, const uint32_t *nodes, uint32_t n, struct arena *scratch, uint32_t *size)
{
	uint32_t *count = ARENA_ARRAY(scratch, b->n_items, uint32_t), all = 0;

	for (uint32_t i = 0; count != NULL && i < n; i++)
		for (uint32_t k = bag_from(b, nodes[i]); k < bag_to(b, nodes[i]); k++, all++)
			count[b->item[k]]++;
	if (size != NULL)
		*size = all;
	return count;
}

static enum coord_err
tally_new(const struct bags *b, struct arena *scratch, struct tally *ret, struct coord_error *err)
{
	*ret = (struct tally){ .count = ARENA_ARRAY(scratch, b->n_items, uint32_t),
		.item = ARENA_ARRAY_RAW(scratch, b->n_items, uint32_t),
		.room = ARENA_ARRAY(scratch, b->library->n, uint32_t),
		.seen = ARENA_ARRAY(scratch, b->n_items / 64 + 1, uint64_t) };
	return ret->count == NULL || ret->item == NULL || ret->room == NULL || ret->seen == NULL
		   ? model_full(err)
		   : COORD_OK;
}

static void
tally_set(const struct bags *b, const uint32_t *nodes, uint32_t n, struct tally *t)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = bag_to(b, nodes[i]);

		for (uint32_t k = bag_from(b, nodes[i]); k < to; k++) {
			t->count[b->item[k]]++;
			t->seen[b->item[k] / 64] |= UINT64_C(1) << b->item[k] % 64;
		}
		t->size += bag_size(b, nodes[i]);
	}
	for (uint32_t w = 0; w <= b->n_items / 64; w++)
		for (uint64_t bits = t->seen[w]; bits != 0; bits &= bits - 1)
			t->item[t->n++] = 64 * w + (uint32_t)__builtin_ctzll(bits);
}

static void
tally_clear(struct tally *t)
{
	for (uint32_t i = 0; i < t->n; i++) {
		t->count[t->item[i]] = 0;
		t->seen[t->item[i] / 64] = 0;
	}
	t->n = t->size = 0;
}

static uint32_t
activity(const struct peers *test, uint32_t node)
{
	const struct bags *b = test->bags;

	return test->by_added ? b->library->added[b->library->row[node]] : bag_size(b, node);
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
	struct tally *tallies; /* one a thread */
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
	uint64_t stratum = (uint64_t)m->node_stratum[node] << 32;
	int64_t day = m->visits[m->node_visits_start[node]].start_us / (86400 * TIME_SECOND);

	if (m->naive)
		return stratum;
	return stratum | (uint64_t)(day & 0xffffff) << 8 | magnitude(activity(test, node));
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
	const struct bags *b = d->test->bags;
	uint32_t all = b->n_compared, n = 0;
	bool *member = ARENA_ARRAY(scratch, in->m->n_nodes, bool);
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
		if (activity(d->test, b->compared[i]) > 0)
			sorted[n++] = (struct sort_pair){ class_of(in, d->test, b->compared[i]),
				b->compared[i] };
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
measure_set(const struct draws *d, struct tally *tally, const uint32_t *nodes, uint32_t n,
    struct arena *scratch, double *ret)
{
	tally_set(d->test->bags, nodes, n, tally);
	d->test->measure(d->test, nodes, n, tally, scratch, ret);
	tally_clear(tally);
}

static void
draw(void *context, uint32_t index, unsigned worker, struct arena *scratch, double *ret)
{
	const struct draws *d = context;
	uint32_t *nodes = ARENA_ARRAY_RAW(scratch, d->n, uint32_t);

	if (nodes != NULL)
		measure_set(
		    d, &d->tallies[worker], nodes, draw_nodes(d, index, nodes), scratch, ret);
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
		.rounds = in->rounds,
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
	d.tallies = ARENA_ARRAY_RAW(scratch, in->threads + 1, struct tally);
	if (d.tallies == NULL)
		return model_full(err);
	for (unsigned t = 0; t == 0 || t < in->threads; t++)
		TRY(tally_new(test->bags, scratch, &d.tallies[t], err));
	d.n = ret->n;
	/* a null world exchanges only what it knows of: a draw in the members' place does the rest */
	if (in->observed->null)
		ret->n = draw_nodes(&d, UINT32_MAX, members);
	for (uint32_t i = 0; i < ret->n; i++)
		size += bag_size(test->bags, members[i]);
	measure_set(&d, &d.tallies[0], members, ret->n, scratch, ret->value);
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
