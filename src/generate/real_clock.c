/* real_clock.c - modes R and N: how busy each tool of a real background is at each time. What counts is how many sources
 * are there, not how many sessions: independent newcomers do not gather where one source was busy. And a handful of sources
 * is a chance, no rate: where there are fewer than SOURCES_LEAST, the time around it is one. */
#include "generate/world.h"

enum { SOURCES_LEAST = 20 };
/* Pseudo-counts of the overall profile in a tool's own, for tools of few sources. */
#define PRIOR 30.0
/* Sources a tool may have when nobody is there. */
#define FLOOR 1.0

/* Sources a bin: of each tool, and in the last row of all. */
static bool
count_bins(const struct world *w, double *counts)
{
	struct map tools = MAP_INIT, seen = MAP_INIT;
	uint32_t bins = w->clock.bins;
	bool ok = true;

	for (uint32_t i = 0; i < w->n_tools && ok; i++) {
		uint32_t *slot = map_slot(&tools, w->tool_keys[i]);

		ok = slot != NULL;
		if (ok)
			*slot = i;
	}
	for (uint32_t row = 0; row < w->real->n && ok; row++) {
		int64_t at = (w->real->start_us[row] - w->start_us) / w->clock.bin_us;
		uint64_t key = real_tool_key(w->real, row);
		uint32_t tool, *slot;

		if (!real_is_shell(w->real, row) || at < 0 || at >= bins)
			continue;
		slot = map_slot(&seen,
		    hash_mix(hash_mix(key, address_key(w->real->source[row])), (uint64_t)at));
		ok = slot != NULL;
		if (!ok || *slot != MAP_NONE)
			continue;
		*slot = 1;
		tool = map_get(&tools, key);
		counts[(size_t)TOOLS * bins + (size_t)at] += 1.0;
		if (tool != MAP_NONE)
			counts[(size_t)tool * bins + (size_t)at] += 1.0;
	}
	map_clear(&tools);
	map_clear(&seen);
	return ok;
}

/* Replaces counts by rates over the narrowest window around each bin that holds enough; what all bins hold stays the same.
 * `before` has room for one more than there are bins. The window of a bin is at most one narrower than its neighbour's. */
static void
smooth(double *counts, uint32_t bins, double *before)
{
	double sum = 0.0;
	uint32_t reach = 0;

	before[0] = 0.0;
	for (uint32_t b = 0; b < bins; b++)
		before[b + 1] = before[b] + counts[b];
	if (before[bins] < SOURCES_LEAST) {
		for (uint32_t b = 0; b < bins; b++)
			counts[b] = before[bins] / bins;
		return;
	}
	for (uint32_t b = 0; b < bins; b++) {
		for (reach = reach > 0 ? reach - 1 : 0;; reach++) {
			uint32_t from = b > reach ? b - reach : 0;
			uint32_t to = b + reach + 1 < bins ? b + reach + 1 : bins;

			if (before[to] - before[from] < SOURCES_LEAST)
				continue;
			counts[b] = (before[to] - before[from]) / (to - from);
			break;
		}
		sum += counts[b];
	}
	for (uint32_t b = 0; b < bins; b++)
		counts[b] *= before[bins] / sum;
}

/* Every zone is alike: the log's own day is in its counts. */
static void
fill_tool(struct world *w, uint32_t tool, const double *own, const double *all)
{
	uint32_t bins = w->clock.bins;
	double *shares = w->clock.shares + (size_t)tool * ZONES * (bins + 1), sum = 0.0,
	       total = 0.0;

	for (uint32_t b = 0; b < bins; b++)
		total += all[b];
	shares[0] = 0.0;
	for (uint32_t b = 0; b < bins; b++) {
		sum += own[b] + PRIOR * all[b] / total + FLOOR / bins;
		shares[b + 1] = sum;
	}
	for (uint32_t b = 1; b <= bins; b++)
		shares[b] /= sum;
	shares[bins] = 1.0;
	for (uint32_t zone = 1; zone < ZONES; zone++)
		memcpy(shares + (size_t)zone * (bins + 1), shares,
		    ((size_t)bins + 1) * sizeof(*shares));
}

enum coord_err
real_clock(struct world *w, struct coord_error *err)
{
	uint32_t bins = w->clock.bins;
	struct arena_mark mark = arena_mark(w->arena);
	double *counts = ARENA_ARRAY(w->arena, (size_t)(TOOLS + 1) * bins, double);
	double *before = ARENA_ARRAY_RAW(w->arena, (size_t)bins + 1, double);

	if (counts == NULL || before == NULL || !count_bins(w, counts))
		return error_set(err, COORD_ENOMEM, "generate: no memory for the clock");
	for (uint32_t tool = 0; tool <= TOOLS; tool++)
		smooth(counts + (size_t)tool * bins, bins, before);
	for (uint32_t tool = 0; tool < TOOLS; tool++)
		fill_tool(w, tool, counts + (size_t)tool * bins, counts + (size_t)TOOLS * bins);
	arena_rewind(w->arena, mark);
	return COORD_OK;
}
