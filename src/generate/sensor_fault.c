/* sensor_fault.c - HN6: what looks like coordination is the sensor's doing. Independent actors, and a fault that touches
 * every session the sensor logs in some hours, theirs and everybody's:
 *   outage            nothing is logged; when the sensor returns, everybody who had been trying gets through at once
 *                     (hard: and the backlog is stamped by the ten seconds)
 *   clock step        the clock runs ahead until it is set right, so that an hour is logged twice
 *   equal timestamps  the log is flushed in batches, and a batch carries one time stamp
 *   new sensor        nobody knows it before it is switched on, and everybody finds it soon after */
#include "generate/world.h"

enum variant { OUTAGE = 1, CLOCK_STEP, EQUAL_TIMESTAMPS, NEW_SENSOR };

#define MINUTE_US (60 * TIME_SECOND)

/* An independent actor that knows one sensor. */
static uint32_t
add_visitor(struct world *w, size_t plan, uint32_t sensor, struct rng *rng)
{
	struct actor a = background_actor(w, rng);

	a.group = (uint32_t)plan + 1;
	a.sensor_mask = (uint8_t)(1u << sensor);
	return world_add_actor(w, &a);
}

static int64_t
share_of_span(const struct world *w, double share)
{
	return (int64_t)(share * (double)w->span_us);
}

/* Draws the fault; its sensor is given. `burst_us`: when the first of the members shows up behind it. */
static struct fault
draw_fault(const struct world *w, uint32_t variant, uint32_t sensor, struct rng *rng)
{
	static const int64_t flushes[] = { 60, 120, 300 };
	double where = 0.2 + 0.5 * rng_uniform(rng), length = 0.01 + 0.06 * rng_uniform(rng);
	struct fault f = { .kind = FAULT_SILENCE, .sensor = sensor };

	f.from_us = w->start_us + share_of_span(w, where);
	f.to_us = f.from_us + share_of_span(w, length);
	switch (variant) {
	case CLOCK_STEP:
		f.kind = FAULT_STEP;
		f.by_us = (10 + rng_below(rng, 50)) * MINUTE_US;
		break;
	case EQUAL_TIMESTAMPS:
		f.kind = FAULT_BATCH;
		f.by_us = flushes[rng_below(rng, 3)] * TIME_SECOND;
		break;
	case NEW_SENSOR:
		f.to_us = f.from_us;
		f.from_us = w->start_us;
		break;
	default:
		break;
	}
	return f;
}

/* The visit of a member that the fault turns into a crowd. */
static int64_t
crowded_visit(const struct fault *f, const struct parameters *p, struct rng *rng)
{
	double u = rng_uniform(rng);
	int64_t at;

	switch (p->variant) {
	case CLOCK_STEP: /* the hour that is logged twice: before and after the clock is set right */
		return f->to_us + (int64_t)((2.0 * u - 1.0) * (double)f->by_us);
	case EQUAL_TIMESTAMPS:
		return f->from_us + (int64_t)(u * (double)(f->to_us - f->from_us));
	case NEW_SENSOR:
		return f->to_us + (int64_t)(60e6 * 60 * rng_exponential(rng) *
					    (p->difficulty == DIFFICULTY_HARD ? 1.0 : 6.0));
	default:
		at = f->to_us + (int64_t)(90e6 * u);
		if (p->difficulty == DIFFICULTY_HARD)
			at += 10 * TIME_SECOND - at % (10 * TIME_SECOND);
		return at;
	}
}

void
plant_sensor_fault(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	uint32_t sensor = rng_below(&rng, w->sensors);
	struct fault f;

	if (p->variant == NEW_SENSOR)
		sensor =
		    w->sensors < GENERATE_SENSORS_MOST ? w->sensors++ : GENERATE_SENSORS_MOST - 1;
	f = draw_fault(w, p->variant, sensor, &rng);
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		uint32_t actor;
		int64_t at;

		rng = member_rng(w, plan, i + 1);
		actor = add_visitor(w, plan, sensor, &rng);
		at = crowded_visit(&f, p, &rng);
		world_add_visits(w, actor, p->visits - 1,
		    p->variant == NEW_SENSOR ? f.to_us : w->start_us, world_end(w), &rng);
		world_add_visit(w, actor, at, 1, &rng);
	}
	w->faults[w->n_faults++] = f;
}
