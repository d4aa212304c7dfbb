/* families.c - the table of structures: who plants them and what their definition fixes. */
#include "generate/world.h"

static void
adjust_fan_out(struct parameters *p)
{
	/* members work in parallel: they repeat the list, they do not divide it */
	if (p->words == WORDS_PARTITIONED)
		p->words = WORDS_HALF;
	/* where one artefact is kept, it is the key */
	if (p->hash && !p->key) {
		p->key = true;
		p->hash = false;
	}
}

static void
adjust_one_clock(struct parameters *p)
{
	p->words = WORDS_PARTITIONED;
	p->synchronised = 0.0;
	p->jitter_s = 0.0;
}

static void
adjust_adjacent(struct parameters *p)
{
	adjust_one_clock(p);
	p->networks = 1;
}

static void
adjust_proxies(struct parameters *p)
{
	adjust_one_clock(p);
	p->networks = 0;
}

static void
adjust_public_tool(struct parameters *p)
{
	*p = (struct parameters){ .members = p->members,
		.visits = p->visits,
		.words = WORDS_PUBLIC,
		.tool = TOOL_SHARED,
		.sensors = SENSORS_ALL };
}

static const struct family families[STRUCTURE_COUNT] = {
	[STRUCTURE_C1] = { plant_fan_out, { 0, 0 }, { 0, 0 }, adjust_fan_out },
	[STRUCTURE_H2A] = { plant_proxies, { 0, 0 }, { 1, 3 }, adjust_proxies },
	[STRUCTURE_H2B] = { plant_adjacent, { 0, 0 }, { 0, 0 }, adjust_adjacent },
	[STRUCTURE_HN1] = { plant_copycats, { 20, 300 }, { 0, 0 }, adjust_public_tool },
};

const struct family *
family_of(enum generate_structure structure)
{
	return &families[structure];
}
