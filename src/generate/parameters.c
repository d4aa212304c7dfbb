/* parameters.c - what easy, standard and hard mean (science/evaluation.md section 2), and what the members of a group
 * have in common. One row of the table is one difficulty. */
#include "generate/world.h"

#include <math.h>
#include <stdio.h>

static const struct difficulty {
	struct parameter_range ranges[PARAMETER_COUNT];
	uint32_t networks_low, networks_high; /* 0: one for each member */
	enum tool_kind tool;
	enum payload_mode payload;
	enum sensor_kind sensors;
} difficulties[DIFFICULTY_COUNT] = {
	[DIFFICULTY_EASY] = { { { 20, 200 }, { 30, 100 }, { 0.6, 0.6 }, { 5, 60 }, { 0, 0 } }, 1, 3,
	    TOOL_RARE, PAYLOAD_ONE, SENSORS_ALL },
	[DIFFICULTY_STANDARD] = { { { 5, 50 }, { 8, 30 }, { 0.3, 0.3 }, { 60, 600 }, { 0.1, 0.3 } },
	    5, 20, TOOL_SHARED, PAYLOAD_PER_ARCH, SENSORS_SUBSET },
	[DIFFICULTY_HARD] = { { { 3, 8 }, { 2, 8 }, { 0, 0.1 }, { 1800, 1800 }, { 0.5, 0.5 } }, 0,
	    0, TOOL_COMMON, PAYLOAD_PER_ACTOR, SENSORS_DISJOINT },
};

static const char *const words_names[] = { "private", "partitioned", "half_public", "public",
	"any" };
static const char *const tool_names[] = { "rare", "shared", "common", "any" };

struct parameter_range
parameters_range(enum generate_difficulty difficulty, enum parameter which)
{
	return difficulties[difficulty].ranges[which];
}

/* Log-uniform, so that small groups are as frequent as they are in the wild. */
static double
draw_range(struct parameter_range r, struct rng *rng)
{
	double u = rng_uniform(rng);

	if (r.low <= 0.0)
		return r.low + u * (r.high - r.low);
	return exp(log(r.low) + u * (log(r.high) - log(r.low)));
}

static uint32_t
draw_count(struct parameter_range r, struct rng *rng)
{
	uint32_t n = (uint32_t)(draw_range(r, rng) + 0.5);

	return n < r.low ? (uint32_t)r.low : n > r.high ? (uint32_t)r.high : n;
}

static void
draw_words_and_artefacts(enum generate_difficulty difficulty, struct parameters *p, struct rng *rng)
{
	uint32_t one = rng_below(rng, 2);

	switch (difficulty) {
	case DIFFICULTY_EASY:
		p->words = WORDS_PRIVATE;
		p->key = p->hash = true;
		break;
	case DIFFICULTY_STANDARD:
		p->words = rng_below(rng, 2) ? WORDS_PARTITIONED : WORDS_HALF;
		p->key = one == 0;
		p->hash = one == 1;
		break;
	default:
		p->words = WORDS_PUBLIC;
		p->url = URL_ROTATES;
		p->reordered = true;
		break;
	}
}

static const char *
artefact_name(const struct parameters *p)
{
	if (p->key)
		return p->hash ? "key_and_hash" : "key";
	return p->hash ? "hash" : "none";
}

static void
group_record(struct generate_group *g, size_t plan, const struct generate_plan *from,
    const struct parameters *p)
{
	*g = (struct generate_group){ .structure = from->structure,
		.difficulty = from->difficulty,
		.truth = generate_structure_truth(from->structure),
		.members = p->members,
		.visits = p->visits,
		.synchronised = p->synchronised,
		.jitter_s = p->jitter_s,
		.mutated = p->mutated,
		.wordlist = words_names[p->words],
		.tool = tool_names[p->tool],
		.artefact = artefact_name(p) };
	snprintf(
	    g->id, sizeof(g->id), "g%zu-%s", plan + 1, generate_structure_name(from->structure));
}

static struct parameter_range
pick_range(struct parameter_range own, struct parameter_range usual)
{
	return own.high > 0.0 ? own : usual;
}

struct parameters
parameters_draw(struct world *w, size_t plan)
{
	const struct generate_plan *from = &w->config->plans[plan];
	const struct difficulty *d = &difficulties[from->difficulty];
	const struct family *family = family_of(from->structure);
	struct rng rng = rng_at(w->config->seed, STAGE_PARAMETERS, (uint32_t)plan + 1, 0);
	struct parameters p = { .tool = d->tool, .payload = d->payload, .sensors = d->sensors };

	p.members = draw_count(pick_range(family->members, d->ranges[PARAMETER_MEMBERS]), &rng);
	p.visits = draw_count(pick_range(family->visits, d->ranges[PARAMETER_VISITS]), &rng);
	p.synchronised = draw_range(d->ranges[PARAMETER_SYNCHRONISED], &rng);
	p.jitter_s = draw_range(d->ranges[PARAMETER_JITTER], &rng);
	p.mutated = draw_range(d->ranges[PARAMETER_MUTATED], &rng);
	if (d->networks_high > 0)
		p.networks =
		    d->networks_low + rng_below(&rng, d->networks_high - d->networks_low + 1);
	draw_words_and_artefacts(from->difficulty, &p, &rng);
	if (from->members > 0)
		p.members = from->members;
	if (from->visits > 0)
		p.visits = from->visits;
	if (family->adjust != NULL)
		family->adjust(&p);
	group_record(&w->groups[plan], plan, from, &p);
	return p;
}

/* An SSH tool of the wanted popularity: rank 0, about 5 % of the background, or from the rarer half. */
static uint32_t
pick_tool(const struct world *w, enum tool_kind kind, struct rng *rng)
{
	uint32_t fitting[TOOLS] = { 0 }, n = 0;

	for (uint32_t t = 0; t < TOOLS; t++) {
		double share = w->tool_shares[t + 1] - w->tool_shares[t];
		bool fits = kind == TOOL_COMMON ? t == 0
			    : kind == TOOL_RARE ? t >= TOOLS / 2
						: share >= 0.025 && share <= 0.08;

		if (fits && w->tools[t].service == SERVICE_SSH)
			fitting[n++] = t;
	}
	return n == 0 ? 0 : fitting[rng_below(rng, n)];
}

static uint32_t
pick_list(struct world *w, const struct parameters *p, uint32_t tool, struct rng *rng)
{
	uint32_t tries = p->members * p->visits * 6;

	switch (p->words) {
	case WORDS_PUBLIC:
		return w->tools[tool].list;
	case WORDS_PARTITIONED:
		return vocabulary_list(w,
		    tries < 200    ? 200
		    : tries < 3000 ? tries
				   : 3000,
		    0.8, rng);
	default:
		return vocabulary_list(w, 40 + rng_below(rng, 80), 1.0, rng);
	}
}

struct outfit
outfit_make(struct world *w, const struct parameters *p, uint32_t group, struct rng *rng)
{
	struct outfit o = { .tool = pick_tool(w, p->tool, rng) };
	struct payload payload = { .mode = PAYLOAD_NONE, .url = p->url };
	struct script script;

	if (p->hash || p->payload == PAYLOAD_PER_ACTOR)
		payload.mode = p->payload;
	payload.salt = hash_mix(hash_mix(w->config->seed, STAGE_ARTEFACT), group);
	o.list = pick_list(w, p, o.tool, rng);
	script = vocabulary_script(w, 5 + rng_below(rng, 8), payload, false, rng);
	if (p->key)
		script.lines[script.n++] = vocabulary_key_line(w, payload.salt);
	o.script = world_add_script(w, &script);
	o.n_networks = p->networks < 32 ? p->networks : 32;
	for (uint32_t i = 0; i < o.n_networks; i++)
		o.networks[i] = rng_below(rng, NETWORKS);
	return o;
}

static uint8_t
pick_sensors(const struct world *w, enum sensor_kind kind, uint32_t i, struct rng *rng)
{
	if (kind == SENSORS_ALL || w->sensors == 1)
		return 0xff;
	if (kind == SENSORS_DISJOINT)
		return (uint8_t)(1u << i % w->sensors);
	return (uint8_t)(rng_below(rng, 2) ? 0xffu : 1u << rng_below(rng, w->sensors));
}

struct actor
outfit_actor(struct world *w, const struct outfit *o, const struct parameters *p, uint32_t group,
    uint32_t i, struct rng *rng)
{
	static const uint8_t uses[] = { [WORDS_PRIVATE] = LIST_WALK,
		[WORDS_PARTITIONED] = LIST_WALK,
		[WORDS_HALF] = LIST_HALF,
		[WORDS_PUBLIC] = LIST_WALK };
	uint32_t network =
	    o->n_networks == 0 ? rng_below(rng, NETWORKS) : o->networks[i % o->n_networks];

	return (struct actor){ .asn = network_asn(network),
		.group = group,
		.tool = o->tool,
		.list = o->list,
		.script = o->script,
		.list_offset = p->words == WORDS_PARTITIONED ? i : 0,
		.list_stride = p->words == WORDS_PARTITIONED ? p->members : 1,
		.list_use = uses[p->words],
		.mutated = p->mutated,
		.reordered = p->reordered,
		.zone = (uint8_t)draw_share(w->zone_shares, ZONES, rng),
		.attempts = (uint8_t)(2 + rng_below(rng, 4)),
		.success_pct = (uint8_t)(50 + rng_below(rng, 50)),
		.sensor_mask = pick_sensors(w, p->sensors, i, rng) };
}
