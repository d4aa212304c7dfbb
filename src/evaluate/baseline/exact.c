/* exact.c - B8: whoever shares a key, a transferred file or a URL is one group (Catch-22's "key = campaign label", USENIX
 * Security 2025; what threat-intelligence platforms correlate on). Precise where attackers leave such things, blind where
 * they do not; groups that share one artefact by way of a third are one (bot wars chain). */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sparse.h"

static bool
is_exclusive(const struct session_item *item)
{
	return item->kind == ITEM_PUBLIC_KEY || item->kind == ITEM_URL ||
	       (item->kind == ITEM_FILE_HASH && (item->flags & ITEM_TRIVIAL) == 0);
}

static enum coord_err
artefacts_of(const struct session_table *t, const struct baseline_sources *sources,
    struct arena *arena, struct sparse *ret, struct coord_error *err)
{
	struct sparse_bag bag = { .arena = arena };

	for (uint32_t row = 0; row < t->n; row++)
		for (uint32_t i = t->item_start[row]; i < t->item_start[row + 1]; i++)
			if (sources->of_row[row] != BASELINE_NONE && is_exclusive(&t->items[i]))
				sparse_bag_add(&bag, sources->of_row[row],
				    hash_mix(
					t->items[i].kind, strtab_hash(t->strings, t->items[i].a)));
	return sparse_of_bag(&bag, sources->n, ret, err);
}

/* Ranks groups: the share of members that carry the group's most common artefact; 1: all share one thing. */
static enum coord_err
rank_groups(const struct sparse *carriers, const uint32_t *label, uint32_t n, struct arena *arena,
    double *ret, struct coord_error *err)
{
	double *size = arena_array(arena, n, sizeof(*size));

	if (size == NULL)
		return baseline_full(err);
	for (uint32_t i = 0; i < n; i++)
		if (label[i] != BASELINE_NONE)
			size[label[i]] += 1;
	for (uint32_t a = 0; a < carriers->n; a++) {
		uint32_t group = label[carriers->column[carriers->start[a]]];
		double share = (carriers->start[a + 1] - carriers->start[a]) / size[group];

		if (share > ret[group])
			ret[group] = share;
	}
	return COORD_OK;
}

BASELINE_RUN(exact)
{
	struct baseline_members members;
	struct baseline_sources sources;
	struct sparse held, carriers;
	uint32_t *parent;
	double *rank;

	(void)seed;
	if (!(point >= 2))
		return error_set(err, COORD_EINVALID, "baseline: sources that share: at least 2");
	TRY(baseline_sources_of(table, arena, &sources, err));
	TRY(artefacts_of(table, &sources, arena, &held, err));
	TRY(sparse_transpose(&held, arena, &carriers, err));
	parent = baseline_sets_new(arena, sources.n);
	rank = arena_array(arena, sources.n, sizeof(*rank));
	if (parent == NULL || rank == NULL)
		return baseline_full(err);
	for (uint32_t a = 0; a < carriers.n; a++)
		for (uint32_t i = carriers.start[a] + 1; i < carriers.start[a + 1]; i++)
			baseline_sets_join(parent, carriers.column[i - 1], carriers.column[i]);
	for (uint32_t i = 0; i < sources.n; i++)
		parent[i] = baseline_sets_find(parent, i);
	for (uint32_t i = 0; i < sources.n; i++)
		if (sparse_is_empty(&held, i))
			parent[i] = BASELINE_NONE;
	TRY(rank_groups(&carriers, parent, sources.n, arena, rank, err));
	TRY(baseline_members_of(parent, sources.n, arena, &members, err));
	return baseline_group(&sources, &members, sources.n, rank, 0, (uint32_t)point, ret, err);
}
