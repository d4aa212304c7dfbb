/* reference.c - `coord reference build` and `coord reference show`: the background snapshot. */
#include "reference/reference.h"

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "detect/detect.h"

/* clang-format off */
static const struct option show_options[] = {
	OUTPUT_OPTION,
};
/* clang-format on */

/* clang-format off */
static const struct option build_options[] = {
	{ "--output", 'o', "FILE", OPTION_FILE, OPTION_AT(output), 0, 0, NULL, NULL,
	  "The snapshot's file, which appears complete or not at all. Needed." },
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example build_examples[] = {
	{ "coord reference build -o background.ref --to 2024-02-01 logs/",
	    "what normal looked like until February" },
	{ "coord analyze --reference background.ref --from 2024-02-01 logs/",
	    "and what stands out since" },
	{ NULL, NULL },
};

static enum cli_status
build(const struct command *self, const struct settings *settings)
{
	struct input input;
	struct coord_error err;
	enum cli_status status;

	if (settings->output == NULL) {
		complain(self, "where to? -o FILE is needed");
		return hint_help(self);
	}
	status = input_read(self, settings, &input);
	if ((status == STATUS_DONE || status == STATUS_REFUSED) &&
	    detect_reference_build(&input.table, settings->output, &err) != COORD_OK)
		status = complain_error(self, &err);
	input_clear(&input);
	return status;
}

const struct command command_reference_build = {
	.name = "reference build",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Make a background snapshot from logs",
	.about =
	    "The snapshot says what normal looks like at your sensors: how many sources carry each "
	    "credential, command or request, when attackers come, where they live. Build it from a "
	    "few "
	    "weeks of ordinary logs, best without those that you want to judge, and give it to "
	    "analyze "
	    "with --reference. It holds hashes and counts of what attackers typed, and their "
	    "addresses. The "
	    "same logs give the same bytes.",
	.options = build_options,
	.n_options = sizeof(build_options) / sizeof(build_options[0]),
	.examples = build_examples,
	.run = build,
};

/* clang-format off */
static const struct option null_options[] = {
	{ "--reference", 'r', "FILE", OPTION_FILE, OPTION_AT(reference), 0, 0, NULL, NULL,
	  "The snapshot that analyses will use. Needed." },
	{ "--output", 'o', "FILE", OPTION_FILE, OPTION_AT(output), 0, 0, NULL, NULL,
	  "The table's file, which appears complete or not at all. Needed." },
	{ "--worlds", 0, "N", OPTION_UINT, OPTION_AT(worlds), 1, 99999, NULL, "199",
	  "Null worlds for each batch size: the smallest p-value they can give is 1 / (N + 1)." },
	{ "--seed", 0, "N", OPTION_UINT, OPTION_AT(seed), 1, 9007199254740992.0, NULL, "1",
	  "Seed of all random draws: the same logs, reference and seed give the same bytes." },
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example null_examples[] = {
	{ "coord reference null-table -r background.ref -o background.null logs/",
	    "once, overnight" },
	{ "coord analyze -r background.ref --null-table background.null logs/",
	    "and a large batch is answered without null worlds of its own" },
	{ NULL, NULL },
};

static enum cli_status
make_null_table(const struct command *self, const struct settings *settings,
    const struct session_table *table, const struct reference *reference)
{
	struct detect_config config = { .worlds = (uint32_t)settings->worlds,
		.threads = (unsigned)settings->threads,
		.seed = settings->seed == 0 ? 1 : settings->seed };
	struct progress progress;
	struct coord_error err;
	enum coord_err rc;

	progress_start(&progress, !settings->quiet);
	if (progress.enabled) {
		config.progress = progress_stage;
		config.progress_context = &progress;
	}
	rc = detect_null_table_build(table, reference, &config, settings->output, &err);
	progress_end(&progress);
	return rc == COORD_OK ? STATUS_DONE : complain_error(self, &err);
}

static enum cli_status
null_table(const struct command *self, const struct settings *settings)
{
	struct reference *reference;
	struct input input;
	struct coord_error err;
	enum cli_status status, made;

	if (settings->output == NULL || settings->reference == NULL) {
		complain(self, settings->output == NULL ? "where to? -o FILE is needed"
							: "with what? --reference FILE is needed");
		return hint_help(self);
	}
	if (reference_open(settings->reference, &reference, &err) != COORD_OK)
		return complain_error(self, &err);
	status = input_read(self, settings, &input);
	if (status == STATUS_DONE || status == STATUS_REFUSED) {
		made = make_null_table(self, settings, &input.table, reference);
		status = made == STATUS_DONE ? status : made;
	}
	input_clear(&input);
	reference_close(reference);
	return status;
}

const struct command command_reference_null_table = {
	.name = "reference null-table",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Make the null worlds of large batches once",
	.about = "For every group it finds, an analysis asks how often so much likeness arises "
		 "where nothing is "
		 "coordinated, and runs null worlds for the answer. For more than 5,000 nodes (a "
		 "source at a service) that takes "
		 "long. This command runs them once over a sample log, at 1,000, 5,000 and 20,000 "
		 "nodes and at all of it, and "
		 "keeps the best score of every group size. An analysis of a size in between takes "
		 "the more cautious of its two "
		 "neighbours; a larger one runs worlds of its own. Use logs that are neither in "
		 "the reference nor judged.",
	.options = null_options,
	.n_options = sizeof(null_options) / sizeof(null_options[0]),
	.examples = null_examples,
	.run = null_table,
};

static enum cli_status
show(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT((size_t)64 << 20);
	struct reference *reference;
	struct coord_error err;
	enum cli_status status;

	if (reference_open(settings->operands.items[0], &reference, &err) != COORD_OK)
		return complain_error(self, &err);
	reference_describe(reference, &out);
	status = output_whole(self, settings->output, &out);
	buf_clear(&out);
	reference_close(reference);
	return status;
}

const struct command command_reference_show = {
	.name = "reference show",
	.operands = "FILE",
	.operands_least = 1,
	.operands_most = 1,
	.operands_are_files = true,
	.title = "Describe a background snapshot",
	.about =
	    "Checks the file and prints what it was made from, its populations and its hash, which "
	    "every result that used it names.",
	.options = show_options,
	.n_options = sizeof(show_options) / sizeof(show_options[0]),
	.run = show,
};
