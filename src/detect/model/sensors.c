/* sensors.c - masks that concern one sensor.
 *
 * new_sensor  its first record comes a day or more after others recorded, and much later than its own pace explains. Nobody
 *             knows it before, and everybody who sweeps the internet finds it soon after: its first six hours are left out.
 * clock_step  three sources or more have sessions across one instant whose time stamps disagree with the duration that the
 *             honeypot measured, all by the same minute or more: the clock was set between the stamps. A step back logs a
 *             span twice, a step ahead skips one; as much as the step is left out on both sides. Steps that fall between
 *             sessions leave no such trace and are not found. */
#include <stdlib.h>

#include "detect/model/masks.h"

enum {
	SENSORS_MOST = 1024,
	OTHERS_LEAST = 20,
	OWN_LEAST = 10,
	PACE_TIMES = 20,
	WITNESSES_LEAST = 3
};
static const int64_t late_least = 86400 * TIME_SECOND;
static const int64_t settling = 6 * 3600 * TIME_SECOND;
static const int64_t step_least = 60 * TIME_SECOND, step_alike = 5 * TIME_SECOND;
static const int64_t step_most = 7 * 86400 * TIME_SECOND;

struct sensor_log {
	uint32_t id, sessions;
	int64_t first, last;
};

/* A session whose stamps and duration disagree. */
struct witness {
	uint32_t sensor;
	int64_t from, to, by; /* stamps; positive: the clock went ahead */
	struct addr source;
};

static enum coord_err
list_sensors(const struct model *m, struct sensor_log *sensors, uint32_t *n)
{
	const struct session_table *t = m->table;
	struct map index = MAP_INIT;

	for (uint32_t i = 0; i < t->n; i++) { /* in time order */
		uint32_t id = t->text[TEXT_SENSOR][i];
		uint32_t *slot = map_slot(&index, id);

		if (slot == NULL) {
			map_clear(&index);
			return COORD_ENOMEM;
		}
		if (*slot == MAP_NONE) {
			if (*n == SENSORS_MOST)
				continue;
			*slot = (*n)++;
			sensors[*slot] = (struct sensor_log){ .id = id, .first = t->start_us[i] };
		}
		sensors[*slot].sessions++;
		sensors[*slot].last = t->start_us[i];
	}
	map_clear(&index);
	return COORD_OK;
}

/* Sessions of the batch before an instant: the table is in time order. */
static uint32_t
sessions_before(const struct session_table *t, int64_t at)
{
	uint32_t low = 0, high = t->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (t->start_us[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
find_new(struct model *m, const struct sensor_log *s)
{
	int64_t late = s->first - m->table->start_us[0];
	int64_t pace = s->sessions < 2 ? 0 : (s->last - s->first) / (s->sessions - 1);

	if (s->id == STR_NONE || s->sessions < OWN_LEAST || late < late_least ||
	    late < PACE_TIMES * pace || sessions_before(m->table, s->first) < OTHERS_LEAST)
		return;
	masks_add(m, s->id, s->first, s->first + settling, "new_sensor");
	masks_leave_out(m, s->id, s->first, s->first + settling);
}

static int
witness_order(const void *a, const void *b)
{
	const struct witness *x = a, *y = b;

	if (x->sensor != y->sensor)
		return x->sensor < y->sensor ? -1 : 1;
	if (x->by != y->by)
		return x->by < y->by ? -1 : 1;
	return x->from != y->from ? (x->from < y->from ? -1 : 1) : addr_cmp(x->source, y->source);
}

static uint32_t
list_witnesses(const struct session_table *t, struct witness *all)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		int64_t by = t->end_us[i] - t->start_us[i] - t->duration_us[i];

		if (t->duration_us[i] < 0 || (by < step_least && by > -step_least) ||
		    by > step_most || by < -step_most)
			continue;
		all[n++] = (struct witness){ t->text[TEXT_SENSOR][i], t->start_us[i], t->end_us[i],
			by, t->source[i] };
	}
	return n;
}

/* All that disagree by as much on one sensor: do they have an instant in common, and are they several? */
static void
judge_step(struct model *m, const struct witness *w, uint32_t n)
{
	int64_t from = w[0].from, to = w[0].to, by = w[0].by < 0 ? -w[0].by : w[0].by;
	uint32_t sources = 0;

	for (uint32_t i = 0; i < n; i++) {
		bool seen = false;

		from = w[i].from > from ? w[i].from : from;
		to = w[i].to < to ? w[i].to : to;
		for (uint32_t k = 0; k < i && !seen; k++)
			seen = addr_cmp(w[k].source, w[i].source) == 0;
		sources += !seen;
	}
	if (sources < WITNESSES_LEAST || from > to)
		return;
	masks_add(m, w[0].sensor, from - by, to + by, "clock_step");
	masks_leave_out(m, w[0].sensor, from - by, to + by + 1);
}

enum { STEP_WITNESSES_MOST = 200 };

static void
find_steps(struct model *m, struct witness *all)
{
	uint32_t n = list_witnesses(m->table, all);

	if (n > 0)
		qsort(all, n, sizeof(*all), witness_order);
	for (uint32_t from = 0, to; from < n; from = to) {
		for (to = from;
		     to < n && to - from < STEP_WITNESSES_MOST &&
		     all[to].sensor == all[from].sensor && all[to].by - all[from].by <= step_alike;
		     to++)
			;
		judge_step(m, all + from, to - from);
	}
}

enum coord_err
masks_of_sensors(struct model *m, struct coord_error *err)
{
	struct arena_mark mark = arena_mark(m->arena);
	struct sensor_log *sensors = ARENA_ARRAY(m->arena, SENSORS_MOST, struct sensor_log);
	struct witness *all = ARENA_ARRAY_RAW(m->arena, m->table->n, struct witness);
	uint32_t n = 0;

	if (sensors == NULL || all == NULL || list_sensors(m, sensors, &n) != COORD_OK)
		return model_full(err);
	for (uint32_t i = 0; n > 1 && i < n; i++)
		find_new(m, &sensors[i]);
	find_steps(m, all);
	arena_rewind(m->arena, mark);
	return COORD_OK;
}
