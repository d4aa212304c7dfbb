/* parameters.c - what easy, standard and hard mean (science/evaluation.md section 2), and what the members of a group
 * have in common. One row of the table is one difficulty: a range for each number, a pair of choices (often the same)
 * for each kind. A factor's quantile is drawn, or given by the plan. */
#include "generate/world.h"

#include <math.h>
#include <stdio.h>

enum artefact_kind { ARTEFACT_NONE, ARTEFACT_HASH, ARTEFACT_KEY, ARTEFACT_BOTH };

static const struct difficulty {
	struct parameter_range ranges[FACTOR_SHARE + 1]; /* by enum generate_factor */
	uint32_t networks_low, networks_high;            /* 0: one for each member */
	enum wordlist_kind words[2];
	enum artefact_kind artefact[2];
	enum payload_mode payload;
	enum tool_kind tool;
	enum sensor_kind sensors;
	uint8_t padding;
	bool hides; /* rotates its URL, keeps an order of lines of its own */
} difficulties[DIFFICULTY_COUNT] = {
	/* members, visits, synchronised, jitter, mutated, share */
	[DIFFICULTY_EASY] = { { { 20, 200 }, { 30, 100 }, { 0.6, 0.6 }, { 5, 60 }, { 0, 0 },
				  { 0.1, 0.4 } },
	    1, 3, { WORDS_PRIVATE, WORDS_PRIVATE }, { ARTEFACT_BOTH, ARTEFACT_BOTH }, PAYLOAD_ONE,
	    TOOL_RARE, SENSORS_ALL, 0, false },
	[DIFFICULTY_STANDARD] = { { { 5, 50 }, { 8, 30 }, { 0.3, 0.3 }, { 60, 600 }, { 0.1, 0.3 },
				      { 0.02, 0.1 } },
	    5, 20, { WORDS_HALF, WORDS_PARTITIONED }, { ARTEFACT_KEY, ARTEFACT_HASH },
	    PAYLOAD_PER_ARCH, TOOL_SHARED, SENSORS_SUBSET, 0, false },
	[DIFFICULTY_HARD] = { { { 3, 8 }, { 2, 8 }, { 0, 0.1 }, { 1800, 1800 }, { 0.5, 0.5 },
				  { 0.003, 0.02 } },
	    0, 0, { WORDS_PUBLIC, WORDS_PUBLIC }, { ARTEFACT_NONE, ARTEFACT_NONE },
	    PAYLOAD_PER_ACTOR, TOOL_COMMON, SENSORS_DISJOINT, 2, true },
};

static const char *const words_names[] = { "private", "partitioned", "half_public", "public",
	"any" };
static const char *const tool_names[] = { "rare", "shared", "common", "any" };
static const char *const payload_names[] = { "none", "one", "per_architecture", "per_actor" };
static const char *const sensor_names[] = { "all", "subset", "disjoint" };

struct parameter_range
parameters_range(enum generate_difficulty difficulty, enum generate_factor factor)
{
	if (factor > FACTOR_SHARE)
		return (struct parameter_range){ 0, 0 };
	return difficulties[difficulty].ranges[factor];
}

/** The plan's quantile of a factor, else one drawn; the stream moves on alike. */
static double
quantile_of(const struct generate_plan *plan, enum generate_factor factor, struct rng *rng)
{
	double drawn = rng_uniform(rng), given = plan->quantile[factor];

	return given > 0.0 ? fmin(given, 1.0 - 1e-12) : drawn;
}

/* Log-uniform, so that small groups are as frequent as they are in the wild. */
static double
in_range(struct parameter_range r, double u)
{
	if (r.low <= 0.0)
		return r.low + u * (r.high - r.low);
	return exp(log(r.low) + u * (log(r.high) - log(r.low)));
}

static uint32_t
count_in(struct parameter_range r, double value)
{
	uint32_t n = (uint32_t)(value + 0.5);

	return n < r.low ? (uint32_t)r.low : n > r.high ? (uint32_t)r.high : n;
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
		.artefact = artefact_name(p),
		.payload = payload_names[p->payload],
		.sensors = sensor_names[p->sensors],
		.variant = generate_variant_name(from->structure, p->variant) };
	snprintf(
	    g->id, sizeof(g->id), "g%zu-%s", plan + 1, generate_structure_name(from->structure));
}

static struct parameter_range
pick_range(struct parameter_range own, struct parameter_range usual)
{
	return own.high > 0.0 ? own : usual;
}

/* Visits that give the group its share of the sessions, one and a half a visit. */
static uint32_t
visits_for(const struct world *w, struct parameter_range range, uint32_t members, double share)
{
	double sessions =
	    share / (1.0 - share) * (w->real == NULL ? w->config->sessions : w->real->n);

	return count_in(range, fmin(sessions / (1.5 * members), 1e6));
}

static void
draw_numbers(struct world *w, const struct generate_plan *from, const struct difficulty *d,
    struct parameters *p, struct rng *rng)
{
	const struct family *family = family_of(from->structure);
	struct parameter_range members = pick_range(family->members, d->ranges[FACTOR_MEMBERS]);
	struct parameter_range visits = pick_range(family->visits, d->ranges[FACTOR_VISITS]);
	double share;

	p->members = count_in(members, in_range(members, quantile_of(from, FACTOR_MEMBERS, rng)));
	p->visits = count_in(visits, in_range(visits, quantile_of(from, FACTOR_VISITS, rng)));
	p->synchronised =
	    in_range(d->ranges[FACTOR_SYNCHRONISED], quantile_of(from, FACTOR_SYNCHRONISED, rng));
	p->jitter_s = in_range(d->ranges[FACTOR_JITTER], quantile_of(from, FACTOR_JITTER, rng));
	p->mutated = in_range(d->ranges[FACTOR_MUTATED], quantile_of(from, FACTOR_MUTATED, rng));
	share = in_range(d->ranges[FACTOR_SHARE], quantile_of(from, FACTOR_SHARE, rng));
	p->members = from->members > 0 ? from->members : p->members;
	if (from->quantile[FACTOR_SHARE] > 0.0)
		p->visits = visits_for(w, visits, p->members, share);
	p->visits = from->visits > 0 ? from->visits : p->visits;
}

static void
draw_kinds(const struct generate_plan *from, const struct difficulty *d, struct parameters *p,
    struct rng *rng)
{
	uint32_t width = d->networks_high - d->networks_low + 1;
	double networks = quantile_of(from, FACTOR_NETWORKS, rng);
	bool second_words = quantile_of(from, FACTOR_WORDLIST, rng) >= 0.5;
	enum artefact_kind kept = d->artefact[quantile_of(from, FACTOR_ARTEFACT, rng) >= 0.5];

	if (d->networks_high > 0)
		p->networks = d->networks_low + (uint32_t)(networks * width);
	p->words = d->words[second_words];
	p->key = (kept & ARTEFACT_KEY) != 0;
	p->hash = (kept & ARTEFACT_HASH) != 0;
}

struct parameters
parameters_draw(struct world *w, size_t plan)
{
	const struct generate_plan *from = &w->config->plans[plan];
	const struct difficulty *d = &difficulties[from->difficulty];
	const struct family *family = family_of(from->structure);
	struct rng rng = rng_at(w->config->seed, STAGE_PARAMETERS, (uint32_t)plan + 1, 0);
	struct parameters p = { .difficulty = from->difficulty,
		.variant = from->variant,
		.tool = d->tool,
		.payload = d->payload,
		.sensors = d->sensors,
		.padding = d->padding,
		.reordered = d->hides,
		.url = d->hides ? URL_ROTATES : URL_ONE };

	draw_numbers(w, from, d, &p, &rng);
	draw_kinds(from, d, &p, &rng);
	if (family->variants > 0 && p.variant == 0)
		p.variant = 1 + rng_below(&rng, family->variants);
	if (family->adjust != NULL)
		family->adjust(&p);
	group_record(&w->groups[plan], plan, from, &p);
	return p;
}

void
generate_hypercube(enum generate_structure structure, enum generate_difficulty difficulty,
    uint64_t seed, uint32_t n, struct generate_plan *ret)
{
	for (uint32_t i = 0; i < n; i++)
		ret[i] = (struct generate_plan){ .structure = structure, .difficulty = difficulty };
	for (uint32_t f = 0; f < FACTOR_COUNT; f++) {
		struct rng rng = rng_at(
		    seed, STAGE_HYPERCUBE, f, (uint32_t)structure << 8 | (uint32_t)difficulty);

		for (uint32_t i = 0; i < n; i++) {
			/* Fisher and Yates, from the inside out */
			uint32_t j = rng_below(&rng, i + 1);

			ret[i].quantile[f] = ret[j].quantile[f];
			ret[j].quantile[f] = (i + 1e-9 + rng_uniform(&rng) * (1.0 - 1e-9)) / n;
		}
	}
}
