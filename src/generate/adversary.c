/* adversary.c - A1, A4, A5: somebody who knows how the engine works. A1 (and A2, A3, which are botnets with other
 * parameters) evades: the campaign is one and should be found. A4 and A5 poison: the victims are independent, and the
 * adversary tries to have them taken for a campaign. The truth is that of the victims; the adversary's own addresses
 * are part 2 of the group, one actor if there are several. */
#include "generate/world.h"

/* A1: every member also makes visits that have nothing to do with the campaign: other tool, words, script, and times of
 * their own. */
void
plant_decoys(struct world *w, size_t plan, const struct parameters *p)
{
	static const double decoys[DIFFICULTY_COUNT] = { 0.5, 1.0, 3.0 };
	uint32_t first = w->n_actors, n;

	plant_fan_out(w, plan, p);
	n = w->n_actors - first;
	for (uint32_t i = 0; i < n && !w->failed; i++) {
		struct rng rng = member_rng(w, plan, (1u << 24) + i);
		struct actor a = background_actor(w, &rng);

		a.group = (uint32_t)plan + 1;
		a.source = w->actors[first + i].source;
		a.asn = w->actors[first + i].asn;
		world_add_visits(w, world_add_actor(w, &a),
		    1 + (uint32_t)(decoys[p->difficulty] * p->visits), w->start_us, world_end(w),
		    &rng);
	}
}

/* A victim as the background has them, but with a script, key and payload that are nobody else's. */
static uint32_t
add_victim(struct world *w, size_t plan, struct rng *rng)
{
	struct actor a = background_actor(w, rng);
	struct payload payload = { .mode = PAYLOAD_ONE, .salt = rng_u64(rng) };
	bool telnet = w->tools[a.tool].service == SERVICE_TELNET;
	struct script own = vocabulary_script(w, 3 + rng_below(rng, 6), payload, telnet, rng);

	if (!telnet)
		own.lines[own.n++] = vocabulary_key_line(w, payload.salt);
	a.group = (uint32_t)plan + 1;
	a.script = world_add_script(w, &own);
	a.attempts = (uint8_t)(1 + rng_below(rng, 4));
	a.success_pct = 80;
	return world_add_actor(w, &a);
}

/* The adversary's addresses, fewest where it is easiest to see through. */
static uint32_t
count_adversaries(struct generate_group *g)
{
	static const uint32_t counts[DIFFICULTY_COUNT] = { 1, 3, 10 };

	g->members += counts[g->difficulty];
	return counts[g->difficulty];
}

/* Adversary k: one tool and list at all its addresses. */
static struct actor
adversary_actor(struct world *w, size_t plan, const struct outfit *o, uint32_t n, struct rng *rng)
{
	struct actor a = background_actor(w, rng);

	a.group = (uint32_t)plan + 1;
	a.part = n > 1 ? 2 : 0;
	a.tool = o->tool;
	a.list = o->list;
	a.list_use = LIST_WALK;
	a.attempts = 2;
	a.success_pct = 100;
	a.sensor_mask = 0xff;
	return a;
}

/* A4: from each of its addresses the adversary runs every victim's script, with the victim's key, URL and file, so that
 * all victims have an artefact in common with it. */
void
plant_forged(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	uint32_t first = w->n_actors, n = count_adversaries(&w->groups[plan]);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		rng = member_rng(w, plan, i + 1);
		world_add_visits(
		    w, add_victim(w, plan, &rng), p->visits, w->start_us, world_end(w), &rng);
	}
	for (uint32_t k = 0; k < n && !w->failed; k++) {
		struct actor a;

		rng = member_rng(w, plan, (1u << 24) + k);
		a = adversary_actor(w, plan, &o, n, &rng);
		for (uint32_t i = 0; i < p->members && !w->failed; i++) {
			a.script = w->actors[first + i].script;
			world_add_visits(
			    w, world_add_actor(w, &a), 1, w->start_us, world_end(w), &rng);
		}
	}
}

/* A5: within seconds of six in ten of a victim's visits one of the adversary's addresses comes too. */
void
plant_shadows(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	uint32_t first = w->n_sessions, n = count_adversaries(&w->groups[plan]), adversaries = 0,
		 until;

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;

		rng = member_rng(w, plan, i + 1);
		a = background_actor(w, &rng);
		a.group = (uint32_t)plan + 1;
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, w->start_us, world_end(w), &rng);
	}
	rng = member_rng(w, plan, 1u << 24);
	adversaries = w->n_actors;
	for (uint32_t k = 0; k < n && !w->failed; k++) {
		struct actor a = adversary_actor(w, plan, &o, n, &rng);

		a.script = o.script;
		world_add_actor(w, &a);
	}
	until = w->n_sessions;
	for (uint32_t i = first; i < until && !w->failed; i++) {
		int64_t at = w->sessions[i].start_us + (int64_t)(2e6 + 28e6 * rng_uniform(&rng));

		if (rng_below(&rng, 10) < 6)
			world_add_visit(w, adversaries + rng_below(&rng, n), at, 1, &rng);
	}
}
