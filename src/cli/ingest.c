/* ingest.c - `coord ingest`: the normalised sessions, one a line. */
#include "cli/command.h"
#include "cli/input.h"
#include "cli/output.h"

enum { FORMAT_NDJSON, FORMAT_CSV };

static const size_t flush_at = (size_t)1 << 20;

/* clang-format off */
static const struct option options[] = {
	{ "--format", 'f', "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "ndjson|csv", "ndjson",
	  "ndjson: the normalised record (docs/formats.md), which coord reads back; csv: its single-valued columns." },
	OUTPUT_OPTION,
	INPUT_OPTIONS,
	TALK_OPTIONS,
};
/* clang-format on */

static const struct example examples[] = {
	{ "coord ingest cowrie.json.gz | head -1", "what a session looks like" },
	{ "coord ingest --format csv -o sessions.csv logs/", "a table for a spreadsheet" },
	{ NULL, NULL },
};

static enum coord_err
write_rows(struct output *output, const struct settings *settings,
    const struct session_table *table, struct coord_error *err)
{
	struct buf out = BUF_INIT((size_t)1 << 30);
	enum coord_err rc = COORD_OK;

	if (settings->format == FORMAT_CSV)
		session_write_csv_header(&out);
	for (uint32_t row = 0; row < table->n && rc == COORD_OK && !output->closed; row++) {
		if (settings->format == FORMAT_CSV)
			session_write_csv(table, row, &out);
		else
			session_write_ndjson(table, row, &out);
		if (out.failed)
			rc = error_set(
			    err, COORD_ELIMIT, "session %u is too large to write", row + 1);
		else if (out.len >= flush_at) {
			rc = output_write(output, out.data, out.len, err);
			out.len = 0;
		}
	}
	if (rc == COORD_OK)
		rc = output_write(output, out.data, out.len, err);
	buf_clear(&out);
	return rc;
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct input input;
	struct output output;
	struct coord_error err;
	enum cli_status status = input_read(self, settings, &input);

	if (status == STATUS_DONE || status == STATUS_REFUSED) {
		if (output_open(&output, settings->output, &err) != COORD_OK) {
			status = complain_error(self, &err);
		} else if (write_rows(&output, settings, &input.table, &err) != COORD_OK ||
			   output_commit(&output, &err) != COORD_OK) {
			output_abandon(&output);
			status = complain_error(self, &err);
		}
	}
	input_clear(&input);
	return status;
}

const struct command command_ingest = {
	.name = "ingest",
	.operands = "LOGS...",
	.operands_least = 1,
	.operands_most = OPERANDS_ANY,
	.operands_are_files = true,
	.title = "Print the attack sessions of honeypot logs in one normal form",
	.about = "Reads LOGS as analyze does and writes every session as one line, without "
		 "analysing them.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
