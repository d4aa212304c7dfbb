/* input.h - from the input options of a command to a session table, and what was refused on the way to standard error
 * (private to cli/). */
#ifndef COORD_CLI_INPUT_H
#define COORD_CLI_INPUT_H

#include "cli/command.h"
#include "ingest/ingest.h"
#include "report/report.h"

struct input {
	struct session_table table;
	struct ingest_report report;
	struct ingest_source *sources;
	size_t n_sources;
	char **sensors; /* copies of the NAME part of NAME=PATH */
	size_t n_sensors;
};

/** Reads all logs of the settings and tells what was refused. STATUS_DONE or STATUS_REFUSED: `input` holds the table;
 *  release it with input_clear whatever is returned. */
enum cli_status input_read(
    const struct command *command, const struct settings *settings, struct input *input);
/** How the settings have the input read, for the result. */
struct report_options input_options(const struct settings *settings);
void input_clear(struct input *input);

#endif
