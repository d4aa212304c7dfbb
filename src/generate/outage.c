/* outage.c - HN6: the sensor was away. Nothing is logged for hours, and when it returns everybody who had been trying
 * gets through at once. The burst is the sensor's, not the attackers'. Harder: the log is flushed in batches, so that
 * whole seconds of events carry one time stamp. */
#include "generate/world.h"

/* Sessions of the sensor within the gap were never seen. */
static void
drop_sessions(struct world *w, uint32_t sensor, int64_t from_us, int64_t to_us)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < w->n_sessions; i++) {
		const struct gen_session *s = &w->sessions[i];

		if (s->sensor == sensor && s->start_us >= from_us && s->start_us < to_us)
			continue;
		w->sessions[kept++] = *s;
	}
	w->n_sessions = kept;
}

void
plant_outage(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	bool batches = w->config->plans[plan].difficulty == DIFFICULTY_HARD;
	uint32_t sensor = rng_below(&rng, w->sensors);
	/* hours in a week's log, less in a shorter one */
	int64_t length = (int64_t)((0.01 + 0.06 * rng_uniform(&rng)) * (double)w->span_us);
	int64_t from =
	    w->start_us + (int64_t)((0.2 + 0.5 * rng_uniform(&rng)) * (double)w->span_us);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor;
		int64_t back;

		rng = member_rng(w, plan, i + 1);
		a = background_actor(w, &rng);
		a.group = (uint32_t)plan + 1;
		a.sensor_mask = (uint8_t)(1u << sensor);
		actor = world_add_actor(w, &a);
		back = from + length + (int64_t)(90e6 * rng_uniform(&rng));
		if (batches)
			back += 10 * TIME_SECOND - back % (10 * TIME_SECOND);
		world_add_visits(w, actor, p->visits - 1, w->start_us, world_end(w), &rng);
		world_add_visit(w, actor, back, 1, &rng);
	}
	drop_sessions(w, sensor, from, from + length);
}
