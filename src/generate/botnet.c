/* botnet.c - C1 and C3: one herder, many hosts running the same script in parallel.
 * C1: a share of the visits follows taskings that reach all members within the jitter; the others come when the stratum
 * is active, as everybody's. C1T and C1M: two such botnets with one tool, one with two tools in turn. C3: hosts infect hosts, so members appear along a logistic curve. */
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

/* A few more taskings than a member follows, so that not everybody is at each. */
static uint32_t
count_taskings(const struct parameters *p)
{
	return (uint32_t)ceil(p->synchronised * p->visits * 1.3);
}

/* Members first, first + step ... of a botnet in one outfit, `part` of its group. */
static void
plant_botnet(struct world *w, size_t plan, const struct parameters *p, const struct outfit *o,
    uint32_t part, uint32_t first, uint32_t step, struct rng *rng)
{
	uint32_t n = count_taskings(p);
	int64_t *taskings = draw_taskings(w, n, rng);

	for (uint32_t i = first; i < p->members && !w->failed; i += step) {
		struct rng own = member_rng(w, plan, i + 1);
		uint32_t actor = add_member(w, o, p, plan, i, &own);

		if (actor == NO_INDEX)
			return;
		w->actors[actor].part = part;
		follow_taskings(w, actor, p, taskings, n, &own);
	}
}

void
plant_fan_out(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit o = outfit_make(w, p, (uint32_t)plan + 1, &rng);

	plant_botnet(w, plan, p, &o, 0, 0, 1, &rng);
}

/* C1T: two herders who have bought the same tool: lists, scripts, artefacts, taskings and hosts are their own. */
void
plant_shared_tool(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	uint32_t group = (uint32_t)plan + 1, tool = 0;

	for (uint32_t half = 0; half < 2 && !w->failed; half++) {
		/* the second herder's salt must not be the first one's */
		struct outfit o = outfit_make(w, p, group + half * GENERATE_PLANS_MOST, &rng);

		tool = half == 0 ? o.tool : tool;
		o.tool = tool;
		plant_botnet(w, plan, p, &o, half + 1, half, 2, &rng);
	}
}

/* From `when` on the sessions of actors first .. first + n are those of the n actors behind them. */
static void
hand_over(struct world *w, uint32_t first, uint32_t n, int64_t when)
{
	for (uint32_t i = 0; i < w->n_sessions && !w->failed; i++) {
		struct gen_session *s = &w->sessions[i];

		if (s->actor >= first && s->actor < first + n && s->start_us >= when)
			s->actor += n;
	}
}

/* C1M: the herder rolls out a new client halfway. Where they hide their traces, the words change with it. */
void
plant_tool_change(struct world *w, size_t plan, const struct parameters *p)
{
	struct rng rng = member_rng(w, plan, 0);
	struct outfit before = outfit_make(w, p, (uint32_t)plan + 1, &rng);
	struct outfit after = outfit_make(w, p, (uint32_t)plan + 1 + GENERATE_PLANS_MOST, &rng);
	int64_t when =
	    w->start_us + (int64_t)((0.4 + 0.2 * rng_uniform(&rng)) * (double)w->span_us);
	uint32_t members = w->n_actors, n;

	/* the next SSH tool when both draws gave the same */
	after.tool = after.tool != before.tool ? after.tool : tool_beside(w, before.tool);
	plant_botnet(w, plan, p, &before, 0, 0, 1, &rng);
	n = w->n_actors - members;
	for (uint32_t i = 0; i < n && !w->failed; i++) {
		struct actor a = w->actors[members + i];

		a.tool = after.tool;
		if (p->difficulty == DIFFICULTY_HARD)
			a.list = after.list;
		world_add_actor(w, &a);
	}
	hand_over(w, members, n, when);
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
