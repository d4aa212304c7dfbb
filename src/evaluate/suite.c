/* suite.c - the table of cells and the plan of every batch in them.
 * A batch of 1,000 sessions has room for 600 planted ones at most, so the ranges of members and visits of
 * science/evaluation.md section 2 are cut where their product would not fit; batches of 10,000 take them whole. */
#include "evaluate/suite.h"

#include <math.h>
#include <stdio.h>

enum { STAGE_PLAN = 0xe5a1, WEEKS = 8 };

#define DAY_US (86400 * TIME_SECOND)

/** What tells the splits apart. Weeks do not overlap, each site's reference month ends before its split's first week. */
static const struct split {
	const char *name;
	uint64_t seed, site;
	int64_t reference_us, start_us; /* 2025-02-03 and 03-10, 05-05 and 06-09, 08-04 and 09-08 */
	uint32_t sites;
	bool corners;
} splits[SPLIT_COUNT] = {
	[SPLIT_DEV] = { "dev", 0x6465762d73706c74, 1101, 1738540800 * TIME_SECOND,
	    1741564800 * TIME_SECOND, 4, false },
	[SPLIT_CALIBRATION] = { "calibration", 0x63616c6962726174, 2101, 1746403200 * TIME_SECOND,
	    1749427200 * TIME_SECOND, 4, false },
	[SPLIT_TEST] = { "test", 0x68656c642d6f7574, 3101, 1754265600 * TIME_SECOND,
	    1757289600 * TIME_SECOND, 3, true },
};

/** What may be drawn for a group: of the generator's ranges, as much as fits into the batch. */
static const struct ranges {
	double members_low, members_high, visits_low, visits_high;
	double share; /* of the batch, at most */
} ranges[DIFFICULTY_COUNT] = {
	[DIFFICULTY_EASY] = { 20, 200, 30, 100, 0.6 },
	[DIFFICULTY_STANDARD] = { 5, 50, 8, 30, 0.3 },
	[DIFFICULTY_HARD] = { 3, 8, 2, 8, 0.1 },
};

/** Hard negatives are 20 to 300 actors in every difficulty, which sets their visits alone. */
static const struct ranges negative_ranges[DIFFICULTY_COUNT] = {
	[DIFFICULTY_EASY] = { 20, 300, 8, 30, 0.6 },
	[DIFFICULTY_STANDARD] = { 20, 300, 4, 15, 0.6 },
	[DIFFICULTY_HARD] = { 20, 300, 2, 8, 0.6 },
};

/** HN7 counts addresses; each has two to six actors, so that a visit of each is four of the address. */
static const struct ranges carrier_ranges = { 3, 30, 2, 8, 0.15 };

const char *
evaluate_split_name(enum evaluate_split split)
{
	return splits[split].name;
}

#define SUITE_ROW(id, text, batches) [SUITE_##id] = { text, batches },
static const struct {
	const char *name;
	uint32_t batches;
} suites[SUITE_COUNT] = { EVALUATE_SUITES(SUITE_ROW) };
#undef SUITE_ROW

const char *
evaluate_suite_name(enum evaluate_suite suite)
{
	return suites[suite].name;
}

static void
add_cell(struct suite *suite, enum cell_kind kind, unsigned structure, unsigned difficulty,
    uint32_t sessions)
{
	struct cell *c = &suite->cells[suite->n_cells++];
	size_t at = 0;

	*c = (struct cell){ .kind = kind,
		.structure = (enum generate_structure)structure,
		.difficulty = difficulty,
		.sessions = sessions,
		.address =
		    ((uint32_t)kind << 16) + (structure << 8) + difficulty + sessions * 65599 };
	if (kind == CELL_NULL)
		at = (size_t)snprintf(c->name, sizeof(c->name), "S");
	else
		at = (size_t)snprintf(
		    c->name, sizeof(c->name), "%s", generate_structure_name(c->structure));
	if (difficulty != DIFFICULTY_ANY)
		at += (size_t)snprintf(c->name + at, sizeof(c->name) - at, ":%s",
		    generate_difficulty_name((enum generate_difficulty)difficulty));
	if (sessions != SESSIONS_USUAL)
		(void)snprintf(c->name + at, sizeof(c->name) - at, "@%u", sessions);
}

static void
add_cells(struct suite *suite, bool sizes)
{
	static const uint32_t other[] = { 100, 10000 };

	for (unsigned d = 0; d < DIFFICULTY_COUNT; d++)
		for (unsigned s = STRUCTURE_C1; s <= STRUCTURE_H2E; s++)
			add_cell(suite, CELL_PLANTED, s, d, SESSIONS_USUAL);
	for (unsigned s = STRUCTURE_HN1; s <= STRUCTURE_HN10; s++)
		add_cell(suite, CELL_NEGATIVE, s, DIFFICULTY_ANY, SESSIONS_USUAL);
	add_cell(suite, CELL_NULL, 0, DIFFICULTY_ANY, SESSIONS_USUAL);
	for (unsigned s = STRUCTURE_A1; s <= STRUCTURE_A5; s++)
		add_cell(suite, s <= STRUCTURE_A3 ? CELL_EVASION : CELL_POISONING, s,
		    DIFFICULTY_STANDARD, SESSIONS_USUAL);
	for (unsigned i = 0; sizes && i < 2; i++) {
		add_cell(suite, CELL_PLANTED, STRUCTURE_C1, DIFFICULTY_STANDARD, other[i]);
		add_cell(suite, CELL_PLANTED, STRUCTURE_H2A, DIFFICULTY_STANDARD, other[i]);
		add_cell(suite, CELL_NEGATIVE, STRUCTURE_HN1, DIFFICULTY_ANY, other[i]);
		add_cell(suite, CELL_NULL, 0, DIFFICULTY_ANY, other[i]);
	}
}

const char *
cell_kind_name(enum cell_kind kind)
{
	static const char *const names[CELL_KINDS] = { "planted", "negatives", "null", "evasion",
		"poisoning" };

	return names[kind];
}

/* Whether one word of --cells means the cell: its whole name, its structure, its difficulty or its kind. */
static bool
word_means(struct sv word, const struct cell *cell)
{
	const char *structure =
	    cell->kind == CELL_NULL ? "S" : generate_structure_name(cell->structure);

	if (sv_ieq(word, sv_from(cell->name)) || sv_ieq(word, sv_from(cell_kind_name(cell->kind))))
		return true;
	if (cell->sessions != SESSIONS_USUAL)
		return false;
	if (sv_ieq(word, sv_from(structure)))
		return true;
	return cell->kind == CELL_PLANTED &&
	       sv_ieq(word,
		   sv_from(generate_difficulty_name((enum generate_difficulty)cell->difficulty)));
}

/* Marks what one word means; "!word" takes it out again. False: it means nothing. */
static bool
mark_word(const struct suite *suite, struct sv word, bool keep[CELLS_MOST])
{
	bool known = false, wanted = word.len == 0 || word.data[0] != '!';

	word = sv_skip(word, wanted ? 0 : 1);
	for (uint32_t i = 0; i < suite->n_cells; i++)
		if (word_means(word, &suite->cells[i])) {
			known = true;
			keep[i] = wanted;
		}
	return known;
}

static enum coord_err
keep_named(struct suite *suite, const char *names, struct coord_error *err)
{
	bool keep[CELLS_MOST];
	struct sv rest = sv_from(names);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < suite->n_cells; i++)
		keep[i] = names[0] == '!'; /* a list that begins by leaving out leaves out of all */
	while (rest.data != NULL) {
		struct sv word = sv_cut(&rest, ',');

		if (!mark_word(suite, word, keep))
			return error_set(err, COORD_EINVALID,
			    "cells: no cell \"%.*s\"; known are C1:easy, C1, HN1, S, hard, "
			    "planted, "
			    "negatives, null ...",
			    SV_ARG(word));
	}
	for (uint32_t i = 0; i < suite->n_cells; i++)
		if (keep[i])
			suite->cells[kept++] = suite->cells[i];
	suite->n_cells = kept;
	if (kept == 0)
		return error_set(err, COORD_EINVALID, "cells: none left");
	return COORD_OK;
}

enum coord_err
suite_init(const struct evaluate_config *config, struct suite *ret, struct coord_error *err)
{
	struct suite suite = { .split = config->split,
		.batches = config->batches != 0 ? config->batches : suites[config->suite].batches };

	add_cells(&suite, config->suite == SUITE_FULL);
	if (config->cells != NULL)
		TRY(keep_named(&suite, config->cells, err));
	*ret = suite;
	return COORD_OK;
}

void
suite_point(uint32_t address, uint32_t index, bool corners, double ret[2])
{
	static const double step[2] = { 0.75487766624669276, 0.56984029099805327 };
	struct rng rng = rng_at(0, STAGE_PLAN, address, 0);

	for (unsigned i = 0; i < 2; i++) {
		double u = fmod(rng_uniform(&rng) + (index + 1.0) * step[i], 1.0);

		if (corners)
			u = u < 0.5 ? u * 2 / 7 : 1 - (1 - u) * 2 / 7;
		ret[i] = u;
	}
}

static double
between(double low, double high, double u)
{
	return high <= low ? low : exp(log(low) + u * (log(high) - log(low)));
}

static const struct ranges *
ranges_of(const struct cell *cell, unsigned difficulty)
{
	if (cell->kind == CELL_NEGATIVE && cell->structure == STRUCTURE_HN7)
		return &carrier_ranges;
	return cell->kind == CELL_NEGATIVE ? &negative_ranges[difficulty] : &ranges[difficulty];
}

static void
plan_group(
    const struct suite *suite, const struct cell *cell, uint32_t batch, struct generate_plan *ret)
{
	unsigned difficulty =
	    cell->difficulty == DIFFICULTY_ANY ? batch % DIFFICULTY_COUNT : cell->difficulty;
	const struct ranges *r = ranges_of(cell, difficulty);
	double most = r->share * cell->sessions, u[2], members, visits;

	suite_point(cell->address, batch, splits[suite->split].corners, u);
	members = between(r->members_low, fmin(r->members_high, most / r->visits_low), u[0]);
	visits = between(r->visits_low, fmin(r->visits_high, most / members), u[1]);
	*ret = (struct generate_plan){ .structure = cell->structure,
		.difficulty = (enum generate_difficulty)difficulty,
		.members = (uint32_t)(members + 0.5),
		.visits = (uint32_t)(visits + 0.5) };
}

uint32_t
suite_sites(enum evaluate_split split)
{
	return splits[split].sites;
}

void
suite_plan(
    const struct suite *suite, const struct cell *cell, uint32_t batch, struct batch_plan *ret)
{
	const struct split *split = &splits[suite->split];
	struct rng rng = rng_at(split->seed, STAGE_PLAN, cell->address, batch);
	uint32_t week = rng_below(&rng, WEEKS), planted = 0;

	*ret = (struct batch_plan){ .seed = rng_u64(&rng) >> 11, .site = batch % split->sites };
	if (cell->kind != CELL_NULL) {
		plan_group(suite, cell, batch, &ret->plan);
		planted = ret->plan.members * ret->plan.visits;
	}
	if (cell->kind == CELL_NEGATIVE && cell->structure == STRUCTURE_HN7)
		planted *= 4;
	if (planted > cell->sessions * 6 / 10)
		planted = cell->sessions * 6 / 10;
	ret->config = (struct generate_config){ .seed = ret->seed,
		.site = split->site + ret->site,
		.start_us = split->start_us + week * 7 * DAY_US,
		.days = 7,
		.sessions = cell->sessions - planted,
		.sources = (cell->sessions - planted) / 4,
		.sensors = 2,
		.plans = cell->kind == CELL_NULL ? NULL : &ret->plan,
		.n_plans = cell->kind == CELL_NULL ? 0 : 1 };
}

struct generate_config
suite_reference(enum evaluate_split split, uint32_t site)
{
	return (struct generate_config){ .seed = splits[split].seed + site + 1,
		.site = splits[split].site + site,
		.start_us = splits[split].reference_us,
		.days = 30,
		.sources = 5000,
		.sessions = 20000,
		.sensors = 2 };
}
