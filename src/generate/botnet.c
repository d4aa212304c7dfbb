/* botnet.c - C1: one herder, many hosts. Every member runs the same script in parallel. A share of the visits follows
 * taskings that reach all members within the jitter; the others come when the stratum is active, as everybody's. */
#include "generate/world.h"

#include <math.h>

/* `n` taskings spread over the time span. */
static int64_t *
draw_taskings(struct world *w, uint32_t n, struct rng *rng)
{
	int64_t *at = ARENA_ARRAY_RAW(w->arena, n, int64_t);

	if (at == NULL) {
		w->failed = true;
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++)
		at[i] = w->start_us + (int64_t)(rng_uniform(rng) * (double)w->span_us);
	return at;
}

static void
plant_member(struct world *w, uint32_t actor, const struct parameters *p, const int64_t *taskings,
    uint32_t n_taskings, struct rng *rng)
{
	const struct actor a = w->actors[actor];
	uint32_t follows = (uint32_t)(p->synchronised * p->visits + rng_uniform(rng));
	uint32_t first = n_taskings == 0 ? 0 : rng_below(rng, n_taskings);

	follows = follows < n_taskings ? follows : n_taskings;
	for (uint32_t v = 0; v < p->visits; v++) {
		int64_t at;

		if (v < follows) {
			double off = p->jitter_s * 1e6 * rng_normal(rng);

			at = taskings[(first + v) % n_taskings] + (int64_t)off;
		} else {
			at = clock_draw(
			    w, a.tool, a.zone, w->start_us, w->start_us + w->span_us, rng);
		}
		world_add_visit(w, actor, at, 1 + rng_below(rng, 2), rng);
	}
}

void
plant_fan_out(struct world *w, size_t plan, const struct parameters *p)
{
	uint32_t group = (uint32_t)plan + 1;
	struct rng rng = rng_at(w->config->seed, STAGE_ACTOR, group, 0);
	struct outfit o = outfit_make(w, p, group, &rng);
	/* a few more taskings than a member follows, so that not everybody is at each */
	uint32_t n = (uint32_t)ceil(p->synchronised * p->visits * 1.3);
	int64_t *taskings = draw_taskings(w, n, &rng);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor;

		rng = rng_at(w->config->seed, STAGE_ACTOR, group, i + 1);
		a = outfit_actor(w, &o, p, group, i, &rng);
		a.source = network_address(w, network_of(a.asn), NO_INDEX, &rng);
		if ((actor = world_add_actor(w, &a)) != NO_INDEX)
			plant_member(w, actor, p, taskings, n, &rng);
	}
}
