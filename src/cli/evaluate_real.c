/* evaluate_real.c - `coord evaluate real`: what the engine finds in real logs whose artefacts were taken out. */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "evaluate/evaluate.h"
#include "reference/reference.h"

enum { FORMAT_TEXT, FORMAT_MARKDOWN };

/* clang-format off */
static const struct option options[] = {
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|markdown", "text",
	  "How the tables are written." },
	OUTPUT_OPTION,
	{ "--reference", 'r', "FILE", OPTION_FILE, OPTION_AT(reference), 0, 0, NULL, NULL,
	  "Background snapshot made by 'coord reference build' from other days." },
	{ "--batches", 0, "N", OPTION_UINT, OPTION_AT(batches), 1, 1000, NULL, NULL,
	  "Also judge the logs de-coordinated, N times." },
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord evaluate real --batches 3 logs/",
	    "recall of known campaigns without their artefacts, and three nulls" },
	{ NULL, NULL },
};

static enum cli_status
judge(const struct command *self, const struct settings *settings, const struct input *input,
    const struct reference *reference)
{
	struct evaluate_real_config config = { .reference = reference,
		.threads = (unsigned)settings->threads,
		.null_runs = (uint32_t)settings->batches };
	struct buf out = BUF_INIT(1 << 24);
	struct coord_error err;
	enum cli_status status;

	if (evaluate_real(&input->table, &config, settings->format == FORMAT_MARKDOWN, &out,
		&err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	return status;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct input input = { .n_sensors = 0 };
	struct reference *reference = NULL;
	struct coord_error err;
	enum cli_status status, judged;

	if (settings->reference != NULL &&
	    reference_open(settings->reference, &reference, &err) != COORD_OK)
		return complain_error(self, &err);
	status = input_read(self, settings, &input);
	if (status == STATUS_DONE || status == STATUS_REFUSED) {
		judged = judge(self, settings, &input, reference);
		status = judged == STATUS_DONE ? status : judged;
	}
	input_clear(&input);
	if (reference != NULL)
		reference_close(reference);
	return status;
}

const struct command command_evaluate_real = {
	.name = "evaluate real",
	.operands = "LOGS...",
	.operands_least = 0,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Measure the engine on real logs without their artefacts",
	.about = "Sources that left the same key, hash or marker of a known campaign belong "
		 "together. Takes all keys, "
		 "hashes, addresses, URLs and known markers out of the logs and tells how many of "
		 "those sources the "
		 "engine still groups. Only campaigns of the public logs that docs/evaluation.md "
		 "names are known.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
