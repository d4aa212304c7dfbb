/* evaluate_train.c - `coord evaluate train`: fits the model file that turns evidence into a calibrated confidence. */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "evaluate/evaluate.h"

static const size_t rows_most = (size_t)1 << 30;

/* clang-format off */
#define WORD(id, text, batches) "|" text
static const char suites[] = "" EVALUATE_SUITES(WORD); /* begins with a bar: + 1 */
#undef WORD

static const struct option options[] = {
	{ "--output", 'o', "FILE", OPTION_FILE, OPTION_AT(output), 0, 0, NULL, "standard output",
	  "Write the model to FILE, which appears complete or not at all." },
	{ "--rows", 0, "FILE", OPTION_FILE, OPTION_AT(rows), 0, 0, NULL, NULL,
	  "Write every tested cluster with its features and its truth to FILE, as CSV." },
	{ "--families", 0, "FILE", OPTION_FILE, OPTION_AT(families), 0, 0, NULL, NULL,
	  "Also leave out each family of campaigns and of negatives in turn, and write to FILE how its groups are judged by a "
	  "model that has not seen it, as tables in Markdown." },
	{ "--name", 0, "NAME", OPTION_TEXT, OPTION_AT(name), 0, 0, NULL, "fitted-1", "The model's name in results." },
	{ "--suite", 0, "SUITE", OPTION_CHOICE, OPTION_AT(suite), 0, 0, suites + 1, "small",
	  "The suite whose cells are learned from." },
	{ "--batches", 0, "N", OPTION_UINT, OPTION_AT(batches), 1, 10000, NULL, "by suite", "Batches of each cell and split." },
	{ "--cells", 0, "LIST", OPTION_TEXT, OPTION_AT(cells), 0, 0, NULL, NULL,
	  "Only these cells, as in coord evaluate; a name with ! in front is left out." },
	{ "--worlds", 0, "N", OPTION_UINT, OPTION_AT(worlds), 1, 99999, NULL, "199", "Null worlds of the engine." },
	{ "--threads", 0, "N", OPTION_UINT, OPTION_AT(threads), 1, 64, NULL, "all cores",
	  "Threads to work with. Changes nothing but the time taken." },
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL, "No progress on standard error." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord evaluate train -o model.json",
	    "weights from the dev split, calibrator from the calibration split" },
	{ NULL, NULL },
};

static enum cli_status
write_all(const struct command *self, const struct settings *settings, const struct buf *model,
    const struct buf *rows, const struct buf *families, enum coord_err fitted,
    const struct coord_error *err)
{
	enum cli_status status = STATUS_DONE;

	if (settings->rows != NULL)
		status = output_whole(self, settings->rows, rows);
	if (fitted != COORD_OK)
		return complain_error(self, err);
	if (status == STATUS_DONE && settings->families != NULL)
		status = output_whole(self, settings->families, families);
	return status != STATUS_DONE ? status : output_whole(self, settings->output, model);
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct evaluate_config config = { .suite = (enum evaluate_suite)settings->suite,
		.batches = (uint32_t)settings->batches,
		.cells = settings->cells,
		.worlds = (uint32_t)settings->worlds,
		.threads = (unsigned)settings->threads,
		.scratch = getenv("TMPDIR") };
	struct buf model = BUF_INIT(rows_most), rows = BUF_INIT(rows_most),
		   families = BUF_INIT(rows_most);
	struct progress progress;
	struct coord_error err;
	enum cli_status status;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		config.progress = progress_stage;
		config.progress_context = &progress;
	}
	rc = evaluate_train(&config, settings->name, &model, &rows,
	    settings->families == NULL ? NULL : &families, &err);
	progress_end(&progress);
	status = write_all(self, settings, &model, &rows, &families, rc, &err);
	buf_clear(&model);
	buf_clear(&rows);
	buf_clear(&families);
	return status;
}

const struct command command_evaluate_train = {
	.name = "evaluate train",
	.operands = "",
	.title = "Fit the model file from labelled batches",
	.about = "Runs the engine on the development and calibration splits, with and without a "
		 "reference, and fits the weights and the calibrator of its confidence to what was "
		 "true. The model is the same for the same engine, suite and number of batches.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
