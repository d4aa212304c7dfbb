/* self.h - private to self*.c: what `coord evaluate self` plans, does and finds. */
#ifndef COORD_EVALUATE_SELF_H
#define COORD_EVALUATE_SELF_H

#include "evaluate/outcome.h"

enum self_kind {
	SELF_GRID, /* C1 by members, visits, jitter and difficulty, in the user's own sessions */
	SELF_STRUCTURE, /* the other structures, with everything else drawn */
	SELF_LOOKALIKE, /* hard negatives, in the user's sessions without coordination */
	SELF_NULL,      /* the user's sessions without coordination, nothing else */
	SELF_KINDS,
};

enum {
	SELF_MEMBERS = 4,
	SELF_VISITS = 3,
	SELF_JITTERS = 3,
	SELF_VARIANTS = 5,
	SELF_CELLS_MOST = 224,
	SELF_SERVED_LEAST = 20, /* SSH and Telnet sessions in a hundred: below, the report warns */
};
/** The grid is run in each difficulty, and in those that keep an artefact once more without it: what is left is what the
 *  engine sees when nothing gives a campaign away. */
struct self_variant {
	const char *name;
	enum generate_difficulty difficulty;
	bool bare;
};
extern const struct self_variant self_variants[SELF_VARIANTS];
extern const uint32_t self_members[SELF_MEMBERS], self_visits[SELF_VISITS];

struct self_cell {
	enum self_kind kind;
	struct generate_plan plan;
	unsigned members, visits, jitter; /* SELF_GRID: positions in the tables */
	bool bare; /* SELF_GRID: keys, URLs and files taken out of what was planted */
	uint32_t batches;
	uint32_t first; /* its first batch */
};

/** One analysis. */
struct self_batch {
	uint32_t cell, number;
	uint64_t seed;
	int64_t from_us;
	uint32_t sessions, sources, clusters;
	struct generate_group group; /* what was planted */
	bool found;                  /* a cluster of Jaccard >= 0.5, whatever was said of it */
	bool called;                 /* and it was called coordinated */
	bool sure;                   /* with confidence 0.9 or more */
	double jaccard, confidence;  /* of the best match; 0: none */
	uint32_t wrong_called, wrong_sure; /* clusters that match no plant */
	struct seen *seen,
	    *seen_alone; /* every tested cluster; those found without a reference, for the fit */
	uint32_t n_seen, n_seen_alone;
};

/** What the batches are cut from. */
struct self_site {
	const struct session_table *table;
	struct session_table population; /* the first session of every source: where it lives */
	uint32_t sources;
	int64_t first_us, last_us;
	int64_t recorded_us; /* from first to last, without gaps in the logs */
	uint32_t days;       /* of a batch */
	double share; /* of sources kept in a batch: 1 unless a day is more than a batch may hold */
	double served; /* share of sessions in the services that are planted into: SSH, Telnet */
	int64_t
	    reference_age_us; /* from the reference's end to the first session; 0: it reaches them */
	double
	    overlap; /* share of sessions within the time span that the reference was made from */
};

struct evaluate_self {
	struct evaluate_self_config config;
	struct self_site site;
	struct self_cell cells[SELF_CELLS_MOST];
	uint32_t n_cells;
	struct self_batch *batches;
	uint32_t n_batches;
	struct arena *arena;   /* cells, batches */
	struct arena **arenas; /* one a batch: what the engine said of it */
	uint64_t seed;
	enum coord_err *rcs;
	char model_hash[65];
	double seconds;
};

/** Chooses how batches are cut. COORD_ENODATA: the logs are too short or too small. self_site_clear releases
 *  it. */
MUST_CHECK enum coord_err self_site_of(
    const struct evaluate_self_config *config, struct self_site *ret, struct coord_error *err);
void self_site_clear(struct self_site *site);
/** Makes one batch: cut out, de-coordinated when the kind says so, planted into. The table is the caller's to free. */
MUST_CHECK enum coord_err self_batch_make(const struct self_site *site,
    const struct self_cell *cell, uint64_t seed, struct arena *arena, struct batch *ret,
    int64_t *ret_from_us, struct coord_error *err);

/** `hits` of `n` with the exact 95 % interval; n 0: rate NaN, [0, 1]. */
struct binomial {
	uint32_t hits, n;
	double rate, low, high;
};

/* self_figures.c: what the batches add up to. Counts of batches for which `what` is true. */
enum self_figure { SELF_FOUND, SELF_CALLED, SELF_SURE, SELF_ALARM, SELF_ALARM_SURE, SELF_FIGURES };
/** Which batches: -1 is any. */
struct self_slice {
	int kind, structure, difficulty, members, visits, jitter;
	bool or_more; /* members and visits: this position or any after it */
	bool bare;
};
struct binomial self_rate(
    const struct evaluate_self *self, const struct self_slice *slice, enum self_figure what);
/** Median over the batches of a slice of the confidence of the best match, NaN: no batch. */
double self_confidence(const struct evaluate_self *self, const struct self_slice *slice);
/** Median of the jitter planted, in seconds; INFINITY: no shared times; NaN: no batch. */
double self_jitter(const struct evaluate_self *self, const struct self_slice *slice);
/** The slice of the grid that a variant is. */
struct self_slice self_slice_of(const struct self_variant *variant);
/** What a rate says about being seen on this sensor. */
enum self_power { SELF_POWER_SEEN, SELF_POWER_MISSED, SELF_POWER_OPEN };
enum self_power self_power_of(struct binomial called);
const char *self_power_name(enum self_power power);
/** The smallest campaign (members times visits) from which on, with as many or more of both, at least 0.8 are called
 *  coordinated. False: none in the grid. */
bool self_minimum(const struct evaluate_self *self, const struct self_variant *variant,
    unsigned *ret_members, unsigned *ret_visits, struct binomial *ret_rate);
/** Median sessions of a batch. */
double self_sessions(const struct evaluate_self *self);
/** Of the model used, the program's own included; "" when that cannot be read. */
const char *self_model_hash(const struct evaluate_self *self);
/** Mean number of confident findings a batch that were not planted: real campaigns among them. */
double self_other_findings(const struct evaluate_self *self);
/** Sentences that a reader of the figures must know, by number from 0; NULL behind the last. In `arena`. */
const char *self_caveat(const struct evaluate_self *self, size_t i, struct arena *arena);

/* self_alarms.c */
/** False: nothing was called wrongly there, or nobody knows whether it was. */
bool self_alarm_name(
    const struct evaluate_self *self, const struct self_batch *b, char name[SELF_ALARM_NAME_MAX]);

#endif
