/* lists.h - the lists that options name, read and parsed (private to cli/; docs/lists.md). */
#ifndef COORD_CLI_LISTS_H
#define COORD_CLI_LISTS_H

#include "cli/command.h"

struct knowledge;

/** --public-artefacts, --scanners and --feed over the shipped lists. Complains itself; *ret is NULL unless
 *  STATUS_DONE, and to be released by detect_knowledge_free. */
enum cli_status lists_read(
    const struct command *command, const struct settings *settings, struct knowledge **ret);

#endif
