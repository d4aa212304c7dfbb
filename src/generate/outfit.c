/* outfit.c - what the members of a group have in common: tool, wordlist, script with its artefacts, networks; and a
 * member dressed in it. */
#include "generate/world.h"

/* An SSH tool of the wanted popularity: the most common, about 5 % of the background, or from the rarer half. */
static uint32_t
pick_tool(const struct world *w, enum tool_kind kind, struct rng *rng)
{
	uint32_t fitting[TOOLS] = { 0 }, n = 0;

	for (uint32_t t = 0; t < w->n_tools; t++) {
		double share = w->tool_shares[t + 1] - w->tool_shares[t];
		bool fits = kind == TOOL_COMMON ? n == 0
			    : kind == TOOL_RARE ? t >= w->n_tools / 2
						: share >= 0.025 && share <= 0.08;

		if (fits && w->tools[t].service == SERVICE_SSH)
			fitting[n++] = t;
	}
	/* a real log may have no such tool: the commonest, then */
	return n == 0 ? 0 : fitting[rng_below(rng, n)];
}

uint32_t
tool_beside(const struct world *w, uint32_t tool)
{
	for (uint32_t d = 1; d < w->n_tools; d++) {
		uint32_t other = (tool + d) % w->n_tools;

		if (w->tools[other].service == SERVICE_SSH)
			return other;
	}
	return tool;
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
		o.networks[i] = rng_below(rng, w->n_networks);
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
	    o->n_networks == 0 ? rng_below(rng, w->n_networks) : o->networks[i % o->n_networks];

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
		.padding = p->padding,
		.zone = (uint8_t)draw_share(w->zone_shares, ZONES, rng),
		.attempts = (uint8_t)(2 + rng_below(rng, 4)),
		.success_pct = (uint8_t)(50 + rng_below(rng, 50)),
		.sensor_mask = pick_sensors(w, p->sensors, i, rng) };
}
