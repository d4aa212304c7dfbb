/* sources.c - the distinct sources of a batch, and groups of them as a grouping: what all baselines share at both ends. */
#include "evaluate/baseline/sources.h"

#include <stdlib.h>

/* Pairs of things that a method of quadratic cost compares at most: about a minute of one core. */
enum { QUADRATIC_MOST = 10000 };

struct seen {
	struct addr addr;
	uint32_t row;
};

static int
by_addr(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int c = addr_cmp(x->addr, y->addr);

	return c != 0 ? c : (x->row > y->row) - (x->row < y->row);
}

enum coord_err
baseline_full(struct coord_error *err)
{
	return error_set(
	    err, COORD_ELIMIT, "baseline: the batch needs more memory than the method is given");
}

enum coord_err
baseline_quadratic(uint64_t n, struct coord_error *err)
{
	if (n <= QUADRATIC_MOST)
		return COORD_OK;
	return error_set(err, COORD_ELIMIT,
	    "baseline: %llu things to compare with each other, %d at most", (unsigned long long)n,
	    (int)QUADRATIC_MOST);
}

enum coord_err
baseline_sources_of(const struct session_table *table, struct arena *arena,
    struct baseline_sources *ret, struct coord_error *err)
{
	struct seen *seen = arena_array_raw(arena, table->n, sizeof(*seen));
	struct baseline_sources s = { .addr = arena_array_raw(arena, table->n, sizeof(*s.addr)),
		.of_row = arena_array_raw(arena, table->n, sizeof(*s.of_row)) };

	if (seen == NULL || s.addr == NULL || s.of_row == NULL)
		return baseline_full(err);
	for (uint32_t r = 0; r < table->n; r++)
		seen[r] = (struct seen){ table->source[r], r };
	if (table->n > 1)
		qsort(seen, table->n, sizeof(*seen), by_addr);
	for (uint32_t i = 0; i < table->n; i++) {
		if (addr_is_unknown(seen[i].addr)) {
			s.of_row[seen[i].row] = BASELINE_NONE;
			continue;
		}
		if (s.n == 0 || addr_cmp(s.addr[s.n - 1], seen[i].addr) != 0)
			s.addr[s.n++] = seen[i].addr;
		s.of_row[seen[i].row] = s.n - 1;
	}
	*ret = s;
	return COORD_OK;
}

void
baseline_members_add(struct baseline_members *members, uint32_t group, uint32_t source)
{
	if (members->full)
		return;
	if (members->n == members->cap) {
		size_t cap = members->cap == 0 ? 256 : 2 * members->cap;
		struct baseline_member *list = arena_array_raw(members->arena, cap, sizeof(*list));

		if (list == NULL) {
			members->full = true;
			return;
		}
		if (members->n > 0)
			memcpy(list, members->list, members->n * sizeof(*list));
		members->list = list;
		members->cap = cap;
	}
	members->list[members->n++] = (struct baseline_member){ group, source };
}

enum coord_err
baseline_members_of(const uint32_t *label, uint32_t n, struct arena *arena,
    struct baseline_members *ret, struct coord_error *err)
{
	struct baseline_members members = { .arena = arena };

	for (uint32_t i = 0; i < n; i++)
		if (label[i] != BASELINE_NONE)
			baseline_members_add(&members, label[i], i);
	if (members.full)
		return baseline_full(err);
	*ret = members;
	return COORD_OK;
}

static int
by_group(const void *a, const void *b)
{
	const struct baseline_member *x = a, *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->source > y->source) - (x->source < y->source);
}

void
baseline_members_distinct(struct baseline_members *m)
{
	size_t kept = 0;

	if (m->n > 1)
		qsort(m->list, m->n, sizeof(*m->list), by_group);
	for (size_t i = 0; i < m->n; i++)
		if (kept == 0 || by_group(&m->list[kept - 1], &m->list[i]) != 0)
			m->list[kept++] = m->list[i];
	m->n = kept;
}

static bool
cluster_fill(struct grouping_cluster *c, const struct baseline_sources *sources,
    const struct baseline_member *from, size_t n, struct arena *arena)
{
	c->sources = arena_array_raw(arena, n, sizeof(*c->sources));
	if (c->sources == NULL)
		return false;
	c->n = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		c->sources[i] = sources->addr[from[i].source];
	return true;
}

enum coord_err
baseline_group(const struct baseline_sources *sources, struct baseline_members *members,
    uint32_t n_groups, const double *confidence, double cut, uint32_t least, struct grouping *ret,
    struct coord_error *err)
{
	struct grouping g = { .clusters =
				  arena_array_raw(members->arena, n_groups, sizeof(*g.clusters)),
		.verdict = VERDICT_INSUFFICIENT };

	if (members->full || g.clusters == NULL)
		return baseline_full(err);
	baseline_members_distinct(members);
	for (size_t from = 0, to; from < members->n; from = to) {
		struct grouping_cluster *c = &g.clusters[g.n];
		uint32_t group = members->list[from].group;

		for (to = from; to < members->n && members->list[to].group == group; to++)
			;
		if (to - from < least)
			continue;
		if (!cluster_fill(c, sources, &members->list[from], to - from, members->arena))
			return baseline_full(err);
		c->confidence = confidence[group];
		c->verdict = c->confidence >= cut ? VERDICT_CAMPAIGN : VERDICT_INSUFFICIENT;
		if (c->verdict == VERDICT_CAMPAIGN)
			g.verdict = VERDICT_CAMPAIGN;
		if (c->confidence > g.confidence)
			g.confidence = c->confidence;
		g.n++;
	}
	*ret = g;
	return COORD_OK;
}

uint32_t *
baseline_sets_new(struct arena *arena, uint32_t n)
{
	uint32_t *parent = arena_array_raw(arena, n, sizeof(*parent));

	for (uint32_t i = 0; parent != NULL && i < n; i++)
		parent[i] = i;
	return parent;
}

uint32_t
baseline_sets_find(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i) {
		parent[i] = parent[parent[i]];
		i = parent[i];
	}
	return i;
}

bool
baseline_sets_join(uint32_t *parent, uint32_t i, uint32_t j)
{
	i = baseline_sets_find(parent, i);
	j = baseline_sets_find(parent, j);
	if (i == j)
		return false;
	if (i < j)
		parent[j] = i;
	else
		parent[i] = j;
	return true;
}
