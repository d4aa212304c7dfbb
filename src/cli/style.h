/* style.h - how text for people is drawn: colour, width, line-drawing characters (private to cli/). */
#ifndef COORD_CLI_STYLE_H
#define COORD_CLI_STYLE_H

#include "cli/command.h"
#include "report/report.h"

/** From --color, NO_COLOR, the terminal (or its absence, also when `path` names a file) and the locale's names. */
struct report_style style_of(const struct settings *settings, const char *path);

#endif
