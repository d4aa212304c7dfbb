/* staged.c - C2: a campaign with divided labour. Scanners only connect, brute forcers look for a way in, and within the
 * hour loaders come with exactly the credential that was found and bring the script. */
#include "generate/world.h"

enum { HITS = 5, TRIES = 4 };

/* The wordlist of brute forcers: every last try of a session is one of the credentials that work. */
static void
make_lists(struct world *w, struct rng *rng, uint32_t *ret_brute, uint32_t *ret_hits)
{
	uint32_t all = vocabulary_list(w, HITS * TRIES, 0.7, rng);
	uint32_t hits[HITS];

	*ret_brute = all;
	for (uint32_t i = 0; i < HITS && !w->failed; i++)
		hits[i] = w->lists[all].ranks[i * TRIES + TRIES - 1];
	*ret_hits = w->failed ? 0 : world_add_list(w, hits, HITS);
}

static uint32_t
add_member(struct world *w, const struct outfit *o, const struct parameters *p, size_t plan,
    uint32_t i, struct rng *rng, uint8_t attempts, uint8_t success_pct)
{
	struct actor a = outfit_actor(w, o, p, (uint32_t)plan + 1, i, rng);

	a.source = network_address(w, network_of(a.asn), NO_INDEX, rng);
	a.attempts = attempts;
	a.success_pct = success_pct;
	a.list_use = LIST_WALK;
	a.list_offset = 0;
	a.list_stride = 1;
	return world_add_actor(w, &a);
}

/* What a brute forcer found, a loader uses within the hour. */
static void
plant_finder(struct world *w, uint32_t finder, uint32_t first_loader, uint32_t loaders,
    const struct parameters *p, struct rng *rng)
{
	const struct actor a = w->actors[finder];

	for (uint32_t v = 0; v < p->visits; v++) {
		int64_t at = clock_draw(w, a.tool, a.zone, w->start_us, world_end(w), rng);

		world_add_visit(w, finder, at, 1 + rng_below(rng, 3), rng);
		if (rng_below(rng, 2) == 0)
			continue;
		at += (int64_t)((300.0 + 3000.0 * rng_uniform(rng)) * 1e6);
		world_add_visit(w, first_loader + rng_below(rng, loaders), at, 1, rng);
	}
}

void
plant_staged(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	uint32_t loaders = 1 + p->members / 4, finders = 1 + p->members * 2 / 5, hits;
	uint32_t first_loader = w->n_actors;

	make_lists(w, &rng, &o.list, &hits);
	for (uint32_t i = 0; i < loaders && i < p->members && !w->failed; i++) {
		struct outfit loader = o;

		loader.list = hits;
		rng = member_rng(w, plan, i + 1);
		world_add_visits(w, add_member(w, &loader, p, plan, i, &rng, 1, 100), 1,
		    w->start_us, world_end(w), &rng);
	}
	for (uint32_t i = loaders; i < p->members && !w->failed; i++) {
		bool finds = i < loaders + finders;
		struct outfit own = o;
		uint32_t actor;

		rng = member_rng(w, plan, i + 1);
		own.script = NO_INDEX;
		actor = add_member(w, &own, p, plan, i, &rng, finds ? TRIES : 0, finds ? 40 : 0);
		if (actor == NO_INDEX)
			return;
		if (finds)
			plant_finder(w, actor, first_loader, loaders, p, &rng);
		else
			world_add_visits(w, actor, p->visits, w->start_us, world_end(w), &rng);
	}
}
