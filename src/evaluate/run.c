/* run.c - every batch is made once, in one thread, and shown to every method; batches run side by side. A batch writes to
 * its own row only, and figures are made afterwards in the order of the table. */
#define _POSIX_C_SOURCE 200809L
#include "evaluate/summary.h"

#include "evaluate/baseline/baseline.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#define BASELINE_BYTES_MOST ((size_t)1 << 30)

enum { ABLATION_BATCHES = 8 };

struct suite_run {
	struct evaluation *e;
	struct references references;
	struct seen *random; /* RANDOM_GROUPS a batch, where `any` says so */
	bool *any;
	atomic_uint done;
	struct coord_error err; /* the first failure; under `failed` */
	atomic_flag failed;
	atomic_bool stop;
};

static double
now(void)
{
	return (double)clock_steady() / 1e6;
}

static void
describe_row(const struct batch *batch, struct batch_row *row)
{
	*row = (struct batch_row){ .seed = batch->plan.seed,
		.site = batch->plan.site,
		.sessions = batch->table.n,
		.sources = batch->truth.n,
		.members = batch->plan.plan.members,
		.visits = batch->plan.plan.visits,
		.n_campaigns = batch->truth.n_campaigns,
		.group = batch->group };
	memcpy(row->input_sha256, batch->table.input_sha256, sizeof(row->input_sha256));
}

/* What a method cannot do is a result too: the outcome says COORD_ELIMIT and counts as nothing found. */
static enum coord_err
judge_baseline(const struct batch *batch, const struct method *method, struct outcome *ret,
    struct coord_error *err)
{
	struct arena *scratch = arena_new(BASELINE_BYTES_MOST);
	struct grouping grouping = { .n = 0, .confidence = 0 };
	double started = now();
	enum coord_err rc;

	if (scratch == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory");
	rc = method->baseline->run(
	    &batch->table, method->point, batch->plan.seed, scratch, &grouping, err);
	if (rc == COORD_ELIMIT)
		grouping = (struct grouping){ .n = 0 };
	if (rc == COORD_OK || rc == COORD_ELIMIT) {
		double seconds = now() - started;
		enum coord_err limit = rc;

		rc = outcome_of(&batch->truth, &grouping, scratch, ret, err);
		ret->seen = NULL; /* only the engine's clusters are looked at one by one */
		ret->n_seen = 0;
		ret->rc = limit;
		ret->metrics[METRIC_SECONDS] = seconds;
	}
	arena_free(scratch);
	return rc;
}

/* Ablations are for the cells where something is to be lost or gained, and for a few batches of each. */
static bool
is_run_on(const struct evaluation *e, const struct method *method, size_t item)
{
	const struct cell *cell = &e->suite.cells[item / e->suite.batches];

	if (method->batches == 0)
		return true;
	return item % e->suite.batches < method->batches && cell->sessions == SESSIONS_USUAL &&
	       (cell->kind != CELL_PLANTED || cell->difficulty == DIFFICULTY_STANDARD);
}

static enum coord_err
judge_random(struct suite_run *run, size_t item, const struct batch *batch, struct coord_error *err)
{
	struct evaluation *e = run->e;

	for (uint32_t i = 0; i < RANDOM_GROUPS; i++)
		TRY(random_group(batch, i, &e->methods[0].variant, e->config.worlds,
		    e->arenas[item], &run->random[item * RANDOM_GROUPS + i],
		    &run->any[item * RANDOM_GROUPS + i], err));
	return COORD_OK;
}

static enum coord_err
judge_batch(struct suite_run *run, size_t item, const struct batch *batch, struct coord_error *err)
{
	struct evaluation *e = run->e;
	struct outcome *outcomes = &e->outcomes[item * e->n_methods];

	describe_row(batch, &e->rows[item]);
	for (uint32_t m = 0; m < e->n_methods; m++) {
		const struct method *method = &e->methods[m];

		if (!is_run_on(e, method, item))
			outcome_none(&outcomes[m]);
		else if (method->baseline == NULL)
			TRY(engine_judge(batch, &method->variant, e->config.worlds, e->arenas[item],
			    &outcomes[m], err));
		else
			TRY(judge_baseline(batch, method, &outcomes[m], err));
	}
	if (e->suite.cells[item / e->suite.batches].kind == CELL_NULL)
		return judge_random(run, item, batch, err);
	return COORD_OK;
}

static enum coord_err
run_one(struct suite_run *run, size_t item, struct coord_error *err)
{
	struct evaluation *e = run->e;
	const struct cell *cell = &e->suite.cells[item / e->suite.batches];
	struct arena *scratch = arena_new(0);
	struct batch batch;
	enum coord_err rc;

	e->arenas[item] = arena_new(0);
	if (scratch == NULL || e->arenas[item] == NULL) {
		arena_free(scratch);
		return error_set(err, COORD_ENOMEM, "evaluate: no memory");
	}
	rc = batch_make(&e->suite, cell, (uint32_t)(item % e->suite.batches), &run->references,
	    scratch, &batch, err);
	if (rc == COORD_OK) {
		rc = judge_batch(run, item, &batch, err);
		batch_clear(&batch);
	}
	arena_free(scratch);
	return rc;
}

static void
run_batch(void *context, size_t item, unsigned worker)
{
	struct suite_run *run = context;
	struct evaluation *e = run->e;
	struct coord_error err;
	unsigned done;

	(void)worker;
	if (atomic_load(&run->stop))
		return;
	if (run_one(run, item, &err) != COORD_OK) {
		if (!atomic_flag_test_and_set(&run->failed))
			run->err = err;
		atomic_store(&run->stop, true);
		return;
	}
	done = atomic_fetch_add(&run->done, 1) + 1;
	if (e->config.progress != NULL)
		e->config.progress(e->config.progress_context, "batches",
		    (double)done / ((double)e->suite.n_cells * e->suite.batches));
}

static enum coord_err
allocate(struct evaluation *e, struct coord_error *err)
{
	size_t n = (size_t)e->suite.n_cells * e->suite.batches;

	e->rows = calloc(n, sizeof(*e->rows));
	e->outcomes = calloc(n * e->n_methods, sizeof(*e->outcomes));
	e->arenas = calloc(n, sizeof(struct arena *));
	if (e->rows == NULL || e->outcomes == NULL || e->arenas == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for %zu batches", n);
	return COORD_OK;
}

static void
add_ablations(struct evaluation *e)
{
	e->methods[e->n_methods++] = (struct method){ .id = "foreign reference",
		.title = "this engine, with the reference of another site",
		.batches = ABLATION_BATCHES,
		.variant = { .foreign = true } };
	e->methods[e->n_methods++] = (struct method){ .id = "naive nulls",
		.title = "this engine, with nulls that know no populations, hours or networks",
		.batches = ABLATION_BATCHES,
		.variant = { .naive_nulls = true } };
	for (unsigned c = 0; c < CHANNEL_COUNT; c++)
		e->methods[e->n_methods++] =
		    (struct method){ .id = detect_channel_name((enum detect_channel)c),
			    .title = "this engine, a channel left out of grouping and evidence",
			    .batches = ABLATION_BATCHES,
			    .variant = { .without = 1u << c } };
}

/* Every point of a baseline is run: the tables show it at the one its authors give and at the best. */
static void
add_baseline(struct evaluation *e, const struct baseline *baseline)
{
	for (uint8_t p = 0; p < baseline->n_points && e->n_methods < METHODS_MOST; p++)
		e->methods[e->n_methods++] = (struct method){ .id = baseline->id,
			.title = baseline->title,
			.baseline = baseline,
			.point = baseline->points[p],
			.published = p == baseline->published };
}

static void
choose_methods(struct evaluation *e)
{
	e->methods[e->n_methods++] =
	    (struct method){ .id = "engine", .title = "this engine, with a reference" };
	if ((e->config.methods & EVALUATE_NO_REFERENCE) != 0)
		e->methods[e->n_methods++] = (struct method){ .id = "engine-alone",
			.title = "this engine, without a reference",
			.variant = { .no_reference = true } };
	if ((e->config.methods & EVALUATE_ABLATIONS) != 0)
		add_ablations(e);
	for (size_t b = 0; (e->config.methods & EVALUATE_BASELINES) != 0 && b < n_baselines; b++)
		add_baseline(e, &baselines[b]);
	for (uint32_t m = 0; m < e->n_methods; m++) {
		e->methods[m].variant.model = e->config.model;
		e->methods[m].variant.batch_seed = e->config.batch_seeds;
		e->methods[m].variant.naive_nulls |= e->config.naive_nulls;
	}
}

/* The random groups that came to be, in the order of the table. */
static void
keep_random(struct suite_run *run, size_t n)
{
	struct evaluation *e = run->e;

	e->random = run->random;
	for (size_t i = 0; i < n; i++)
		if (run->any[i])
			e->random[e->n_random++] = run->random[i];
}

static enum coord_err
run_batches(struct suite_run *run, struct coord_error *err)
{
	struct evaluation *e = run->e;
	size_t n = (size_t)e->suite.n_cells * e->suite.batches;

	run->random = calloc(n * RANDOM_GROUPS, sizeof(*run->random));
	run->any = calloc(n * RANDOM_GROUPS, sizeof(*run->any));
	if (run->random != NULL && run->any != NULL)
		parallel_for(e->config.threads, n, run_batch, run);
	if (run->random != NULL && run->any != NULL)
		keep_random(run, n * RANDOM_GROUPS);
	else
		free(run->random);
	free(run->any);
	if (e->random == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for %zu batches", n);
	if (!atomic_load(&run->stop))
		return COORD_OK;
	if (err != NULL)
		*err = run->err;
	return run->err.code;
}

/* On the first batch of the first planted cells below hard, which the engine has a chance to find. */
static enum coord_err
run_checks(struct suite_run *run, struct coord_error *err)
{
	struct evaluation *e = run->e;

	for (uint32_t c = 0; c < e->suite.n_cells && e->n_robust < ROBUST_CHECKS; c++) {
		const struct cell *cell = &e->suite.cells[c];

		if (cell->kind != CELL_PLANTED || cell->difficulty != DIFFICULTY_STANDARD ||
		    cell->sessions != SESSIONS_USUAL)
			continue;
		TRY(robust_check(&e->suite, cell, 0, &run->references, e->config.worlds,
		    &e->robust[e->n_robust], err));
		e->robust_cell[e->n_robust++] = c;
	}
	return COORD_OK;
}

static enum coord_err
run_suite(struct evaluation *e, struct coord_error *err)
{
	struct suite_run run = { .e = e, .failed = ATOMIC_FLAG_INIT };
	double started = now();
	enum coord_err rc;

	TRY(references_build(
	    e->suite.split, e->config.scratch, e->config.threads, &run.references, err));
	rc = run_batches(&run, err);
	if (rc == COORD_OK && (e->config.methods & EVALUATE_CHECKS) != 0)
		rc = run_checks(&run, err);
	references_close(&run.references);
	e->seconds = now() - started;
	return rc;
}

static enum coord_err
make_summary(struct evaluation *e, struct coord_error *err)
{
	struct summary *summary = calloc(1, sizeof(*summary));
	enum coord_err rc;

	if (summary == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory for the figures");
	rc = summary_init(e, summary, err);
	if (rc == COORD_OK)
		e->summary = summary;
	else
		free(summary);
	return rc;
}

enum coord_err
evaluate_run(const struct evaluate_config *config, struct evaluation **ret, struct coord_error *err)
{
	struct evaluation *e = calloc(1, sizeof(*e));
	enum coord_err rc;

	if (e == NULL)
		return error_set(err, COORD_ENOMEM, "evaluate: no memory");
	e->config = *config;
	if (e->config.threads == 0)
		e->config.threads = parallel_cores();
	rc = suite_init(config, &e->suite, err);
	if (rc == COORD_OK) {
		choose_methods(e);
		rc = allocate(e, err);
	}
	if (rc == COORD_OK)
		rc = run_suite(e, err);
	if (rc == COORD_OK && (config->methods & EVALUATE_FIGURES) != 0)
		rc = make_summary(e, err);
	if (rc != COORD_OK) {
		evaluate_free(e);
		return rc;
	}
	*ret = e;
	return COORD_OK;
}

void
evaluate_free(struct evaluation *e)
{
	if (e == NULL)
		return;
	for (size_t i = 0; e->arenas != NULL && i < (size_t)e->suite.n_cells * e->suite.batches;
	     i++)
		arena_free(e->arenas[i]);
	if (e->summary != NULL)
		summary_clear(e->summary);
	free(e->summary);
	free(e->arenas);
	free(e->random);
	free(e->outcomes);
	free(e->rows);
	free(e);
}
