/* botnet.c - C1 and C3: one herder, many hosts running the same script in parallel.
 * C1: a share of the visits follows taskings that reach all members within the jitter; the others come when the stratum
 * is active, as everybody's. C3: hosts infect hosts, so members appear along a logistic curve. */
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

static uint32_t
add_member(struct world *w, const struct outfit *o, const struct parameters *p, size_t plan,
    uint32_t i, struct rng *rng)
{
	struct actor a = outfit_actor(w, o, p, (uint32_t)plan + 1, i, rng);

	a.source = network_address(w, network_of(a.asn), NO_INDEX, rng);
	return world_add_actor(w, &a);
}

static void
follow_taskings(struct world *w, uint32_t actor, const struct parameters *p,
    const int64_t *taskings, uint32_t n, struct rng *rng)
{
	uint32_t follows = (uint32_t)(p->synchronised * p->visits + rng_uniform(rng));
	uint32_t first = n == 0 ? 0 : rng_below(rng, n);

	follows = follows < n ? follows : n;
	for (uint32_t v = 0; v < follows; v++) {
		int64_t at = taskings[(first + v) % n];

		at += (int64_t)(p->jitter_s * 1e6 * rng_normal(rng));
		world_add_visit(w, actor, at, 1 + rng_below(rng, 2), rng);
	}
	world_add_visits(w, actor, p->visits - follows, w->start_us, world_end(w), rng);
}

void
plant_fan_out(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	/* a few more taskings than a member follows, so that not everybody is at each */
	uint32_t n = (uint32_t)ceil(p->synchronised * p->visits * 1.3);
	int64_t *taskings = draw_taskings(w, n, &rng);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		uint32_t actor;

		rng = member_rng(w, plan, i + 1);
		actor = add_member(w, &o, p, plan, i, &rng);
		if (actor != NO_INDEX)
			follow_taskings(w, actor, p, taskings, n, &rng);
	}
}

void
plant_recruits(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	double span = (double)w->span_us;
	double middle = (0.3 + 0.3 * rng_uniform(&rng)) * span;

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		double u, joins;
		int64_t from;

		rng = member_rng(w, plan, i + 1);
		u = 0.02 + 0.96 * rng_uniform(&rng);
		joins = middle + 0.06 * span * log(u / (1.0 - u));
		joins = fmin(fmax(joins, 0.0), 0.95 * span);
		from = w->start_us + (int64_t)joins;
		world_add_visits(
		    w, add_member(w, &o, p, plan, i, &rng), p->visits, from, world_end(w), &rng);
	}
}
