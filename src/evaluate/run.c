/* run.c - every batch is made once, in one thread, and shown to every method; batches run side by side. A batch writes to
 * its own row only, and figures are made afterwards in the order of the table. */
#define _POSIX_C_SOURCE 200809L
#include "evaluate/run.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct suite_run {
	struct evaluation *e;
	struct references references;
	atomic_uint done;
	struct coord_error err; /* the first failure; under `failed` */
	atomic_flag failed;
	atomic_bool stop;
};

static double
now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
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

static enum coord_err
judge_batch(struct suite_run *run, size_t item, const struct batch *batch, struct coord_error *err)
{
	struct evaluation *e = run->e;
	struct outcome *outcomes = &e->outcomes[item * e->n_methods];

	describe_row(batch, &e->rows[item]);
	for (uint32_t m = 0; m < e->n_methods; m++)
		TRY(engine_judge(batch, &e->methods[m].variant, e->config.worlds, e->arenas[item],
		    &outcomes[m], err));
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
choose_methods(struct evaluation *e)
{
	e->methods[e->n_methods++] =
	    (struct method){ .id = "engine", .title = "this engine, with a reference" };
	if ((e->config.methods & EVALUATE_NO_REFERENCE) != 0)
		e->methods[e->n_methods++] = (struct method){ .id = "engine-alone",
			.title = "this engine, without a reference",
			.variant = { .no_reference = true } };
	for (uint32_t m = 0; m < e->n_methods; m++)
		e->methods[m].variant.model = e->config.model;
}

static enum coord_err
run_suite(struct evaluation *e, struct coord_error *err)
{
	struct suite_run run = { .e = e, .failed = ATOMIC_FLAG_INIT };
	double started = now();

	TRY(references_build(
	    e->suite.split, e->config.scratch, e->config.threads, &run.references, err));
	parallel_for(
	    e->config.threads, (size_t)e->suite.n_cells * e->suite.batches, run_batch, &run);
	references_close(&run.references);
	e->seconds = now() - started;
	if (!atomic_load(&run.stop))
		return COORD_OK;
	if (err != NULL)
		*err = run.err;
	return run.err.code;
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
	free(e->arenas);
	free(e->outcomes);
	free(e->rows);
	free(e);
}
