/* run.h - the outcomes of a suite: every method on every batch (private to evaluate/). */
#ifndef COORD_EVALUATE_RUN_H
#define COORD_EVALUATE_RUN_H

#include "evaluate/outcome.h"
#include "evaluate/robust.h"

struct baseline;
struct summary;

/** A column of the tables: the engine, a variant of it, or a baseline at one of its points. */
struct method {
	const char *id, *title;
	const struct baseline *baseline; /* NULL: the engine */
	double point;
	bool published; /* the baseline at its authors' point */
	uint32_t
	    batches; /* of each standard, negative and null cell, that it is run on; 0: all of all */
	struct variant variant;
};

enum { METHODS_MOST = 96, ROBUST_CHECKS = 8 };

/** What is known of a batch beside the outcomes. */
struct batch_row {
	uint64_t seed;
	uint32_t site, sessions, sources, members, visits; /* members, visits: as planned */
	uint32_t n_campaigns;
	struct generate_group group;
	uint8_t input_sha256[32];
	enum coord_err rc;
};

struct evaluation {
	struct evaluate_config config;
	struct suite suite;
	struct method methods[METHODS_MOST];
	uint32_t n_methods;
	struct batch_row *rows;   /* by cell, then batch */
	struct outcome *outcomes; /* by cell, batch, method */
	struct arena **arenas;    /* one a batch: no order of threads reaches memory */
	struct seen *random; /* random groups of batches without campaigns, judged in group mode */
	size_t n_random;
	struct robust robust[ROBUST_CHECKS];
	uint32_t robust_cell[ROBUST_CHECKS];
	uint32_t n_robust;       /* 0: not asked for */
	struct summary *summary; /* NULL: not asked for */
	double seconds;
};

enum { RANDOM_GROUPS = 8 }; /* of each batch of a null cell */

/** Random group number `number` of a batch. *ret_any false: the batch is too small, or nothing was judged. */
MUST_CHECK enum coord_err random_group(const struct batch *batch, uint32_t number,
    const struct variant *variant, uint32_t worlds, struct arena *arena, struct seen *ret,
    bool *ret_any, struct coord_error *err);

static inline const struct batch_row *
evaluation_row(const struct evaluation *e, uint32_t cell, uint32_t batch)
{
	return &e->rows[(size_t)cell * e->suite.batches + batch];
}

static inline const struct outcome *
evaluation_outcome(const struct evaluation *e, uint32_t cell, uint32_t batch, uint32_t method)
{
	return &e->outcomes[((size_t)cell * e->suite.batches + batch) * e->n_methods + method];
}

#endif
