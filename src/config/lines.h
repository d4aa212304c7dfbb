/* lines.h - the lines of COORD_CONFIG_FILE (private to config/): NAME=VALUE, blank lines, and comments behind # at the beginning of a line. Values are taken as they
 * are, without quotes or anything that is replaced; blanks around them go. */
#ifndef COORD_CONFIG_LINES_H
#define COORD_CONFIG_LINES_H

#include "config/config.h"

struct config_line {
	char *text; /* "NAME=VALUE" */
	size_t number;
};

struct config_lines {
	char *path;
	struct config_line *at;
	size_t n;
};

/** A row of the table, or one with _FILE behind it. */
bool config_names(struct sv name);
/** Splits `text`. COORD_EINVALID "path:line: ..." tells what is wrong, never a value; COORD_ENOMEM. Release it with config_lines_clear, also after an error. */
MUST_CHECK enum coord_err config_lines_read(
    const char *path, struct sv text, struct config_lines *ret, struct coord_error *err);
/** Wipes it: values may be secrets. */
void config_lines_clear(struct config_lines *lines);

#endif
