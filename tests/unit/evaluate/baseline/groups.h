/* groups.h - for the tests of the baselines: run one by its id, and ask who was put together. Static, for one file each. */
#ifndef COORD_TESTS_BASELINE_GROUPS_H
#define COORD_TESTS_BASELINE_GROUPS_H

#include "testing.h"

#include "batch.h"
#include "evaluate/baseline/baseline.h"

#define GROUPS_UNUSED __attribute__((unused))

struct groups {
	struct session_table table;
	struct arena *arena;
	struct grouping g;
};

GROUPS_UNUSED static const struct baseline *
baseline_of(const char *id)
{
	for (size_t i = 0; i < n_baselines; i++)
		if (strcmp(baselines[i].id, id) == 0)
			return &baselines[i];
	fail_msg("no baseline %s", id);
	return NULL;
}

/** Runs over the finished batch, or over groups->table when `batch` is NULL. */
GROUPS_UNUSED static void
groups_at(struct groups *ret, struct batch *batch, const char *id, double point, uint64_t seed)
{
	struct coord_error err;

	if (batch != NULL)
		ret->table = batch_finish(batch);
	ret->arena = arena_new(0);
	assert_non_null(ret->arena);
	if (baseline_of(id)->run(&ret->table, point, seed, ret->arena, &ret->g, &err) != COORD_OK)
		fail_msg("%s: %s", id, err.what);
}

/** As the authors have it. */
GROUPS_UNUSED static void
groups_of(struct groups *ret, struct batch *batch, const char *id)
{
	const struct baseline *b = baseline_of(id);

	groups_at(ret, batch, id, b->points[b->published], 1);
}

GROUPS_UNUSED static void
groups_clear(struct groups *g)
{
	arena_free(g->arena);
	session_table_free(&g->table);
}

static bool
cluster_has(const struct grouping_cluster *c, uint32_t ip)
{
	for (uint32_t i = 0; i < c->n; i++)
		if (addr_cmp(c->sources[i], addr_from_v4(ip)) == 0)
			return true;
	return false;
}

/** True when one reported group holds the n sources from `first` on; *ret_size (NULL allowed) is its size. */
GROUPS_UNUSED static bool
groups_hold(const struct groups *g, uint32_t first, uint32_t n, uint32_t *ret_size)
{
	for (uint32_t c = 0; c < g->g.n; c++) {
		uint32_t held = 0;

		if (g->g.clusters[c].verdict != VERDICT_CAMPAIGN)
			continue;
		for (uint32_t i = 0; i < n; i++)
			held += cluster_has(&g->g.clusters[c], first + i);
		if (held < n)
			continue;
		if (ret_size != NULL)
			*ret_size = g->g.clusters[c].n;
		return true;
	}
	return false;
}

GROUPS_UNUSED static uint32_t
groups_reported(const struct groups *g)
{
	uint32_t n = 0;

	for (uint32_t c = 0; c < g->g.n; c++)
		n += g->g.clusters[c].verdict == VERDICT_CAMPAIGN;
	return n;
}

#endif
