/* reference.c - `coord reference show` (and build): the background snapshot. */
#include "reference/reference.h"

#include "cli/command.h"
#include "cli/output.h"

/* clang-format off */
static const struct option show_options[] = {
	OUTPUT_OPTION,
};
/* clang-format on */

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
