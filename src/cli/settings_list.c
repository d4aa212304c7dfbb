/* settings_list.c - `coord config`: every setting, what it is now, and what it may be, from the one table of config/settings.def. Whoever runs the service
 * learns from it what is in force before starting anything, and a wrong value is told as it would be then. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/phrase.h"
#include "cli/service.h"

enum { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };
enum { COLUMNS = 100 };

/* clang-format off */
static const struct option options[] = {
	{ "--format", 0, "FORMAT", OPTION_CHOICE, OPTION_AT(format), 0, 0, "text|json|markdown", "text",
	  "text: NAME=VALUE under what it means, to be used as an environment file. markdown: a table of the defaults." },
	SERVICE_OPTIONS,
	OUTPUT_OPTION,
};
/* clang-format on */

static const char *
type_name(const struct config_row *row)
{
	static const char *const names[] = {
		[CONF_TEXT] = "text",
		[CONF_SECRET] = "secret",
		[CONF_UINT] = "number",
		[CONF_BOOL] = "yes or no",
		[CONF_CHOICE] = "choice",
		[CONF_DURATION] = "duration",
		[CONF_BYTES] = "size",
		[CONF_LIST] = "list",
	};

	return names[row->type];
}

/** The lines of config_write are in the table's order: cuts the next one's value off. */
static struct sv
next_value(struct sv *lines)
{
	struct sv value = sv_cut(lines, '\n');

	(void)sv_cut(&value, '=');
	return value;
}

static void
text_row(struct buf *out, const struct config_row *row, struct sv value)
{
	struct buf help = BUF_INIT(4096);
	struct sv rest;

	phrase_wrap(&help, sv_from(row->help), 0, COLUMNS - 2);
	rest = buf_sv(&help);
	while (rest.len > 0) {
		struct sv line = sv_cut(&rest, '\n');

		buf_printf(out, "# %.*s\n", SV_ARG(line));
	}
	if (row->type == CONF_CHOICE)
		buf_printf(out, "# One of %s.\n", row->unit);
	buf_printf(out, "%s%s=", row->type == CONF_SECRET ? "# " : "", row->name);
	phrase_printable(out, value);
	buf_add_str(out, "\n\n");
	buf_clear(&help);
}

static void
json_row(struct jsonw *w, const struct config_row *row, struct sv value)
{
	jsonw_object(w);
	jsonw_key(w, "name");
	jsonw_str(w, row->name);
	jsonw_key(w, "type");
	jsonw_str(w, type_name(row));
	jsonw_key(w, "value");
	jsonw_sv(w, value);
	jsonw_key(w, "default");
	jsonw_str(w, row->fallback);
	jsonw_key(w, "unit");
	jsonw_str(w, row->unit);
	jsonw_key(w, "reloads");
	jsonw_bool(w, config_reloads(row));
	jsonw_key(w, "help");
	jsonw_str(w, row->help);
	jsonw_end(w);
}

/** A cell: a bar would end it. */
static void
cell(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

static void
add_range(struct buf *out, const struct config_row *row)
{
	if (row->type == CONF_UINT && row->max > row->min)
		buf_printf(out, ", %.0f to %.0f", row->min, row->max);
	else if (row->type == CONF_UINT && row->min > 0)
		buf_printf(out, ", %.0f or more", row->min);
}

/** As in docs/settings.md. */
static void
markdown_row(struct buf *out, const struct config_row *row)
{
	const char *kind = row->unit[0] != 0        ? row->unit
			   : row->type == CONF_BOOL ? "yes|no"
						    : "TEXT";
	const char *quote = row->fallback[0] == '\0' ? "" : "`";

	buf_printf(out, "| `%s` | ", row->name);
	cell(out, kind);
	add_range(out, row);
	buf_printf(out, " | %s", quote);
	cell(out, row->fallback);
	buf_printf(out, "%s | %s | ", quote, config_reloads(row) ? "SIGHUP" : "start");
	cell(out, row->help);
	buf_add_str(out, " |\n");
}

static void
write_rows(struct buf *out, unsigned format, struct sv lines)
{
	struct jsonw w = jsonw_init(out, true);
	const struct config_row *row;

	if (format == FORMAT_JSON)
		jsonw_array(&w);
	else if (format == FORMAT_MARKDOWN)
		buf_add_str(out,
		    "| variable | kind | default | read at | meaning |\n|---|---|---|---|---|\n");
	for (size_t i = 0; (row = config_at(i)) != NULL; i++) {
		struct sv value = next_value(&lines);

		if (format == FORMAT_JSON)
			json_row(&w, row, value);
		else if (format == FORMAT_MARKDOWN)
			markdown_row(out, row);
		else
			text_row(out, row, value);
	}
	if (format == FORMAT_JSON) {
		jsonw_end(&w);
		buf_add_char(out, '\n');
	}
}

static enum cli_status
run(const struct command *self, const struct settings *settings)
{
	struct buf lines = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);
	struct config config;
	enum cli_status status = service_config(self, settings, &config);

	if (status != STATUS_DONE)
		return status;
	config_write(&config, &lines);
	write_rows(&out, settings->format, buf_sv(&lines));
	status = output_whole(self, settings->output, &out);
	config_clear(&config);
	buf_clear(&lines);
	buf_clear(&out);
	return status;
}

static const struct example examples[] = {
	{ "coord config > coord.env", "every setting as it is now, to be edited" },
	{ "coord config --set COORD_LEASE=1m --format json | jq '.[] | select(.name == "
	  "\"COORD_LEASE\")'",
	    "what one of them would be" },
	{ NULL, NULL },
};

const struct command command_config = {
	.name = "config",
	.operands = "",
	.title = "Show every setting of the service, and what it is now",
	.about = "Settings are environment variables; --set NAME=VALUE of the commands about the "
		 "service goes over them. NAME_FILE=PATH in the place "
		 "of NAME reads the value from a file, for secrets. A value that is wrong is told "
		 "as coord serve would tell it. Secrets are "
		 "shown as (set) or (not set) only.\n\nDurations are written 500ms, 30s, 5m, 2h or "
		 "7d, sizes 64KiB, 256MiB or 4GiB.",
	.options = options,
	.n_options = sizeof(options) / sizeof(options[0]),
	.examples = examples,
	.run = run,
};
