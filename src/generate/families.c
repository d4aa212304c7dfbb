/* families.c - the table of structures: who plants them and what their definition fixes. */
#include "generate/world.h"

static void
adjust_parallel(struct parameters *p)
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
adjust_unsynchronised(struct parameters *p)
{
	adjust_parallel(p);
	p->synchronised = 0.0;
	p->jitter_s = 0.0;
}

/* One clock: no two addresses act together, and they divide the list. */
static void
adjust_one_clock(struct parameters *p)
{
	p->words = WORDS_PARTITIONED;
	p->synchronised = 0.0;
	p->jitter_s = 0.0;
}

static void
adjust_one_network(struct parameters *p)
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
adjust_fleet(struct parameters *p)
{
	adjust_one_network(p);
	p->words = WORDS_PUBLIC; /* and never used */
	p->key = p->hash = false;
	p->payload = PAYLOAD_NONE;
	p->tool = TOOL_RARE;
	p->sensors = SENSORS_ALL;
}

/* Independent actors share nothing but what is public. */
static void
adjust_independent(struct parameters *p)
{
	*p = (struct parameters){ .difficulty = p->difficulty,
		.variant = p->variant,
		.members = p->members,
		.visits = p->visits,
		.words = WORDS_PUBLIC,
		.tool = TOOL_SHARED,
		.sensors = SENSORS_ALL };
}

static void
adjust_cohort(struct parameters *p)
{
	adjust_independent(p);
	p->words = WORDS_ANY;
	p->tool = TOOL_ANY;
}

/* The script is public, its payload's hash and URL the same for all. */
static void
adjust_popular_script(struct parameters *p)
{
	adjust_cohort(p);
	p->hash = true;
}

static void
adjust_selected(struct parameters *p)
{
	adjust_cohort(p);
	p->words = WORDS_PUBLIC;
}

static void
adjust_borrowed_tool(struct parameters *p)
{
	adjust_parallel(p);
	p->tool = TOOL_COMMON;
}

static void
adjust_padded(struct parameters *p)
{
	static const uint8_t paddings[DIFFICULTY_COUNT] = { 5, 15, 40 };

	adjust_parallel(p);
	p->padding = paddings[p->difficulty];
}

static void
adjust_takeover(struct parameters *p)
{
	adjust_unsynchronised(p);
	p->key = p->hash = false; /* the keys are made by the family */
}

#define USUAL        \
	{            \
		0, 0 \
	}
/* clang-format off */
static const struct family families[STRUCTURE_COUNT] = {
	/*                   planted by            members     visits   fixed, variants */
	[STRUCTURE_C1] =   { plant_fan_out,        USUAL,      USUAL,   adjust_parallel, 0 },
	[STRUCTURE_C1T] =  { plant_shared_tool,    USUAL,      USUAL,   adjust_parallel, 0 },
	[STRUCTURE_C1M] =  { plant_tool_change,    USUAL,      USUAL,   adjust_parallel, 0 },
	[STRUCTURE_C2] =   { plant_staged,         USUAL,      USUAL,   adjust_unsynchronised, 0 },
	[STRUCTURE_C3] =   { plant_recruits,       USUAL,      USUAL,   adjust_unsynchronised, 0 },
	[STRUCTURE_H2A] =  { plant_proxies,        USUAL,      { 1, 3 }, adjust_proxies, 0 },
	[STRUCTURE_H2B] =  { plant_adjacent,       USUAL,      USUAL,   adjust_one_network, 0 },
	[STRUCTURE_H2C] =  { plant_cloud,          USUAL,      USUAL,   adjust_one_network, 0 },
	[STRUCTURE_H2D] =  { plant_churn,          USUAL,      USUAL,   adjust_one_network, 0 },
	[STRUCTURE_H2E] =  { plant_fleet,          USUAL,      USUAL,   adjust_fleet, 0 },
	[STRUCTURE_HN1] =  { plant_copycats,       { 20, 300 }, USUAL,  adjust_independent, 0 },
	[STRUCTURE_HN2] =  { plant_flash_crowd,    { 20, 300 }, { 1, 4 }, adjust_independent, 0 },
	[STRUCTURE_HN3] =  { plant_leaked_source,  { 20, 300 }, USUAL,  adjust_independent, 0 },
	[STRUCTURE_HN4] =  { plant_day_workers,    { 20, 300 }, USUAL,  adjust_cohort, 0 },
	[STRUCTURE_HN5] =  { plant_neighbours,     { 20, 200 }, USUAL,  adjust_cohort, 0 },
	[STRUCTURE_HN6] =  { plant_sensor_fault,   { 20, 200 }, USUAL,  adjust_cohort, 4 },
	[STRUCTURE_HN7] =  { plant_carrier_nat,    { 3, 30 },  USUAL,   adjust_cohort, 0 },
	[STRUCTURE_HN8] =  { plant_popular_script, { 20, 300 }, USUAL,  adjust_popular_script, 0 },
	[STRUCTURE_HN9] =  { plant_selected,       { 20, 100 }, USUAL,  adjust_selected, 0 },
	[STRUCTURE_HN10] = { plant_takeover,       USUAL,      USUAL,   adjust_takeover, 0 },
	[STRUCTURE_A1] =   { plant_decoys,         USUAL,      USUAL,   adjust_parallel, 0 },
	[STRUCTURE_A2] =   { plant_fan_out,        USUAL,      USUAL,   adjust_borrowed_tool, 0 },
	[STRUCTURE_A3] =   { plant_fan_out,        USUAL,      USUAL,   adjust_padded, 0 },
	[STRUCTURE_A4] =   { plant_forged,         { 20, 100 }, USUAL,  adjust_cohort, 0 },
	[STRUCTURE_A5] =   { plant_shadows,        { 20, 100 }, USUAL,  adjust_cohort, 0 },
};
/* clang-format on */

const struct family *
family_of(enum generate_structure structure)
{
	return &families[structure];
}
