/* window.c - B1: the time-window rule of every SIEM: several distinct sources within some minutes are one incident. Windows
 * that overlap are the same incident. It knows no background rate, so it fires on 87-100 % of independent groups of 20
 * sources (methods.md section 3, P1). */
#include "evaluate/baseline/methods.h"
#include "evaluate/baseline/sources.h"

/** The rows within the window that ends at the row at hand, and the incident that is open. */
struct window {
	const struct session_table *table;
	const struct baseline_sources *sources;
	uint32_t *inside; /* by source: its rows in the window */
	uint32_t distinct;
	uint32_t from;   /* first row in the window */
	uint32_t filled; /* rows before this one are in their incident already */
	uint32_t incidents;
};

static void
window_enter(struct window *w, uint32_t row)
{
	uint32_t s = w->sources->of_row[row];

	if (s != BASELINE_NONE)
		w->distinct += w->inside[s]++ == 0;
}

static void
window_leave(struct window *w, int64_t before_us)
{
	while (w->table->start_us[w->from] < before_us) {
		uint32_t s = w->sources->of_row[w->from++];

		if (s != BASELINE_NONE)
			w->distinct -= --w->inside[s] == 0;
	}
}

/* All rows of the window belong to one incident: the open one when they overlap. */
static void
window_fire(struct window *w, uint32_t row, struct baseline_members *members, double *most)
{
	if (w->from >= w->filled) {
		most[w->incidents++] = 0;
		w->filled = w->from;
	}
	for (; w->filled <= row; w->filled++)
		if (w->sources->of_row[w->filled] != BASELINE_NONE)
			baseline_members_add(
			    members, w->incidents - 1, w->sources->of_row[w->filled]);
	if (w->distinct > most[w->incidents - 1])
		most[w->incidents - 1] = w->distinct;
}

static enum coord_err
window_rule(const struct session_table *table, int64_t window_us, double least, struct arena *arena,
    struct grouping *ret, struct coord_error *err)
{
	struct baseline_members members = { .arena = arena };
	struct baseline_sources sources;
	struct window w = { .table = table, .sources = &sources };
	double *most = arena_array_raw(arena, table->n, sizeof(*most));

	if (!(least >= 2))
		return error_set(err, COORD_EINVALID, "baseline: sources in a window: at least 2");
	TRY(baseline_sources_of(table, arena, &sources, err));
	w.inside = arena_array(arena, sources.n, sizeof(*w.inside));
	if (most == NULL || w.inside == NULL)
		return baseline_full(err);
	for (uint32_t row = 0; row < table->n; row++) {
		window_enter(&w, row);
		window_leave(&w, table->start_us[row] - window_us);
		if (w.distinct >= least)
			window_fire(&w, row, &members, most);
	}
	/* a rule has no confidence; more sources in a window rank higher */
	for (uint32_t i = 0; i < w.incidents; i++)
		most[i] = most[i] / (most[i] + least);
	return baseline_group(&sources, &members, w.incidents, most, 0, 2, ret, err);
}

BASELINE_RUN(window_5)
{
	(void)seed;
	return window_rule(table, 5 * 60 * TIME_SECOND, point, arena, ret, err);
}

BASELINE_RUN(window_30)
{
	(void)seed;
	return window_rule(table, 30 * 60 * TIME_SECOND, point, arena, ret, err);
}
