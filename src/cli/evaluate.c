/* evaluate.c - `coord evaluate`: how good the engine is, on data whose truth is known. */
#include "evaluate/evaluate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"

static const size_t document_most = (size_t)1 << 30;

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
	{ "--output", 'o', "DIR", OPTION_FOLDER, OPTION_AT(output), 0, 0, NULL, NULL,
	  "Also write evaluation.json (every figure, a row a batch), evaluation.html, evaluation.md and rows.csv (every tested "
	  "cluster) into DIR, made when missing." },
	{ "--markdown", 0, "FILE", OPTION_FILE, OPTION_AT(rows), 0, 0, NULL, NULL,
	  "Write the tables in Markdown to FILE." },
	{ "--ablations", 0, NULL, OPTION_FLAG, OPTION_AT(ablations), 0, 0, NULL, NULL,
	  "Run the engine again without each channel, with another site's reference and with naive nulls, on a few batches of each cell; "
	  "the full suite always does." },
	{ "--naive-nulls", 0, NULL, OPTION_FLAG, OPTION_AT(naive_nulls), 0, 0, NULL, NULL,
	  "Judge with nulls that know no populations, hours or networks: every table shows what that costs. No figure of the "
	  "engine." },
	{ "--engine-only", 0, NULL, OPTION_FLAG, OPTION_AT(engine_only), 0, 0, NULL, NULL,
	  "Leave out the methods of others: a third of the time." },
	{ "--quiet", 'q', NULL, OPTION_FLAG, OPTION_AT(quiet), 0, 0, NULL, NULL, "No progress on standard error." },
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord evaluate", "the small suite on the development split" },
	{ "coord evaluate --cells C1,HN1,S --batches 4", "three kinds of batches, a few of each" },
	{ NULL, NULL },
};

static void
write_rows(const struct evaluation *evaluation, struct buf *out)
{
	evaluate_rows(evaluation, true, out);
}

static enum cli_status
write_document(const struct command *self, const char *path, const struct evaluation *evaluation,
    void (*write)(const struct evaluation *evaluation, struct buf *out))
{
	struct buf out = BUF_INIT(document_most);
	enum cli_status status;

	write(evaluation, &out);
	status = output_whole(self, path, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
write_documents(const struct command *self, const struct settings *settings,
    const struct evaluation *evaluation)
{
	static const struct {
		const char *name;
		void (*write)(const struct evaluation *evaluation, struct buf *out);
	} documents[] = { { "evaluation.json", evaluate_json },
		{ "evaluation.html", evaluate_html }, { "evaluation.md", evaluate_markdown },
		{ "rows.csv", write_rows } };
	enum cli_status status = STATUS_DONE;
	char path[OUTPUT_PATH_MOST];

	if (settings->rows != NULL)
		status = write_document(self, settings->rows, evaluation, evaluate_markdown);
	if (settings->output == NULL || status != STATUS_DONE)
		return status;
	if (mkdir(settings->output, 0777) != 0 && errno != EEXIST) {
		complain(self, "%s: %s", settings->output, strerror(errno));
		return STATUS_FAILED;
	}
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]) && status == STATUS_DONE;
	     i++) {
		int n = snprintf(path, sizeof(path), "%s/%s", settings->output, documents[i].name);

		if (n < 0 || (size_t)n >= sizeof(path)) {
			complain(self, "%s: name too long", settings->output);
			return STATUS_FAILED;
		}
		status = write_document(self, path, evaluation, documents[i].write);
	}
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct evaluate_config config = { .suite = (enum evaluate_suite)settings->suite,
		.split = (enum evaluate_split)settings->split,
		.batches = (uint32_t)settings->batches,
		.cells = settings->cells,
		.worlds = (uint32_t)settings->worlds,
		.methods =
		    EVALUATE_FIGURES |
		    (settings->ablations || settings->suite == SUITE_FULL ? EVALUATE_ABLATIONS
									  : 0) |
		    (settings->engine_only
			    ? 0
			    : EVALUATE_NO_REFERENCE | EVALUATE_BASELINES | EVALUATE_CHECKS),
		.naive_nulls = settings->naive_nulls,
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
	status = write_documents(self, settings, evaluation);
	evaluate_text(evaluation, &out);
	if (status == STATUS_DONE)
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
