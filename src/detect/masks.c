/* masks.c - times that say more about the recorder than about the attackers, found in the batch itself.
 *
 * collection_gap    nothing at all was recorded for long: everybody "starts together" when recording resumes, so visits in
 *                   the first two minutes after it are left out of the time tests.
 * equal_timestamps  many sources carry the very same start time: a batch stamped on arrival.
 * rate_limited      lines of a sensor come at the logger's own rhythm (UFW: three a minute): distances below a minute
 *                   are the logger's, so the time tests use scales of a minute and more only. */
#include <stdlib.h>

#include "detect/model.h"

enum { MASKS_MOST = 256, EQUAL_SOURCES_LEAST = 5, EQUAL_SOURCES_WHOLE_SECONDS = 12 };
static const int64_t gap_least = 1800 * TIME_SECOND;
static const int64_t gap_medians = 50;
static const int64_t settle = 120 * TIME_SECOND;

static void
add_mask(struct model *m, uint32_t sensor, int64_t from, int64_t to, const char *why)
{
	if (m->n_masks < MASKS_MOST)
		m->masks[m->n_masks++] = (struct detect_mask){ sensor, from, to, why };
}

static int
i64_order(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static enum coord_err
find_gaps(struct model *m, struct arena *scratch, struct coord_error *err)
{
	uint32_t n = m->n_visits;
	int64_t *gaps = ARENA_ARRAY_RAW(scratch, n, int64_t);
	int64_t limit;

	if (gaps == NULL)
		return model_full(err);
	if (n < 50)
		return COORD_OK; /* a quiet sensor is no broken one */
	for (uint32_t i = 1; i < n; i++)
		gaps[i - 1] = m->visits[m->visit_order[i]].start_us -
			      m->visits[m->visit_order[i - 1]].start_us;
	qsort(gaps, n - 1, sizeof(*gaps), i64_order);
	limit = gaps[(n - 1) / 2] * gap_medians;
	if (limit < gap_least)
		limit = gap_least;
	for (uint32_t i = 1; i < n; i++) {
		int64_t before = m->visits[m->visit_order[i - 1]].start_us;
		int64_t after = m->visits[m->visit_order[i]].start_us;

		if (after - before <= limit)
			continue;
		add_mask(m, STR_NONE, before, after + settle, "collection_gap");
		for (uint32_t j = i;
		     j < n && m->visits[m->visit_order[j]].start_us < after + settle; j++)
			m->visit_masked[m->visit_order[j]] = true;
	}
	return COORD_OK;
}

static bool
whole_seconds(const struct model *m)
{
	uint32_t fractions = 0;

	for (uint32_t v = 0; v < m->n_visits; v++)
		fractions += m->visits[v].start_us % TIME_SECOND != 0;
	return fractions < m->n_visits / 10;
}

/* Visits of one instant come in canonical order; one source has one visit of a service there, so counting visits of
 * distinct sources needs only neighbours. */
static void
find_equal(struct model *m)
{
	uint32_t least = whole_seconds(m) ? EQUAL_SOURCES_WHOLE_SECONDS : EQUAL_SOURCES_LEAST;
	uint32_t n = m->n_visits;

	for (uint32_t from = 0, to; from < n; from = to) {
		int64_t at = m->visits[m->visit_order[from]].start_us;

		for (to = from; to < n && m->visits[m->visit_order[to]].start_us == at; to++)
			;
		if (to - from < least)
			continue;
		add_mask(m, STR_NONE, at, at, "equal_timestamps");
		for (uint32_t i = from; i < to; i++)
			m->visit_masked[m->visit_order[i]] = true;
	}
}

struct rate {
	uint32_t sensor;
	int64_t first, last;
	uint64_t gaps, rhythmic;
};

/* A sensor whose lines keep a distance of 18 to 22 s in a fifth of all cases and hardly ever come closer than chance
 * would bring them: a limit of three a minute. */
static void
find_rate_limits(struct model *m, struct rate *rates, uint32_t n_rates)
{
	const struct session_table *t = m->table;

	for (uint32_t i = 0; i < t->n; i++) {
		struct rate *r = NULL;

		if (t->service[i] != SERVICE_SCAN)
			continue;
		for (uint32_t k = 0; k < n_rates && r == NULL; k++)
			if (rates[k].sensor == t->text[TEXT_SENSOR][i] ||
			    rates[k].last == INT64_MIN)
				r = &rates[k];
		if (r == NULL)
			return; /* more sensors than places: a fleet, not one limited logger */
		if (r->last == INT64_MIN) {
			r->sensor = t->text[TEXT_SENSOR][i];
			r->first = t->start_us[i];
		} else {
			int64_t gap = (t->start_us[i] - r->last) / TIME_SECOND;

			r->gaps++;
			r->rhythmic += gap >= 18 && gap <= 22;
		}
		r->last = t->start_us[i];
	}
	for (uint32_t k = 0; k < n_rates; k++)
		if (rates[k].gaps >= 200 && rates[k].rhythmic * 5 >= rates[k].gaps) {
			add_mask(m, rates[k].sensor, rates[k].first, rates[k].last, "rate_limited");
			m->coarse_time = true;
		}
}

enum coord_err
model_masks(struct model *m, struct coord_error *err)
{
	enum { SENSORS = 64 };
	struct rate rates[SENSORS];
	struct arena_mark mark;

	m->masks = ARENA_ARRAY(m->arena, MASKS_MOST, struct detect_mask);
	m->visit_masked = ARENA_ARRAY(m->arena, m->n_visits, bool);
	if (m->masks == NULL || m->visit_masked == NULL)
		return model_full(err);
	for (uint32_t k = 0; k < SENSORS; k++)
		rates[k] = (struct rate){ .last = INT64_MIN };
	mark = arena_mark(m->arena);
	TRY(find_gaps(m, m->arena, err));
	arena_rewind(m->arena, mark);
	find_equal(m);
	find_rate_limits(m, rates, SENSORS);
	return COORD_OK;
}
