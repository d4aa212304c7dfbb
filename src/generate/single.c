/* single.c - H2: one control process behind many addresses. Its one clock decides when something happens; the addresses
 * only take turns, so they divide the work and hardly ever act at the same time. */
#include "generate/world.h"

#include <math.h>

/* H2b: adjacent addresses of one prefix take turns on one timer, each with its part of the list. */
void
plant_adjacent(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	struct addr *run = ARENA_ARRAY(w->arena, p->members, struct addr);
	uint32_t first = w->n_actors, turns = p->members * p->visits;
	double gap, at;

	if (run == NULL) {
		w->failed = true;
		return;
	}
	network_run(w, o.networks[0], p->members, &rng, run);
	for (uint32_t i = 0; i < p->members; i++) {
		struct actor a = outfit_actor(w, &o, p, (uint32_t)plan + 1, 0, &rng);

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

/* `visits` visits of one address from `at` on, each shortly after the one before. Returns when the next may start. */
static int64_t
serve(struct world *w, uint32_t actor, uint32_t visits, int64_t at, struct rng *rng)
{
	for (uint32_t v = 0; v < visits && actor != NO_INDEX; v++) {
		uint32_t sessions = 1 + rng_below(rng, 3);

		world_add_visit(w, actor, at, sessions, rng);
		at +=
		    (int64_t)sessions * 15 * TIME_SECOND + (int64_t)(5e6 + 60e6 * rng_uniform(rng));
	}
	return at;
}

/* H2a: each proxy serves one to three visits, then the next takes over within two minutes. The actor works in shifts. */
void
plant_proxies(struct world *w, size_t plan, const struct parameters *p)
{
	enum { SHIFT = 6 };
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	uint32_t shifts = (p->members + SHIFT - 1) / SHIFT;
	int64_t at = 0;

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a = outfit_actor(w, &o, p, (uint32_t)plan + 1, i, &rng);
		uint32_t number = i / SHIFT;
		double shift = number + 0.8 * rng_uniform(&rng);

		if (i % SHIFT == 0)
			at = w->start_us + (int64_t)(shift * (double)w->span_us / shifts);
		a.source = network_address(w, network_of(a.asn), NO_INDEX, &rng);
		at = serve(w, world_add_actor(w, &a), 1 + rng_below(&rng, p->visits), at, &rng);
	}
}

/* Addresses used one after the other: address i only in the i-th part of the time. Each goes on where the list was left. */
static void
plant_succession(struct world *w, size_t plan, const struct parameters *p, uint32_t blocks)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	int64_t life = w->span_us / p->members;
	uint32_t first_block = rng_below(&rng, 64);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor, block;

		rng = member_rng(w, plan, i + 1);
		a = outfit_actor(w, &o, p, (uint32_t)plan + 1, i, &rng);
		block = blocks == 0 ? NO_INDEX : first_block + rng_below(&rng, blocks);
		a.source = network_address(w, network_of(a.asn), block, &rng);
		a.list_offset = i * p->visits * 4;
		a.list_stride = 1;
		a.attempts = 4;
		actor = world_add_actor(w, &a);
		world_add_visits(w, actor, p->visits, w->start_us + i * life,
		    w->start_us + (i + 1) * life, &rng);
	}
}

/* H2c: cloud instances, thrown away and rented again anywhere in the provider's network. */
void
plant_cloud(struct world *w, size_t plan, const struct parameters *p)
{
	plant_succession(w, plan, p, 0);
}

/* H2d: one host whose provider hands it another address of the same few blocks now and then. */
void
plant_churn(struct world *w, size_t plan, const struct parameters *p)
{
	plant_succession(w, plan, p, 4);
}

/* H2e: research scanners: adjacent addresses sweep all sensors once a day in a fixed order, and never log in. */
void
plant_fleet(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	struct addr *run = ARENA_ARRAY(w->arena, p->members, struct addr);
	int64_t period = w->span_us / p->visits;
	int64_t phase = (int64_t)(rng_uniform(&rng) * 0.3 * (double)period);

	if (run == NULL) {
		w->failed = true;
		return;
	}
	network_run(w, o.networks[0], p->members, &rng, run);
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a = outfit_actor(w, &o, p, (uint32_t)plan + 1, 0, &rng);
		uint32_t actor;

		a.source = run[i];
		a.attempts = 0;
		a.success_pct = 0;
		a.script = NO_INDEX;
		actor = world_add_actor(w, &a);
		for (uint32_t v = 0; v < p->visits; v++)
			world_add_visit(w, actor,
			    w->start_us + phase + v * period +
				(int64_t)(i * 20e6 + 10e6 * rng_uniform(&rng)),
			    1, &rng);
	}
}
