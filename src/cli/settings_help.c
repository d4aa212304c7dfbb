/* settings_help.c - `coord help --settings`: the service's settings, from the table that reads them. */
#include "cli/phrase.h"
#include "config/config.h"

enum { COLUMNS = 80, INDENT = 4 };

static const char *
kind_of(const struct config_row *row)
{
	if (row->unit[0] != 0)
		return row->unit;
	return row->type == CONF_BOOL ? "yes|no" : "TEXT";
}

static void
write_range(struct buf *out, const struct config_row *row)
{
	if (row->type == CONF_UINT && row->max > row->min)
		buf_printf(out, ", %.0f to %.0f", row->min, row->max);
	else if (row->type == CONF_UINT && row->min > 0)
		buf_printf(out, ", %.0f or more", row->min);
}

void
help_settings(struct buf *out)
{
	const struct config_row *row;

	buf_add_str(out,
	    "Settings of the service (serve, worker, keys and others), from the environment or by\n"
	    "--set NAME=VALUE. NAME_FILE names a file that holds the value: for secrets.\n");
	for (size_t i = 0; (row = config_at(i)) != NULL; i++) {
		buf_printf(out, "\n%s  %s", row->name, kind_of(row));
		write_range(out, row);
		if (row->fallback[0] != 0)
			buf_printf(out, "; default %s", row->fallback);
		buf_add_char(out, '\n');
		phrase_wrap(out, sv_from(row->help), INDENT, COLUMNS);
	}
}
