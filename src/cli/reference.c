/* reference.c - `coord reference build` and `coord reference show`: the background snapshot. */
#include "reference/reference.h"

#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"
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
