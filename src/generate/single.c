/* single.c - H2: one control process behind many addresses. Its one clock decides when something happens; the addresses
 * only take turns, so they divide the work and hardly ever act at the same time. */
#include "generate/world.h"

#include <math.h>

/* H2b: adjacent addresses of one prefix take turns on one timer, each with its part of the list. */
void
plant_adjacent(struct world *w, size_t plan, const struct parameters *p)
{
	uint32_t group = (uint32_t)plan + 1;
	struct rng rng = rng_at(w->config->seed, STAGE_ACTOR, group, 0);
	struct outfit o = outfit_make(w, p, group, &rng);
	struct addr *run = ARENA_ARRAY(w->arena, p->members, struct addr);
	uint32_t first = w->n_actors, turns = p->members * p->visits;
	double gap, at;

	if (run == NULL) {
		w->failed = true;
		return;
	}
	network_run(w, o.networks[0], p->members, &rng, run);
	for (uint32_t i = 0; i < p->members; i++) {
		struct actor a = outfit_actor(w, &o, p, group, 0, &rng);

		a.source = run[i];
		a.list_offset = i;
		world_add_actor(w, &a);
	}
	gap = 0.9 * (double)w->span_us / turns;
	at = (double)w->start_us + 0.05 * (double)w->span_us * rng_uniform(&rng);
	for (uint32_t t = 0; t < turns && !w->failed; t++) {
		world_add_visit(
		    w, first + t % p->members, (int64_t)at, 1 + rng_below(&rng, 3), &rng);
		at += gap * (0.8 + 0.4 * rng_uniform(&rng));
	}
}

/* H2a: each proxy serves one to three visits, then the next takes over within two minutes. The actor works in shifts. */
void
plant_proxies(struct world *w, size_t plan, const struct parameters *p)
{
	enum { SHIFT = 6 };
	uint32_t group = (uint32_t)plan + 1;
	struct rng rng = rng_at(w->config->seed, STAGE_ACTOR, group, 0);
	struct outfit o = outfit_make(w, p, group, &rng);
	uint32_t shifts = (p->members + SHIFT - 1) / SHIFT;
	int64_t at = 0;

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a = outfit_actor(w, &o, p, group, i, &rng);
		uint32_t actor, visits = 1 + rng_below(&rng, p->visits);

		a.source = network_address(w, network_of(a.asn), NO_INDEX, &rng);
		actor = world_add_actor(w, &a);
		if (i % SHIFT == 0)
			at = w->start_us + (int64_t)((i / SHIFT + rng_uniform(&rng) * 0.8) *
						     (double)w->span_us / shifts);
		for (uint32_t v = 0; v < visits; v++) {
			uint32_t sessions = 1 + rng_below(&rng, 3);

			world_add_visit(w, actor, at, sessions, &rng);
			at += (int64_t)sessions * 15 * TIME_SECOND +
			      (int64_t)(5e6 + 60e6 * rng_uniform(&rng));
		}
	}
}
