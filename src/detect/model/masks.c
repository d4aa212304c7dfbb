/* masks.c - times that say more about the recorder than about the attackers, found in the batch itself.
 *
 * collection_gap    nothing at all was recorded for long: everybody "starts together" when recording resumes, so visits in
 *                   the first two minutes after it are left out of the time tests.
 * equal_timestamps  many sources carry the very same start time: a batch stamped on arrival.
 * rate_limited      the counts of a sensor's lines about one destination vary far less than chance: the logger has a limit
 *                   (UFW: three lines a minute). Distances below a minute are then the logger's, and the time tests
 *                   use scales of a minute and more only.
 * new_sensor, clock_step: sensors.c. */
#include <stdlib.h>

#include "detect/model/masks.h"

enum {
	MASKS_MOST = 256,
	EQUAL_SOURCES_LEAST = 5,
	EQUAL_SOURCES_WHOLE_SECONDS = 12,
	RULES_MOST = 256,
	LIMIT_WINDOWS = 50,
	LIMIT_LINES = 5
};
static const double limit_dispersion =
    0.5; /* variance / mean; 0.06 and 0.14 with UFW's limit, 1.7 to 71 without */
static const int64_t limit_window = 600 * TIME_SECOND;
static const int64_t gap_least = 1800 * TIME_SECOND;
static const int64_t gap_medians = 50;
static const int64_t settle = 120 * TIME_SECOND;

void
masks_add(struct model *m, uint32_t sensor, int64_t from, int64_t to, const char *why)
{
	if (m->n_masks < MASKS_MOST)
		m->masks[m->n_masks++] = (struct detect_mask){ sensor, from, to, why };
}

void
masks_leave_out(struct model *m, uint32_t sensor, int64_t from, int64_t to)
{
	for (uint32_t v = 0; v < m->n_visits; v++)
		if (m->visits[v].start_us >= from && m->visits[v].start_us < to &&
		    (sensor == STR_NONE || m->visits[v].sensor == sensor))
			m->visit_masked[v] = true;
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
		masks_add(m, STR_NONE, before, after + settle, "collection_gap");
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
		masks_add(m, STR_NONE, at, at, "equal_timestamps");
		for (uint32_t i = from; i < to; i++)
			m->visit_masked[m->visit_order[i]] = true;
	}
}

/* One rule of one logger: lines of a sensor about one destination. */
struct rule_log {
	uint32_t sensor;
	int64_t first, last;
	int64_t window;               /* number of the window being counted */
	double lines;                 /* in it */
	double windows, sum, squares; /* over the windows that are done */
};

static void
close_window(struct rule_log *r)
{
	r->windows++;
	r->sum += r->lines;
	r->squares += r->lines * r->lines;
	r->lines = 0;
}

/* Attacks arrive in bursts: the variance of their counts exceeds the mean. A logger with a limit of so many lines a minute
 * flattens it far below. */
static bool
is_limited(const struct rule_log *r)
{
	double mean = r->sum / r->windows, variance = r->squares / r->windows - mean * mean;

	return r->windows >= LIMIT_WINDOWS && mean >= LIMIT_LINES &&
	       variance < limit_dispersion * mean;
}

static uint64_t
rule_key(const struct session_table *t, uint32_t row)
{
	struct sv to = { (const char *)t->destination[row].bytes,
		sizeof(t->destination[row].bytes) };

	return hash_mix(t->text[TEXT_SENSOR][row], hash_content(to));
}

static enum coord_err
count_windows(const struct model *m, struct rule_log *rules, uint32_t *n_rules, struct map *index)
{
	const struct session_table *t = m->table;

	for (uint32_t i = 0; i < t->n; i++) { /* in time order */
		int64_t window = t->start_us[i] / limit_window;
		uint32_t *slot;
		struct rule_log *r;

		if (t->service[i] != SERVICE_SCAN)
			continue;
		if ((slot = map_slot(index, rule_key(t, i))) == NULL)
			return COORD_ENOMEM;
		if (*slot == MAP_NONE) {
			if (*n_rules == RULES_MOST)
				return COORD_OK; /* a telescope, not a host with a firewall */
			*slot = (*n_rules)++;
			rules[*slot] = (struct rule_log){ .sensor = t->text[TEXT_SENSOR][i],
				.first = t->start_us[i],
				.window = window };
		}
		r = &rules[*slot];
		if (window !=
		    r->window) /* windows without a line are outages or quiet: they say nothing */
			close_window(r);
		r->window = window;
		r->lines += t->events[i];
		r->last = t->start_us[i];
	}
	return COORD_OK;
}

static enum coord_err
find_rate_limits(struct model *m, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(m->arena);
	struct rule_log *rules = ARENA_ARRAY(m->arena, RULES_MOST, struct rule_log);
	struct map index = MAP_INIT;
	uint32_t n = 0;
	enum coord_err rc = rules == NULL ? COORD_ENOMEM : count_windows(m, rules, &n, &index);

	map_clear(&index);
	if (rc != COORD_OK)
		return model_full(err);
	for (uint32_t k = 0; k < n; k++)
		if (is_limited(&rules[k])) {
			masks_add(
			    m, rules[k].sensor, rules[k].first, rules[k].last, "rate_limited");
			m->coarse_time = true;
		}
	arena_rewind(m->arena, mark);
	return COORD_OK;
}

enum coord_err
model_masks(struct model *m, struct coord_error *err)
{
	struct arena_mark mark;

	m->masks = ARENA_ARRAY(m->arena, MASKS_MOST, struct detect_mask);
	m->visit_masked = ARENA_ARRAY(m->arena, m->n_visits, bool);
	if (m->masks == NULL || m->visit_masked == NULL)
		return model_full(err);
	mark = arena_mark(m->arena);
	TRY(find_gaps(m, m->arena, err));
	arena_rewind(m->arena, mark);
	find_equal(m);
	TRY(masks_of_sensors(m, err));
	return find_rate_limits(m, err);
}
