/* explain.c - `coord explain`: what would have to be taken away for a verdict to fall. */
#include "cli/command.h"
#include "cli/output.h"
#include "cli/style.h"
#include "report/report.h"

static const size_t document_most = (size_t)1 << 30;

/* clang-format off */
static const struct option options[] = {
	OUTPUT_OPTION,
	COLOUR_OPTION,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord analyze --format json -o result.json logs/ && coord explain result.json c1",
	    "the first campaign of a result" },
	{ NULL, NULL },
};

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	const char *campaign = settings->operands.n > 1 ? settings->operands.items[1] : NULL;
	struct buf document = BUF_INIT(document_most), out = BUF_INIT(document_most);
	struct coord_error err;
	enum cli_status status;

	if (file_read_whole(settings->operands.items[0], &document, &err) != COORD_OK ||
	    report_explain(buf_sv(&document), campaign, style_of(settings, settings->output), &out,
		&err) != COORD_OK)
		status = complain_error(self, &err);
	else
		status = output_whole(self, settings->output, &out);
	buf_clear(&document);
	buf_clear(&out);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.operands = "RESULT.json [CAMPAIGN]",
	.operands_least = 1,
	.operands_most = 2,
	.operands_are_files = true,
	.title = "Tell what a campaign's verdict stands on",
	.about = "Reads a result that analyze wrote with --format json and tells, for one campaign "
		 "(its id such as c1, or its "
		 "key; the first without one), what would remain if a channel of evidence or an "
		 "artefact were left out.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
