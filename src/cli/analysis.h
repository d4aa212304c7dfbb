/* analysis.h - one analysis as analyze and verify make it: the files beside the logs, the configuration, the run
 * (private to cli/). A new option that changes results is read here, so that verify repeats it too. */
#ifndef COORD_CLI_ANALYSIS_H
#define COORD_CLI_ANALYSIS_H

#include "cli/command.h"
#include "services/services.h"

struct analysis {
	struct services_files *files;
	struct detect_config config;
	struct arena *arena;
};

/** Opens the files that the settings name and fills in the configuration. STATUS_DONE, or after complaining another;
 *  release it with analysis_close whatever is returned. */
enum cli_status analysis_open(
    const struct command *command, const struct settings *settings, struct analysis *analysis);
/** The engine alone, as `verify` repeats it, with progress on standard error; `answers` (SV_NONE: none) are what was known from outside. STATUS_DONE: *ret is the caller's to
 *  clear. */
enum cli_status analysis_run(const struct command *command, const struct settings *settings,
    struct analysis *analysis, const struct session_table *table, struct sv answers,
    struct detect_result *ret);
/** The whole graph (services/services.h), in memory. `report`: what the document says beside. STATUS_DONE: *ret is the caller's to clear. */
enum cli_status analysis_graph(const struct command *command, const struct settings *settings,
    struct analysis *analysis, const struct session_table *table, const struct report_input *report,
    struct services_run *ret);
/** The file of a list given on the command line: FILE, or of the role "feed" NAME=FILE. */
const char *analysis_list_path(const char *role, const char *text);
void analysis_close(struct analysis *analysis);

#endif
