/* evaluate.c - `coord evaluate`: how good the engine is, on data whose truth is known. */
#include "evaluate/evaluate.h"

#include <stdlib.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"

/* clang-format off */
#define WORD(id, text) "|" text
static const char splits[] = "" EVALUATE_SPLITS(WORD); /* begins with a bar: + 1 */
#undef WORD
#define WORD(id, text, batches) "|" text
static const char suites[] = "" EVALUATE_SUITES(WORD);
#undef WORD

static const struct option options[] = {
	{ "--suite", 0, "SUITE", OPTION_CHOICE, OPTION_AT(suite), 0, 0, suites + 1, "small",
	  "tiny: seconds; small: minutes; full: every cell, batch size and ablation, an hour or more." },
	{ "--split", 0, "SPLIT", OPTION_CHOICE, OPTION_AT(split), 0, 0, splits + 1, "dev",
	  "Which sites, weeks and seeds: tune on dev, calibrate on calibration, publish test." },
	{ "--batches", 0, "N", OPTION_UINT, OPTION_AT(batches), 1, 10000, NULL, "by suite", "Batches of each cell." },
	{ "--cells", 0, "LIST", OPTION_TEXT, OPTION_AT(cells), 0, 0, NULL, NULL,
	  "Only these cells: names, structures, difficulties or kinds, as in C1:easy,H2a,hard,HN1,S,planted." },
	{ "--worlds", 0, "N", OPTION_UINT, OPTION_AT(worlds), 1, 99999, NULL, "199", "Null worlds of the engine." },
	{ "--threads", 0, "N", OPTION_UINT, OPTION_AT(threads), 1, 64, NULL, "all cores",
	  "Threads to work with. Changes nothing but the time taken." },
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL, "No progress on standard error." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord evaluate", "the small suite on the development split" },
	{ "coord evaluate --cells C1,HN1,S --batches 4", "three kinds of batches, a few of each" },
	{ NULL, NULL },
};

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct evaluate_config config = { .suite = (enum evaluate_suite)settings->suite,
		.split = (enum evaluate_split)settings->split,
		.batches = (uint32_t)settings->batches,
		.cells = settings->cells,
		.worlds = (uint32_t)settings->worlds,
		.threads = (unsigned)settings->threads,
		.scratch = getenv("TMPDIR") };
	struct evaluation *evaluation;
	struct progress progress;
	struct coord_error err;
	struct buf out = BUF_INIT(1 << 24);
	enum cli_status status;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		config.progress = progress_stage;
		config.progress_context = &progress;
	}
	rc = evaluate_run(&config, &evaluation, &err);
	progress_end(&progress);
	if (rc != COORD_OK)
		return complain_error(self, &err);
	evaluate_text(evaluation, &out);
	status = output_whole(self, NULL, &out);
	buf_clear(&out);
	evaluate_free(evaluation);
	return status;
}

const struct command command_evaluate = {
	.name = "evaluate",
	.operands = "",
	.title = "Measure the engine on labelled batches",
	.about = "Generates batches with a known truth (campaigns, groups that only look like "
		 "campaigns, nothing at all), lets the engine judge them, and prints how often it "
		 "was right, by cell. docs/evaluation.md describes the protocol.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
