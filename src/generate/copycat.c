/* copycat.c - HN1: many owners of one public tool and its public wordlist. Everything they share is public, and when
 * they act is their own business: from the top of the list, from anywhere in it, or a random part of it. */
#include "generate/world.h"

void
plant_copycats(struct world *w, size_t plan, const struct parameters *p)
{
	uint32_t group = (uint32_t)plan + 1;
	struct rng rng = rng_at(w->config->seed, STAGE_ACTOR, group, 0);
	struct outfit o = outfit_make(w, p, group, &rng);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor, how;

		rng = rng_at(w->config->seed, STAGE_ACTOR, group, i + 1);
		a = background_actor(w, &rng);
		how = rng_below(&rng, 3);
		a.group = group;
		a.tool = o.tool;
		a.list = o.list;
		a.script = o.script;
		a.list_use = how == 2 ? LIST_SUBSET : LIST_WALK;
		a.list_offset = how == 1 ? rng_below(&rng, w->lists[o.list].n) : 0;
		a.attempts = (uint8_t)(2 + rng_below(&rng, 4));
		if ((actor = world_add_actor(w, &a)) == NO_INDEX)
			return;
		for (uint32_t v = 0; v < p->visits; v++) {
			int64_t at = clock_draw(
			    w, a.tool, a.zone, w->start_us, w->start_us + w->span_us, &rng);

			world_add_visit(w, actor, at, 1 + rng_below(&rng, 3), &rng);
		}
	}
}
