/* evaluate.h - how good is the answer? The engine and the methods of others on the same labelled batches, measured with
 * intervals, after science/evaluation.md; docs/evaluation.md has the protocol and the figures.
 *
 * Everything is drawn by address from the split: same suite, same figures, on any number of threads. The test split is
 * for the figures that are published, and scored once; tune on dev, calibrate on calibration. */
#ifndef COORD_EVALUATE_H
#define COORD_EVALUATE_H

#include "detect/detect.h"

/* clang-format off */
#define EVALUATE_SPLITS(X) X(DEV, "dev") X(CALIBRATION, "calibration") X(TEST, "test")
/** Enum, name, batches of a cell. */
#define EVALUATE_SUITES(X) X(TINY, "tiny", 4) X(SMALL, "small", 12) X(FULL, "full", 100)
/* clang-format on */

enum evaluate_split {
#define EVALUATE_SPLIT_ENUM(id, text) SPLIT_##id,
	EVALUATE_SPLITS(EVALUATE_SPLIT_ENUM)
#undef EVALUATE_SPLIT_ENUM
	    SPLIT_COUNT
};

enum evaluate_suite {
#define EVALUATE_SUITE_ENUM(id, text, batches) SUITE_##id,
	EVALUATE_SUITES(EVALUATE_SUITE_ENUM)
#undef EVALUATE_SUITE_ENUM
	    SUITE_COUNT
};

const char *evaluate_split_name(enum evaluate_split split);
const char *evaluate_suite_name(enum evaluate_suite suite);

struct evaluate_config {
	enum evaluate_suite suite;
	enum evaluate_split split;
	uint32_t batches;  /* of a cell; 0: by suite */
	const char *cells; /* "C1:hard,HN1,S": names, structures or difficulties; NULL: all */
	uint32_t worlds;   /* null worlds of the engine; 0: 199 */
	uint32_t methods;  /* EVALUATE_* bits; the engine itself always runs */
	const struct detect_model *model; /* NULL: the program's own */
	bool
	    naive_nulls; /* the engine with the nulls that a careful one may not use: shows their price in every table */
	bool batch_seeds;    /* the engine's draws depend on the batch alone, not on the model */
	unsigned threads;    /* 0: all cores */
	const char *scratch; /* a folder for temporary files; NULL: /tmp */
	/* `done` of 1 at the end; may come from any thread */
	void (*progress)(void *context, const char *stage, double done);
	void *progress_context;
};

enum {
	EVALUATE_NO_REFERENCE = 1, /* the engine without a reference background */
	EVALUATE_FIGURES = 4,      /* means, intervals and curves, beside the rows */
	EVALUATE_ABLATIONS =
	    8, /* the engine without each channel, with another site's reference, and with naive nulls */
	EVALUATE_CHECKS = 16,   /* repeats, noise, a shared key: what must not change the answer */
	EVALUATE_BASELINES = 2, /* the methods of others, at every point of theirs */
};

struct evaluation;
struct reference;

/** Runs a suite. COORD_EINVALID names the option. *ret is released by evaluate_free. */
MUST_CHECK enum coord_err evaluate_run(
    const struct evaluate_config *config, struct evaluation **ret, struct coord_error *err);
void evaluate_free(struct evaluation *evaluation);
/** The figures: for a terminal; as tables for docs/evaluation.md; all of them, with a row for each batch, for programs; as
 *  one page with plots. Of an evaluation run with EVALUATE_FIGURES. */
void evaluate_text(const struct evaluation *evaluation, struct buf *out);
void evaluate_markdown(const struct evaluation *evaluation, struct buf *out);
void evaluate_json(const struct evaluation *evaluation, struct buf *out);
void evaluate_html(const struct evaluation *evaluation, struct buf *out);

/** Every cluster that the engine tested, one CSV line each, with its features and its truth. */
void evaluate_rows(const struct evaluation *evaluation, bool header, struct buf *out);

/** Fits a model file: weights on the development split, calibrator on the calibration split, each with and without a
 *  reference. The same whatever model the engine carries (config->split, methods and batch_seeds are not read). `rows` (NULL allowed) gets evaluate_rows of both, `families` (NULL
 *  allowed) how each family's groups are judged by a model that has not seen it, in Markdown (family.h). */
MUST_CHECK enum coord_err evaluate_train(const struct evaluate_config *config, const char *name,
    struct buf *ret_model, struct buf *rows, struct buf *families, struct coord_error *err);

/** `coord evaluate self`: campaigns planted into the user's own sessions, judged against the user's own reference. */
struct evaluate_self_config {
	const struct session_table *table;
	const struct reference *reference;
	const struct detect_model *model; /* NULL: the program's own */
	uint32_t batches;                 /* of a cell of the grid; 0: 2 */
	uint32_t sessions_most;           /* of a batch, about; 0: 2,000 */
	uint32_t worlds;                  /* null worlds of the engine; 0: 199 */
	uint64_t seed;                    /* 0: from the input */
	unsigned threads;                 /* 0: all cores; changes nothing but the time */
	bool
	    quick; /* a third of the grid, one batch a cell, fewer of everything else: a first look */
	bool calibrate; /* also run every batch without a reference, as a model file needs both */
	void (*progress)(void *context, const char *stage, double done); /* from any thread; NULL */
	void *progress_context;
};

struct evaluate_self;

/** Plants, analyses, counts. The table, reference and model must outlive *ret, which evaluate_self_free releases.
 *  COORD_ENODATA: logs of less than a day or of fewer than 50 sources; COORD_ENOMEM, COORD_ELIMIT. */
MUST_CHECK enum coord_err evaluate_self_run(
    const struct evaluate_self_config *config, struct evaluate_self **ret, struct coord_error *err);
void evaluate_self_free(struct evaluate_self *self);
/** The report: for a terminal, as a JSON document, as one page that needs nothing else. */
void evaluate_self_text(const struct evaluate_self *self, struct buf *out);
void evaluate_self_json(const struct evaluate_self *self, struct buf *out);
void evaluate_self_html(const struct evaluate_self *self, struct buf *out);
/** Batches without coordination in which something was called coordinated. */
uint32_t evaluate_self_alarms(const struct evaluate_self *self);
enum { SELF_ALARM_NAME_MAX = 32 };
/** The sessions of the i-th of them, made once more, and its name in the JSON document ("alarm-0017-HN5"). The table is the
 *  caller's to free. */
MUST_CHECK enum coord_err evaluate_self_alarm(const struct evaluate_self *self, uint32_t i,
    char name[SELF_ALARM_NAME_MAX], struct session_table *ret, struct coord_error *err);
/** A model file whose calibrator (and weights) come from these batches; needs config.calibrate. COORD_ENODATA: too few
 *  campaigns were found to fit one. */
MUST_CHECK enum coord_err evaluate_self_model(
    const struct evaluate_self *self, const char *name, struct buf *out, struct coord_error *err);

struct evaluate_real_config {
	const struct reference *reference; /* NULL: the logs are their own background */
	unsigned threads;
	uint32_t null_runs; /* de-coordinated copies judged beside */
};

/** Leave-artefact-out on real logs: appends tables to `out`. */
MUST_CHECK enum coord_err evaluate_real(const struct session_table *table,
    const struct evaluate_real_config *config, bool markdown, struct buf *out,
    struct coord_error *err);

#endif
