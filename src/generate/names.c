/* names.c - the names of structures, truths, difficulties and formats, and the sample's configuration. */
#include "generate/generate.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const truth_names[] = {
#define NAME(id, text) text,
	GENERATE_TRUTHS(NAME)
#undef NAME
};

static const struct {
	const char *name, *title;
	enum generate_truth truth;
} structures[] = {
#define ROW(id, text, truth, title) { text, title, TRUTH_##truth },
	GENERATE_STRUCTURES(ROW)
#undef ROW
};

static const char *const difficulty_names[] = {
#define NAME(id, text) text,
	GENERATE_DIFFICULTIES(NAME)
#undef NAME
};

static const struct {
	const char *name, *file;
} formats[] = {
#define ROW(id, text, file) { text, file },
	GENERATE_FORMATS(ROW)
#undef ROW
};

static const char *const factor_names[] = {
#define NAME(id, text) text,
	GENERATE_FACTORS(NAME)
#undef NAME
};

enum { VARIANTS_MOST = 4 };
static const char *const variants[STRUCTURE_COUNT][VARIANTS_MOST] = {
	[STRUCTURE_HN1] = { "top", "offset", "subset" },
	[STRUCTURE_HN6] = { "outage", "clock_step", "equal_timestamps", "new_sensor" },
};

const char *
generate_background_name(enum generate_background background)
{
	static const char *const names[] = { "simulated", "real", "null" };

	return names[background];
}

const char *
generate_factor_name(enum generate_factor factor)
{
	return factor_names[factor];
}

const char *
generate_variant_name(enum generate_structure structure, uint32_t variant)
{
	const char *name =
	    variant == 0 || variant > VARIANTS_MOST ? NULL : variants[structure][variant - 1];

	return name == NULL ? "" : name;
}

bool
generate_variant_find(enum generate_structure structure, struct sv name, uint32_t *ret)
{
	for (uint32_t i = 1; generate_variant_name(structure, i)[0] != '\0'; i++) {
		if (!sv_ieq(name, sv_from(generate_variant_name(structure, i))))
			continue;
		*ret = i;
		return true;
	}
	return false;
}

const char *
generate_truth_name(enum generate_truth truth)
{
	return truth_names[truth];
}

const char *
generate_structure_name(enum generate_structure structure)
{
	return structures[structure].name;
}

const char *
generate_structure_title(enum generate_structure structure)
{
	return structures[structure].title;
}

enum generate_truth
generate_structure_truth(enum generate_structure structure)
{
	return structures[structure].truth;
}

const char *
generate_difficulty_name(enum generate_difficulty difficulty)
{
	return difficulty_names[difficulty];
}

const char *
generate_format_name(enum generate_format format)
{
	return formats[format].name;
}

const char *
generate_format_file(enum generate_format format)
{
	return formats[format].file;
}

bool
generate_structure_find(struct sv name, enum generate_structure *ret)
{
	for (size_t i = 0; i < LENGTH(structures); i++) {
		if (!sv_ieq(name, sv_from(structures[i].name)))
			continue;
		*ret = (enum generate_structure)i;
		return true;
	}
	return false;
}

bool
generate_difficulty_find(struct sv name, enum generate_difficulty *ret)
{
	for (size_t i = 0; i < LENGTH(difficulty_names); i++) {
		if (!sv_ieq(name, sv_from(difficulty_names[i])))
			continue;
		*ret = (enum generate_difficulty)i;
		return true;
	}
	return false;
}

bool
generate_format_find(struct sv name, enum generate_format *ret)
{
	for (size_t i = 0; i < LENGTH(formats); i++) {
		if (!sv_ieq(name, sv_from(formats[i].name)))
			continue;
		*ret = (enum generate_format)i;
		return true;
	}
	return false;
}

struct generate_config
generate_sample(uint64_t seed)
{
	static const struct generate_plan plans[] = {
		{ .structure = STRUCTURE_C1,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 30,
		    .visits = 12 },
		{ .structure = STRUCTURE_H2B,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 12,
		    .visits = 8 },
		{ .structure = STRUCTURE_HN1,
		    .difficulty = DIFFICULTY_STANDARD,
		    .members = 60,
		    .visits = 5 },
	};

	return (struct generate_config){ .seed = seed,
		.days = 7,
		.sources = 400,
		.sessions = 2000,
		.sensors = 2,
		.format = FORMAT_COWRIE,
		.plans = plans,
		.n_plans = LENGTH(plans) };
}
