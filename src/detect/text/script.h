/* script.h - every simple command of a typed line, those wrapped inside it included.
 * `sh -c` scripts are opened, and one layer of base64 or of \x escapes that hold text. Bounded: depth SCRIPT_DEPTH_MAX,
 * SCRIPT_COMMANDS_MAX commands, SCRIPT_OPENED_MAX wrapped words a command; a layer inside a layer stays closed, so that
 * the work is linear in the line. */
#ifndef COORD_DETECT_SCRIPT_H
#define COORD_DETECT_SCRIPT_H

#include "detect/text/shell.h"

enum { SCRIPT_DEPTH_MAX = 3, SCRIPT_COMMANDS_MAX = 512, SCRIPT_OPENED_MAX = 16 };

/** `next`: the command typed after it, NULL for the last. Both valid during the call only. */
typedef void (*script_visit)(
    void *context, const struct shell_command *command, const struct shell_command *next);

/** Visits in order; what a command carries comes right after it. `decoded`: the line was wrapped itself, so no layer
 *  is opened. Scratch is rewound; when it is full, what fits. */
void script_walk(
    struct sv line, bool decoded, struct arena *scratch, script_visit visit, void *context);

#endif
