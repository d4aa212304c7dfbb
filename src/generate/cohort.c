/* cohort.c - HN4, HN5, HN7, HN9, HN10: independent actors that have a circumstance in common: the same working hours,
 * the same cheap network, the same address behind a carrier's NAT, an analyst's choice, or a stolen key. */
#include "generate/world.h"

#include <math.h>

/* HN4: same country, same office hours: weekdays' visits gather around the zone's peak. */
void
plant_day_workers(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	double noon = 24.0 * rng_uniform(&rng);
	uint32_t days = (uint32_t)(w->span_us / (86400 * TIME_SECOND));

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor;

		rng = member_rng(w, plan, i + 1);
		a = background_actor(w, &rng);
		a.group = (uint32_t)plan + 1;
		actor = world_add_actor(w, &a);
		for (uint32_t v = 0; v < p->visits; v++) {
			double hour = noon + 2.5 * rng_normal(&rng);
			double at = (24.0 * rng_below(&rng, days) + hour) * 3600e6;

			at = fmod(at + (double)w->span_us, (double)w->span_us);
			world_add_visit(
			    w, actor, w->start_us + (int64_t)at, 1 + rng_below(&rng, 2), &rng);
		}
	}
}

/* HN5: the same few blocks of the largest network, nothing else. */
void
plant_neighbours(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	uint32_t block = rng_below(&rng, 80);

	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;

		rng = member_rng(w, plan, i + 1);
		a = background_actor(w, &rng);
		a.group = (uint32_t)plan + 1;
		a.asn = network_asn(0);
		a.source = network_address(w, 0, block + rng_below(&rng, 4), &rng);
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, w->start_us, world_end(w), &rng);
	}
}

/* HN7: each address is a carrier's, with two to six customers who have nothing to do with each other. */
void
plant_carrier_nat(struct world *w, size_t plan, const struct parameters *p)
{
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct rng rng = member_rng(w, plan, i + 1);
		struct actor outside = background_actor(w, &rng);
		uint32_t customers = 2 + rng_below(&rng, 5);

		for (uint32_t c = 0; c < customers && !w->failed; c++) {
			struct actor a = background_actor(w, &rng);

			a.group = (uint32_t)plan + 1;
			a.source = outside.source;
			a.asn = outside.asn;
			world_add_visits(w, world_add_actor(w, &a), 1 + p->visits / customers,
			    w->start_us, world_end(w), &rng);
		}
	}
}

/* HN9: nobody new. An analyst picked the users of the most popular wordlist, so that they share it proves nothing. */
void
plant_selected(struct world *w, size_t plan, const struct parameters *p)
{
	uint32_t users[LISTS_PUBLIC] = { 0 }, best = 0, taken = 0;
	struct generate_group *g = &w->groups[plan];

	for (uint32_t i = 0; i < w->n_actors; i++) {
		const struct actor *a = &w->actors[i];

		if (a->group == 0 && a->list_use == LIST_WALK && a->attempts > 0)
			users[a->list % LISTS_PUBLIC]++;
	}
	for (uint32_t l = 1; l < LISTS_PUBLIC; l++)
		best = users[l] > users[best] ? l : best;
	for (uint32_t i = 0; i < w->n_actors && taken < p->members; i++) {
		struct actor *a = &w->actors[i];

		if (a->group != 0 || a->list_use != LIST_WALK || a->attempts == 0 ||
		    a->list != best)
			continue;
		a->group = (uint32_t)plan + 1;
		taken++;
	}
	g->members = taken;
	g->selected_by = "dictionary";
}

/* HN10: a botnet's hosts are taken over. The second group comes later, with tools and words of its own, but its script
 * names the first one's key to remove it, so the key is seen in both. */
void
plant_takeover(struct world *w, size_t plan, const struct parameters *p)
{
	uint32_t group = (uint32_t)plan + 1;
	struct rng rng = member_rng(w, plan, 0);
	struct outfit halves[2];
	const char *first_key = vocabulary_key_line(w, rng_u64(&rng));
	const char *second_key = vocabulary_key_line(w, rng_u64(&rng));

	w->groups[plan].artefact = "key";
	for (uint32_t h = 0; h < 2 && !w->failed; h++) {
		struct script *s;

		halves[h] = outfit_make(w, p, group, &rng);
		if (w->failed)
			return;
		s = &w->scripts[halves[h].script];
		s->n = s->n < LINES_MOST - 2 ? s->n : LINES_MOST - 2;
		s->lines[s->n++] = first_key;
		if (h == 1)
			s->lines[s->n++] = second_key;
	}
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		uint32_t h = i % 2;
		int64_t from = w->start_us + (h == 0 ? 0 : w->span_us / 2);
		struct actor a;

		rng = member_rng(w, plan, i + 1);
		a = outfit_actor(w, &halves[h], p, group, i, &rng);
		a.part = h + 1;
		a.source = network_address(w, network_of(a.asn), NO_INDEX, &rng);
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, from, from + w->span_us / 2, &rng);
	}
}
