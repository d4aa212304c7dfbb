/* version.c - `coord version`. */
#include "cli/command.h"
#include "cli/output.h"

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct buf out = BUF_INIT(1 << 10);
	enum cli_status status;

	(void)settings;
	buf_add_str(&out, "coord " COORD_VERSION "\n");
	status = output_whole(self, NULL, &out);
	buf_clear(&out);
	return status;
}

const struct command command_version = {
	.name = "version",
	.operands = "",
	.title = "Print the version",
	.about = "Every result names the version that made it.",
	.run = run,
};
