/* suite.h - which batches an evaluation is made of (private to evaluate/).
 * A cell is one kind of batch: a structure at a difficulty, a hard negative, or nothing planted. A split decides from
 * which sites, weeks and seeds its batches come, and which part of the parameter ranges they take: no site and no week is
 * in two splits (science/evaluation.md section 6). Everything is a function of (split, cell, number of the batch), so
 * that more batches only add to those there are, and any one of them can be made again alone. */
#ifndef COORD_EVALUATE_SUITE_H
#define COORD_EVALUATE_SUITE_H

#include "evaluate/evaluate.h"
#include "generate/generate.h"

enum cell_kind {
	CELL_PLANTED,   /* something coordinated is there */
	CELL_NEGATIVE,  /* something that only looks like it */
	CELL_NULL,      /* independent background alone */
	CELL_EVASION,   /* a campaign that knows the method and hides from it */
	CELL_POISONING, /* independent victims made to look like a campaign */
	CELL_KINDS,
};

enum {
	CELLS_MOST = 96,
	CELL_NAME_MOST = 24,
	DIFFICULTY_ANY = DIFFICULTY_COUNT,
	SESSIONS_USUAL = 1000
};

struct cell {
	char name[CELL_NAME_MOST]; /* "C1:standard", "HN1", "S", "C1:hard@10000" */
	enum cell_kind kind;
	enum generate_structure structure; /* of no meaning for CELL_NULL */
	unsigned difficulty;               /* DIFFICULTY_ANY: each in turn, batch by batch */
	uint32_t sessions;                 /* of the whole batch, about */
	uint32_t address;                  /* of its random numbers: the same in every suite */
};

struct suite {
	struct cell cells[CELLS_MOST];
	uint32_t n_cells;
	uint32_t batches; /* of each cell */
	enum evaluate_split split;
};

/** One batch as the generator is asked for it. */
struct batch_plan {
	struct generate_config config;
	struct generate_plan plan;
	uint32_t site; /* of the split's sites, from 0 */
	uint64_t seed;
};

enum { SITES_MOST = 4 };

/** "planted", "negatives", "null", "evasion", "poisoning". */
const char *cell_kind_name(enum cell_kind kind);

/** The cells of a suite that `config->cells` names, all when it is empty. COORD_EINVALID: no such cell. */
MUST_CHECK enum coord_err suite_init(
    const struct evaluate_config *config, struct suite *ret, struct coord_error *err);
/** Batch number `batch` of a cell. ret->config.plans points into *ret. */
void suite_plan(
    const struct suite *suite, const struct cell *cell, uint32_t batch, struct batch_plan *ret);
/** The month of background that site `site` of the split is judged against. */
struct generate_config suite_reference(enum evaluate_split split, uint32_t site);
uint32_t suite_sites(enum evaluate_split split);
/** A start of the planning numbers in [0, 1): `index`th point of a two-dimensional low-discrepancy sequence (Roberts 2018,
 *  after Kronecker), shifted by the cell's own amounts; a corner takes the outer sevenths of the range only. */
void suite_point(uint32_t address, uint32_t index, bool corners, double ret[2]);

#endif
