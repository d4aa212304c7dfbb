/* copycat.c - HN1, HN2, HN3, HN8: many independent owners of something public: a tool and its wordlist, a new exploit,
 * leaked source code, a popular script. When they act is their own business, except that news travels. */
#include "generate/world.h"

#include <math.h>

/* An independent actor dressed in what is public. */
static struct actor
copycat_actor(struct world *w, const struct outfit *o, size_t plan, struct rng *rng)
{
	struct actor a = background_actor(w, rng);

	a.group = (uint32_t)plan + 1;
	a.tool = o->tool;
	a.list = o->list;
	a.script = o->script;
	a.attempts = (uint8_t)(2 + rng_below(rng, 4));
	a.list_use = LIST_WALK;
	a.list_offset = 0;
	return a;
}

/* HN1: from the top of the list, from anywhere in it, or a random part of it. */
void
plant_copycats(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);

	o.script = w->tools[o.tool].script;
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t how;

		rng = member_rng(w, plan, i + 1);
		a = copycat_actor(w, &o, plan, &rng);
		how = rng_below(&rng, 3);
		how = p->variant == 0 ? how : p->variant - 1;
		a.list_use = how == 2 ? LIST_SUBSET : LIST_WALK;
		a.list_offset = how == 1 ? rng_below(&rng, w->lists[o.list].n) : 0;
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, w->start_us, world_end(w), &rng);
	}
}

/* HN2: a new one-line exploit, copied letter by letter. The crowd arrives within a day of its publication and thins
 * out; the harder, the faster. */
void
plant_flash_crowd(struct world *w, size_t plan, const struct parameters *p)
{
	static const double hours[DIFFICULTY_COUNT] = { 24, 6, 1 };
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	struct script exploit = { .n = 2 };
	double rush =
	    fmin(hours[w->config->plans[plan].difficulty] * 3600e6, 0.25 * (double)w->span_us);
	int64_t published =
	    w->start_us + (int64_t)((0.2 + 0.5 * rng_uniform(&rng)) * (double)w->span_us);

	exploit.lines[0] = "id";
	exploit.lines[1] = arena_printf(w->arena,
	    "/usr/sbin/diag ping -c 1 127.0.0.1%%0a%08x; cat /proc/self/environ", rng_u32(&rng));
	if (exploit.lines[1] == NULL) {
		w->failed = true;
		return;
	}
	o.script = world_add_script(w, &exploit);
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct actor a;
		uint32_t actor;

		rng = member_rng(w, plan, i + 1);
		a = copycat_actor(w, &o, plan, &rng);
		a.success_pct = 100;
		actor = world_add_actor(w, &a);
		for (uint32_t v = 0; v < p->visits; v++) {
			/* the first visit in the rush, the others as interest fades over days */
			double lag =
			    v == 0 ? rush * rng_uniform(&rng) : rush + 36e9 * rng_exponential(&rng);

			world_add_visit(
			    w, actor, published + (int64_t)lag, 1 + rng_below(&rng, 2), &rng);
		}
	}
}

/* HN3: one leaked Telnet bot, compiled by many owners: same wordlist, same words on the wire, another server each. */
void
plant_leaked_source(struct world *w, size_t plan, const struct parameters *p)
{
	struct outfit o = { .tool = w->tool_leaked, .script = SCRIPT_LEAKED };

	o.list = w->tools[o.tool].list;
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct rng rng = member_rng(w, plan, i + 1);
		struct actor a = copycat_actor(w, &o, plan, &rng);

		a.list_use = LIST_SUBSET;
		a.success_pct = 60;
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, w->start_us, world_end(w), &rng);
	}
}

/* HN8: a script from a public repository with its public payload: one URL, one hash, many users with tools of their own. */
void
plant_popular_script(struct world *w, size_t plan, const struct parameters *p)
{
	for (uint32_t i = 0; i < p->members && !w->failed; i++) {
		struct rng rng = member_rng(w, plan, i + 1);
		struct actor a = background_actor(w, &rng);
		uint8_t tries;

		a.group = (uint32_t)plan + 1;
		a.script = SCRIPT_POPULAR;
		tries = (uint8_t)(1 + rng_below(&rng, 4));
		if (w->newcomers == NULL || a.attempts == 0) /* else as many as its source tries */
			a.attempts = tries;
		a.success_pct = 80;
		world_add_visits(
		    w, world_add_actor(w, &a), p->visits, w->start_us, world_end(w), &rng);
	}
}
