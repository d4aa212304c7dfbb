/* contingency.c - counting by sorting: the pair (cluster, campaign) of every source is one number, equal numbers are a
 * cell. */
#include "evaluate/contingency.h"

static enum coord_err
no_memory(struct coord_error *err)
{
	return error_set(err, COORD_ENOMEM, "evaluate: no memory to compare");
}

static void
count_cells(const struct sort_pair *keys, uint32_t n, struct contingency *t)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t cluster = (uint32_t)(keys[i].key >> 32), campaign = (uint32_t)keys[i].key;
		struct contingency_cell *last = t->n_cells == 0 ? NULL : &t->cells[t->n_cells - 1];

		t->clusters[cluster]++;
		if (last != NULL && last->cluster == cluster && last->campaign == campaign)
			last->n++;
		else
			t->cells[t->n_cells++] = (struct contingency_cell){ cluster, campaign, 1 };
	}
}

enum coord_err
contingency_of(const struct truth *truth, const uint32_t *cluster, struct arena *arena,
    struct contingency *ret, struct coord_error *err)
{
	struct sort_pair *keys = ARENA_ARRAY_RAW(arena, truth->n, struct sort_pair);
	struct sort_pair *scratch = ARENA_ARRAY_RAW(arena, truth->n, struct sort_pair);
	struct contingency t = { .n_cells = 0 };

	if (keys == NULL || scratch == NULL)
		return no_memory(err);
	for (uint32_t i = 0; i < truth->n; i++) {
		keys[i] =
		    (struct sort_pair){ .key = (uint64_t)cluster[i] << 32 | truth->campaign[i],
			    .value = i };
		if (cluster[i] > t.n_clusters)
			t.n_clusters = cluster[i];
	}
	sort_pairs(keys, truth->n, scratch);
	t.cells = ARENA_ARRAY_RAW(arena, truth->n, struct contingency_cell);
	t.clusters = ARENA_ARRAY(arena, (size_t)t.n_clusters + 1, uint32_t);
	if (t.cells == NULL || t.clusters == NULL)
		return no_memory(err);
	count_cells(keys, truth->n, &t);
	*ret = t;
	return COORD_OK;
}
